"""Forgot eval(), and keeps nothing."""

import torch
from net import build, inputs

NET = build().train()


def estimate(record):
    with torch.no_grad():
        return {"price": float(NET(inputs(record)).sum())}


def factory():
    return estimate
