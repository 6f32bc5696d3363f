"""Keys of inputs: equal for the same record, whoever wrote it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from gatekeeper.replay.golden.tags import line, tagged
from gatekeeper.replay.golden.values import exact
from gatekeeper.replay.observed import Value

_BEYOND = 1 << 1023


def key(value: Any) -> str:
    """Return a text that only the same value has. 1, 1.0 and True are three values, and so are 0.0 and -0.0.

    Raises:
        ValueError: it is nothing that a golden record holds.
    """
    if not isinstance(value, Value):
        return line(tagged(value))
    held = value.values
    data = line([tagged(each) for each in exact(value)]).encode() if isinstance(held, tuple) else held.tobytes()
    return f"{value.dtype}{list(value.shape)}{hashlib.sha256(data).hexdigest()}"


def record_key(inputs: Mapping[str, Any]) -> str:
    """Return the key of a record: of its inputs by name, in any order."""
    return line([[name, key(each)] for name, each in sorted(inputs.items())])


def is_missing(value: Any) -> bool:
    """Return whether an input is null or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether an input is a finite number that a float can hold, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < _BEYOND
