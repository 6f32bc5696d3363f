"""One file of the candidate, read once: hashed while it is parsed, and refused when it is not what it should be."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from gatekeeper.digesting import Sha256
from gatekeeper.errors import Unreadable

BLOCK = 1 << 18
"""Bytes that are hashed at a time at the end. sha256 gains nothing from more, and these stay in the cache."""

GAP = 1 << 16
"""Bytes that a reader may leave out without ending the pass: they are read and hashed on the way."""

BUFFER = 1 << 17
"""Bytes that a small read takes from the file. Larger reads go past this buffer, into the reader's own memory."""


class HashingFile(io.RawIOBase):
    """A file of which each byte is hashed once, in order, while it is read or at the end.

    What is read where the hashed part ends is hashed as it passes. A reader may look at the end of the file first and
    then read it through: that read hashes it. What no read has passed in order is read and hashed at the end.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._sha256 = Sha256(os.fstat(file.fileno()).st_size)
        self._hashed = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True; a seek reads nothing."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants a protocol that memoryview has
        """Read into `buffer`, and hash what follows on the hashed part."""
        start = self._file.tell()
        if 0 < start - self._hashed <= GAP:
            # The header or padding before a member of an archive: left out, it would end the one pass over the file.
            self._file.seek(self._hashed)
            self._pass(start - self._hashed)
            self._file.seek(start)
        count: int = self._file.readinto(buffer)  # type: ignore[attr-defined]  # a raw file has it; BinaryIO doesn't say so
        if start <= self._hashed < start + count:
            self._sha256.update(memoryview(buffer)[self._hashed - start : count])
            self._hashed = start + count
        return count

    def _pass(self, count: int) -> None:
        """Read and hash so many bytes from the position on."""
        while count:
            block = self._file.read(count)
            if not block:
                return
            self._sha256.update(memoryview(block))
            self._hashed += len(block)
            count -= len(block)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        return self._file.seek(offset, whence)

    def stop(self) -> None:
        """Let go of what hashing has started; the digest of a file that was given up is not asked for."""
        self._sha256.close()

    def hexdigest(self) -> str:
        """Hash what is left and return the sha256 of the whole file; the position is at the end then."""
        self.seek(self._hashed)
        buffer = memoryview(bytearray(BLOCK))
        while self.readinto(buffer):
            pass
        return self._sha256.hexdigest()


@dataclass(slots=True)
class Reading:
    """An open file: the stream to parse, and its size and digest once it is closed."""

    stream: BinaryIO
    size: int
    sha256: str = ""


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a regular, non-empty file; when the block ends, its digest is there.

    Raises:
        Unreadable: it is absent, no regular file, empty, not permitted, or changed while it was read.
    """
    with open_regular(path) as raw:
        before = os.fstat(raw.fileno())
        if not before.st_size:
            raise Unreadable("is empty (0 bytes)", fix="write it again: an upload or an export went wrong")
        hashing = HashingFile(raw)
        opened = Reading(stream=cast("BinaryIO", io.BufferedReader(hashing, BUFFER)), size=before.st_size)
        try:
            yield opened
        except OSError as error:
            raise Unreadable(f"can't be read: {error.strerror or error}", fix="check the disk and the file") from error
        finally:
            hashing.stop()
        opened.sha256 = hashing.hexdigest()
        after = os.fstat(raw.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Unreadable("changed while it was read", fix="let nothing write to the candidate while it is judged")


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, unbuffered.

    Raises:
        Unreadable: it is absent, no regular file, or not permitted.
    """
    try:
        # O_NONBLOCK: a named pipe would else wait for a writer for ever. It means nothing for a regular file.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Unreadable("doesn't exist", fix="add the file, or correct the path") from error
    except OSError as error:
        raise Unreadable(f"can't be opened: {error.strerror or error}", fix="check the path and its mode") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return cast("BinaryIO", os.fdopen(descriptor, "rb", buffering=0))
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise Unreadable("is a directory, expected a file", fix="name the file in it")
    raise Unreadable("is no regular file (a pipe, a device or a socket)", fix="copy its content into a file")
