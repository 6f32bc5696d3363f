"""The wire format of protocol buffers, as far as finding fields takes: no schema, no copies of what is large.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.artifact.containers.streams import take, take_at
from gatekeeper.artifact.errors import Damaged, EndOfFile

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
_WIDTHS = {FIXED_64: 8, FIXED_32: 4}
_LONGEST = 10
"""Bytes of a varint of 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireField:
    """One field of a message: where its content lies, and its value if it is a varint."""

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


class Wire:
    """Walks through the messages of a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def fields(self, start: int, end: int) -> Iterator[WireField]:
        """Yield the fields of the message in the bytes from `start` to before `end`.

        Raises:
            Unreadable: the bytes are no fields, or one reaches beyond the end.
        """
        at = start
        while at < end:
            # Read byte by byte and never back: the stream may be one that inflates.
            self._stream.seek(at)
            key, content = self._varint(at, end)
            number, wire = key >> 3, key & 7
            if not number or wire not in (VARINT, BYTES, *_WIDTHS):
                raise Damaged(f"at byte {at} there is no field of a message (number {number}, wire type {wire})")
            value, length = 0, _WIDTHS.get(wire, 0)
            if not length:
                value, content = self._varint(content, end)
                length = value if wire == BYTES else 0
            at = content + length
            if at > end:
                raise EndOfFile(end, f"{length} bytes of a field from byte {content} on")
            yield WireField(number=number, wire=wire, start=content, end=at, value=value if wire == VARINT else 0)

    def text(self, field: WireField, limit: int) -> str:
        """Return a field that is a string, cut after `limit` bytes; what is not UTF-8 is shown escaped.

        Raises:
            Damaged: it is none.
        """
        require(field, BYTES)
        data = take_at(self._stream, field.start, min(limit, field.end - field.start), "a string")
        return data.decode("utf-8", "backslashreplace")

    def varints(self, field: WireField, limit: int) -> list[int]:
        """Return the numbers of a repeated field: one of them, or all if it is packed, of at most `limit` bytes.

        Raises:
            Damaged: they are none, or more.
        """
        if field.wire == VARINT:
            return [field.value]
        require(field, BYTES)
        if field.end - field.start > limit:
            raise Damaged(f"at byte {field.start} {field.end - field.start} bytes of numbers, expected at most {limit}")
        self._stream.seek(field.start)
        data = take(self._stream, field.end - field.start, "packed numbers")
        found: list[int] = []
        at = 0
        while at < len(data):
            value, at = _varint(data, at, field.start)
            found.append(value)
        return found

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Take the number at `at`, and return it and where the next thing begins."""
        data = b""
        while not data or data[-1] & 0x80:
            if at + len(data) >= end:
                raise EndOfFile(end, "the rest of a number")
            if len(data) == _LONGEST:
                raise Damaged(f"at byte {at} there is a number of more than 64 bits")
            data += take(self._stream, 1, "a number")
        return _varint(data, 0, at)[0], at + len(data)


def require(field: WireField, wire: int) -> WireField:
    """Return the field.

    Raises:
        Damaged: it is of another wire type.
    """
    if field.wire != wire:
        raise Damaged(f"the field {field.number} at byte {field.start} is of wire type {field.wire}, expected {wire}")
    return field


def _varint(data: bytes, at: int, offset: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and where the next thing begins; `offset` is for the message."""
    value = 0
    for count, byte in enumerate(data[at : at + _LONGEST]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & (2**64 - 1), at + count + 1
    if len(data) - at < _LONGEST:
        raise EndOfFile(offset + len(data), "the rest of a number")
    raise Damaged(f"at byte {offset + at} there is a number of more than 64 bits")
