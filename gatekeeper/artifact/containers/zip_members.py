"""The content of one member of an archive: inflated if need be, and held to its size and checksum while it is read."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.artifact.containers.streams import take_at
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.limits import FREE_INFLATED, MAX_RATIO
from gatekeeper.errors import Unreadable

STORED, DEFLATED = 0, 8
"""Methods of compression that are read: the two that writers of models use."""

ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""Flags of a member's encryption, of the strong one, and of an encrypted directory."""

_CHUNK = 65536


class ChecksumMismatch(Damaged):
    """All bytes of a member came out, and they are not those that were packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where a member's bytes lie in the archive, and what they must come to: `size` bytes with this CRC-32.

    Attributes:
        crc: None where no directory gives it.
    """

    name: str
    flags: int
    method: int
    offset: int
    packed: int
    size: int
    crc: int | None


def require_readable(name: str, flags: int, method: int) -> None:
    """Make sure that a member is packed in a way that is read.

    Raises:
        Unreadable: it is encrypted, or packed by another method than deflate.
    """
    fix = "save the model again with the library that it belongs to, without a password"
    if flags & ENCRYPTED:
        raise Unreadable(f"the member {name!r} is encrypted", fix=fix)
    if method not in (STORED, DEFLATED):
        raise Unreadable(
            f"the member {name!r} is packed by method {method}, expected 0 (stored) or 8 (deflate)", fix=fix
        )


class MemberStream(io.RawIOBase):
    """The bytes of a member in constant memory.

    A seek costs nothing until the next read, which then reads what lies between, so that the checksum always covers
    every byte; a seek backwards begins again. At the end the size and the checksum are verified.
    """

    def __init__(self, archive: BinaryIO, extent: Extent) -> None:
        super().__init__()
        self._archive = archive
        self._extent = extent
        self._position = 0
        self._restart()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; nothing is read yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._extent.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants a protocol that memoryview has
        """Read some bytes into `buffer` and return how many; none at the end. See `read`.

        Large members are read so: what is stored goes from the file into the buffer without a copy.
        """
        view = memoryview(buffer)
        if self._inflater is not None or self._position != self._produced or self._produced == self._extent.size:
            data = self.read(min(len(view), _CHUNK))
            view[: len(data)] = data
            return len(data)
        return self._stored_into(view[: self._extent.size - self._produced])

    def read(self, count: int = -1) -> bytes:
        """Return `count` bytes, fewer only at the end; all that are left if `count` is negative.

        Raises:
            Unreadable: the member is damaged or inflates beyond the limits. That it is longer than announced, or its
                checksum wrong, is said by the read that finds the end, so that no byte is kept from the reader.
        """
        if self._position < self._produced:
            self._restart()
        while self._produced < min(self._position, self._extent.size):
            self._next(min(_CHUNK, self._position - self._produced))
        left = max(0, self._extent.size - self._position)
        if not left and count:
            self._expect_end()
        wanted = left if count < 0 else min(count, left)
        parts: list[bytes] = []
        while wanted:
            part = self._next(min(wanted, _CHUNK))
            parts.append(part)
            wanted -= len(part)
            self._position += len(part)
        return b"".join(parts)

    def verify(self) -> None:
        """Read what is left, and make sure that it is all.

        Raises:
            Unreadable: as for `read`.
        """
        while self._produced < self._extent.size:
            self._next(_CHUNK)
        self._expect_end()

    def _restart(self) -> None:
        self._produced = 0
        """Bytes that came out, and below those that went in."""
        self._consumed = 0
        self._crc = 0
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if self._extent.method == DEFLATED else None
        self._hungry = True

    def _next(self, count: int) -> bytes:
        """Return some bytes of the content, at most `count`, where some are left."""
        count = min(count, self._extent.size - self._produced)
        data = self._input(count) if self._inflater is None else self._inflate(self._inflater, count)
        if not data:
            raise EndOfFile(self._produced, f"{self._extent.size} bytes of the member {self._extent.name!r}")
        self._produced += len(data)
        self._crc = zlib.crc32(data, self._crc)
        if self._produced > FREE_INFLATED and self._produced > MAX_RATIO * self._consumed:
            raise TooLarge(
                f"{self._produced} bytes came out of the first {self._consumed} of the member {self._extent.name!r}",
                fix="if the model really is so large, save it without compression",
            )
        return data

    def _stored_into(self, view: memoryview) -> int:
        self._archive.seek(self._extent.offset + self._consumed)
        left = self._extent.packed - self._consumed
        count: int = self._archive.readinto(view[:left])  # type: ignore[attr-defined]  # BinaryIO doesn't say so
        if not count:
            raise EndOfFile(self._produced, f"{self._extent.size} bytes of the member {self._extent.name!r}")
        self._consumed += count
        self._produced += count
        self._position += count
        self._crc = zlib.crc32(view[:count], self._crc)
        return count

    def _inflate(self, inflater: zlib._Decompress, count: int) -> bytes:
        """Return what comes out, at most `count` bytes; none once the deflate stream or its input has ended."""
        while not inflater.eof:
            given = inflater.unconsumed_tail
            if self._hungry:
                given = self._input(_CHUNK)
            try:
                out = inflater.decompress(given, count)
            except zlib.error as error:
                raise Damaged(f"the member {self._extent.name!r} does not inflate ({error})") from error
            self._hungry = len(out) < count and not inflater.unconsumed_tail
            if out or not given:
                return out
        return b""

    def _input(self, count: int) -> bytes:
        """Return the next packed bytes, at most `count`; none where all were taken."""
        count = min(count, self._extent.packed - self._consumed)
        data = take_at(self._archive, self._extent.offset + self._consumed, count, f"member {self._extent.name!r}")
        self._consumed += len(data)
        return data

    def _expect_end(self) -> None:
        if self._inflater is not None:
            if self._inflate(self._inflater, 1):
                raise Damaged(f"more than {self._extent.size} bytes come out of the member {self._extent.name!r}")
            if not self._inflater.eof:
                raise Damaged(f"the deflate stream of the member {self._extent.name!r} does not end")
            self._consumed -= len(self._inflater.unused_data)
        if self._consumed != self._extent.packed:
            left = self._extent.packed - self._consumed
            raise Damaged(f"{left} bytes are left after the content of the member {self._extent.name!r}")
        if self._extent.crc not in (None, self._crc):
            raise ChecksumMismatch(
                f"the member {self._extent.name!r} has the CRC-32 {self._crc:08x}, expected {self._extent.crc:08x}"
            )
