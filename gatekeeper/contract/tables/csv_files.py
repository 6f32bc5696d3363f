"""CSV files, in UTF-8 with a header; separated by comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc_csv

from gatekeeper.contract.tables import check_names, no_rows
from gatekeeper.contract.tables.arrow import column_of, even, first_line, whole
from gatekeeper.contract.tables.columns import Batch, Field, Selection, rows_together
from gatekeeper.contract.tables.csv_faults import no_header, not_utf8, unclosed, why
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.contract.tables.guess import Guess
from gatekeeper.contract.tables.text import NULLS, convert, type_of
from gatekeeper.errors import Unreadable

_IN_MEMORY = 256 * 1024 * 1024
"""Bytes up to which a file is read once and kept; a larger one is read again for every pass."""
_BLOCK = 8 << 20
_LARGEST_BLOCK = 128 << 20
_ROWS_A_BLOCK = 1024
_HEADER = 16 << 20


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file; its columns' types are those that every field has."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    path: Path
    header: Header
    kept: pa.Table | None = None

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        by_name = {field.name: field for field in self.fields}
        # What is known to be plain numbers is read as such, not made texts of first.
        types = {name: type_of(by_name[name]) for name in names if by_name[name].plain}
        for table in self._tables(names, types):
            arrays = {name: whole(table.column(name)) for name in names}
            made = [(arrays[name], 0) if name in types else convert(arrays[name], by_name[name]) for name in names]
            columns = tuple(column_of(array, by_name[name])[0] for name, (array, _) in zip(names, made, strict=True))
            yield Batch(table.num_rows, columns, tuple(mistyped for _, mistyped in made))

    def _tables(self, names: Sequence[str], types: Mapping[str, Any]) -> Iterator[Any]:
        if self.kept is None:
            return _streamed(self.path, self.header, names, types)
        return even(self.kept.select(list(names)).to_batches(), rows_together(len(names)))

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


@dataclass(frozen=True, slots=True)
class Header:
    """The names in the first line, what separates them, and how many bytes the line has."""

    names: list[str]
    delimiter: str
    size: int


def open_path(path: Path, name: str, selection: Selection) -> CsvTable:
    """Return the table in a CSV file. It is read once to learn the types.

    Raises:
        Unreadable: it is not UTF-8, has no rows, rows of several lengths, or a column of mixed types.
    """
    header = _header(path)
    check_names(header.names)
    taken = [each for each in header.names if selection.takes(each)]
    guesses = {each: Guess(each, selection.kinds.get(each), each in selection.texts) for each in taken}
    rows = 0
    # A file of which nothing is taken is read all the same: it has rows, or it is broken.
    read = taken or header.names[:1]
    small = path.stat().st_size <= _IN_MEMORY
    kept = _whole(path, header, read) if small else None
    tables = _streamed(path, header, read, {}) if kept is None else even(kept.to_batches(), rows_together(len(read)))
    for texts in tables:
        rows += texts.num_rows
        for each, guess in guesses.items():
            guess.look(whole(texts.column(each)))
    if not rows:
        raise no_rows("has a header and no rows")
    line = unclosed(path, header.delimiter)
    if line is not None:
        what = f'the row that begins in line {line:,} has a quotation mark (") that is not closed before the file ends'
        raise Unreadable(what, fix="close it, or write the file again: it may be cut off")
    fields = tuple(guess.field() for guess in guesses.values())
    return CsvTable(
        name, fields, tuple(header.names), rows, path, header, None if kept is None else _typed(kept, fields)
    )


def _typed(texts: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """Return the columns with those that are plain numbers as such."""
    columns = {
        field.name: texts.column(field.name).cast(type_of(field)) if field.plain else texts.column(field.name)
        for field in fields
    }
    return pa.table(columns)


def _header(path: Path) -> Header:
    with path.open("rb") as stream:
        start = stream.read(_HEADER)
    head = start.removeprefix(b"\xef\xbb\xbf")
    # Whole lines, as far as they are there: a name may have a line break in it, within quotation marks.
    lines = io.StringIO(head.decode("utf-8", "surrogateescape"), newline="")
    first = lines.readline()
    if not first.strip():
        raise no_header("its first line is empty")
    delimiter = max(",;\t|", key=_outside_quotes(first).count)
    lines.seek(0)
    try:
        names = next(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise no_header(f"its first line can't be read ({error})") from error
    line = lines.getvalue()[: lines.tell()]
    if lines.tell() == len(lines.getvalue()) and line.count('"') % 2:
        raise no_header('a quotation mark (") in its first line is not closed')
    size = len(line.encode("utf-8", "surrogateescape"))
    if size >= len(head) and len(start) == _HEADER:
        raise no_header(f"its first line is longer than {_HEADER >> 20} MiB")
    for place, each in enumerate(names, start=1):
        not_utf8(each, f"the header, in the name of column {place}")
    return Header(names, delimiter, size)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _streamed(path: Path, header: Header, names: Sequence[str], types: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the rows of some columns, some together; the fields of a column without a type are texts."""
    if path.stat().st_size <= header.size + 3:  # nothing follows but, perhaps, the mark before it: to Arrow an error
        return
    try:
        with pc_csv.open_csv(path, *_options(header, names, types)) as reader:
            yield from even(reader, rows_together(len(names)))
    except (pa.ArrowException, OSError) as error:
        raise placed(path, why(path, header.names, header.delimiter, first_line(error))) from error


def _whole(path: Path, header: Header, names: Sequence[str]) -> pa.Table | None:
    """Return the rows of some columns with all fields as texts, read on all cores; None where there are none."""
    if path.stat().st_size <= header.size + 3:
        return None
    try:
        return pc_csv.read_csv(path, *_options(header, names, {}))
    except (pa.ArrowException, OSError) as error:
        raise placed(path, why(path, header.names, header.delimiter, first_line(error))) from error


def _options(header: Header, names: Sequence[str], types: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    convert_options = pc_csv.ConvertOptions(
        column_types={**dict.fromkeys(header.names, pa.string()), **types},
        include_columns=list(names),
        null_values=NULLS,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    block = max(_BLOCK, min(_ROWS_A_BLOCK * header.size, _LARGEST_BLOCK))
    read = pc_csv.ReadOptions(block_size=block, column_names=header.names, skip_rows_after_names=1)
    parse = pc_csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True)
    return read, parse, convert_options
