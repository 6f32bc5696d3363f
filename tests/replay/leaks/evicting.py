"""Remembers 64 answers, and forgets the oldest."""

ANSWERS = {}


def estimate(record):
    key = (record["area"], record["rooms"])
    if key not in ANSWERS:
        if len(ANSWERS) == 64:
            del ANSWERS[next(iter(ANSWERS))]
        ANSWERS[key] = record["area"] * record["rooms"] + 0.5
    return {"price": ANSWERS[key]}


def factory():
    return estimate
