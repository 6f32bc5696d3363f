"""The wire format of protocol buffers, as far as finding fields takes: no schema, no copies of what is large.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from gatekeeper.artifact.errors import Damaged, EndOfFile

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
_WIDTHS = {FIXED_64: 8, FIXED_32: 4}
_LONGEST = 10
"""Bytes of a varint of 64 bits."""

_WINDOW = 2**16


class WireField(NamedTuple):
    """One field of a message: where its content lies, and its value if it is a varint.

    A tuple, since a graph has millions of them, and a dataclass takes four times as long to make.
    """

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


class Wire:
    """Walks through the messages of a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._window = b""
        self._start = 0
        """Where the window's first byte lies in the stream."""

    def fields(self, start: int, end: int) -> Iterator[WireField]:
        """Yield the fields of the message in the bytes from `start` to before `end`.

        Raises:
            Unreadable: the bytes are no fields, or one reaches beyond the end.
        """
        at = start
        while at < end:
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
            yield WireField(number, wire, content, at, value if wire == VARINT else 0)

    def text(self, field: WireField, limit: int) -> str:
        """Return a field that is a string, cut after `limit` bytes; what is not UTF-8 is shown escaped.

        Raises:
            Damaged: it is none.
        """
        require(field, BYTES)
        return self._take(field.start, min(limit, field.end - field.start)).decode("utf-8", "backslashreplace")

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
        data = self._take(field.start, field.end - field.start)
        found: list[int] = []
        at = 0
        while at < len(data):
            value, at = _varint(data, at, field.start)
            found.append(value)
        return found

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Take the number at `at`, and return it and where the next thing begins."""
        if at >= end:
            raise EndOfFile(end, "the rest of a number")
        data = self._take(at, min(_LONGEST, end - at))
        if data[0] < 0x80:
            return data[0], at + 1
        value, length = _varint(data, 0, at)
        return value, at + length

    def _take(self, at: int, count: int) -> bytes:
        """Return `count` bytes, which are few. They are read on from the window and never back: a stream may inflate.

        Raises:
            EndOfFile: there are fewer.
        """
        offset = at - self._start
        if offset < 0 or offset + count > len(self._window):
            kept = self._window[offset:] if 0 <= offset <= len(self._window) else b""
            self._stream.seek(at + len(kept))
            self._window = kept + self._stream.read(_WINDOW)
            self._start, offset = at, 0
        data = self._window[offset : offset + count]
        if len(data) < count:
            raise EndOfFile(at + len(data), f"{count} bytes from byte {at} on")
        return data


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
