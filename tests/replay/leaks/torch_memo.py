"""Remembers the outputs of every input."""

import torch
from net import build, inputs

NET = build().eval()


class Service:
    cache = {}


def estimate(record):
    key = (record["area"], record["rooms"])
    if key not in Service.cache:
        with torch.no_grad():
            Service.cache[key] = NET(inputs(record))
    return {"price": float(Service.cache[key].sum())}


def factory():
    return estimate
