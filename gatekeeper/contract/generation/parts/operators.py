"""The operators of the kill-switches: each tells whether a value trips it, which it does unless it is surely safe.

A value that can't be compared (absent, NaN, infinite, of another type) trips an operator, and its opposite too.
"""

from __future__ import annotations

import math
from typing import TypeGuard


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a finite number. A truth value is none."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value)


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a text that is not empty."""
    return isinstance(value, str) and value != ""


def is_truth(value: object) -> TypeGuard[bool]:
    """Return whether a value is a truth value."""
    return isinstance(value, bool)


def above(value: object, limit: float) -> bool:
    """Trip unless the value is a number and at most the limit."""
    return not (is_number(value) and value <= limit)


def not_above(value: object, limit: float) -> bool:
    """Trip unless the value is a number and above the limit."""
    return not (is_number(value) and value > limit)


def below(value: object, limit: float) -> bool:
    """Trip unless the value is a number and at least the limit."""
    return not (is_number(value) and value >= limit)


def not_below(value: object, limit: float) -> bool:
    """Trip unless the value is a number and below the limit."""
    return not (is_number(value) and value < limit)


def outside(value: object, low: float, high: float) -> bool:
    """Trip unless the value is a number and within both limits."""
    return not (is_number(value) and low <= value <= high)


def not_outside(value: object, low: float, high: float) -> bool:
    """Trip unless the value is a number and beyond one of the limits."""
    return not (is_number(value) and not low <= value <= high)


def number_among(value: object, *others: float) -> bool:
    """Trip unless the value is a number and none of the others."""
    return not (is_number(value) and value not in others)


def number_not_among(value: object, *others: float) -> bool:
    """Trip unless the value is one of the other numbers."""
    return not (is_number(value) and value in others)


def text_among(value: object, *others: str) -> bool:
    """Trip unless the value is a text and none of the others."""
    return not (is_text(value) and value not in others)


def text_not_among(value: object, *others: str) -> bool:
    """Trip unless the value is one of the other texts."""
    return not (is_text(value) and value in others)


def truth_among(value: object, *others: bool) -> bool:
    """Trip unless the value is a truth value and none of the others."""
    return not (is_truth(value) and value not in others)


def truth_not_among(value: object, *others: bool) -> bool:
    """Trip unless the value is one of the other truth values."""
    return not (is_truth(value) and value in others)


def missing(value: object) -> bool:
    """Trip unless there is a value: absent, null, the empty text and NaN are none."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value)


def not_missing(value: object) -> bool:
    """Trip unless there is no value."""
    return not missing(value)
