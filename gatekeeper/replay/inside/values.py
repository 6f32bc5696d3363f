"""Values of the candidate as JSON that loses nothing: what JSON has not is tagged with a key that begins with `$`."""

from __future__ import annotations

import math
from typing import Any

from gatekeeper.replay.inside.calls import Unfit, named

MAX_DEPTH = 48
MAX_VALUES = 2000000
MAX_TEXT = 1 << 20


def tagged(value: Any) -> Any:
    """Return a value as JSON.

    `{"$float": "NaN"}` (Infinity, -Infinity), `{"$int": "digits"}` beyond 64 bits, `{"$other": class, "text": text}`
    for what has no JSON; a key that begins with `$` gets one more.

    Raises:
        Unfit: it is nested too deeply, too large, or goes in circles.
    """
    return _Tagger().tag(value, 0)


class _Tagger:
    def __init__(self) -> None:
        self.count = 0

    def tag(self, value: Any, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH:
            raise Unfit(f"a value is nested more than {MAX_DEPTH} levels deep")
        if self.count > MAX_VALUES:
            raise Unfit(f"a value has more than {MAX_VALUES} parts")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            number = int(value)
            if -(1 << 63) <= number < 1 << 63:
                return number
            return {"$int": _digits(number)}
        if isinstance(value, float):
            return _float(float(value))
        if isinstance(value, str):
            return _text(value)
        return self._compound(value, depth)

    def _compound(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            found: dict[str, Any] = {}
            for key, each in value.items():
                found[_key(key)] = self.tag(each, depth + 1)
            return found
        if isinstance(value, (list, tuple)):
            return self._all(value, depth)
        if isinstance(value, (set, frozenset)):
            return self._all(sorted(value, key=repr), depth)
        home = type(value).__module__.split(".")[0]
        if home == "numpy" and hasattr(value, "tolist"):
            plain = value.tolist()
            if type(plain) is not type(value):
                return self.tag(plain, depth + 1)
        return {"$other": named(type(value)), "text": _shown(value)}

    def _all(self, values: Any, depth: int) -> list[Any]:
        return [self.tag(each, depth + 1) for each in values]


def _float(number: float) -> Any:
    if math.isfinite(number):
        return number
    return {"$float": "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"}


def _digits(number: int) -> str:
    if number.bit_length() > 4096:
        raise Unfit(f"an integer has {number.bit_length()} bits, expected at most 4096")
    return str(number)


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise Unfit(f"a text has {len(value)} characters, expected at most {MAX_TEXT}")
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _key(key: Any) -> str:
    if isinstance(key, str):
        text = _text(key)
        return "$" + text if text.startswith("$") else text
    if key is None or isinstance(key, (bool, int, float)):
        return str(key)[:100]
    plain = key.item() if type(key).__module__ == "numpy" and hasattr(key, "item") else None
    if plain is None or plain is key:
        raise Unfit(f"a key of a mapping is {named(type(key))}, expected a text")
    return _key(plain)


def _shown(value: Any) -> str:
    return _text(repr(value)[:500])
