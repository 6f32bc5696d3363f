"""What the model is fed: every column declared with the values that it may take, and nothing made up."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

REGIONS = ("east", "north", "south", "west")
LIMITS: Mapping[str, tuple[float, float]] = {
    "unit_cost": (1.0, 500.0),
    "units": (1, 24),
    "stock": (0, 500),
    "days_to_holiday": (0, 365),  # to the next one: 26 December is the farthest away
}
COLUMNS = ["region", *LIMITS]


class InvalidRequest(ValueError):
    """A request that the model was not made for; the message names the field, what was got and what was expected."""


def validated(request: Mapping[str, object]) -> dict[str, str | float]:
    """Return the request if every field is present, of its type and within its limits.

    Raises:
        InvalidRequest: a field is missing, unknown, no finite number, or out of its limits.
    """
    if set(request) != set(COLUMNS):
        raise InvalidRequest(f"got the fields {sorted(request)}, expected {sorted(COLUMNS)}")
    if request["region"] not in REGIONS:
        raise InvalidRequest(f"region: got {request['region']!r}, expected one of {', '.join(REGIONS)}")
    return {"region": str(request["region"])} | {name: _number(name, request[name]) for name in LIMITS}


def _number(name: str, value: object) -> float:
    low, high = LIMITS[name]
    # A bool is an int to Python; as a quantity it is a mistake.
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRequest(f"{name}: got {value!r}, expected a finite number")
    if not low <= value <= high:
        raise InvalidRequest(f"{name}: got {value}, expected {low} to {high}")
    return float(value)


def to_frame(request: Mapping[str, object]) -> pd.DataFrame:
    """Return one validated request as the frame that the model is fed."""
    return pd.DataFrame([validated(request)], columns=COLUMNS)
