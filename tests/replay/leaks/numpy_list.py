"""Keeps an array of every request: numpy's arrays are none of the collector's business."""

import numpy as np

RECENT = []


def estimate(record):
    features = np.full(4096, record["area"])
    RECENT.append(features)
    return {"price": float(features.sum())}


def factory():
    return estimate
