"""The network and all that touches it. Nobody outside of this file calls the module."""

from __future__ import annotations

import threading

import torch
from torch import nn


class Ranker(nn.Module):
    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.user = nn.Embedding(10_000, width)
        self.item = nn.Embedding(50_000, width)
        self.head = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, user: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        u = self.user(user).expand(items.shape[0], -1)
        return self.head(torch.cat([u, self.item(items)], dim=-1)).squeeze(-1)


class Engine:
    def __init__(self, weights: str) -> None:
        self._lock = threading.Lock()
        self._ranker = Ranker()
        self._ranker.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._ranker.eval()

    @torch.inference_mode()
    def rank(self, user: int, items: list[int]) -> list[tuple[int, float]]:
        with self._lock:
            scores = self._ranker(torch.tensor([user]), torch.tensor(items))
        order = scores.argsort(descending=True)
        return [(items[i], scores[i].item()) for i in order.tolist()]
