"""One file of the candidate, read once: hashed while it is parsed, and refused when it is not what it should be."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from gatekeeper.errors import Unreadable

BLOCK = 1 << 20
"""Bytes per read. sha256 gains nothing from larger blocks, and memory stays flat whatever the file's size."""


class HashingFile(io.RawIOBase):
    """A file that hashes each byte the first time it is passed, whether it is read or skipped by a seek."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._sha256 = hashlib.sha256()
        self._hashed = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True; a seek past what was hashed reads what lies between."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants a protocol that memoryview has
        """Read into `buffer` and hash what of it is new."""
        start = self._file.tell()
        count: int = self._file.readinto(buffer)  # type: ignore[attr-defined]  # a raw file has it; BinaryIO doesn't say so
        new = start + count - self._hashed
        if new > 0:
            self._sha256.update(memoryview(buffer)[count - new : count])
            self._hashed += new
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; bytes that are skipped for the first time are hashed on the way."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._file.tell()}.get(whence)
        target = offset + (os.fstat(self._file.fileno()).st_size if base is None else base)
        self._hash_up_to(target)
        return self._file.seek(target)

    def hexdigest(self) -> str:
        """Hash what is left and return the sha256 of the whole file."""
        self._hash_up_to(None)
        return self._sha256.hexdigest()

    def _hash_up_to(self, end: int | None) -> None:
        if end is not None and end <= self._hashed:
            return
        self._file.seek(self._hashed)
        while end is None or self._hashed < end:
            block = self._file.read(BLOCK if end is None else min(BLOCK, end - self._hashed))
            if not block:
                return
            self._sha256.update(block)
            self._hashed += len(block)


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
        opened = Reading(stream=cast("BinaryIO", io.BufferedReader(hashing, BLOCK)), size=before.st_size)
        try:
            yield opened
        except OSError as error:
            raise Unreadable(f"can't be read: {error.strerror or error}", fix="check the disk and the file") from error
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
