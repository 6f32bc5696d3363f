"""One digest of a folder of tests: in-toto's `dirHash`, which is the hash of Go's `dirhash.Hash1` in hexadecimal.

`find . -type f | cut -c3- | LC_ALL=C sort | xargs -r sha256sum | sha256sum` gives the same for a folder without the
caches that are left out here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from gatekeeper.errors import Unreadable

MAX_FILES = 20_000
"""No suite has more; a virtual environment has."""

_CACHES = frozenset({"__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"})


def tree_digest(folder: Path) -> str:
    """Return the digest of names and contents of all files below a folder, in hexadecimal.

    What Python and the test runner leave behind (`__pycache__`, `.pytest_cache` ...) does not count.

    Raises:
        Unreadable: There is no file, too many of them, one that can't be read, a link, or a name that is no text.
    """
    lines = sorted((name.encode(), file) for name, file in _files(folder))
    if not lines:
        raise Unreadable(f"{folder.name} holds no file, expected tests", fix="name the folder that holds the tests")
    digest = hashlib.sha256()
    for name, file in lines:
        digest.update(f"{_sha256(file)}  ".encode() + name + b"\n")
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    for here, names, files in os.walk(folder, onerror=_refuse):
        names[:] = [name for name in names if name not in _CACHES]
        for name in (*names, *files):
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            _refuse_odd(path, relative, is_file=name in files)
            if name in files:
                count += 1
                yield relative, path
        if count > MAX_FILES:
            what = f"{folder.name} holds more than {MAX_FILES} files, expected tests"
            raise Unreadable(what, fix="name the folder that holds nothing but the tests")


def _refuse_odd(path: Path, relative: str, *, is_file: bool) -> None:
    shown = relative.encode("utf-8", "backslashreplace").decode()
    if any("\ud800" <= character <= "\udfff" or character == "\n" for character in relative):
        raise Unreadable(f"{shown!r}: the name is not UTF-8 text of one line", fix="rename the file")
    if path.is_symlink() or (is_file and not path.is_file()):
        what = f"{shown} is a link or no regular file, whose content is not part of the folder"
        raise Unreadable(what, fix="replace it by the file itself")


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        _refuse(error)


def _refuse(error: OSError) -> NoReturn:
    what = f"{Path(str(error.filename)).name} can't be read: {error.strerror}"
    raise Unreadable(what, fix="check the path and its mode") from error
