"""Remembers the outputs of 64 inputs, and forgets the oldest."""

import torch
from net import build, inputs

NET = build().eval()
CACHE = {}


def estimate(record):
    key = (record["area"], record["rooms"])
    if key not in CACHE:
        if len(CACHE) == 64:
            del CACHE[next(iter(CACHE))]
        with torch.no_grad():
            CACHE[key] = NET(inputs(record))
    return {"price": float(CACHE[key].sum())}


def factory():
    return estimate
