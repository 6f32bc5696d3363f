"""Joins every output to one tensor: one object, and it grows."""

import torch
from net import build, inputs

NET = build().eval()
ALL = torch.zeros(0, 1)


def estimate(record):
    global ALL
    with torch.no_grad():
        out = NET(inputs(record))
    ALL = torch.cat([ALL, out])
    return {"price": float(out.sum())}


def factory():
    return estimate
