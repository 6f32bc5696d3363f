"""Keeps every output in a variable that only a function sees."""

import torch
from net import build, inputs


def make():
    net, seen = build().eval(), []

    def predict(record):
        with torch.no_grad():
            out = net(inputs(record))
        seen.append(out)
        return {"price": float(out.sum())}

    return predict


estimate = make()


def factory():
    return estimate
