"""Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/): numbered fields, without their schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZES = {FIXED64: 8, FIXED32: 4}
_LONGEST = 10
_WORD = 1 << 64

Field: TypeAlias = "tuple[int, int, int | memoryview]"
"""A field's number, the kind of its value, and that: a number where it is a varint, else its bytes."""


class Malformed(ValueError):
    """Bytes that are no message."""


def fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of a message in their order.

    Raises:
        Malformed: it is none: cut short, a number that is too long, a kind that there is not.
    """
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise Malformed(f"a field has the number {number}")
        if kind == VARINT:
            value, at = varint(message, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = varint(message, at)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise Malformed(f"the field {number} is of kind {kind}, which no message has today")
        if size > len(message) - at:
            raise Malformed(f"the field {number} has {size} bytes, and {len(message) - at} are there")
        yield number, kind, message[at : at + size]
        at += size


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins somewhere, and where it ends.

    Raises:
        Malformed: it is cut short, or has more than 64 bits.
    """
    value = 0
    for position in range(_LONGEST):
        if at + position >= len(message):
            raise Malformed("it is cut short")
        byte = message[at + position]
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            if value >= _WORD:
                break
            return value, at + position + 1
    raise Malformed("a number has more than 64 bits")


def signed(value: int) -> int:
    """Return a number of 64 bits as one with a sign."""
    return value - _WORD if value >> 63 else value


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of a message by number, each with all its values in order."""

    values: dict[int, list[tuple[int, int | memoryview]]]

    def bytes(self, number: int) -> list[memoryview]:
        """Return the values of a field that holds bytes, texts or messages.

        Raises:
            Malformed: it holds something else.
        """
        found = [value for _, value in self.values.get(number, ())]
        if not all(isinstance(each, memoryview) for each in found) or any(
            kind != BYTES for kind, _ in self.values.get(number, ())
        ):
            raise Malformed(f"the field {number} is none of bytes")
        return [each for each in found if isinstance(each, memoryview)]

    def last(self, number: int) -> memoryview:
        """Return the last value of a field that holds bytes; none where it has no value."""
        return (self.bytes(number) or [memoryview(b"")])[-1]

    def text(self, number: int) -> str:
        """Return the last value of a field that holds a text.

        Raises:
            Malformed: it is none, or a thousand characters long.
        """
        try:
            found = str(self.last(number), "utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"the text of the field {number} is not UTF-8") from error
        if len(found) > 1000 or not found.isprintable():
            raise Malformed(f"the text of the field {number} is no name: {found[:40]!a}")
        return found

    def number(self, number: int) -> int:
        """Return the last value of a field that holds an integer; 0 where it has none.

        Raises:
            Malformed: it holds something else.
        """
        found = self.values.get(number, [(VARINT, 0)])[-1][1]
        if not isinstance(found, int):
            raise Malformed(f"the field {number} is no integer")
        return signed(found)


def message(data: memoryview) -> Message:
    """Return a message's fields.

    Raises:
        Malformed: it is none.
    """
    found: dict[int, list[tuple[int, int | memoryview]]] = {}
    for number, kind, value in fields(data):
        found.setdefault(number, []).append((kind, value))
    return Message(found)
