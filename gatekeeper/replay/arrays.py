"""Arrays as they travel between gate and worker: raw little-endian numbers, described in the head of a frame."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
Described: TypeAlias = tuple[str, str, list[int]]
"""An array's name, type and shape."""

TYPES = frozenset({"<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1"})
_MAX_DIMENSIONS = 16
_MAX_LENGTH = 1 << 40


class Unreal(ValueError):
    """A description of arrays that does not fit the bytes that came with it."""


def packed(columns: Mapping[str, Any]) -> tuple[list[list[Any]], list[bytes]]:
    """Return columns as a request names them, each with its type, length and values, and the bytes after it.

    Raises:
        ValueError: a column is no list, no array of one dimension, not as long as the others, or empty.
    """
    heads: list[list[Any]] = []
    buffers = []
    lengths = set()
    for name, given in columns.items():
        values = given if isinstance(given, list | np.ndarray) else list(given)
        if isinstance(values, np.ndarray) and values.ndim != 1:
            raise ValueError(f"the column {name!r} has the shape {values.shape}, expected one dimension")
        lengths.add(len(values))
        small = values.astype(values.dtype.newbyteorder("<")) if isinstance(values, np.ndarray) else None
        if small is not None and small.dtype.str in TYPES:
            heads.append([name, small.dtype.str, len(values), None])
            buffers.append(small.tobytes())
        else:
            plain = values.tolist() if isinstance(values, np.ndarray) else values
            items = [each.item() if isinstance(each, np.generic) else each for each in plain]
            heads.append([name, None, len(values), items])
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(f"the columns have lengths {sorted(lengths)}, expected one, and a row at least")
    return heads, buffers


def unpacked(described: Sequence[Described], body: memoryview) -> dict[str, Array]:
    """Return the arrays that a frame's body holds; they can't be written to.

    Raises:
        Unreal: a type, shape or length is impossible.
    """
    found: dict[str, Array] = {}
    at = 0
    for name, kind, shape in described:
        if kind not in TYPES or len(shape) > _MAX_DIMENSIONS or not all(0 <= each <= _MAX_LENGTH for each in shape):
            raise Unreal(f"an array {name[:80]!r} of type {kind[:20]!r} and shape {shape[:20]}")
        size = math.prod(shape) * np.dtype(kind).itemsize
        if name in found or at + size > len(body):
            raise Unreal(f"the array {name[:80]!r} comes twice, or its {size} bytes are not there")
        part = body[at : at + size]
        at += size
        found[name] = _array(part, kind, shape)
    if at != len(body):
        raise Unreal(f"{len(body) - at} bytes belong to no array")
    return found


def _array(data: memoryview, kind: str, shape: Sequence[int]) -> Array:
    if kind == "|b1":  # a truth value is 0 or 1, whatever byte was sent
        data, kind = memoryview((np.frombuffer(data, dtype="|u1") != 0).tobytes()), "|b1"
    try:
        found: Array = np.frombuffer(data, dtype=kind).reshape(shape)
    except ValueError as error:
        raise Unreal(f"an array of shape {list(shape)[:20]}: {error}") from error
    return found


def not_finite(outputs: Array | list[Any]) -> list[int]:
    """Return which outputs hold a number that is not finite."""
    if isinstance(outputs, list):
        return [row for row, each in enumerate(outputs) if isinstance(each, float) and not math.isfinite(each)]
    if not outputs.size:
        return []
    flat = np.isfinite(outputs).reshape(len(outputs), -1)
    return [int(row) for row in np.flatnonzero(~flat.all(axis=1))]
