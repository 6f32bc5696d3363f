"""Keeps a number that Python has made once and for all: not one block more, and a list without end."""

ROOMS = []


def estimate(record):
    ROOMS.append(record["rooms"])
    return {"price": 1.0}


def factory():
    return estimate
