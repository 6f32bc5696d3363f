"""Arrow files and streams (Feather version 2 is an Arrow file)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from gatekeeper.contract.tables import check_names, no_rows
from gatekeeper.contract.tables.arrow import batch_of, even, fields_of, first_line
from gatekeeper.contract.tables.columns import Batch, Field, Selection, rows_together
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.errors import Unreadable


@dataclass(frozen=True, slots=True)
class ArrowTable:
    """An Arrow file, mapped into memory, or a stream."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    path: Path

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        fields = {field.name: field for field in self.fields}
        try:
            for table in even(_valid(self.path, names), rows_together(len(names))):
                yield batch_of(table, [fields[name] for name in names])
        except (pa.ArrowException, OSError) as error:
            raise placed(self.path, _broken(error)) from error
        except Unreadable as error:
            raise placed(self.path, error) from error

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


def _valid(path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the record batches with some columns. An offset that points beyond its text is a broken file."""
    for batch in _record_batches(path):
        used = batch.select(list(names))
        used.validate(full=True)
        yield used


def _record_batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        if _is_file(path):
            reader = pa.ipc.open_file(source)
            for index in range(reader.num_record_batches):
                yield reader.get_batch(index)
        else:
            yield from pa.ipc.open_stream(source)


def _is_file(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(6) == b"ARROW1"


def open_path(path: Path, name: str, selection: Selection) -> ArrowTable:
    """Return the table in an Arrow file or stream.

    Raises:
        Unreadable: it is truncated or broken, has no rows, or a column of a type that is not read.
    """
    try:
        with pa.memory_map(str(path)) as source:
            schema = (pa.ipc.open_file(source) if _is_file(path) else pa.ipc.open_stream(source)).schema
        rows = sum(batch.num_rows for batch in _record_batches(path))
    except (pa.ArrowException, OSError) as error:
        raise _broken(error) from error
    check_names(schema.names)
    if not rows:
        raise no_rows("has no rows")
    return ArrowTable(name, fields_of(schema, selection), tuple(schema.names), rows, path)


def _broken(error: Exception) -> Unreadable:
    return Unreadable(f"is no whole Arrow file: {first_line(error)}", fix="write or copy it again")
