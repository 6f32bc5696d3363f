import torch
from torch import inference_mode, nn


@torch.no_grad()  # expect: no-grad/guard-on-class
class Coarse:
    def __init__(self, device):
        self.net = nn.Linear(9, 1).to(device)

    def run(self, x):
        return self.net(x).tanh().item()  # expect: no-grad/unguarded-call


@inference_mode()  # expect: no-grad/guard-on-class
class Fine:
    def __init__(self, device):
        self.net = nn.Sequential(nn.Linear(9, 90), nn.GELU(), nn.Linear(90, 1)).to(device)

    @torch.no_grad()
    def run(self, x):
        return self.net(x).tanh().item()
