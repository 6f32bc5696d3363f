"""The numbers of tensors in protobuf: repeated fields, raw bytes, and floats and integers narrower than a byte is wide.

What numpy has no type for is widened, exactly, to what it has: brain floats and floats of 8 bits or fewer to float32,
integers of 4 and 2 bits to 8.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gatekeeper.replay.imports.wire import BYTES, VARINT, Malformed, Message

Array: TypeAlias = np.ndarray[Any, Any]


class Small(NamedTuple):
    """A float of a few bits (Open Compute Project, 8-bit floating point, and ONNX' own variants).

    Attributes:
        exponent, mantissa: how many bits each has; before them stands a sign, where there is one.
        bias: of the exponent.
        special: "ieee" has infinities and NaN; "fn" only NaN, with all bits set; "fnuz" only NaN, which is minus zero;
            "none" has neither; "scale" is a bare exponent, NaN where all bits are set.
    """

    exponent: int
    mantissa: int
    bias: int
    special: str


SMALL = {
    "float8_e4m3fn": Small(4, 3, 7, "fn"),
    "float8_e4m3fnuz": Small(4, 3, 8, "fnuz"),
    "float8_e5m2": Small(5, 2, 15, "ieee"),
    "float8_e5m2fnuz": Small(5, 2, 16, "fnuz"),
    "float8_e8m0": Small(8, 0, 127, "scale"),
    "float4_e2m1": Small(2, 1, 1, "none"),
    "float6_e2m3": Small(2, 3, 1, "none"),
    "float6_e3m2": Small(3, 2, 3, "none"),
}
PACKED = {
    "uint4": 4,
    "int4": 4,
    "float4_e2m1": 4,
    "uint2": 2,
    "int2": 2,
    **dict.fromkeys(("float6_e2m3", "float6_e3m2"), 6),
}
"""What shares bytes, one number after the other from the lowest bit on: how many bits each has."""

WIDENED = {"bfloat16": "float32", **dict.fromkeys(SMALL, "float32")} | {
    "uint4": "uint8",
    "int4": "int8",
    "uint2": "uint8",
    "int2": "int8",
}
"""What numpy has no type for, and as what it is given."""


def varints(message: Message, number: int) -> Array:
    """Return a repeated field of integers, as words of 64 bits without a sign: packed, one by one, or both.

    Raises:
        Malformed: it holds something else.
    """
    parts = []
    for kind, value in message.values.get(number, ()):
        if kind == VARINT and isinstance(value, int):
            parts.append(np.array([value], dtype=np.uint64))
        elif kind == BYTES and isinstance(value, memoryview):
            parts.append(_unpacked(np.frombuffer(value, dtype=np.uint8)))
        else:
            raise Malformed(f"the field {number} is none of integers")
    return np.concatenate(parts) if parts else np.array([], dtype=np.uint64)


def _unpacked(data: Array) -> Array:
    """Return the varints that follow one another, all of them at once: one pass for each byte that one can have."""
    ends = np.flatnonzero(data < 0x80)
    if data.size and (not ends.size or ends[-1] != data.size - 1):
        raise Malformed("a packed number is cut short")
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64) if ends.size else ends
    lengths = ends - starts + 1
    if lengths.size and (lengths.max() > 10 or bool((data[ends[lengths == 10]] > 1).any())):
        raise Malformed("a packed number has more than 64 bits")
    found = np.zeros(ends.size, dtype=np.uint64)
    for position in range(int(lengths.max()) if lengths.size else 0):
        there = np.flatnonzero(lengths > position)
        bits = (data[starts[there] + position] & np.uint8(0x7F)).astype(np.uint64)
        found[there] |= bits << np.uint64(7 * position)
    return found


def fixed(message: Message, number: int, kind: str) -> Array:
    """Return a repeated field of floats, "<f4" or "<f8": packed, one by one, or both.

    Raises:
        Malformed: it holds something else.
    """
    size = np.dtype(kind).itemsize
    parts = []
    for wire, value in message.values.get(number, ()):
        if not isinstance(value, memoryview) or len(value) % size or (wire != BYTES and len(value) != size):
            raise Malformed(f"the field {number} is none of floats of {size} bytes")
        parts.append(np.frombuffer(value, dtype=kind))
    return np.concatenate(parts) if parts else np.array([], dtype=kind)


def narrowed(words: Array, kind: str) -> Array:
    """Return integers that came as words of 64 bits as what they are.

    Raises:
        Malformed: one does not fit.
    """
    if kind in {"uint64", "int64"}:
        return words.astype(kind)
    wide = words.view(np.int64)
    limits = np.iinfo(kind)
    if wide.size and not (limits.min <= int(wide.min()) and int(wide.max()) <= limits.max):
        raise Malformed(f"an integer is beyond {kind}")
    return wide.astype(kind)


def raw(data: memoryview, kind: str, count: int) -> Array:
    """Return so many numbers from their bytes, little-endian and in C order.

    Args:
        data: The bytes.
        kind: numpy's name, or one of `WIDENED`.
        count: How many there must be.

    Raises:
        Malformed: there are more or fewer.
    """
    size = 2 if kind == "bfloat16" else 1 if kind in WIDENED else np.dtype(kind).itemsize
    if len(data) != (math.ceil(count * PACKED[kind] / 8) if kind in PACKED else count * size):
        raise Malformed(f"its data has {len(data)} bytes, expected {count} numbers of type {kind}")
    if kind in WIDENED:
        bits = np.frombuffer(data, dtype="<u2" if size == 2 else np.uint8)
        return widened(_split(bits, kind, count), kind)
    found = np.frombuffer(data, dtype=np.uint8 if kind == "bool" else np.dtype(kind).newbyteorder("<"))
    if kind == "bool":
        if bool((found > 1).any()):
            raise Malformed("a truth value is neither 0 nor 1")
        return found.astype(bool)
    return found.astype(kind)


def _split(data: Array, kind: str, count: int) -> Array:
    """Return the bits of numbers that share bytes, one number an item."""
    if kind not in PACKED:
        return data
    width = PACKED[kind]
    bits = np.unpackbits(data, count=count * width, bitorder="little").reshape(count, width)
    return np.packbits(bits, axis=1, bitorder="little").reshape(-1)


def widened(bits: Array, kind: str) -> Array:
    """Return the numbers whose bits are given, of a type that numpy has not."""
    if kind == "bfloat16":
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if kind in SMALL:
        table = _table(kind)
        if bits.size and int(bits.max()) >= table.size:
            raise Malformed(f"a number has more bits than {kind}")
        found: Array = table[bits]
        return found
    if kind.startswith("u"):
        return bits.astype(np.uint8)
    half = 1 << PACKED[kind] - 1
    return ((bits.astype(np.int16) ^ half) - half).astype(np.int8)


@cache
def _table(kind: str) -> Array:
    """Return the number of every pattern of bits."""
    shape = SMALL[kind]
    width = shape.exponent + shape.mantissa + (shape.special != "scale")
    found = np.array([_small(bits, shape) for bits in range(1 << width)], dtype=np.float64).astype(np.float32)
    found.setflags(write=False)
    return found


def _small(bits: int, shape: Small) -> float:
    magnitude = bits & (1 << shape.exponent + shape.mantissa) - 1
    sign = -1.0 if bits != magnitude else 1.0
    exponent, mantissa = divmod(magnitude, 1 << shape.mantissa)
    highest = (1 << shape.exponent) - 1
    if shape.special == "scale":
        return math.nan if bits == 0xFF else 2.0 ** (bits - shape.bias)
    if shape.special == "fnuz" and sign < 0 and not magnitude:
        return math.nan
    if shape.special == "fn" and magnitude == (1 << shape.exponent + shape.mantissa) - 1:
        return math.nan
    if shape.special == "ieee" and exponent == highest:
        return math.nan if mantissa else sign * math.inf
    fraction = mantissa / (1 << shape.mantissa)
    if not exponent:
        return sign * math.ldexp(fraction, 1 - shape.bias)
    return sign * math.ldexp(1.0 + fraction, exponent - shape.bias)
