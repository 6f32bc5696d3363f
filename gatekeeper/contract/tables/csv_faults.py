"""Why a CSV file can't be read: its rows are looked at one by one, until one is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from gatekeeper.errors import Unreadable

_PIECE = 1 << 20
_SHOWN = 60
_LONGEST = 1 << 30


def no_header(what: str) -> Unreadable:
    """Return what is said of a file without names of columns."""
    return Unreadable(f"has no header: {what}", fix="begin the file with one line that names the columns")


def not_utf8(text: str, where: str) -> None:
    """Refuse text that was decoded with `surrogateescape` from bytes that are no UTF-8.

    Raises:
        Unreadable: with the byte, and where it is.
    """
    wrong = next((each for each in text if "\udc80" <= each <= "\udcff"), None)
    if wrong is not None:
        what = f"is not UTF-8: byte 0x{ord(wrong) - 0xDC00:02x} in {where}"
        raise Unreadable(what, fix="save the file as UTF-8: iconv -f LATIN1 -t UTF-8, if Windows or Excel wrote it")


def why(path: Path, header: Sequence[str], delimiter: str, told: str) -> Unreadable:
    """Return what is wrong with a file, by its first row that is; else what the reader said."""
    try:
        for line, row in _rows(path, delimiter):
            for name, each in zip(header, row, strict=False):
                not_utf8(each, f"line {line:,}, in the column {name!r}")
            if row and len(row) != len(header):
                return _ragged(header, delimiter, line, row)
    except Unreadable as error:
        return error
    except csv.Error as error:
        told = f"{error}"
    if "straddling" in told or "out of sync" in told:
        what = "has a row that is longer than 8 MiB; mostly a quotation mark is not closed"
        return Unreadable(what, fix="close it, or write the data as Parquet")
    return Unreadable(f"can't be read as CSV: {told}", fix="write it again, with a header and one row a line")


def _ragged(header: Sequence[str], delimiter: str, line: int, row: Sequence[str]) -> Unreadable:
    got = f"{len(row)} field{'' if len(row) == 1 else 's'}"
    many = f"the header has {len(header)}, separated by {delimiter!r}"
    text = delimiter.join(row)
    shown = f"{text[:_SHOWN]}..." if len(text) > _SHOWN else text
    what = f"has rows of several lengths: line {line:,} has {got} and {many}: {shown!r}"
    if header[0].lstrip().startswith("#") or row[0].startswith("#"):
        return Unreadable(what, fix="take the comment lines (#) out: CSV has none")
    return Unreadable(what, fix="mend that row: each one has as many fields as the header; a field with one is quoted")


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row and the line that it begins in."""
    with _text(path) as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        line = 1
        before = csv.field_size_limit(_LONGEST)
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        finally:
            csv.field_size_limit(before)


def unclosed(path: Path, delimiter: str) -> int | None:
    """Return the line that a row begins in whose quotation mark is open at the end of the file; None without one."""
    with path.open("rb") as stream:
        marks = 0
        while piece := stream.read(_PIECE):
            marks += piece.count(b'"')
    if marks % 2 == 0:
        return None
    line = 1
    with _text(path) as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        before = csv.field_size_limit(_LONGEST)
        try:
            for _ in reader:
                line = reader.line_num + 1
        except csv.Error as error:
            return line if "unexpected end of data" in str(error) else None
        finally:
            csv.field_size_limit(before)
    return None


def _text(path: Path) -> IO[str]:
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
