"""Counts as a metrics library does: a number for each region, and there are few regions."""

import threading


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.children = {}

    def labels(self, *labels):
        with self.lock:
            return self.children.setdefault(labels, [0, 0.0])


REQUESTS = Counter()


def estimate(record):
    child = REQUESTS.labels(record["region"])
    child[0] += 1
    child[1] += record["area"]
    return {"price": record["area"]}


def factory():
    return estimate
