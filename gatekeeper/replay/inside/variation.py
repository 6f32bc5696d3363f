"""Records for many requests: copies of those that are given, and new ones that differ from them by very little.

A new record has every float moved by a relative step of its own, of at most one thousandth, and integers drawn anew;
both stay between the least and the greatest value that the records have there, where they vary. Whole numbers stay
whole, zeros, texts and truth values what they are: they are often sentinels and categories. Nothing is random. Arrays
of floats are moved as a whole, towards zero, and other arrays not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

_STEP = 1e-3
_ALONE = 1e-9
"""The step where all records have the same float: its range is not known."""
_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo one, spread evenly however many there are (Weyl)."""


def copied(value: Any) -> Any:
    """Return a record that shares no list and no mapping with the given one: each request has its own."""
    if type(value) is dict:
        return {key: copied(each) for key, each in value.items()}
    if type(value) is list:
        return [copied(each) for each in value]
    return value.copy() if _is_array(value) else value


class Variation:
    """Makes new records out of given ones."""

    def __init__(self, records: Sequence[Any]) -> None:
        self._records = records
        self._ranges: dict[tuple[str, ...], tuple[float, float]] = {}
        self._broken: set[tuple[str, ...]] = set()
        self._has_arrays = any(_moves(each) for record in records for each in record.values())
        for record in records:
            for path, number in _numbers(record, ()):
                low, high = self._ranges.get(path, (number, number))
                self._ranges[path] = min(low, number), max(high, number)
                if number != math.floor(number):
                    self._broken.add(path)

    @property
    def varies(self) -> bool:
        """Whether there is a number to vary."""
        ranges = self._ranges.items()
        return self._has_arrays or any(
            high > low or (path in self._broken and high != 0) for path, (low, high) in ranges
        )

    def record(self, position: int) -> Any:
        """Return the new record number `position`."""
        return self._varied(self._records[position % len(self._records)], (), position)

    def _varied(self, value: Any, path: tuple[str, ...], position: int) -> Any:
        if type(value) is dict:
            return {key: self._varied(each, (*path, str(key)), position) for key, each in value.items()}
        if type(value) is list:
            return [self._varied(each, (*path, "[]"), position) for each in value]
        part = (position + 1) * _GOLDEN % 1.0
        if _is_array(value):
            return value * value.dtype.type(1.0 - part * _STEP) if _moves(value) else value.copy()
        if path not in self._ranges or not _is_number(value):
            return value
        low, high = self._ranges[path]
        if path not in self._broken:
            return type(value)(low + math.floor(part * (high - low + 1)))
        if type(value) is int:
            return value  # among floats: it stays whole, and what it may be otherwise is not known
        moved = value + abs(value) * part * (_STEP if high > low else _ALONE)
        return moved if moved <= high or high == low else value - (moved - value)


def _numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if type(value) is dict:
        for key, each in value.items():
            yield from _numbers(each, (*path, str(key)))
    elif type(value) is list:
        for each in value:
            yield from _numbers(each, (*path, "[]"))
    elif _is_number(value):
        yield path, value


def _is_array(value: Any) -> bool:
    """Whether it is numpy's: an array, or a number with a width. What else comes in a record is plain."""
    return type(value).__module__ == "numpy"


def _moves(value: Any) -> bool:
    return _is_array(value) and value.dtype.kind == "f" and bool((value != 0).any())


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))
