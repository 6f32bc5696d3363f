"""Arrow files and streams (Feather version 2 is an Arrow file)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from gatekeeper.contract.tables import check_names
from gatekeeper.contract.tables.arrow import batch_of, fields_of
from gatekeeper.contract.tables.columns import BATCH_ROWS, Batch, Field, Selection
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.contract.tables.parquet import first_line
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
            for whole in _record_batches(self.path):
                for start in range(0, whole.num_rows, BATCH_ROWS):
                    yield batch_of(whole.slice(start, BATCH_ROWS), [fields[name] for name in names])
        except (pa.ArrowInvalid, OSError) as error:
            raise placed(self.path, _broken(error)) from error

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)


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
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(error) from error
    check_names(schema.names)
    if not rows:
        raise Unreadable("has no rows", fix="give the data that the model was trained on")
    return ArrowTable(name, fields_of(schema, selection), tuple(schema.names), rows, path)


def _broken(error: Exception) -> Unreadable:
    return Unreadable(f"is no whole Arrow file: {first_line(error)}", fix="write or copy it again")
