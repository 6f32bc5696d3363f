"""Where in an element its numbers lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from gatekeeper.artifact.elements import SIZES, Element, Field
from gatekeeper.artifact.errors import Damaged, TooLarge
from gatekeeper.artifact.tensors.numbers import COMPLEX, FLOATS, INTEGERS, Float, Integer

MAX_NUMBERS = 65_536
"""Numbers in one element. A node of a tree has a dozen, a wide record some hundred."""

MAX_ELEMENT = 2**24
"""Bytes of one element with numbers in it: one is held in memory where it lies across two blocks."""

_FIX = "save plain arrays, one a column, instead of an array of records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The numbers of one field in each element: a complex one has two, a field that is an array several.

    Attributes:
        name: of the field; with its parents, joined by dots, if it lies in a field that has fields itself.
        offsets: of the numbers from the element's first byte, ascending.
    """

    name: str
    number: Integer | Float
    order: Literal["<", ">"]
    offsets: tuple[int, ...]


def columns(element: Element) -> tuple[Column, ...]:
    """Return where the numbers of an element lie, a column a field, in the order of the fields; none if it has none.

    Raises:
        Damaged: a number reaches beyond the element.
        TooLarge: the element is beyond a limit.
    """
    found = tuple(_columns(element))
    for column in found:
        if column.offsets[0] < 0 or column.offsets[-1] + column.number.width > element.size:
            raise Damaged(f"the field {column.name!r} reaches beyond its element of {element.size} bytes")
    if found and element.size > MAX_ELEMENT:
        raise TooLarge(f"an element has {element.size} bytes, expected at most {MAX_ELEMENT}", fix=_FIX)
    return found


def _columns(element: Element) -> Iterator[Column]:
    """Yield the columns; of records only those of floats: their integers are never NaN, and mean different things."""
    if not element.fields:
        if element.name in SIZES:
            yield _column(element)
        return
    total = 0
    for field in element.fields:
        for inner in _columns(field.element):
            if isinstance(inner.number, Integer):
                continue
            total += field.count * len(inner.offsets)
            if total > MAX_NUMBERS:
                raise TooLarge(f"an element has more than {MAX_NUMBERS} numbers", fix=_FIX)
            if field.count:
                yield _placed(inner, field)


def _column(element: Element) -> Column:
    if element.size != SIZES[element.name]:
        raise Damaged(f"a {element.name} has {element.size} bytes, expected {SIZES[element.name]}")
    number = COMPLEX.get(element.name) or FLOATS.get(element.name) or INTEGERS[element.name]
    return Column(name="", number=number, order=element.order, offsets=tuple(range(0, element.size, number.width)))


def _placed(inner: Column, field: Field) -> Column:
    """Return a column of a field's element as a column of the element that has the field."""
    starts = range(field.offset, field.offset + field.count * field.element.size, field.element.size)
    offsets = tuple(start + offset for start in starts for offset in inner.offsets)
    return replace(inner, name=f"{field.name}.{inner.name}" if inner.name else field.name, offsets=offsets)
