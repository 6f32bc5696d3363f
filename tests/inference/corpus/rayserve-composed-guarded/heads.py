from __future__ import annotations

from typing import Self

import torch
from torch import nn


class Head(nn.Module):
    width = 384
    classes = 2

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(self.width)
        self.out = nn.Linear(self.width, self.classes)

    @classmethod
    def restore(cls, path: str) -> Self:
        head = cls()
        head.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return head.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.norm(x))


class Intent(Head):
    classes = 31


class Slots(Head):
    classes = 120
