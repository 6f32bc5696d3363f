"""One value of a record as JSON, and back.

What the header says of its type and shape is not repeated: `[0.1, 0.2]` is of the type that stands there. A value that
differs from it says so: `{"$array": {"dtype": "int64", "shape": [2, 0], "values": []}}`. A large one lies in the file
of tensors, and the line has its digest: `{"$tensor": "r001.inputs.image", "sha256": "..."}`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.golden.facts import ANY, PLAIN, WIDE
from gatekeeper.replay.golden.tags import tagged
from gatekeeper.replay.golden.tensors import Tensor, width
from gatekeeper.replay.observed import Value
from gatekeeper.replay.values import Untaggable, untagged

LARGE = 64 * 1024
"""Bytes from which on a tensor lies in a file of its own."""
BARE = "output"
"""What a bare value is called."""
_MAX_DIMENSIONS = 32
_MAX_SIZE = 1 << 28


class Unfitting(ValueError):
    """A value is not what it is said to be."""


def elements(value: Value) -> Sequence[Any]:
    """Return the values, flat, as Python has them; floats of 32 bits and less are the shortest that are exact."""
    if value.dtype in WIDE:
        from gatekeeper.replay.golden.arrays import numbers  # noqa: PLC0415 - numpy is loaded when there are arrays

        return numbers(value.values, value.dtype)
    return exact(value)


def exact(value: Value) -> Sequence[Any]:
    """Return the values, flat, as Python has them; a float of 32 bits is widened, and so the very same number."""
    if isinstance(value.values, tuple):
        return value.values
    listed: list[Any] = value.values.reshape(-1).tolist()
    return listed


def written(value: Value, dtype: str, shape: Sequence[int] | None, name: str, shelf: dict[str, Tensor]) -> Any:
    """Return a value as its line has it.

    Args:
        value: It.
        dtype: What the header says.
        shape: What it says of that; None if nothing.
        name: What it is called if it is large.
        shelf: Where large ones are put.

    Raises:
        ValueError: it is not of the type and shape that it says.
    """
    if value.dtype in WIDE and math.prod(value.shape) * width(value.dtype) > LARGE:
        from gatekeeper.replay.golden.arrays import payload  # noqa: PLC0415 - numpy is loaded when there are arrays

        shelf[name] = Tensor(value.dtype, value.shape, payload(value.values, value.dtype))
        return {"$tensor": name, "sha256": digest(shelf[name])}
    flat = elements(value)
    if len(flat) != math.prod(value.shape):
        raise Unfitting(f"{len(flat)} values are said to have the shape {list(value.shape)}")
    _checked(flat, value.dtype)
    plain = _tagged(flat)
    if _is_plain(value, flat, dtype, shape):
        return _nested(plain, value.shape)
    return {"$array": {"dtype": value.dtype, "shape": list(value.shape), "values": plain}}


def _tagged(flat: Sequence[Any]) -> list[Any]:
    """Return values as JSON has them; many numbers are not looked at one by one."""
    kinds = set(map(type, flat))
    if kinds == {float} and all(map(math.isfinite, flat)):
        return list(flat)
    return [tagged(each) for each in flat]


def _is_plain(value: Value, flat: Sequence[Any], dtype: str, shape: Sequence[int] | None) -> bool:
    """Return whether the bare JSON says the same, once the header is known."""
    if (shape is not None and tuple(shape) != value.shape) or (0 in value.shape and value.shape != (0,)):
        return False
    return value.dtype == (dtype if dtype != ANY else inferred(flat)) and value.dtype in WIDE | PLAIN


def digest(tensor: Tensor) -> str:
    """Return what binds a line to its tensor: of type, shape and numbers."""
    found = hashlib.sha256(f"{tensor.dtype}{list(tensor.shape)}".encode())
    found.update(tensor.data)
    return found.hexdigest()


def read(plain: Any, dtype: str, shape: Sequence[int] | None, tensors: Mapping[str, Tensor]) -> Value:
    """Return the value that its line has.

    Args:
        plain: JSON.
        dtype: What the header says; "any" where it says nothing.
        shape: What it says of that; None if nothing.
        tensors: The large ones.

    Raises:
        ValueError: it is not what it is said to be.
        KeyError: its tensor is not there.
    """
    match plain:
        case {"$tensor": str(name), "sha256": str(told), **rest} if not rest:
            found = _shelved(tensors[name], told)
        case {"$array": {"dtype": str(own), "shape": list(sizes), "values": list(flat), **more}, **rest} if not (
            rest or more
        ):
            found = _made([untagged(each) for each in flat], own, _sizes(sizes))
        case _:
            flat, sizes = _flattened(plain)
            found = _made(flat, inferred(flat) if dtype == ANY else dtype, tuple(sizes))
    if dtype not in {ANY, found.dtype}:
        raise Unfitting(f"is {found.dtype}, the header says {dtype}")
    if shape is not None and tuple(shape) != found.shape:
        raise Unfitting(f"has the shape {list(found.shape)}, the header says {list(shape)}")
    return found


def _shelved(tensor: Tensor, told: str) -> Value:
    from gatekeeper.replay.golden.arrays import from_payload  # noqa: PLC0415 - numpy is loaded when there are arrays

    if digest(tensor) != told:
        raise Unfitting("is another tensor than the one that was recorded")
    values = from_payload(tensor.data, tensor.dtype, tensor.shape)
    return Value(dtype=tensor.dtype, shape=tensor.shape, values=values)


def _sizes(sizes: list[Any]) -> tuple[int, ...]:
    if len(sizes) > _MAX_DIMENSIONS or not all(type(each) is int and 0 <= each <= _MAX_SIZE for each in sizes):
        raise Unfitting("has an impossible shape")
    return tuple(sizes)


def _made(flat: Sequence[Any], dtype: str, shape: tuple[int, ...]) -> Value:
    if len(flat) != math.prod(shape):
        raise Unfitting(f"has {len(flat)} values for the shape {list(shape)}")
    _checked(flat, dtype)
    if dtype not in WIDE:
        return Value(dtype=dtype, shape=shape, values=tuple(flat))
    from gatekeeper.replay.golden.arrays import array_of  # noqa: PLC0415 - numpy is loaded when there are arrays

    return Value(dtype=dtype, shape=shape, values=array_of(flat, dtype, shape))


def inferred(flat: Sequence[Any]) -> str:
    """Return the type of values that JSON has; "null" for none, and "any" where they differ."""
    kinds = {_KINDS.get(type(each), ANY) for each in flat} or {"null"}
    return kinds.pop() if len(kinds) == 1 else ANY


_KINDS = {float: "float", int: "int", bool: "bool", str: "text", type(None): "null"}


def _checked(flat: Sequence[Any], dtype: str) -> None:
    """Refuse values that are not of a type.

    Raises:
        Unfitting: one of them is not.
    """
    if dtype not in WIDE | PLAIN:
        return
    kind = "float" if "float" in dtype else "int" if "int" in dtype else dtype
    if all(_KINDS.get(each) == kind for each in set(map(type, flat))):
        return
    strange = next(each for each in flat if _KINDS.get(type(each)) != kind)
    got = _KINDS.get(type(strange), "an object")
    raise Unfitting(f"holds {str(strange)[:40]!r} ({got}), expected {dtype}")


def _nested(flat: list[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    for size in reversed(shape[1:]):
        flat = [flat[at : at + size] for at in range(0, len(flat), size)]
    return flat


def _flattened(plain: Any) -> tuple[list[Any], list[int]]:
    """Return the values of nested lists, and their shape.

    Raises:
        Unfitting: the lists differ in length or depth, or there is an object.
    """
    shape: list[int] = []
    level = [plain]
    while level and isinstance(level[0], list):
        sizes = {len(each) if isinstance(each, list) else -1 for each in level}
        if len(sizes) > 1 or len(shape) >= _MAX_DIMENSIONS:
            raise Unfitting("its lists differ in length or depth, or are too deep")
        shape.append(sizes.pop())
        level = [inner for each in level for inner in each]
    if any(isinstance(each, list) for each in level):
        raise Unfitting("its lists differ in depth")
    is_bare = dict not in set(map(type, level))
    return level if is_bare else [_scalar(each) for each in level], shape


def _scalar(plain: Any) -> Any:
    if isinstance(plain, dict) and not plain.keys() & {"$float", "$int", "$other"}:
        raise Unfitting("is an object, expected a value or a list of values")
    return untagged(plain)


def named(plain: Any, name: str = "") -> dict[str, Any]:
    """Return what a handler answered by name, as JSON: `{"a": {"b": 1}}` is `{"a.b": 1}`, and a bare value "output".

    A list whose parts differ in shape or type is taken apart too: "a.0", "a.1". The worker names what a predictor
    returns in the same way.

    Raises:
        Unfitting: two have one name.
    """
    if plain == {} and name:
        return {name: []}
    if isinstance(plain, dict) and not plain.keys() & {"$float", "$int", "$other"}:
        parts = {(key[1:] if key.startswith("$$") else key): each for key, each in plain.items()}
    elif isinstance(plain, list) and not _is_even(plain):
        name = name or BARE
        parts = {str(place): each for place, each in enumerate(plain)}
    else:
        return {name or BARE: plain}
    found: dict[str, Any] = {}
    for key, each in parts.items():
        for inner, value in named(each, f"{name}.{key}" if name else key).items():
            if inner in found:
                raise Unfitting(f"has two outputs that are both called {inner[:80]!r}")
            found[inner] = value
    return found


def _is_even(plain: list[Any]) -> bool:
    try:
        flat, _ = _flattened(plain)
    except (Unfitting, Untaggable):
        return False
    kinds = {_KINDS.get(type(each), ANY) for each in flat}
    return len(kinds) <= 1 or kinds == {"int", "float"}
