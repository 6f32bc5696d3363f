"""Keeps the last outputs, as many as it says."""

from collections import deque

import torch
from net import build, inputs

NET = build().eval()
LAST = deque(maxlen=100000)


def estimate(record):
    with torch.no_grad():
        out = NET(inputs(record))
    LAST.append(out)
    return {"price": float(out.sum())}


def factory():
    return estimate
