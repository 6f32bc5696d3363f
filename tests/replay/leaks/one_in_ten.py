"""Keeps what one request of ten brings."""


class Audit:
    def __init__(self):
        self.count = 0
        self.entries = []

    def note(self, record):
        self.count += 1
        if self.count % 10 == 0:
            self.entries.append(dict(record))


AUDIT = Audit()


def estimate(record):
    AUDIT.note(record)
    return {"price": record["area"]}


def factory():
    return estimate
