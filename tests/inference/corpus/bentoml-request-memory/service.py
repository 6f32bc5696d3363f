"""Where else a service keeps things: class attributes, function attributes, closures."""

import bentoml
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(24, 48), nn.Linear(48, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.leave(self.enter(x).relu())


def remembering(net: nn.Module):
    earlier: list[torch.Tensor] = []

    def smooth(x: torch.Tensor) -> torch.Tensor:
        out = net(x)  # expect: no-grad/unguarded-call
        earlier.append(out)  # expect: retained-tensor/graph
        return torch.stack(earlier[-5:]).mean(0)

    return smooth


def threshold(x: torch.Tensor) -> bool:
    threshold.last = x.max().item()
    return threshold.last > 0.5


def remember(x: torch.Tensor) -> torch.Tensor:
    remember.last = x  # expect: retained-tensor/graph
    return x


@bentoml.service
class Memory:
    outputs: list[torch.Tensor] = []
    best: torch.Tensor | None = None

    def __init__(self) -> None:
        self.net = Net().eval()
        self.smooth = remembering(self.net)

    @bentoml.api
    def smoothed(self, row: list[float]) -> bool:
        return threshold(self.smooth(torch.tensor(row)))

    @bentoml.api
    def kept(self, row: list[float]) -> list[float]:
        out = remember(self.net(torch.tensor(row)))  # expect: no-grad/unguarded-call
        Memory.outputs.append(out)  # expect: retained-tensor/graph
        Memory.best = out.detach().clone()
        return out.tolist()
