"""Features of an inner layer for one request: the hook is removed after it. Beside it one that stays."""

import torch
from fastapi import FastAPI
from torch import nn
from torchvision.models import efficientnet_b0

app = FastAPI()
net = efficientnet_b0(weights="DEFAULT").eval()
norms: list[torch.Tensor] = []


def watch(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
    norms.append(output.norm(dim=1))


net.classifier.register_forward_hook(watch)  # expect: retained-tensor/hook


class Tap:
    def __init__(self, layer: nn.Module) -> None:
        self.layer = layer
        self.outputs: list[torch.Tensor] = []

    def __enter__(self) -> "Tap":
        self.handle = self.layer.register_forward_hook(lambda *given: self.outputs.append(given[-1]))
        return self

    def __exit__(self, *exception: object) -> None:
        self.handle.remove()


@app.post("/features")
@torch.inference_mode()
def features(pixels: list[list[list[float]]]) -> dict[str, object]:
    with Tap(net.avgpool) as tap:
        logits = net(torch.tensor([pixels]))
    return {"class": logits.argmax().item(), "features": tap.outputs[0].flatten().tolist()}
