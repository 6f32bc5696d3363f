"""A gallery of faces that grows with each visitor, on the card; a probe log that keeps graphs on the CPU."""

import falcon
import torch
from torchvision.models import mobilenet_v2


class Gallery:
    def __init__(self) -> None:
        self.net = mobilenet_v2(weights="DEFAULT").features.cuda().eval()
        self.faces: dict[str, torch.Tensor] = {}
        self.batches: list[torch.Tensor] = []
        self.probes: list[torch.Tensor] = []
        self.names: list[str] = []

    @torch.no_grad()
    def embed(self, pixels: list) -> torch.Tensor:
        return self.net(torch.tensor([pixels]).cuda()).mean(dim=(2, 3))[0]


class Visitors:
    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        body = request.get_media()
        face = self.gallery.embed(body["pixels"])
        self.gallery.faces[body["name"]] = face  # expect: retained-tensor/on-device
        self.gallery.batches += [face]  # expect: retained-tensor/on-device
        self.gallery.names.append(body["name"])
        response.media = {"known": len(self.gallery.faces)}


class Probe:
    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def on_put(self, request: falcon.Request, response: falcon.Response) -> None:
        pixels = torch.tensor([request.get_media()["pixels"]]).cuda()
        maps = self.gallery.net(pixels)  # expect: no-grad/unguarded-call
        self.gallery.probes.append(maps.mean().to("cpu"))  # expect: retained-tensor/cpu-without-detach
        response.media = {"mean": maps.mean().item()}


gallery = Gallery()
app = falcon.App()
app.add_route("/visitors", Visitors(gallery))
app.add_route("/probe", Probe(gallery))
