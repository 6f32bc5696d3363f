"""JSON lines: one object a line, with the same keys."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.json as pa_json

from gatekeeper.contract.tables import check_names
from gatekeeper.contract.tables.arrow import batch_of, fields_of
from gatekeeper.contract.tables.columns import BATCH_ROWS, Batch, Field, Selection
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.contract.tables.parquet import first_line
from gatekeeper.errors import Unreadable

_BLOCK = 8 << 20
_LONGEST = 64 << 20


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
        for table in _tables(self.path, self.schema):
            for batch in table.to_batches(max_chunksize=BATCH_ROWS):
                yield batch_of(batch, [fields[name] for name in names])

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


def open_path(path: Path, name: str, selection: Selection) -> JsonLinesTable:
    """Return the table in a file of JSON lines. It is read once to learn the types.

    Raises:
        Unreadable: a line is no object of plain values, or a key's values are of several types.
    """
    schema, rows = pa.schema([]), 0
    for table in _tables(path, None):
        rows += table.num_rows
        schema = _unified(schema, table.schema)
    if not rows:
        raise Unreadable("has no rows", fix="give the data that the model was trained on")
    check_names(schema.names)
    return JsonLinesTable(name, fields_of(schema, selection), tuple(schema.names), rows, path, schema)


def _unified(known: pa.Schema, other: pa.Schema) -> pa.Schema:
    try:
        return pa.unify_schemas([known, other], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        what = f"a column mixes types: {first_line(error)}"
        raise Unreadable(what, fix="write each column's values as one type") from error


def _tables(path: Path, schema: pa.Schema | None) -> Iterator[pa.Table]:
    parse = pa_json.ParseOptions(explicit_schema=schema, newlines_in_values=False)
    line = 1
    for block in _blocks(path):
        lines = block.count(b"\n")
        try:
            yield pa_json.read_json(io.BytesIO(block), pa_json.ReadOptions(block_size=len(block) + 1), parse)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise placed(path, _broken(first_line(error), line, line + lines)) from error
        line += lines


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield whole lines, some megabytes together."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            block += stream.readline(_LONGEST)
            if not block.endswith(b"\n") and stream.read(1):
                raise placed(path, Unreadable("has a line of more than 64 MiB", fix="write one object a line"))
            if block.strip():
                yield block if block.endswith(b"\n") else block + b"\n"


def _broken(told: str, first: int, last: int) -> Unreadable:
    told = told.removeprefix("JSON parse error: ")
    if "changed from" in told:
        return Unreadable(f"a column mixes types: {told}", fix="write each column's values as one type")
    what = f"can't be read as JSON lines ({told}; lines {first:,} to {last:,})"
    return Unreadable(what, fix="write one object a line, with numbers that JSON has: no NaN, no Infinity")
