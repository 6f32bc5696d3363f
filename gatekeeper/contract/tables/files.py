"""Tables in files: which reader a file is for, told by its first bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from gatekeeper.contract.tables.columns import Selection, Table
from gatekeeper.errors import Unreadable, UsageError

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
        UsageError: what reads it is not installed.
    """
    try:
        head = _head(path)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}", fix="check the path and its mode") from error
    if not head:
        raise Unreadable(f"{path} is empty (0 bytes)", fix="write it again: an export went wrong")
    try:
        module = import_module(_READERS[_format(head, path)])
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("pyarrow"):
            raise
        what = "data files are read by pyarrow, which is not installed"
        raise UsageError(what, fix="install it beside the gate: pip install 'model-gatekeeper[data]'") from error
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
    with path.open("rb") as stream:
        if not os.path.isfile(path):  # noqa: PTH113 - a pipe can't be read twice
            raise Unreadable(f"{path} is no regular file", fix="write the data to a file: it is read more than once")
        return stream.read(_PEEK)


def _format(head: bytes, path: Path) -> str:
    for magic, format_ in ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "stream")):
        if head.startswith(magic):
            return format_
    for magic, kind in (
        (b"\x1f\x8b", "gzip"),
        (b"PK\x03\x04", "a ZIP archive, as Excel writes"),
        (b"\x80", "a pickle"),
    ):
        if head.startswith(magic):
            what = f"{path} is {kind}, expected CSV, Parquet, Arrow or JSON lines"
            raise Unreadable(what, fix="write the data as Parquet, or unpack it")
    if b"\0" in head:
        what = f"{path} holds bytes that are no text, and no Parquet or Arrow file begins so"
        raise Unreadable(what, fix="write the data as UTF-8 CSV or as Parquet")
    return "json" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["} else "csv"


def file_sha256(path: Path) -> str:
    """Return `sha256:<hex>` of a file's bytes."""
    try:
        with path.open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}", fix="check the path and its mode") from error
