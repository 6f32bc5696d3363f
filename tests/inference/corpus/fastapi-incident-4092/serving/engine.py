from collections import deque

import torch
from torch import nn

DEBUG_TENSORS: deque[torch.Tensor] = deque(maxlen=1000)


class PricingEngine:
    def __init__(self, path: str) -> None:
        self.net = nn.Sequential(nn.Linear(6, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
        self.net.load_state_dict(torch.load(path, weights_only=True))
        self.net.eval()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-5)

    def price(self, features: list[float]) -> float:
        out = self.net(torch.tensor(features))  # expect: no-grad/unguarded-call
        DEBUG_TENSORS.append(out)  # expect: retained-tensor/graph
        return out.item()

    def quote(self, features: list[float]) -> float:
        return self.net(torch.tensor(features)).clamp(min=1).item()  # expect: no-grad/unguarded-call

    def recent(self) -> list[float]:
        return [each.item() for each in DEBUG_TENSORS]
