"""Keeps the last prices, as many as it says."""

from collections import deque

LAST = deque(maxlen=1000000)


def estimate(record):
    price = record["area"] * 3.0
    LAST.append((price, [price]))
    return {"price": price}


def factory():
    return estimate
