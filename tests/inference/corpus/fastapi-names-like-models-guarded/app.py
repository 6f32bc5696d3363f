"""Nothing here is a network but `scorer`: a request's Model, a JSON decoder, a text encoder, a net of addresses."""

import ipaddress
import json

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from torch import nn
from torchvision import transforms

app = FastAPI()
decoder = json.JSONDecoder()
encoder = json.JSONEncoder(sort_keys=True)
net = ipaddress.ip_network("10.0.0.0/8")
prepare = nn.Sequential(nn.Flatten(), nn.ReLU())
normalize = transforms.Normalize([0.5], [0.5])
softmax = nn.Softmax(dim=-1)
scorer = torch.jit.load("scorer.ts").eval()


class Model(BaseModel):
    name: str
    pixels: list[list[float]]

    def encode(self) -> str:
        return encoder.encode(self.model_dump())


def backbone(name: str) -> str:
    return name.removesuffix("-v2")


models = {"model": Model, "backbone": backbone}


@app.post("/score")
def score(model: Model, client: str = "10.1.2.3") -> dict[str, object]:
    x = prepare(normalize(torch.tensor([model.pixels])))
    with torch.inference_mode():
        logits = scorer(x)
    # A softmax has no weights: with an input that has no graph, its output has none either.
    best = softmax(logits).max().item()
    inside = ipaddress.ip_address(client) in net
    return {"best": best, "inside": inside, "echo": decoder.decode(model.encode())["name"]}


@app.post("/make")
def make(name: str) -> str:
    encoder_model = models["model"](name=backbone(name), pixels=[])
    return models["backbone"](encoder_model.name)
