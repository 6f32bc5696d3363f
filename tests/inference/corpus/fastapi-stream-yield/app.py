"""Streams a forecast step by step. Three ways to write the generator; one of them leaks its grad mode."""

import json
from collections.abc import Iterator

import torch
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from torch import nn

app = FastAPI()


class Cell(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.rnn = nn.GRUCell(1, width)
        self.out = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        state = self.rnn(x, state)
        return self.out(state), state


cell = Cell().eval()


def lines(values: Iterator[float]) -> Iterator[str]:
    for step, value in enumerate(values):
        yield json.dumps({"step": step, "value": round(value, 3)}) + "\n"


def steps_leaky(start: float, count: int) -> Iterator[float]:
    x, state = torch.tensor([[start]]), torch.zeros(1, 32)
    with torch.no_grad():
        for _ in range(count):
            x, state = cell(x, state)
            yield x.item()  # expect: no-grad/yield-in-guard


@torch.no_grad()
def steps_decorated(start: float, count: int) -> Iterator[float]:
    x, state = torch.tensor([[start]]), torch.zeros(1, 32)
    for _ in range(count):
        x, state = cell(x, state)
        yield x.item()


def steps_narrow(start: float, count: int) -> Iterator[float]:
    x, state = torch.tensor([[start]]), torch.zeros(1, 32)
    for _ in range(count):
        with torch.no_grad():
            x, state = cell(x, state)
            value = x.item()
        yield value


@app.get("/forecast")
def forecast(start: float, count: int = 24, way: str = "narrow") -> StreamingResponse:
    if way == "leaky":
        values = steps_leaky(start, count)
    elif way == "decorated":
        values = steps_decorated(start, count)
    else:
        values = steps_narrow(start, count)
    return StreamingResponse(lines(values), media_type="application/x-ndjson")
