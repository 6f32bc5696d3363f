"""Keeps the last outputs for the debug page. A bound on the number does not bound what each of them holds."""

from collections import deque

import torch
from fastapi import FastAPI
from torch import nn

app = FastAPI()
net = nn.Sequential(*[nn.Linear(512, 512) for _ in range(8)]).eval()

DEBUG_TENSORS: deque[torch.Tensor] = deque(maxlen=1000)
LAST_SCORES: deque[float] = deque(maxlen=1000)
LAST_OUTPUTS: deque[torch.Tensor] = deque(maxlen=100)
ON_CPU: deque[torch.Tensor] = deque(maxlen=100)


@app.post("/score")
def score(row: list[float]) -> float:
    out = net(torch.tensor(row))  # expect: no-grad/unguarded-call
    DEBUG_TENSORS.append(out)  # expect: retained-tensor/graph
    ON_CPU.append(out.cpu())  # expect: retained-tensor/cpu-without-detach
    LAST_OUTPUTS.append(out.detach().cpu())
    LAST_SCORES.append(out.mean().item())
    return out.mean().item()


@app.get("/debug")
def debug() -> dict[str, float]:
    return {"mean": sum(LAST_SCORES) / max(len(LAST_SCORES), 1), "kept": len(DEBUG_TENSORS)}
