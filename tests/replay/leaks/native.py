"""Makes one buffer longer and longer: the process grows, and no object of Python's is more than before."""

LOG = bytearray()


def estimate(record):
    LOG.extend(b"x" * 65536)
    return {"price": record["area"]}


def factory():
    return estimate
