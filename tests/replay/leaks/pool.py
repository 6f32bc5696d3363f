"""Answers in the threads of a pool."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

POOL = ThreadPoolExecutor(max_workers=4)


def price(record):
    return float(np.full(16, record["area"]).sum())


def estimate(record):
    return {"price": POOL.submit(price, record).result()}


def factory():
    return estimate
