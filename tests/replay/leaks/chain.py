"""Every request holds on to the one before: no container grows."""


class Trace:
    last = None

    def __init__(self, record, before):
        self.record, self.before = record, before


def estimate(record):
    Trace.last = Trace(record, Trace.last)
    return {"price": record["area"]}


def factory():
    return estimate
