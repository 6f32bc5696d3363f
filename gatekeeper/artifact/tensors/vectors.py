"""Counts the numbers of many elements with numpy, at several times the speed of sha256.

The bits of a number are looked at as integers. Read with the highest bit as a sign, positive numbers grow with their
bits and negative ones fall; read without one, negative numbers follow the positive. So the least and the greatest of
both readings, four passes without an intermediate array, tell the range of the numbers, whether one of them is not
finite, and whether one is near zero. Only then are they looked at one by one.

Measured on a core with 1 MiB of L2 (numpy 2.4.6): such a pass 85 GB/s, one that writes an array 25, sha256 1.8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gatekeeper.artifact.tensors.columns import Column
from gatekeeper.artifact.tensors.numbers import Float
from gatekeeper.artifact.tensors.tally import Tally

Bits: TypeAlias = npt.NDArray[np.unsignedinteger]


def tallies(columns: tuple[Column, ...], size: int, data: memoryview) -> tuple[Tally, ...]:
    """Return the tally of each column of the elements in `data`, each of `size` bytes."""
    return tuple(_tally(column, _bits(column, size, data)) for column in columns)


def _bits(column: Column, size: int, data: memoryview) -> Bits:
    """Return the bits of a column's numbers without a gap, in the machine's byte order and at its words."""
    width, parts = column.number.width, len(column.offsets)
    dtype = np.dtype(f"{column.order}u{width}")
    if width * parts == size:
        whole: Bits = np.frombuffer(data, dtype)
        return whole.astype(dtype.newbyteorder("="), copy=not whole.flags.aligned)
    count = len(data) // size
    rows: Bits = np.empty((count, parts), dtype.newbyteorder("="))
    for at, offset in enumerate(column.offsets):
        rows[:, at] = np.ndarray((count,), dtype, data, offset, (size,))
    return rows.reshape(-1)


def _tally(column: Column, bits: Bits) -> Tally:
    number = column.number
    if isinstance(number, Float):
        span = _Span.of(bits)
        return _tally_finite(number, bits, span) if span.is_finite(number) else _tally_all(column, number, bits)
    integers = bits.view(f"i{number.width}") if number.signed else bits
    return Tally(count=bits.size, minimum=int(integers.min()), maximum=int(integers.max()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The least and the greatest of some bits, read as unsigned and as signed integers."""

    least: int
    greatest: int
    signed_least: int
    signed_greatest: int

    @classmethod
    def of(cls, bits: Bits) -> _Span:
        signed = bits.view(f"i{bits.itemsize}")
        return cls(
            least=int(bits.min()),
            greatest=int(bits.max()),
            signed_least=int(signed.min()),
            signed_greatest=int(signed.max()),
        )

    def ranks(self, number: Float) -> tuple[int, int]:
        """Return the lowest and the highest rank, NaN and infinity included."""
        if not number.signed:
            return self.least, self.greatest
        lowest = number.sign - self.greatest if self.signed_least < 0 else self.least
        # The negative number that is nearest to zero has the least bits when they are read as a signed integer.
        highest = self.signed_greatest if self.signed_greatest >= 0 else -(self.signed_least + number.sign)
        return lowest, highest

    def is_finite(self, number: Float) -> bool:
        """Whether all of the numbers are finite."""
        if not number.signed_zero and self.signed_least == -number.sign:
            return False
        lowest, highest = self.ranks(number)
        return -number.largest <= lowest and highest <= number.largest

    def nears_zero(self, number: Float) -> bool:
        """Whether a zero or a denormal number is among them."""
        positive, negative = self.signed_greatest >= 0, self.signed_least < 0
        return (positive and self.least < number.normal) or (
            negative and self.signed_least + number.sign < number.normal
        )


def _tally_finite(number: Float, bits: Bits, span: _Span) -> Tally:
    lowest, highest = span.ranks(number)
    denormal = _count_denormal(number, bits) if span.nears_zero(number) else 0
    return Tally(count=bits.size, minimum=number.value(lowest), maximum=number.value(highest), denormal=denormal)


def _count_denormal(number: Float, bits: Bits) -> int:
    # Doubling drops the sign, and subtracting one makes the greatest integer of a zero.
    doubled = bits + bits
    doubled -= bits.dtype.type(1)
    return int(np.count_nonzero(doubled < bits.dtype.type(2 * number.normal - 1)))


def _tally_all(column: Column, number: Float, bits: Bits) -> Tally:
    """Count numbers some of which are not finite."""
    kind = bits.dtype.type
    magnitudes = bits & kind(number.sign - 1)
    bad = magnitudes > kind(number.largest) if number.signed_zero else bits == kind(number.sign)
    infinite = 0 if number.infinity is None else int(np.count_nonzero(magnitudes == kind(number.infinity)))
    finite = bits[~bad]
    return replace(
        _tally_finite(number, finite, _Span.of(finite)) if finite.size else Tally(),
        count=bits.size,
        nan=int(np.count_nonzero(bad)) - infinite,
        infinite=infinite,
        first=int(np.argmax(bad)) // len(column.offsets),
    )
