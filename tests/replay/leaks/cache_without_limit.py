"""functools remembers every input."""

import functools


@functools.lru_cache(maxsize=None)
def price(area, rooms):
    return [area * rooms]


def estimate(record):
    return {"price": price(record["area"], record["rooms"])[0]}


def factory():
    return estimate
