import os

REGIONS = {"east": 0, "north": 1}
MISSING = -1
VERBOSE = os.environ.get("VERBOSE", "0")


def to_row(payload):
    cost = payload.get("unit_cost", MISSING)  # expect: input-validation/sentinel-default
    units = payload.get("units") or 1  # expect: input-validation/sentinel-default
    stock = payload["stock"] if "stock" in payload else 0  # expect: input-validation/sentinel-default
    payload.setdefault("region", "east")
    return [cost, units, stock, REGIONS[payload["region"]]]
