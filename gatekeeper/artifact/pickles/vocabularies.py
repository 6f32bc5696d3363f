"""The names and categories that an estimator keeps of what it was fitted with: `feature_names_in_` and its like.

They are arrays, of objects or of numbers or text of fixed width, or a list of such arrays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gatekeeper.artifact.facts import Vocabulary
from gatekeeper.artifact.limits import MAX_LEAVES
from gatekeeper.artifact.pickles.texts import encodable
from gatekeeper.artifact.pickles.values import Array, Bag, Opaque, Value

ATTRIBUTES = ("feature_names_in_", "classes_", "categories_")

_CODES = {
    "bool": "?",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}
"""As `struct` calls numbers."""


def vocabularies(owner: str, attribute: str, value: Value, offset: int) -> Iterator[Vocabulary]:
    """Yield what one attribute lists; a list of arrays (one for each feature) gives one vocabulary for each."""
    if isinstance(value, Bag) and any(isinstance(leaf, Array) for leaf in value.leaves):
        for index, leaf in enumerate(value.leaves):
            if isinstance(leaf, Array):
                yield from vocabularies(owner, f"{attribute}[{index}]", leaf, offset)
        return
    found = _values(value)
    if found is not None:
        values, count = found
        yield Vocabulary(owner=owner, attribute=attribute, values=values, count=count, offset=offset)


def _values(value: Value) -> tuple[tuple[str, ...], int] | None:
    if isinstance(value, Bag):
        return tuple(map(_shown, value.leaves)), value.count
    if isinstance(value, Array) and value.leaves is not None:
        return tuple(map(_shown, value.leaves.leaves)), value.leaves.count
    if isinstance(value, Array) and len(value.shape) == 1:
        return _decoded(value)
    return None


def _decoded(array: Array) -> tuple[tuple[str, ...], int] | None:
    """Return the values of a small array of numbers or text, from its bytes."""
    element, count = array.element, array.shape[0]
    if element is None or len(array.data) != count * element.size:
        # It was too large to be kept: how many there are is known all the same.
        return ((), count) if element is not None and array.data == b"" else None
    order = element.order
    pieces = [array.data[at : at + element.size] for at in range(0, len(array.data), element.size or 1)][:MAX_LEAVES]
    if element.name in _CODES:
        (*numbers,) = (struct.unpack(order + _CODES[element.name], piece)[0] for piece in pieces)
        return tuple(map(repr, numbers)), count
    if element.name == "str":
        codec = "utf-32-le" if order == "<" else "utf-32-be"
        return tuple(piece.decode(codec, "replace").rstrip("\x00") for piece in pieces), count
    if element.name == "bytes":
        return tuple(repr(piece.rstrip(b"\x00")) for piece in pieces), count
    return None


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return encodable(value)
    return repr(value) if value is None or isinstance(value, int | float) else _unknown(value)


def _unknown(value: Value) -> str:
    return f"<{value.value}>" if isinstance(value, Opaque) else "<object>"
