"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gatekeeper.contract.tables import check_names, no_rows
from gatekeeper.contract.tables.arrow import batch_of, even, fields_of, first_line
from gatekeeper.contract.tables.columns import Batch, Field, Selection, rows_together
from gatekeeper.contract.tables.files import file_sha256, placed
from gatekeeper.errors import Unreadable

_IN_MEMORY = 512 * 1024 * 1024
"""Uncompressed bytes up to which a file is read once and kept; a larger one is read again for every pass."""


@dataclass(slots=True)
class ParquetTable:
    """A Parquet file."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    path: Path
    kept: pa.Table | None = None

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        fields = {field.name: field for field in self.fields}
        try:
            for table in even(self._arrow(names), rows_together(len(names))):
                yield batch_of(table, [fields[name] for name in names])
        except (pa.ArrowException, OSError) as error:
            raise placed(self.path, _broken(error)) from error
        except Unreadable as error:
            raise placed(self.path, error) from error

    def sha256(self) -> str:
        """Return the digest of the file's bytes."""
        return file_sha256(self.path)

    def _arrow(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if self.kept is None:
            with pq.ParquetFile(self.path) as file:
                if _size(file, len(self.fields)) > _IN_MEMORY:
                    # Group by group: asked for all of them, the reader keeps what it has read until the last.
                    for group in range(file.num_row_groups):
                        yield from file.iter_batches(rows_together(len(names)), row_groups=[group], columns=list(names))
                    return
                self.kept = file.read(columns=[field.name for field in self.fields])
        yield from self.kept.select(list(names)).to_batches()


def whole_rows(path: Path) -> list[dict[str, object]]:
    """Return all rows of a file, by column.

    Raises:
        Unreadable: it is no Parquet file, or is larger than what is read at once.
    """
    try:
        with pq.ParquetFile(path) as file:
            if _size(file, file.metadata.num_columns) > _IN_MEMORY:
                raise Unreadable(f"{path} has more than {_IN_MEMORY >> 20} MiB", fix="give a sample of its rows")
            return list(file.read().to_pylist())
    except (pa.ArrowException, OSError) as error:
        raise placed(path, _broken(error)) from error


def _size(file: pq.ParquetFile, columns: int) -> int:
    """Return about how many bytes the data takes in memory: a value that repeats is short in the file alone."""
    groups = sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
    return max(int(groups), int(file.metadata.num_rows) * columns * 8)


def open_path(path: Path, name: str, selection: Selection) -> ParquetTable:
    """Return the table in a Parquet file.

    Raises:
        Unreadable: it is truncated or broken, has no rows, or a column of a type that is not read.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _broken(error) from error
    check_names(schema.names)
    if not rows:
        raise no_rows("has no rows")
    return ParquetTable(name, fields_of(schema, selection), tuple(schema.names), rows, path)


def _broken(error: Exception) -> Unreadable:
    return Unreadable(f"is no whole Parquet file: {first_line(error)}", fix="write or copy it again")
