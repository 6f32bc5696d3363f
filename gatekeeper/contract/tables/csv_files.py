"""CSV files, in UTF-8 with a header; separated by comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc_csv

from gatekeeper.contract.tables import check_names
from gatekeeper.contract.tables.arrow import column_of
from gatekeeper.contract.tables.columns import BATCH_ROWS, Batch, Field, Selection
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.contract.tables.parquet import first_line
from gatekeeper.contract.tables.text import Guess, convert, rungs_for
from gatekeeper.errors import Unreadable

NULLS = ["", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "<NA>", "NaT"]
"""Fields that say that there is no value. `NaN` is none of them where numbers are: it is counted as what it says."""

_BLOCK = 8 << 20
_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file; its columns' types are those that every field has."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    path: Path
    delimiter: str

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        by_name = {field.name: field for field in self.fields}
        for texts in _text_batches(self.path, self.delimiter, list(self.columns)):
            made = [convert(texts.column(name), by_name[name]) for name in names]
            columns = tuple(column_of(array, by_name[name])[0] for name, (array, _) in zip(names, made, strict=True))
            yield Batch(texts.num_rows, columns, tuple(mistyped for _, mistyped in made))

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


def open_path(path: Path, name: str, selection: Selection) -> CsvTable:
    """Return the table in a CSV file. It is read once to learn the types.

    Raises:
        Unreadable: it is not UTF-8, has no rows, rows of several lengths, or a column of mixed types.
    """
    header, delimiter = _header(path)
    check_names(header)
    guesses = {
        each: Guess(each, rungs_for(selection.kinds.get(each))) for each in header if each not in selection.ignored
    }
    rows = 0
    for texts in _text_batches(path, delimiter, header):
        rows += texts.num_rows
        for each, guess in guesses.items():
            guess.look(texts.column(each))
    if not rows:
        raise Unreadable("has a header and no rows", fix="give the data that the model was trained on")
    fields = tuple(guess.field(selection.kinds.get(each)) for each, guess in guesses.items())
    return CsvTable(name, fields, tuple(header), rows, path, delimiter)


def _header(path: Path) -> tuple[list[str], str]:
    """Return the names in the first line, and what separates them."""
    with path.open("rb") as stream:
        line = stream.readline(_HEADER).removeprefix(b"\xef\xbb\xbf")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        what = f"the header is not UTF-8 (byte 0x{line[error.start]:02x} at {error.start})"
        raise Unreadable(what, fix="save the file as UTF-8") from error
    delimiter = max(",;\t|", key=text.count)
    names = next(csv.reader([text], delimiter=delimiter), [])
    return names, delimiter


def _text_batches(path: Path, delimiter: str, header: list[str]) -> Iterator[Any]:
    """Yield the rows with every field as text, at most `BATCH_ROWS` together."""
    convert_options = pc_csv.ConvertOptions(
        column_types={name: pa.string() for name in header},
        null_values=NULLS,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = pc_csv.ReadOptions(block_size=_BLOCK, column_names=header, skip_rows=1)
    parse = pc_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    try:
        with pc_csv.open_csv(path, read, parse, convert_options) as reader:
            for batch in reader:
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    yield batch.slice(start, BATCH_ROWS)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        told = first_line(error)
        if "Empty CSV" in told:
            return
        raise placed(path, _broken(told)) from error


def _broken(told: str) -> Unreadable:
    if "UTF8" in told or "UTF-8" in told:
        return Unreadable(f"is not UTF-8: {told}", fix="save the file as UTF-8")
    if "Expected" in told and "columns" in told:
        told = told.removeprefix("CSV parse error: ")
        return Unreadable(
            f"has rows of several lengths: {told}", fix="mend that row: every one has as many fields as the header"
        )
    return Unreadable(f"can't be read as CSV: {told}", fix="write it again, with a header and one row a line")
