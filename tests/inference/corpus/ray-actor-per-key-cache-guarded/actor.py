"""Numbers by key, one tensor per slot of a fixed ring, and a count: none of it grows with tensors."""

import hashlib

import ray
import torch
from ray import serve
from torch import nn

SLOTS = 16


@ray.remote
class Counter:
    def __init__(self) -> None:
        self.count = 0

    def add(self, count: int) -> int:
        self.count += count
        return self.count


@serve.deployment
class Cached:
    def __init__(self) -> None:
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5)).eval()
        self.answers: dict[str, int] = {}
        self.scores: dict[str, list[float]] = {}
        self.ring = torch.zeros(SLOTS, 5)
        self.at = 0

    def __call__(self, request) -> int:
        row = request.query_params["row"]
        key = hashlib.sha256(row.encode()).hexdigest()
        if key not in self.answers:
            with torch.no_grad():
                scores = self.net(torch.tensor([float(each) for each in row.split(",")]))
            self.answers[key] = int(scores.argmax())
            self.scores[key] = scores.tolist()
            self.ring[self.at % SLOTS] = scores
            self.at += 1
        return self.answers[key]


app = Cached.bind()
