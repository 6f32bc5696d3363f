"""What JSON says as named values with a type and a shape, and named values as what JSON says.

An object's members are named "a.b", a bare value is called "output". A list is one value with a shape where all that it
holds is of one type and every list in it as long as its neighbours; else each of its items is a value, "a.0", "a.1".
Whole numbers among floats are floats, as long as none changes by it: many a writer says 1 for 1.0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.observed import Value

BARE = "output"
"""The name of a value that has none."""

MAX_DEPTH = 48
MAX_VALUES = 2_000_000
_MAX_DIMENSIONS = 16
_MAX_NAME = 1000
_KINDS = {bool: "bool", int: "int", float: "float", str: "text", type(None): "null"}


class Unflattenable(ValueError):
    """What was said can't be told as named values; the text says why."""


class Unsayable(ValueError):
    """A value that JSON does not have; the text says which."""


def flattened(said: Any) -> dict[str, Value]:
    """Return what a JSON text says as values by name.

    Args:
        said: As `strict_json` reads it.

    Raises:
        Unflattenable: it is nested too deeply or too large, two values have one name, or there is none.
    """
    found: dict[str, Value] = {}
    _Flattening(found).add("", said, 0)
    if not found:
        raise Unflattenable("it names no output")
    return found


class _Flattening:
    def __init__(self, found: dict[str, Value]) -> None:
        self._found = found
        self._count = 0

    def add(self, name: str, said: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unflattenable(f"it is nested more than {MAX_DEPTH} levels deep")
        if isinstance(said, dict):
            for key, each in said.items():
                self.add(f"{name}.{key}" if depth else str(key), each, depth + 1)
            if not said and depth:
                self._put(name, Value(dtype="null", shape=(0,), values=()))
            return
        value = _value(said)
        if value is not None:
            self._put(name or BARE, value)
            return
        for position, each in enumerate(said):
            self.add(f"{name or BARE}.{position}", each, depth + 1)

    def _put(self, name: str, value: Value) -> None:
        check_texts([name])
        if name in self._found:
            raise Unflattenable(f"two of its outputs are called {name[:100]!r}")
        self._count += max(1, len(value.values))
        if self._count > MAX_VALUES or len(name) > _MAX_NAME:
            raise Unflattenable(f"it has more than {MAX_VALUES:,} values, or a name of over {_MAX_NAME:,} characters")
        self._found[name] = value


def _value(said: Any) -> Value | None:
    """Return one value with a shape, or None for a list that is none."""
    if not isinstance(said, list):
        return _scalars([said], ())
    shape: list[int] = []
    level = [said]
    while True:
        length = len(level[0])
        if len(shape) == _MAX_DIMENSIONS or any(len(each) != length for each in level):
            return None
        shape.append(length)
        items = [item for each in level for item in each]
        lists = sum(isinstance(item, list) for item in items)
        if lists == 0:
            return _scalars(items, tuple(shape))
        if lists != len(items):
            return None
        level = items


def _scalars(items: list[Any], shape: tuple[int, ...]) -> Value | None:
    kinds = {type(each) for each in items}
    if kinds == {int, float} and all(_is_a_float(each) for each in items):
        return Value(dtype="float", shape=shape, values=tuple(map(float, items)))
    if not kinds:
        return Value(dtype="null", shape=shape, values=())
    if len(kinds) != 1 or not kinds <= _KINDS.keys():
        return None
    if kinds == {str}:
        check_texts(items)
    return Value(dtype=_KINDS[kinds.pop()], shape=shape, values=tuple(items))


def check_texts(texts: Sequence[str]) -> None:
    """Look whether texts can be written as UTF-8.

    Raises:
        Unflattenable: one holds half of a pair of surrogates.
    """
    for each in texts:
        try:
            each.encode()
        except UnicodeEncodeError as error:
            raise Unflattenable(f"a text holds half a character: {each[:40]!a}") from error


def _is_a_float(number: float) -> bool:
    """Return whether a number is the same as a float; no integer beyond 2**53 is taken for one."""
    return type(number) is float or abs(number) <= 1 << 53


def sayable(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as JSON has it: arrays and values with a shape become lists.

    Raises:
        Unsayable: a number is not finite, or something is none of JSON's.
    """
    return {str(name): _sayable(str(name), each) for name, each in record.items()}


def _sayable(name: str, given: Any) -> Any:
    if isinstance(given, Value):
        values = given.values if isinstance(given.values, tuple) else given.values.reshape(-1).tolist()
        return _nested(name, [_sayable(name, each) for each in values], given.shape)
    if isinstance(given, Mapping):
        return {str(key): _sayable(f"{name}.{key}", each) for key, each in given.items()}
    if isinstance(given, list | tuple):
        return [_sayable(name, each) for each in given]
    if hasattr(given, "tolist"):  # an array, or a number with a width
        return _sayable(name, given.tolist())
    if isinstance(given, float) and not math.isfinite(given):
        raise Unsayable(f"the input {name[:100]!r} holds {given}, which JSON does not have")
    if given is not None and not isinstance(given, bool | int | float | str):
        raise Unsayable(f"the input {name[:100]!r} is a {type(given).__name__}, which JSON does not have")
    return given


def _nested(name: str, values: list[Any], shape: tuple[int, ...]) -> Any:
    """Return values in C order as lists in lists."""
    if math.prod(shape) != len(values):
        raise Unsayable(f"the input {name[:100]!r} has {len(values)} values and the shape {shape}")
    if not shape:
        return values[0]
    for axis in range(len(shape) - 1, 0, -1):
        size = shape[axis]
        values = [values[at * size : (at + 1) * size] for at in range(math.prod(shape[:axis]))]
    return values
