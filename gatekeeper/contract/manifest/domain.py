"""What a manifest says of one value: it is of the domain, the safe default stands for it, or it is refused.

This is the definition that the generated input model and the guard are held against.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from typing import Any, Final

from gatekeeper.contract.manifest.facts import Input, Kind, Output

ABSENT: Final = object()
"""Stands for an input that a record does not have."""


class Due(enum.Enum):
    """What is due to a value, or to a record."""

    ACCEPT = "accept"
    DEFAULT = "default"
    REJECT = "reject"
    EITHER = "either"
    """A whole number written as a float where an integer is declared: JSON does not tell the two apart."""


def due(each: Input, value: object) -> Due:
    """Return what is due to a value of one input."""
    if value is ABSENT or value is None:
        return Due(each.missing)
    if each.of is Kind.BOOLEAN:
        return Due.ACCEPT if isinstance(value, bool) else Due.REJECT
    if each.of.measured:
        return _number_due(each, value)
    if not isinstance(value, str):
        return Due.REJECT
    if value == "" and "" not in each.vocabulary:
        return Due.REJECT
    if each.of is Kind.TEXT or value in each.vocabulary:
        return Due.ACCEPT
    return Due(each.unknown or "reject")


def _number_due(each: Input, value: object) -> Due:
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
        return Due.REJECT
    if (each.min is not None and value < each.min) or (each.max is not None and value > each.max):
        return Due.REJECT
    if each.of is Kind.INTEGER and isinstance(value, float):
        return Due.EITHER if value.is_integer() else Due.REJECT
    return Due.ACCEPT


def is_finite(value: float) -> bool:
    """Return whether a number is one that a float can hold; an integer may be beyond any."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def record_due(inputs: Mapping[str, Input], record: Mapping[str, object]) -> Due:
    """Return what is due to a record: refused if one of its values is, or if it has an input that is not declared."""
    if any(name not in inputs for name in record):
        return Due.REJECT
    found = {due(each, record.get(name, ABSENT)) for name, each in inputs.items()}
    return next((each for each in (Due.REJECT, Due.EITHER, Due.DEFAULT) if each in found), Due.ACCEPT)


def limits(output: Output, mean: float | None) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value that an output may have; None where nothing says so.

    Args:
        output: a number.
        mean: of the predictions on the training data; the output's own goes before.
    """
    mean = output.mean if output.mean is not None else mean
    ratio = output.max_ratio_to_mean
    most = ratio * mean if ratio is not None and mean is not None else None
    tops = [each for each in (output.max, most) if each is not None]
    return output.min, min(tops) if tops else None


def wrong(output: Output, value: Any, mean: float | None = None) -> str:
    """Return how a value is none that the output may have; empty if it may."""
    if output.type == "class":
        return "" if isinstance(value, str | int) and str(value) in output.classes else f"{value!r} is no class"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value!r} is no finite number"
    if not is_finite(value):
        return f"{value!r} is no finite number" if isinstance(value, float) else "an integer beyond any float"
    low, high = limits(output, mean)
    # Asked so that what can't be compared is wrong.
    if low is not None and not value >= low:
        return f"{value:.6g} is below {low:.6g}"
    if high is not None and not value <= high:
        return f"{value:.6g} is above {high:.6g}"
    return ""
