"""The bytes of a pickle stream, taken in order: buffered, counted, and held to the frames that the pickle declares."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from gatekeeper.artifact.errors import Damaged, EndOfFile
from gatekeeper.artifact.limits import MAX_TEXT
from gatekeeper.errors import Unreadable

_WINDOW = 65536
_PIECE = 1 << 20
"""Bytes that are fed at a time: what a scan works on should lie in the processor's cache."""


class Reader(Protocol):
    """Where the bytes come from: a file, or what comes out of a compressed one."""

    def read(self, count: int) -> bytes:
        """Return some bytes, at most `count`; none at the end."""
        ...

    def skip(self, count: int) -> None:
        """Cross `count` bytes, or raise EndOfFile."""
        ...

    @property
    def consumed(self) -> int:
        """How many bytes of the file were taken so far."""
        ...

    def pieces(self, count: int) -> Iterator[bytes | memoryview]:
        """Yield the next `count` bytes, or raise EndOfFile. A piece holds until the next one is asked for."""
        ...


class Plain:
    """The bytes of a seekable stream as they lie. What is skipped is not read."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._at = raw.tell()
        self._size = raw.seek(0, io.SEEK_END)
        raw.seek(self._at)
        self._buffer: memoryview | None = None
        """Made for the first array, and used for all: a file may have a hundred thousand."""

    @property
    def consumed(self) -> int:
        """How many bytes of the file were taken so far."""
        return self._at

    def read(self, count: int) -> bytes:
        """Return some bytes, at most `count`; none at the end."""
        data = self._raw.read(count)
        self._at += len(data)
        return data

    def skip(self, count: int) -> None:
        """Cross `count` bytes by seeking.

        Raises:
            EndOfFile: the stream ends before; a seek alone would not notice.
        """
        if count > self._size - self._at:
            raise EndOfFile(self._size, f"{count} bytes from byte {self._at} on")
        self._at = self._raw.seek(count, io.SEEK_CUR)

    def pieces(self, count: int) -> Iterator[memoryview]:
        """Yield the next `count` bytes, all in the same buffer.

        Raises:
            EndOfFile: the stream ends before.
        """
        if self._buffer is None and count:
            self._buffer = memoryview(bytearray(_PIECE))
        buffer = self._buffer or memoryview(b"")
        while count:
            # `readinto` of a buffered reader copies nothing that is larger than its own buffer.
            got: int = self._raw.readinto(buffer[: min(count, _PIECE)])  # type: ignore[attr-defined]  # all of io's have it
            if not got:
                raise EndOfFile(self._at, f"{count} bytes more")
            self._at += got
            count -= got
            yield buffer[:got]


class Source:
    """A window on a reader. Nothing that is taken or skipped reaches across the end of a frame.

    C's unpickler ignores the end of a frame and Python's, which joblib uses, jumps to it: a file in which opcodes and
    frames disagree means two things, and is refused.
    """

    __slots__ = ("_at", "_failure", "_frame_end", "_origin", "_reader", "_stop", "_window")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._window = b""
        self._at = 0
        self._stop = 0
        """Where taking ends within the window: at its end or at that of the frame."""
        self._origin = 0
        """The offset of the window's first byte in the stream."""
        self._frame_end: int | None = None
        self._failure: Unreadable | None = None
        """What a look ahead ran into; it counts once the bytes before it were taken."""

    @property
    def offset(self) -> int:
        """How many bytes lie before the next one."""
        return self._origin + self._at

    @property
    def consumed(self) -> int:
        """How many bytes of the file were taken so far, packed as they are there."""
        return self._reader.consumed

    def peek(self) -> bytes:
        """Return a first window's worth of the bytes that come next, without taking them.

        Raises:
            Unreadable: there is not one that can be read.
        """
        try:
            while len(self._window) - self._at < _WINDOW and self._refill():
                pass
        except Unreadable as reason:
            if self._at == len(self._window):
                raise
            self._failure = reason
        return self._window[self._at :]

    def byte(self) -> int:
        """Take one byte."""
        at = self._at
        if at == self._stop:
            self._need(1)
            at = self._at
        self._at = at + 1
        return self._window[at]

    def take(self, count: int) -> bytes:
        """Take `count` bytes, which are few: they are held in memory."""
        end = self._at + count
        if end > self._stop:
            self._need(count)
            end = self._at + count
        data = self._window[self._at : end]
        self._at = end
        return data

    def number(self, width: int) -> int:
        """Take an unsigned little-endian number of `width` bytes."""
        return int.from_bytes(self.take(width), "little")

    def line(self, take: Callable[[bytes], object] | None = None) -> bytes | None:
        """Take a line without its end; None for one longer than MAX_TEXT, which is crossed and not kept.

        Args:
            take: is given the pieces of the line as they go by, so that a long one can be used all the same.
        """
        kept: bytes | None = b""
        while True:
            if self._at == self._stop:
                self._need(1)
            end = self._window.find(b"\n", self._at, self._stop)
            part = self._window[self._at : self._stop if end < 0 else end]
            if take is not None:
                take(part)
            kept = kept + part if kept is not None and len(kept) + len(part) <= MAX_TEXT else None
            if end >= 0:
                self._at = end + 1
                return kept
            self._at = self._stop
            if self._frame_end == self.offset:
                raise self._straddled("a line")

    def skip(self, count: int) -> None:
        """Cross `count` bytes in constant memory."""
        rest = self._cross_window(count, None)
        if rest:
            self._reader.skip(rest)
            self._origin += rest

    def feed(self, count: int, take: Callable[[bytes | memoryview], object]) -> None:
        """Cross `count` bytes in constant memory, and give them to `take`, piece by piece."""
        for piece in self._reader.pieces(self._cross_window(count, take)):
            take(piece)
            self._origin += len(piece)

    def _cross_window(self, count: int, take: Callable[[bytes | memoryview], object] | None) -> int:
        """Cross what the window has of `count` bytes; if that is not all, empty it and return how many are left."""
        if self._frame_end is not None:
            if count and self.offset == self._frame_end:
                self.leave_frame()
            elif count > self._frame_end - self.offset:
                raise self._straddled(f"{count} bytes")
        here = min(count, len(self._window) - self._at)
        if take is not None and here:
            take(memoryview(self._window)[self._at : self._at + here])
        self._at += here
        if here < count:
            self._origin = self.offset
            self._window = b""
            self._at = self._stop = 0
        return count - here

    def enter_frame(self, length: int) -> None:
        """Begin a frame of `length` bytes.

        Raises:
            Damaged: the frame before has not ended.
        """
        self.leave_frame()
        self._frame_end = self.offset + length
        self._set_stop()

    def leave_frame(self) -> None:
        """End the frame, if there is one.

        Raises:
            Damaged: bytes of it are left.
        """
        if self._frame_end not in (None, self.offset):
            raise Damaged(f"at byte {self.offset} the frame should end, and it ends at byte {self._frame_end}")
        self._frame_end = None
        self._stop = len(self._window)

    def expect_end(self) -> None:
        """Make sure that no byte is left; for a compressed stream this also verifies its checksum.

        Raises:
            Damaged: there are bytes.
        """
        self.leave_frame()
        if self._at < len(self._window) or self._refill():
            raise Damaged(f"the pickle ends at byte {self.offset}, and more bytes follow; expected the end of the file")

    def _need(self, count: int) -> None:
        """Have `count` bytes to take, all of them in the frame or all of them outside."""
        if self._frame_end is not None:
            if self.offset == self._frame_end:
                self.leave_frame()
            elif self.offset + count > self._frame_end:
                raise self._straddled(f"{count} bytes")
        while self._stop - self._at < count:
            if not self._refill():
                raise EndOfFile(self._origin + len(self._window), f"{count} bytes from byte {self.offset} on")

    def _refill(self) -> bool:
        if self._failure is not None:
            raise self._failure
        data = self._reader.read(_WINDOW)
        self._window = self._window[self._at :] + data
        self._origin += self._at
        self._at = 0
        self._set_stop()
        return bool(data)

    def _set_stop(self) -> None:
        self._stop = len(self._window)
        if self._frame_end is not None:
            self._stop = min(self._stop, self._frame_end - self._origin)

    def _straddled(self, what: str) -> Damaged:
        return Damaged(f"{what} at byte {self.offset} reach across the end of the frame at byte {self._frame_end}")
