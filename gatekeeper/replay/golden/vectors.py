"""Many elements beside their golden ones, with numpy: the same rule as `tolerance.element`, for all at once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gatekeeper.replay.golden.tolerance import Found, Rule
from gatekeeper.replay.observed import Value

Array: TypeAlias = np.ndarray[Any, Any]


def compared(expected: Value, actual: Value, allowed: Rule) -> Found:
    """Return how the elements of two arrays of one shape compare."""
    one, other = np.asarray(expected.values).reshape(-1), np.asarray(actual.values).reshape(-1)
    if one.dtype.kind != "f":
        return _exactly(one, other)
    with np.errstate(all="ignore"):  # NaN and infinity are what is looked for
        return _floats(one.astype(np.float64), other.astype(np.float64), allowed)


def _exactly(one: Array, other: Array) -> Found:
    differing = np.flatnonzero(one != other)
    if not differing.size:
        return Found()
    pairs = [(abs(int(other[at]) - int(one[at])), abs(int(one[at])), int(at)) for at in differing]
    far, _, worst = max(pairs, key=lambda each: (each[0], -each[2]))
    relative = max(apart / size if size else float("inf") for apart, size, _ in pairs)
    return Found(len(pairs), worst, float("inf"), relative, float(far))


def _floats(one: Array, other: Array, allowed: Rule) -> Found:
    same = one == other
    if allowed.nonfinite:
        same |= np.isnan(one) & np.isnan(other)
    if same.all():
        return Found()
    size, deviation = np.abs(one), np.abs(other - one)
    limit = np.maximum(allowed.relative * size, allowed.floor)
    broken = ~(np.isfinite(one) & np.isfinite(other))
    used = _shares(deviation, limit, same, broken)
    if allowed.fixed:
        needed = _shares(deviation, size, same | (deviation <= allowed.floor), broken & ~same)
    else:
        needed = _shares(deviation, np.maximum(size, allowed.base), same, broken)
    return Found(
        int(np.count_nonzero(~same & ~(~broken & (deviation <= limit)))),
        int(np.argmax(np.where(same, -1.0, used))),
        float(needed.max()),
        float(_shares(deviation, size, same, broken).max()),
        float(np.where(same, 0.0, np.where(broken, np.inf, deviation)).max()),
    )


def _shares(part: Array, whole: Array, same: Array, broken: Array) -> Array:
    """Return part / whole: 0 where both are the same, and infinite where one is no number or nothing is allowed."""
    shares = np.where((whole == 0) | broken, np.inf, part / whole)
    return np.where(same, 0.0, shares)
