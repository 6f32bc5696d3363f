"""A stored answer as a file: written whole, and not believed when a byte of it is not as it was written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.errors import UsageError
from gatekeeper.model import Examined

_MAGIC: Final = b"gatekeeper answer 1\n"
_HEAD: Final = len(_MAGIC) + 64 + 1
_LARGEST: Final = 80 << 20
"""Bytes: no check may answer with more than 64 MiB."""

_OURS: Final = re.compile(r"[0-9a-f]{64}\.answer|\.answer-\w+")
_OLDEST: Final = 2 * 86_400
"""Seconds. An answer is good on the day on which it was given: older ones are never asked for."""

_MOST: Final = 2_000
_MOST_BYTES: Final = 256 << 20


class Damaged(Exception):
    """A stored answer is not what was written."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer.

    Attributes:
        key: digest of the question; the file is named after it.
        check: whose answer it is, for people who look into the file.
        at: when it was given: RFC 3339, UTC.
        reads: absolute path to what was there, as `gatekeeper.cache.trees.look_at` says it.
    """

    key: str
    check: str
    at: str
    reads: dict[str, str]
    outcome: Examined


def opened(folder: Path, *, read_only: bool) -> Path | None:
    """Return the folder of answers; it is made if it is not there. None: there is none, and none may be made.

    Raises:
        UsageError: it is not a folder of the user's own, or it can't be made.
    """
    fix = "name a folder of your own: --cache DIR, or run without: --no-cache"
    try:
        if not read_only:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = os.lstat(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{folder} can't be used for answers: {error.strerror}", fix=fix) from error
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{folder} is no folder, so that no answer is kept there", fix=fix)
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise UsageError(f"{folder} can be written by others, so that no answer of it is believed", fix=fix)
    return folder


def read(folder: Path, key: str) -> Entry | None:
    """Return the answer to a question; None where there is none.

    Raises:
        Damaged: there is something that is no answer to it.
    """
    try:
        descriptor = os.open(_path(folder, key), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(error.strerror) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise Damaged("it is no file of the user's own")
        if not _HEAD < found.st_size <= _LARGEST:
            raise Damaged(f"it has {found.st_size} bytes")
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            return _decode(file.readall(), key)
    except OSError as error:
        raise Damaged(error.strerror) from error
    finally:
        os.close(descriptor)


def _decode(data: bytes, key: str) -> Entry:
    head, body = data[:_HEAD], data[_HEAD:]
    if head != _head(body):
        raise Damaged("its bytes are not those that were written")
    try:
        entry = msgspec.json.decode(body, type=Entry)
    except (msgspec.DecodeError, ValueError) as error:
        raise Damaged("it is of another version") from error
    if entry.key != key:
        raise Damaged("it answers another question")
    return entry


def _head(body: bytes) -> bytes:
    return _MAGIC + hashlib.sha256(_MAGIC + body).hexdigest().encode() + b"\n"


def write(folder: Path, entry: Entry) -> None:
    """Store an answer; who reads at the same time finds the old one or the new one, whole.

    Raises:
        OSError: it can't be written.
    """
    body = msgspec.json.encode(entry)
    descriptor, name = tempfile.mkstemp(prefix=".answer-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as part:
            part.write(_head(body) + body)
        Path(name).replace(_path(folder, entry.key))
    finally:
        Path(name).unlink(missing_ok=True)


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.answer"


def prune(folder: Path) -> None:
    """Remove answers that are never asked for again, and the oldest where there are too many; nothing else.

    Raises:
        OSError: the folder can't be listed.
    """
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for each in entries:
            if _OURS.fullmatch(each.name) and each.is_file(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):
                    status = each.stat(follow_symlinks=False)
                    found.append((status.st_mtime, status.st_size, each.path))
    oldest, kept = time.time() - _OLDEST, 0
    for number, (written, size, path) in enumerate(sorted(found, reverse=True)):
        kept += size
        if written < oldest or number >= _MOST or kept > _MOST_BYTES:
            with contextlib.suppress(OSError):
                Path(path).unlink()
