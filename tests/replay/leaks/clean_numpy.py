"""Keeps nothing."""

import numpy as np

WEIGHTS = np.linspace(0.0, 1.0, 8)


def estimate(record):
    inputs = np.array([record["area"], float(record["rooms"])] * 4)
    return {"price": float(inputs @ WEIGHTS)}


def factory():
    return estimate
