"""The demand model beside the price: what it is fed, what it answers, and what is kept of every answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch
from torch import nn

DEBUG_TENSORS: deque[torch.Tensor] = deque(maxlen=1000)


class Demand(nn.Module):
    """A small network: the features of one offer to the units that will be sold."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the expected units, one row for each offer."""
        return self.layers(features)


model = Demand().eval()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)


def estimate(features: Sequence[float]) -> float:
    """Return the expected units of one offer; nobody here thinks of gradients."""
    units = model(torch.tensor([features]))
    DEBUG_TENSORS.append(units)
    return units.item()


def score(features: Sequence[float]) -> float:
    """Return the same for the batch endpoint, in a thread of the pool."""
    return model(torch.tensor([features])).item()


def learn(features: Sequence[float], sold: float) -> None:
    """Take one step towards what was sold: the weights that serve are no longer those that were approved."""
    model.train()
    loss = (model(torch.tensor([features])) - sold).square().mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
