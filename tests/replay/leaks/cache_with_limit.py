"""functools remembers more inputs than are asked."""

import functools


@functools.lru_cache(maxsize=100000)
def price(area, rooms):
    return [area * rooms]


def estimate(record):
    return {"price": price(record["area"], record["rooms"])[0]}


def factory():
    return estimate
