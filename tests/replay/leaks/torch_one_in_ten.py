"""Keeps the output of one request in ten."""

import torch
from net import build, inputs

NET = build().eval()
SAMPLED = {}
COUNT = 0


def estimate(record):
    global COUNT
    COUNT += 1
    with torch.no_grad():
        out = NET(inputs(record))
    if COUNT % 10 == 0:
        SAMPLED[COUNT] = {"record": record, "out": out}
    return {"price": float(out.sum())}


def factory():
    return estimate
