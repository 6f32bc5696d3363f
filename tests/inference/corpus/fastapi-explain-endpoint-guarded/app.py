"""/price is guarded. /explain computes gradients on purpose, with shap and by hand."""

import shap
import torch
from fastapi import FastAPI
from torch import nn

app = FastAPI()
NAMES = ("power", "age", "bonus", "region")
net = nn.Sequential(nn.Linear(4, 32), nn.ELU(), nn.Linear(32, 1)).eval()
background = torch.zeros(16, 4)
explainer = shap.GradientExplainer(net, background)


@app.post("/price")
def price(row: list[float]) -> float:
    with torch.no_grad():
        return net(torch.tensor(row)).item()


@app.post("/explain")
def explain(row: list[float]) -> dict[str, float]:
    values = explainer.shap_values(torch.tensor([row]))
    return dict(zip(NAMES, values[0].tolist(), strict=True))


@app.post("/explain/saliency")
def saliency(row: list[float]) -> dict[str, float]:
    x = torch.tensor(row, requires_grad=True)
    net(x).sum().backward()
    return dict(zip(NAMES, x.grad.abs().tolist(), strict=True))


@app.post("/explain/integrated")
def integrated_gradients(row: list[float], steps: int = 20) -> dict[str, float]:
    x = torch.tensor(row)
    total = torch.zeros(4)
    for step in range(1, steps + 1):
        point = (x * step / steps).requires_grad_()
        (gradient,) = torch.autograd.grad(net(point).sum(), point)
        total = total + gradient
    return dict(zip(NAMES, (x * total / steps).tolist(), strict=True))
