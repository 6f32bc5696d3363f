"""Counts the numbers of many elements with numpy, at several times the speed of sha256.

The bits of a number are looked at as integers. Read with the highest bit as a sign, positive numbers grow with their
bits and negative ones fall; read without one, negative numbers follow the positive. So the least and the greatest of
both readings, four passes without an intermediate array, tell the range of the numbers, whether one of them is not
finite, and whether one is near zero. Only then are they looked at one by one. Where all have the same sign both
readings are one. The columns of records are folded side by side, which spares a copy of most.

Measured on a core with 1 MiB of L2 (numpy 2.4.6): such a pass 85 GB/s, one that writes an array 25, sha256 1.8.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gatekeeper.artifact.tensors.columns import Column
from gatekeeper.artifact.tensors.numbers import Float, Integer
from gatekeeper.artifact.tensors.tally import Tally

Bits: TypeAlias = npt.NDArray[np.unsignedinteger]
Limits: TypeAlias = tuple[int, int]
"""The least and the greatest of some integers."""

_SIDE_BY_SIDE = 64
"""Records that are folded as one, so that each step is long enough for vector instructions."""


def tallies(columns: tuple[Column, ...], size: int, data: memoryview) -> tuple[Tally, ...]:
    """Return the tally of each column of the elements in `data`, each of `size` bytes."""
    folded = _fold(columns, size, data)
    return tuple(
        _tally(
            column,
            len(data) // size * len(column.offsets),
            _Numbers(column.number, partial(_bits, column, size, data), folded.get(column)),
        )
        for column in columns
    )


def _fold(columns: tuple[Column, ...], size: int, data: memoryview) -> Mapping[Column, Limits]:
    """Return the limits of those columns of a record that are words of eight bytes in this machine's order."""
    words = [column for column in columns if _is_word(column)]
    # The fold passes over whole records: it is worth it where most of a record is such words.
    if size == 8 or size % 8 or 16 * len(words) < size:
        return {}
    # What lies across the machine's words is slow to read, and is read twice here.
    rows = np.require(np.frombuffer(data, np.int64), requirements="A").reshape(-1, size // 8)
    wide = len(rows) - len(rows) % _SIDE_BY_SIDE
    both = []
    for ufunc in (np.minimum, np.maximum):
        rest = rows[wide:]
        if wide:
            joined = rows[:wide].reshape(-1, _SIDE_BY_SIDE * size // 8)
            rest = np.concatenate((ufunc.reduce(joined, axis=0).reshape(_SIDE_BY_SIDE, -1), rest))
        both.append(ufunc.reduce(rest, axis=0).tolist())
    least, greatest = both
    return {column: (least[column.offsets[0] // 8], greatest[column.offsets[0] // 8]) for column in words}


def _is_word(column: Column) -> bool:
    native = column.order == ("<" if sys.byteorder == "little" else ">")
    return native and column.number.width == 8 and len(column.offsets) == 1 and not column.offsets[0] % 8


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


class _Numbers:
    """Bits of numbers, which are brought together only where their limits, known before, don't say enough."""

    def __init__(self, number: Float | Integer, gather: Callable[[], Bits], signed: Limits | None = None) -> None:
        self._number = number
        self._gather = gather
        self._known = signed

    @cached_property
    def bits(self) -> Bits:
        """The bits, read without a sign."""
        return self._gather()

    @cached_property
    def signed(self) -> Limits:
        """The limits of the bits, read with the highest as a sign."""
        if self._known is not None:
            return self._known
        signed = self.bits.view(f"i{self.bits.itemsize}")
        return int(signed.min()), int(signed.max())

    @cached_property
    def unsigned(self) -> Limits:
        """The limits of the bits, read without a sign."""
        least, greatest = self.signed
        if least < 0 <= greatest:
            return int(self.bits.min()), int(self.bits.max())
        above = 1 << (8 * self._number.width) if least < 0 else 0
        return least + above, greatest + above

    def ranks(self, number: Float) -> Limits:
        """Return the lowest and the highest rank, NaN and infinity included."""
        least, greatest = self.signed
        if not number.signed:
            return self.unsigned
        # The negative number that is nearest to zero has the least bits when they are read as a signed integer.
        return (
            number.sign - self.unsigned[1] if least < 0 else least,
            greatest if greatest >= 0 else -(least + number.sign),
        )

    def is_finite(self, number: Float) -> bool:
        """Whether all of the numbers are finite."""
        if not number.signed_zero and self.signed[0] == -number.sign:
            return False
        lowest, highest = self.ranks(number)
        return -number.largest <= lowest and highest <= number.largest

    def near_zero(self, number: Float) -> bool:
        """Whether a zero or a denormal number is among them."""
        least, greatest = self.signed
        positive = greatest >= 0 and self.unsigned[0] < number.normal
        return positive or (least < 0 and least + number.sign < number.normal)


def _tally(column: Column, count: int, numbers: _Numbers) -> Tally:
    number = column.number
    if isinstance(number, Float):
        if numbers.is_finite(number):
            return _tally_finite(number, count, numbers)
        return _tally_all(number, numbers.bits, len(column.offsets))
    least, greatest = numbers.signed if number.signed else numbers.unsigned
    return Tally(count=count, minimum=least, maximum=greatest)


def _tally_finite(number: Float, count: int, numbers: _Numbers) -> Tally:
    lowest, highest = numbers.ranks(number)
    denormal = _count_denormal(number, numbers.bits) if numbers.near_zero(number) else 0
    return Tally(count=count, minimum=number.value(lowest), maximum=number.value(highest), denormal=denormal)


def _count_denormal(number: Float, bits: Bits) -> int:
    # Doubling drops the sign, and subtracting one makes the greatest integer of a zero.
    doubled = bits + bits
    doubled -= bits.dtype.type(1)
    return int(np.count_nonzero(doubled < bits.dtype.type(2 * number.normal - 1)))


def _tally_all(number: Float, bits: Bits, in_element: int) -> Tally:
    """Count numbers some of which are not finite."""
    kind = bits.dtype.type
    magnitudes = bits & kind(number.sign - 1)
    bad = magnitudes > kind(number.largest) if number.signed_zero else bits == kind(number.sign)
    infinite = 0 if number.infinity is None else int(np.count_nonzero(magnitudes == kind(number.infinity)))
    finite = bits[~bad]
    return replace(
        _tally_finite(number, finite.size, _Numbers(number, lambda: finite)) if finite.size else Tally(),
        count=bits.size,
        nan=int(np.count_nonzero(bad)) - infinite,
        infinite=infinite,
        first=int(np.argmax(bad)) // in_element,
    )
