"""Keeps every request beside the thread."""

import threading

STATE = threading.local()


def estimate(record):
    if not hasattr(STATE, "log"):
        STATE.log = []
    STATE.log.append([record["area"]])
    return {"price": record["area"]}


def factory():
    return estimate
