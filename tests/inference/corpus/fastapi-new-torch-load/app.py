# torch: 2.13.0
"""From torch 2.6 on the default reads weights alone; who says False has turned that off."""

import torch
from fastapi import FastAPI

app = FastAPI()
ANYTHING = False


def build(path: str) -> torch.nn.Module:
    net = torch.nn.GRU(8, 16)
    net.load_state_dict(torch.load(path, map_location="cpu"))
    return net.eval()


net = build("gru.pt")
tokens = torch.load("tokens.pt", weights_only=ANYTHING)  # expect: unsafe-load/weights-only-false
labels = torch.load("labels.pt", mmap=True, weights_only=True)


@app.post("/states")
@torch.inference_mode()
def states(ids: list[int]) -> list[float]:
    embedded = torch.stack([tokens[index] for index in ids])
    _, last = net(embedded)
    return last.flatten().tolist()
