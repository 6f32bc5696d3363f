"""JSON lines: one object a line, with the same keys."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pa_json

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables import check_names, no_rows
from gatekeeper.contract.tables.arrow import batch_of, even, field_of, first_line
from gatekeeper.contract.tables.columns import Batch, Field, Selection, rows_together
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.contract.tables.json_faults import Lines, rounded, why
from gatekeeper.contract.tables.text import Texts, rungs_of
from gatekeeper.errors import Unreadable

_BLOCK = 8 << 20
_LONGEST = 64 << 20
_LARGE = re.compile(rb"[:\s]-?\d{16,}\s*[,}]")
"""Where an integer may stand that a float does not have."""


@dataclass(frozen=True, slots=True)
class JsonLinesTable:
    """A file of JSON lines; its columns' types are those that every line's values have."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    path: Path
    schema: pa.Schema

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        fields = {field.name: field for field in self.fields}
        parts = (
            batch for _, table in _tables(self.path, self.schema) for batch in table.select(list(names)).to_batches()
        )
        for table in even(parts, rows_together(len(names))):
            try:
                yield batch_of(table, [fields[name] for name in names])
            except Unreadable as error:
                raise placed(self.path, error) from error

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


def open_path(path: Path, name: str, selection: Selection) -> JsonLinesTable:
    """Return the table in a file of JSON lines. It is read once to learn the types.

    Raises:
        Unreadable: a line is no object of plain values, or a key's values are of several types.
    """
    schema, rows = pa.schema([]), 0
    times: dict[str, bool] = {}
    large: list[Lines] = []
    for lines, table in _tables(path, None):
        rows += table.num_rows
        schema = _unified(schema, _as_text(table.schema), lines)
        if not large and _LARGE.search(lines.block):
            large.append(lines)
        for each in table.schema.names:
            if selection.takes(each):
                times[each] = _times(table.column(each)) and times.get(each, True)
    if not rows:
        raise no_rows("has no rows")
    check_names(schema.names)
    floats = {each.name for each in schema if pa.types.is_floating(each.type) and selection.takes(each.name)}
    if large and floats:
        _refuse_rounded(path, floats - {each for each, kind in selection.kinds.items() if kind is not Kind.TEXT})
    fields = tuple(_field(each, selection, times) for each in schema if selection.takes(each.name))
    return JsonLinesTable(name, fields, tuple(schema.names), rows, path, schema)


def _as_text(schema: pa.Schema) -> pa.Schema:
    """Return a schema in which times are the text that they are in the file: Arrow knows but some of their forms."""
    return pa.schema(
        [pa.field(each.name, pa.string()) if pa.types.is_timestamp(each.type) else each for each in schema]
    )


def _times(column: Any) -> bool:
    """Return whether every value is a time or null, whatever Arrow made of it."""
    if pa.types.is_timestamp(column.type) or pa.types.is_null(column.type):
        return True
    if not pa.types.is_string(column.type) or column.null_count == len(column):
        return bool(column.null_count == len(column))
    first = column.drop_null().slice(0, 1).combine_chunks()
    return _read(first) and all(_read(chunk) for chunk in column.chunks)


def _read(texts: Any) -> bool:
    return any(Texts(texts).read(rung) is not None for rung in rungs_of(Kind.DATETIME))


def _field(each: Any, selection: Selection, times: dict[str, bool]) -> Field:
    field = field_of(each, selection)
    if field.kind is Kind.TEXT and each.name not in selection.kinds and times.get(each.name, False):
        return Field(name=field.name, kind=Kind.DATETIME, dtype="timestamp")
    return field


def _unified(known: pa.Schema, other: pa.Schema, lines: Lines) -> pa.Schema:
    try:
        return pa.unify_schemas([known, other], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        types = {each.name: each.type for each in known}
        name = next(each.name for each in other if types.get(each.name, each.type) != each.type)
        what = (
            f"the column {name!r} mixes types: {types[name]} before line {lines.first:,}, then {other.field(name).type}"
        )
        raise Unreadable(what, fix=f"write its values as one type, or leave it out: --ignore {name}") from error


def _refuse_rounded(path: Path, names: set[str]) -> None:
    """Refuse integers in a column of floats that no float is."""
    for lines in _lines(path):
        if _LARGE.search(lines.block):
            error = rounded(lines, names)
            if error is not None:
                raise error


def _tables(path: Path, schema: pa.Schema | None) -> Iterator[tuple[Lines, pa.Table]]:
    parse = pa_json.ParseOptions(explicit_schema=schema, newlines_in_values=False)
    for lines in _lines(path):
        block = lines.block
        try:
            block.decode("utf-8")  # Arrow does not look
            yield lines, pa_json.read_json(io.BytesIO(block), pa_json.ReadOptions(block_size=len(block) + 1), parse)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise placed(path, why(lines, first_line(error))) from error


def _lines(path: Path) -> Iterator[Lines]:
    """Yield whole lines, some megabytes together."""
    first = 1
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            block += stream.readline(_LONGEST)
            if not block.endswith(b"\n") and stream.read(1):
                raise placed(path, Unreadable("has a line of more than 64 MiB", fix="write one object a line"))
            if block.strip():
                yield Lines(first, block if block.endswith(b"\n") else block + b"\n")
            first += block.count(b"\n")
