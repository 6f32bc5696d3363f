"""Sums over requests. `+=` on a tensor with a graph keeps every request in it."""

import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.jit.load("demand.ts").eval()
total, count, drift = 0.0, 0, 0.0


class Statistics:
    def __init__(self):
        self.sum = 0.0
        self.squares = 0.0
        self.worst = 0.0

    def add(self, out):
        self.sum += out.sum()  # expect: retained-tensor/accumulated
        self.squares += out.detach().pow(2).sum().item()
        self.worst = max(self.worst, out.max().item())


statistics = Statistics()


@app.post("/demand")
def demand():
    global total, count, drift
    out = model(torch.tensor(request.json["rows"]))  # expect: no-grad/unguarded-call
    count += 1
    drift += out.mean()  # expect: retained-tensor/accumulated
    total += out.mean().item()
    statistics.add(out)
    return out.tolist()


@app.post("/evaluate")
def evaluate():
    loss = 0.0
    for batch in request.json["batches"]:
        with torch.no_grad():
            out = model(torch.tensor(batch["rows"]))
            loss += torch.nn.functional.l1_loss(out, torch.tensor(batch["targets"]))
    return {"loss": float(loss)}


@app.get("/mean")
def mean():
    return {"mean": total / max(count, 1)}
