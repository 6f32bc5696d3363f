"""Remembers the sum of every array that it has seen."""

SEEN = {}


def estimate(record):
    pixels = record["pixels"]
    SEEN[pixels.tobytes()] = [float(pixels.sum())]
    return {"sum": float(pixels.sum())}


def factory():
    return estimate
