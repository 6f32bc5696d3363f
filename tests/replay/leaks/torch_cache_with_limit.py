"""functools remembers 128 tensors."""

import functools

import torch
from net import build, inputs

NET = build().eval()


@functools.lru_cache(maxsize=128)
def forward(tensor):
    with torch.no_grad():
        return NET(tensor)


def estimate(record):
    return {"price": float(forward(inputs(record)).sum())}


def factory():
    return estimate
