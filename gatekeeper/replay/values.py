"""The candidate's values, read back from their tagged JSON (`inside/values.py` writes it)."""

from __future__ import annotations

from typing import Any

from gatekeeper.replay.outcomes import Other

_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_MAX_DIGITS = 1300


class Untaggable(ValueError):
    """A tag that no worker of ours writes."""


def untagged(value: Any) -> Any:
    """Return the value that a tagged one stands for.

    Raises:
        Untaggable: it holds a tag that there is not.
        RecursionError: it is nested too deeply; a worker of ours refuses at 48 levels.
    """
    if isinstance(value, list):
        return [untagged(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) <= 2 and any(tag in value for tag in ("$float", "$int", "$other")):
        return _special(value)
    return {(key[1:] if key.startswith("$$") else _plain(key)): untagged(each) for key, each in value.items()}


def _plain(key: str) -> str:
    if key.startswith("$"):
        raise Untaggable(f"the key {key[:40]!r} is no tag")
    return key


def _special(value: dict[str, Any]) -> Any:
    match value:
        case {"$float": str(name), **rest} if name in _FLOATS and not rest:
            return _FLOATS[name]
        case {"$int": str(digits), **rest} if _is_integer(digits) and not rest:
            return int(digits)
        case {"$other": str(kind), "text": str(text)}:
            return Other(kind, text)
        case _:
            raise Untaggable("a tag holds what it can't")


def _is_integer(digits: str) -> bool:
    bare = digits.removeprefix("-")
    return bare.isascii() and bare.isdecimal() and len(bare) <= _MAX_DIGITS
