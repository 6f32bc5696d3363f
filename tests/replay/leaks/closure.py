"""Keeps every request in a variable that only a function sees."""


def factory():
    seen = []

    def estimate(record):
        seen.append(record)
        return {"price": record["area"]}

    return estimate
