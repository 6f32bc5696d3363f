"""Tables in files: which reader a file is for, told by its first bytes."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from gatekeeper.contract.tables.columns import Selection, Table
from gatekeeper.errors import Unreadable

_PEEK = 4096
_READERS = {
    "parquet": "gatekeeper.contract.tables.parquet",
    "arrow": "gatekeeper.contract.tables.ipc",
    "stream": "gatekeeper.contract.tables.ipc",
    "json": "gatekeeper.contract.tables.json_lines",
    "csv": "gatekeeper.contract.tables.csv_files",
}


def open_file(path: Path, name: str, selection: Selection) -> Table:
    """Return the table in a Parquet, Arrow, JSON lines or CSV file.

    Raises:
        Unreadable: the file is absent, empty, truncated, or of another format.
        ModuleNotFoundError: pyarrow is not installed.
    """
    head = _head(path)
    if not head:
        raise Unreadable(f"{path} is empty (0 bytes)", fix="write it again: an export went wrong")
    module = import_module(_READERS[_format(head, path)])
    opened: Callable[[Path, str, Selection], Table] = module.open_path
    try:
        return opened(path, name, selection)
    except Unreadable as error:
        raise placed(path, error) from error


def placed(path: Path, error: Unreadable) -> Unreadable:
    """Return the error with the file's name before it, once."""
    if error.what.startswith(str(path)):
        return error
    return Unreadable(f"{path}: {error.what}", fix=error.fix, at=error.at)


def _head(path: Path) -> bytes:
    """Return the first bytes of a regular file. Every pass opens it by its name: a pipe is gone after the first."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            fix = (
                "name a file in it; of a data set in parts, build each part's baseline --like the first, and merge them"
            )
            raise Unreadable(f"{path} is a directory, expected a file", fix=fix)
        if not stat.S_ISREG(mode):
            fix = "write the data to a file: it is read more than once"
            raise Unreadable(f"{path} is no regular file (a pipe, a device or a socket)", fix=fix)
        with path.open("rb") as stream:
            return stream.read(_PEEK)
    except FileNotFoundError as error:
        raise Unreadable(f"{path} doesn't exist", fix="correct the path") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise Unreadable(
            f"{path} can't be opened: {getattr(error, 'strerror', error)}", fix="check the path and its mode"
        ) from error


_FORMATS = ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "stream"))
_OTHERS = (
    (b"\x1f\x8b", "compressed by gzip", "unpack it: gunzip"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard", "unpack it: unzstd"),
    (b"BZh", "compressed by bzip2", "unpack it: bunzip2"),
    (b"PK\x03\x04", "a ZIP archive, as Excel writes", "save the sheet as CSV in UTF-8, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "save the sheet as CSV in UTF-8"),
    (b"\x80", "a pickle", "write the data as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "write the data as Parquet, with names of columns"),
    (b"FEA1", "Feather of version 1", "write it again: pandas writes version 2"),
    (b"PARE", "an encrypted Parquet file", "decrypt it"),
    (b"SQLite format 3", "an SQLite database", "write the table as Parquet"),
    (b"\xff\xfe", "UTF-16", "save the file as UTF-8: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "UTF-16", "save the file as UTF-8: iconv -f UTF-16 -t UTF-8"),
)


def _format(head: bytes, path: Path) -> str:
    for magic, format_ in _FORMATS:
        if head.startswith(magic):
            return format_
    for magic, kind, fix in _OTHERS:
        if head.startswith(magic):
            raise Unreadable(f"{path} is {kind}, expected CSV, Parquet, Arrow or JSON lines", fix=fix)
    if b"\0" in head:
        what = f"{path} holds NUL bytes, and no Parquet or Arrow file begins so"
        raise Unreadable(what, fix="write the data as UTF-8 CSV or as Parquet")
    return "json" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["} else "csv"


def file_sha256(path: Path) -> str:
    """Return `sha256:<hex>` of a file's bytes."""
    try:
        with path.open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}", fix="check the path and its mode") from error
