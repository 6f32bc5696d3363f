"""Tables in memory: data frames, Arrow tables, arrays, and mappings of names to arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables import check_names
from gatekeeper.contract.tables.columns import BATCH_ROWS, Batch, Column, Field, Numbers, Selection, Words
from gatekeeper.errors import Unreadable

_KINDS = {"f": Kind.REAL, "i": Kind.INTEGER, "u": Kind.INTEGER, "b": Kind.BOOLEAN, "M": Kind.DATETIME}


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """Columns that are in memory: NumPy arrays as they are, all others as Arrow arrays."""

    name: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    rows: int | None
    arrays: Mapping[str, Any]
    matrix: NDArray[Any] | None = None
    """All columns together, where they lie row by row: their bytes are digested as they are."""

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Yield the rows in their order."""
        fields = {field.name: field for field in self.fields}
        for start in range(0, self.rows or 0, BATCH_ROWS):
            end = min(start + BATCH_ROWS, self.rows or 0)
            made = [_column(self.arrays[name][start:end], fields[name]) for name in names]
            yield Batch(end - start, tuple(column for column, _ in made), tuple(mistyped for _, mistyped in made))

    def sha256(self) -> str:
        """Return the digest of the columns' names, types and values, batch by batch."""
        total = hashlib.sha256("\0".join(f"{field.name}\0{field.dtype}" for field in self.fields).encode())
        for start in range(0, self.rows or 0, BATCH_ROWS):
            if self.matrix is not None:
                total.update(self.matrix[start : start + BATCH_ROWS].data.cast("B"))
                continue
            for field in self.fields:
                for each in _bytes(self.arrays[field.name][start : start + BATCH_ROWS], field):
                    total.update(each)
        return f"sha256:{total.hexdigest()}"


def _bytes(array: Any, field: Field) -> Iterator[Any]:
    column, _ = _column(array, field)
    if isinstance(column, Words):
        words = [*column.words, "\0missing"]
        yield "\0".join(words[code] for code in column.codes.tolist()).encode("utf-8", "surrogatepass")
        return
    yield np.ascontiguousarray(column.values).data.cast("B")
    if column.valid is not None:
        yield column.valid.tobytes()


def _column(array: Any, field: Field) -> tuple[Column, int]:
    if isinstance(array, np.ndarray):
        natural = _KINDS[array.dtype.kind]
        if natural is Kind.BOOLEAN and field.kind is natural:
            return Words(array.astype(np.int32), ("false", "true")), 0
        if natural is Kind.DATETIME and field.kind is natural:
            there = ~np.isnat(array)
            return Numbers(np.where(there, array.astype("datetime64[us]").view(np.int64), 0), there), 0
        if natural is field.kind or {natural, field.kind} <= {Kind.REAL, Kind.INTEGER}:
            return Numbers(array), 0
        array = _arrow(field.name, array)
    from gatekeeper.contract.tables.arrow import column_of

    return column_of(array, field)


def open_memory(data: Any, name: str, selection: Selection) -> MemoryTable:
    """Return a table of data that is in memory.

    Raises:
        Unreadable: it is no such data, has no rows or columns, or a column of a type that is not read.
    """
    columns = dict(_named(data))
    if not columns:
        raise Unreadable(f"{name} has no columns", fix="give a frame or a 2-D array with columns")
    used = {each: column for each, column in columns.items() if each not in selection.ignored}
    arrays = {each: _usable(each, array) for each, array in used.items()}
    if not arrays:
        raise Unreadable(f"every column of {name} is ignored", fix="leave at least one to look at")
    lengths = {each: len(array) for each, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        raise Unreadable(f"{name} has columns of several lengths: {lengths}", fix="give columns of one length")
    rows = next(iter(lengths.values()))
    if not rows:
        raise Unreadable(f"{name} has no rows", fix="give the data that the model was trained on")
    fields = tuple(
        Field(name=each, kind=selection.kinds.get(each) or _kind(each, array), dtype=_dtype(array))
        for each, array in arrays.items()
    )
    by_row = isinstance(data, np.ndarray) and data.ndim == 2 and data.flags.c_contiguous and len(arrays) == len(columns)
    matrix = data if by_row and data.dtype.kind in "fiu" and data.dtype != np.float16 else None
    return MemoryTable(name, fields, tuple(columns), rows, arrays, matrix)


def _named(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield each column and its name, from whatever has columns."""
    if isinstance(data, Mapping):
        names, columns = list(data), list(data.values())
    elif isinstance(data, np.ndarray) and data.dtype.names:
        names = list(data.dtype.names)
        columns = [data[each] for each in names]
    elif isinstance(data, np.ndarray):
        if data.ndim != 2:
            what = f"got an array of {data.ndim} dimensions, expected rows and columns"
            raise Unreadable(what, fix="reshape it: array.reshape(len(array), -1)")
        names = [f"column_{index}" for index in range(data.shape[1])]
        columns = [data[:, index] for index in range(data.shape[1])]
    elif hasattr(data, "column_names") and hasattr(data, "column"):  # an Arrow table or record batch
        names, columns = list(data.column_names), [data.column(index) for index in range(data.num_columns)]
    elif hasattr(data, "columns") and hasattr(data, "iloc"):  # a pandas frame
        names, columns = list(data.columns), [data.iloc[:, index] for index in range(data.shape[1])]
    elif hasattr(data, "to_arrow"):  # a Polars frame, a DuckDB relation
        yield from _named(data.to_arrow())
        return
    else:
        what = f"got {type(data).__name__}, expected a file, a frame, an Arrow table, a 2-D array or a mapping"
        raise Unreadable(what, fix="give the data as columns")
    texts = [str(each) for each in names]
    check_names(texts)
    yield from zip(texts, columns, strict=True)


def _usable(name: str, column: Any) -> Any:
    """Return a column as a NumPy array of numbers, booleans or times, else as an Arrow array."""
    if not isinstance(column, np.ndarray) and hasattr(column, "dtype") and isinstance(column.dtype, np.dtype):
        column = column.to_numpy()
    elif isinstance(column, list | tuple):
        column = _from_list(column)
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            what = f"the column {name!r} has {column.ndim} dimensions, expected one value a row"
            raise Unreadable(what, fix="take it apart into columns")
        if column.dtype.kind in _KINDS and column.dtype != np.float16:
            return column
        if column.dtype.kind == "f":
            return column.astype(np.float32)
    return _arrow(name, column)


def _from_list(values: Sequence[Any]) -> Any:
    array = np.asarray(values, dtype=object)
    if all(isinstance(each, float) for each in values):
        return array.astype(np.float64)
    return array


def _arrow(name: str, column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks()
    if isinstance(column, pa.Array):
        return column
    values = column.tolist() if isinstance(column, np.ndarray) else column
    try:
        made = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise mixed(name, column) from error
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def mixed(name: str, column: Any) -> Unreadable:
    """Return what is said of a column with values of several types: which ones, and the first row of each."""
    first: dict[str, int] = {}
    counts: dict[str, int] = {}
    for row, value in enumerate(column, start=1):
        if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
            continue
        kind = type(value).__name__
        first.setdefault(kind, row)
        counts[kind] = counts.get(kind, 0) + 1
    told = ", ".join(f"{counts[kind]:,} {kind} (first in row {row:,})" for kind, row in first.items())
    what = f"the column {name!r} mixes types: {told or 'values that have no common type'}"
    return Unreadable(what, fix=f"make them one type, or leave the column out: --ignore {name}")


def _kind(name: str, array: Any) -> Kind:
    if isinstance(array, np.ndarray):
        return _KINDS[array.dtype.kind]
    from gatekeeper.contract.tables.arrow import kind_of

    return kind_of(array.type, name)


def _dtype(array: Any) -> str:
    return str(array.dtype) if isinstance(array, np.ndarray) else str(array.type)
