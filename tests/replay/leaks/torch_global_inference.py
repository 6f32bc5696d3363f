"""Keeps every output; without gradients each is small."""

import torch
from net import build, inputs

NET = build().eval()
DEBUG_TENSORS = []


def estimate(record):
    with torch.inference_mode():
        out = NET(inputs(record))
    DEBUG_TENSORS.append(out)
    return {"price": float(out.sum())}


def factory():
    return estimate
