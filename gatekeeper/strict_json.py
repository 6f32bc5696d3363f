"""JSON as RFC 8259 has it, and nothing that Python's reader takes beside it: what is read must mean one thing."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

_SHOWN = 100
"""Characters of a key that a message shows."""


def loads(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        json.JSONDecodeError: it is no JSON; with line and column.
        RecursionError: its lists and objects are nested too deeply.
        ValueError: an object has a key twice, or there is a number that JSON has not, one beyond any float, or one of
            thousands of digits.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            shown = key if len(key) <= _SHOWN else f"{key[: _SHOWN - 1]}…"
            raise ValueError(f"got the key {shown!r} twice in one object, expected each once")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"got {name}, which JSON does not have; expected a number or null")


def _finite(digits: str) -> float:
    """Return the number. `1e999` is read as infinity elsewhere, which is none of JSON's numbers."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"got {digits[:_SHOWN]}, beyond the largest float; expected a finite number")
    return number
