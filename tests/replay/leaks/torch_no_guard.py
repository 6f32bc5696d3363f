"""Takes gradients for nothing, and keeps nothing."""

import torch
from net import build, inputs

NET = build().eval()


def estimate(record):
    out = NET(inputs(record))
    return {"price": float(out.detach().sum())}


torch.set_grad_enabled(True)


def factory():
    return estimate
