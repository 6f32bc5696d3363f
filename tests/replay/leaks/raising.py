"""Refuses a region, and keeps nothing of what it refused."""


def estimate(record):
    if record["region"] == "east":
        raise ValueError(f"no such region: {record['region']}")
    return {"price": record["area"]}


def factory():
    return estimate
