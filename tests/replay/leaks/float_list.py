"""Keeps a number of every request."""

PRICES = []


def estimate(record):
    price = record["area"] * 3.0
    PRICES.append(price)
    return {"price": price}


def factory():
    return estimate
