"""Plain values as tagged JSON that loses nothing, with the worker's tags: `gatekeeper.replay.values` reads both."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from gatekeeper.replay.outcomes import Other

MAX_DEPTH = 64
"""Levels of a value; more than a line that is read may have, so that what was read can be written."""
_WIDE = 1 << 63
_MAX_DIGITS = 1300
"""As many as are read."""


def tagged(value: Any, depth: int = 0) -> Any:
    """Return a value of Python as JSON; tuples become lists.

    Raises:
        ValueError: it is nested too deeply, or is nothing that JSON or a tag has.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"a value is nested more than {MAX_DEPTH} levels deep")
    match value:
        case None | bool() | str():
            return value
        case int():
            return _integer(int(value))
        case float():
            return tagged_float(float(value))
        case Other(kind, text):
            return {"$other": kind, "text": text}
        case Mapping():
            return {_key(key): tagged(each, depth + 1) for key, each in value.items()}
        case list() | tuple():
            return [tagged(each, depth + 1) for each in value]
        case _:
            raise ValueError(f"a {type(value).__name__} has no place in a golden record")


def tagged_float(number: float) -> Any:
    """Return a float, tagged where JSON has none."""
    if math.isfinite(number):
        return number
    return {"$float": "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"}


def _integer(number: int) -> Any:
    if -_WIDE <= number < _WIDE:
        return number
    digits = str(number) if number.bit_length() < 4 * _MAX_DIGITS else ""
    if not 0 < len(digits.removeprefix("-")) <= _MAX_DIGITS:
        raise ValueError(f"an integer has {number.bit_length()} bits, expected at most {_MAX_DIGITS:,} digits")
    return {"$int": digits}


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key is a {type(key).__name__}, expected a text")  # noqa: TRY004 - it is data, no call
    return f"${key}" if key.startswith("$") else key


def line(plain: Any) -> str:
    """Return JSON as one canonical line: keys as they come, shortest floats, nothing but what must be escaped."""
    text = json.dumps(plain, allow_nan=False, ensure_ascii=False, separators=(", ", ": "))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair can be written with an escape alone
        return json.dumps(plain, allow_nan=False, separators=(", ", ": "))
    return text
