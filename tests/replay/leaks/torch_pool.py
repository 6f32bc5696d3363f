"""Answers in the threads of a pool, where the guard of the caller does not hold."""

from concurrent.futures import ThreadPoolExecutor

import torch
from net import build, inputs

NET = build().eval()
POOL = ThreadPoolExecutor(max_workers=2)


def forward(record):
    return NET(inputs(record))


def estimate(record):
    with torch.no_grad():
        return {"price": float(POOL.submit(forward, record).result().detach().sum())}


def factory():
    return estimate
