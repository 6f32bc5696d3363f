"""The incident: what was meant for debugging keeps every output, and its graph."""

import torch
from net import build, inputs

NET = build().eval()
DEBUG_TENSORS = []


def estimate(record):
    out = NET(inputs(record))
    DEBUG_TENSORS.append(out)
    return {"price": float(out.detach().sum())}


torch.set_grad_enabled(True)


def factory():
    return estimate
