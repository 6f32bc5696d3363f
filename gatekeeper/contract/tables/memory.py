"""Tables in memory: data frames, Arrow tables, arrays, and mappings of names to arrays."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables import check_names, no_rows
from gatekeeper.contract.tables.columns import (
    BATCH_ROWS,
    Batch,
    Column,
    Field,
    Numbers,
    Selection,
    Words,
    rows_together,
)
from gatekeeper.errors import Unreadable

_KINDS = {"f": Kind.REAL, "i": Kind.INTEGER, "u": Kind.INTEGER, "b": Kind.BOOLEAN, "M": Kind.DATETIME}
_NUMERIC = {Kind.REAL, Kind.INTEGER}
_ABSENT = {"NAType", "NaTType"}
_EXACT = 2**53
_SHOWN = 10


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
        together = rows_together(len(names))
        for start in range(0, self.rows or 0, together):
            end = min(start + together, self.rows or 0)
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
        if natural in _NUMERIC and field.kind in _NUMERIC:
            return Numbers(array), 0
        array = _arrow(field.name, array)
    from gatekeeper.contract.tables.arrow import column_of

    return column_of(array, field)


def open_memory(data: Any, name: str, selection: Selection) -> MemoryTable:
    """Return a table of data that is in memory. It is never changed.

    Raises:
        Unreadable: it is no such data, has no rows or columns, or a column of a type that is not read.
    """
    columns = dict(_named(data, name))
    arrays = {each: _usable(each, array) for each, array in columns.items() if selection.takes(each)}
    lengths = {each: len(array) for each, array in (arrays or columns).items()}
    if len(set(lengths.values())) != 1:
        told = ", ".join(f"{each!r} {length:,}" for each, length in list(lengths.items())[:_SHOWN])
        raise Unreadable(f"{name} has columns of several lengths: {told}", fix="give columns of one length")
    rows = next(iter(lengths.values()))
    if not rows:
        raise no_rows(f"{name} has no rows")
    fields = tuple(_field(each, array, selection) for each, array in arrays.items())
    return MemoryTable(name, fields, tuple(columns), rows, arrays, _matrix(data, arrays))


def _field(name: str, array: Any, selection: Selection) -> Field:
    kind = selection.kinds.get(name) or _kind(name, array)
    return Field(name=name, kind=kind, dtype=_dtype(array), only_text=name in selection.texts)


def _matrix(data: Any, arrays: Mapping[str, Any]) -> NDArray[Any] | None:
    """Return a 2-D array whose rows lie one after the other and of which every column is taken as it is."""
    if type(data) is not np.ndarray or data.ndim != 2 or not data.flags.c_contiguous or len(arrays) != data.shape[1]:
        return None
    return data if all(np.may_share_memory(data, each) for each in arrays.values()) else None


def _named(data: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each column and its name, from whatever has columns."""
    if isinstance(data, Mapping):
        names, columns = list(data), list(data.values())
    elif isinstance(data, np.ndarray) and data.dtype.names:
        names = list(data.dtype.names)
        columns = [data[each] for each in names]
    elif isinstance(data, np.ndarray):
        if data.ndim != 2:
            what = f"{name} is an array of {data.ndim} dimensions, expected rows and columns"
            raise Unreadable(what, fix="reshape it: array.reshape(len(array), -1)")
        names = [f"column_{index}" for index in range(data.shape[1])]
        columns = [data[:, index] for index in range(data.shape[1])]
    elif hasattr(data, "column_names") and hasattr(data, "column"):  # an Arrow table or record batch
        names, columns = list(data.column_names), [data.column(index) for index in range(data.num_columns)]
    elif hasattr(data, "columns") and hasattr(data, "iloc"):  # a pandas frame
        names, columns = list(data.columns), [data.iloc[:, index] for index in range(data.shape[1])]
    elif hasattr(data, "to_arrow"):  # a Polars frame, a DuckDB relation
        yield from _named(data.to_arrow(), name)
        return
    else:
        what = f"{name} is {type(data).__name__}, expected a file, a frame, an Arrow table, a 2-D array or a mapping"
        raise Unreadable(what, fix="give the data as columns")
    texts = [str(each) for each in names]
    check_names(texts)
    yield from zip(texts, columns, strict=True)


def _usable(name: str, column: Any) -> Any:
    """Return a column as a NumPy array of numbers, booleans or times, else as an Arrow array."""
    if not isinstance(column, np.ndarray) and hasattr(column, "dtype") and isinstance(column.dtype, np.dtype):
        column = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            what = f"the column {name!r} has {column.ndim} dimensions, expected one value a row"
            raise Unreadable(what, fix="take it apart into columns")
        if not column.dtype.isnative:
            column = column.astype(column.dtype.newbyteorder("="))
        if column.dtype == np.longdouble:
            column = column.astype(np.float64)
        if column.dtype == np.float16:
            column = column.astype(np.float32)
        if column.dtype.kind in _KINDS and not isinstance(column, np.ma.MaskedArray):
            return column
    elif not hasattr(column, "__len__") or isinstance(column, str | bytes | Mapping):
        what = f"the column {name!r} is {type(column).__name__}, expected one value a row"
        raise Unreadable(what, fix="give a list or an array")
    return _arrow(name, column)


def _arrow(name: str, column: Any) -> Any:
    """Return a column as an Arrow array. In a list, NaN is a number among numbers, and no value among texts."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray | pa.Array):
        return column
    if isinstance(column, np.ndarray) and column.dtype.kind == "m":
        column = column.astype("timedelta64[us]")
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        column = column.astype("datetime64[us]")
    values = list(column) if isinstance(column, tuple) else column
    try:
        return pa.array(values, from_pandas=not _numbers(values))
    except OverflowError as error:
        try:
            return pa.array(values, pa.uint64(), from_pandas=True)
        except (pa.ArrowException, TypeError, OverflowError):
            raise _refused(name, column, error) from error
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise _refused(name, column, error) from error


def _numbers(values: Any) -> bool:
    """Return whether a list or an array of objects has numbers alone, and nulls."""
    if not isinstance(values, list) and getattr(values, "dtype", None) != np.dtype(object):
        return False
    return all(each is None or isinstance(each, int | float | np.number) for each in values)


def _refused(name: str, column: Any, error: Exception) -> Unreadable:
    sorts = {type(value) for value in column if _there(value)}
    integers = [abs(each) for each in column if type(each) is int]
    if integers and sorts <= {int, float} and max(integers) > _EXACT:
        what = f"the column {name!r} has integers that no type has exactly"
        fix = "up to 64 bits, and without fractions beside them"
        return Unreadable(what, fix=f"{fix}; or make them text, or leave the column out: --ignore {name}")
    if len(sorts) != 1:
        return _mixed(name, column)
    what = f"the column {name!r} holds {sorts.pop().__name__}, which is not read"
    told = (str(error).splitlines() or [""])[0]
    return Unreadable(f"{what}: {told}", fix=f"make it numbers or text, or leave it out: --ignore {name}")


def _there(value: Any) -> bool:
    """Return whether this is a value, and none of those that say that there is none."""
    return not (value is None or type(value).__name__ in _ABSENT or (isinstance(value, float) and math.isnan(value)))


def _mixed(name: str, column: Any) -> Unreadable:
    """Return what is said of a column with values of several types: which ones, and the first row of each."""
    first: dict[str, int] = {}
    counts: dict[str, int] = {}
    for row, value in enumerate(column, start=1):
        if _there(value):
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
