"""Reading exact numbers of bytes from a stream whose length is known."""

from __future__ import annotations

import io
from typing import BinaryIO

from gatekeeper.artifact.errors import EndOfFile


def length_of(stream: BinaryIO) -> int:
    """Return the length of a seekable stream in bytes; its position stays."""
    at = stream.tell()
    length = stream.seek(0, io.SEEK_END)
    stream.seek(at)
    return length


def take(stream: BinaryIO, count: int, wanted: str) -> bytes:
    """Return exactly `count` bytes, which are few: they are held in memory.

    Raises:
        EndOfFile: the stream ends before; `wanted` says what for.
    """
    data = stream.read(count)
    while len(data) < count:
        more = stream.read(count - len(data))
        if not more:
            raise EndOfFile(stream.tell(), f"{count} bytes of {wanted}")
        data += more
    return data


def take_at(stream: BinaryIO, offset: int, count: int, wanted: str) -> bytes:
    """Return exactly `count` bytes from `offset` on.

    Raises:
        EndOfFile: the stream ends before; `wanted` says what for.
    """
    stream.seek(offset)
    return take(stream, count, wanted)
