"""Learns from every request, and keeps nothing but its weights."""

import torch
from net import build, inputs

NET = build().train()
OPTIMIZER = torch.optim.Adam(NET.parameters())


def estimate(record):
    OPTIMIZER.zero_grad()
    loss = (NET(inputs(record)) - 1.0).square().mean()
    loss.backward()
    OPTIMIZER.step()
    return {"price": float(loss.detach())}


def factory():
    return estimate
