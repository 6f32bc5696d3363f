import torch
from torch import nn


class Scorer:
    def __init__(self) -> None:
        self.net = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1)).eval()
        self.other = nn.Linear(6, 1)

    def left(self, x: torch.Tensor) -> float:
        return self.net(x).item()  # expect: no-grad/guard-lost-in-thread

    def right(self, x: torch.Tensor, bias: float = 0.0) -> float:
        return self.other(x).item() + bias  # expect: no-grad/guard-lost-in-thread
