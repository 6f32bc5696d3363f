import torch
from torch import nn


class Refiner:
    def __init__(self) -> None:
        self.net = nn.Sequential(nn.Linear(7, 7), nn.Tanh()).eval()

    def rough(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)

    def exact(self, x: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():  # expect: no-grad/grad-enabled-inside
            for _ in range(3):
                x = self.net(x)
        return x.detach()
