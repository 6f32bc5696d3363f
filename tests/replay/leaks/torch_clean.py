"""Keeps nothing, and takes no gradients."""

import torch
from net import build, inputs

NET = build().eval()


def estimate(record):
    with torch.inference_mode():
        return {"price": float(NET(inputs(record)).sum())}


def factory():
    return estimate
