"""Lays every output in a circle, which only the collector opens."""

import torch
from net import build, inputs

NET = build().eval()


class Result:
    def __init__(self, out):
        self.out = out
        self.me = self


def estimate(record):
    with torch.no_grad():
        result = Result(NET(inputs(record)))
    return {"price": float(result.out.sum())}


def factory():
    return estimate
