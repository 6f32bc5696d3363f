"""Gradients are off at the top and on again further down."""

import torch
from fastapi import FastAPI

from refine import Refiner

app = FastAPI()
refiner = Refiner()


@app.post("/refine")
@torch.no_grad()
def refine(row: list[float]) -> list[float]:
    x = torch.tensor(row)
    return refiner.rough(x).tolist() + refiner.exact(x).tolist()


@app.post("/switch")
def switch(row: list[float]) -> float:
    x = torch.tensor(row)
    with torch.no_grad():
        base = refiner.net(x)
        torch.set_grad_enabled(True)  # expect: no-grad/grad-enabled-inside
        again = refiner.net(base)
    return again.sum().item()


@app.post("/quiet")
@torch.no_grad()  # spare: also guarded by the block
def quiet(row: list[float]) -> list[float]:
    with torch.set_grad_enabled(False):  # spare: also guarded by the decorator
        return refiner.net(torch.tensor(row)).tolist()
