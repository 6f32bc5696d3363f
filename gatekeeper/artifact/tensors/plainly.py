"""Counts the numbers of few elements with the standard library: importing numpy would take longer."""

from __future__ import annotations

import struct
from itertools import chain

from gatekeeper.artifact.tensors.columns import Column
from gatekeeper.artifact.tensors.numbers import Float
from gatekeeper.artifact.tensors.tally import Tally

_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}


def tallies(columns: tuple[Column, ...], size: int, data: memoryview) -> tuple[Tally, ...]:
    """Return the tally of each column of the elements in `data`, each of `size` bytes."""
    return tuple(_tally(column, size, data) for column in columns)


def _tally(column: Column, size: int, data: memoryview) -> Tally:
    numbers = list(chain.from_iterable(struct.iter_unpack(_layout(column, size), data)))
    if not isinstance(column.number, Float):
        return Tally(count=len(numbers), minimum=min(numbers), maximum=max(numbers))
    return _tally_floats(column.number, column.number.ranks(numbers), len(column.offsets))


def _layout(column: Column, size: int) -> str:
    """Return the format, as `struct` has it, of an element of which only this column is read: floats as their bits."""
    code = _UNSIGNED[column.number.width]
    if not isinstance(column.number, Float) and column.number.signed:
        code = code.lower()
    parts: list[str] = [column.order]
    at = 0
    for offset in column.offsets:
        parts.append(f"{offset - at}x{code}")
        at = offset + column.number.width
    return "".join([*parts, f"{size - at}x"])


def _tally_floats(number: Float, ranks: list[int], in_element: int) -> Tally:
    largest = number.largest
    finite = [rank for rank in ranks if -largest <= rank <= largest]
    infinite = nan = 0
    first = None
    if len(finite) < len(ranks):
        first = next(at for at, rank in enumerate(ranks) if abs(rank) > largest) // in_element
        if number.infinity is not None:
            infinite = ranks.count(number.infinity) + ranks.count(-number.infinity)
        nan = len(ranks) - len(finite) - infinite
    return Tally(
        count=len(ranks),
        nan=nan,
        infinite=infinite,
        first=first,
        minimum=number.value(min(finite)) if finite else None,
        maximum=number.value(max(finite)) if finite else None,
        denormal=sum(0 < abs(rank) < number.normal for rank in finite),
    )
