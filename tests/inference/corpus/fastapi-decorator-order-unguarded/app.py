"""A route registers what its decorator is given. A guard above it wraps what nobody calls."""

import torch
from celery import Celery
from fastapi import FastAPI

app = FastAPI()
queue = Celery("late")
classifier = torch.jit.load("classifier.ts").eval()


def probabilities(row: list[float]) -> torch.Tensor:
    return classifier(torch.tensor([row]))[0].softmax(0)  # expect: no-grad/unguarded-call


@torch.no_grad()  # spare: wraps what nobody calls
@app.post("/outside")
def outside(row: list[float]) -> list[float]:
    return probabilities(row).tolist()


@app.post("/inside")
@torch.no_grad()
def inside(row: list[float]) -> int:
    return classifier(torch.tensor([row])).argmax().item()


@queue.task
@torch.inference_mode()  # spare: the call is told of by another way already
def later(row: list[float]) -> list[float]:
    return probabilities(row).tolist()
