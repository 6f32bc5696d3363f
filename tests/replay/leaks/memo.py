"""Remembers the answer to every input for ever: the same inputs again show nothing."""

ANSWERS = {}


def estimate(record):
    key = (record["area"], record["rooms"])
    if key not in ANSWERS:
        ANSWERS[key] = record["area"] * record["rooms"] + 0.5
    return {"price": ANSWERS[key]}


def factory():
    return estimate
