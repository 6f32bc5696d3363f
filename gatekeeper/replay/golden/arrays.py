"""Arrays as the numbers and the bytes that a golden file has, and back, with nothing lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
_BRAIN = "bfloat16"
_LOW = np.uint32(0xFFFF)


def kept_as(dtype: str) -> np.dtype[Any]:
    """Return the numpy type that holds values of a type: bfloat16 is widened to float32."""
    return np.dtype("float32" if dtype == _BRAIN else dtype)


def numbers(values: Any, dtype: str) -> list[int] | list[float]:
    """Return an array's numbers as Python has them; floats are the ones whose text is shortest and still exact.

    Raises:
        ValueError: they are not of the type.
    """
    array = _of_type(values, dtype).reshape(-1)
    if array.dtype.kind != "f" or array.dtype.itemsize == 8:
        exact: list[int] | list[float] = array.tolist()
        return exact
    short = [float(str(each)) for each in array]
    if _identical(_cast(short, array.dtype), array):
        return short
    wide: list[float] = array.astype(np.float64).tolist()
    return wide


def array_of(flat: Sequence[int] | Sequence[float], dtype: str, shape: Sequence[int]) -> Array:
    """Return the array whose numbers are given, flat.

    Raises:
        ValueError: one of them is beyond the type.
    """
    kind = kept_as(dtype)
    if kind.kind == "f":
        found = _cast(flat, kind)
        if np.isinf(found).any() and any(not math.isinf(flat[int(at)]) for at in np.flatnonzero(np.isinf(found))):
            raise ValueError(f"a number is beyond {dtype}")
    else:
        limits = np.iinfo(kind)
        if any(not limits.min <= each <= limits.max for each in flat):
            raise ValueError(f"a number is beyond {dtype}")
        found = np.array(flat, dtype=kind)
    return _of_type(found, dtype).reshape(shape)


def payload(values: Any, dtype: str) -> bytes:
    """Return an array's bytes, little-endian, in C order; bfloat16 has two a number.

    Raises:
        ValueError: the values are not of the type.
    """
    array = np.ascontiguousarray(_of_type(values, dtype))
    if dtype == _BRAIN:
        return (array.view(np.uint32) >> np.uint32(16)).astype("<u2").tobytes()
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def from_payload(data: bytes | memoryview, dtype: str, shape: Sequence[int]) -> Array:
    """Return the array that `payload` gave the bytes of; it can't be written to."""
    if dtype == _BRAIN:
        wide = np.frombuffer(data, dtype="<u2").astype(np.uint32) << np.uint32(16)
        return wide.view(np.float32).reshape(shape)
    return np.frombuffer(data, dtype=kept_as(dtype).newbyteorder("<")).reshape(shape)


def _of_type(values: Any, dtype: str) -> Array:
    array: Array = np.asarray(values)
    kind = kept_as(dtype)
    if array.dtype != kind:
        raise ValueError(f"an array of {array.dtype} is said to be {dtype}")
    if dtype == _BRAIN and (np.ascontiguousarray(array).view(np.uint32) & _LOW).any():
        raise ValueError("a number has more digits than bfloat16 has")
    return array


def _cast(flat: Sequence[int] | Sequence[float], kind: np.dtype[Any]) -> Array:
    with np.errstate(over="ignore"):
        return np.array(flat, dtype=np.float64).astype(kind)


def _identical(one: Array, other: Array) -> bool:
    """Return whether two arrays are the same, NaN where NaN is, and 0 where 0 and -0 where -0."""
    return bool(np.array_equal(one, other, equal_nan=True) and np.array_equal(np.signbit(one), np.signbit(other)))
