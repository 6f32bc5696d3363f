"""Arrow's arrays as columns. Who imports this module has pyarrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables.columns import Batch, Column, Field, Numbers, Selection, Words
from gatekeeper.contract.tables.text import convert
from gatekeeper.errors import Unreadable

_MICROSECONDS = pa.timestamp("us")
_NUMERIC = {Kind.REAL, Kind.INTEGER}


def kind_of(type_: pa.DataType, name: str) -> Kind:
    """Return what a column of an Arrow type holds; for text `Kind.TEXT`.

    Raises:
        Unreadable: it holds lists, structures or bytes.
    """
    types = pa.types
    if types.is_dictionary(type_):
        return Kind.TEXT
    if types.is_boolean(type_):
        return Kind.BOOLEAN
    if types.is_integer(type_) or types.is_duration(type_) or types.is_time(type_):
        return Kind.INTEGER
    if types.is_floating(type_) or types.is_decimal(type_) or types.is_null(type_):
        return Kind.REAL
    if types.is_timestamp(type_) or types.is_date(type_):
        return Kind.DATETIME
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return Kind.TEXT
    what = f"the column {name!r} holds {type_}, expected numbers, text, booleans or times"
    raise Unreadable(what, fix=f"take it apart into columns, or leave it out: --ignore {name}")


def fields_of(schema: pa.Schema, selection: Selection) -> tuple[Field, ...]:
    """Return the columns of an Arrow schema that are not ignored."""
    return tuple(
        Field(
            name=each.name,
            kind=selection.kinds.get(each.name) or kind_of(each.type, each.name),
            dtype=str(each.type),
        )
        for each in schema
        if each.name not in selection.ignored
    )


def column_of(array: Any, field: Field) -> tuple[Column, int]:
    """Return an Arrow array, chunked or not, as a column of the field's kind, and how many values are not of it."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    natural = kind_of(array.type, field.name)
    if natural is field.kind or {natural, field.kind} <= _NUMERIC or pa.types.is_null(array.type):
        return _plain(array, field.kind), 0
    if natural is not Kind.TEXT or field.kind is Kind.BOOLEAN:
        array = array.cast(pa.string())
    if field.kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}:
        return _words(array), 0
    made, mistyped = convert(array.cast(pa.string()), field)
    return _plain(made, field.kind), mistyped


def batch_of(batch: Any, fields: Sequence[Field]) -> Batch:
    """Return an Arrow record batch as columns of these fields."""
    made = [column_of(batch.column(field.name), field) for field in fields]
    return Batch(batch.num_rows, tuple(column for column, _ in made), tuple(mistyped for _, mistyped in made))


def _plain(array: Any, kind: Kind) -> Column:
    if kind is Kind.BOOLEAN and not pa.types.is_null(array.type):
        codes = np.asarray(pc.fill_null(array.cast(pa.int8()), -1)).astype(np.int32)
        return Words(codes, ("false", "true"))
    if kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}:
        return _words(array.cast(pa.string()) if pa.types.is_null(array.type) else array)
    return _numbers(array, kind)


def _words(array: Any) -> Words:
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    elif not pa.types.is_string(array.type.value_type) and not pa.types.is_large_string(array.type.value_type):
        array = array.dictionary_decode().cast(pa.string()).dictionary_encode()
    codes = np.asarray(pc.fill_null(array.indices.cast(pa.int32()), -1))
    return Words(codes, array.dictionary.to_pylist())


def _numbers(array: Any, kind: Kind) -> Numbers:
    if kind is Kind.DATETIME:
        array = _microseconds(array)
    elif pa.types.is_decimal(array.type) or pa.types.is_null(array.type):
        array = array.cast(pa.float64())
    elif pa.types.is_duration(array.type):
        array = array.cast(pa.duration("us"), safe=False).cast(pa.int64())
    elif pa.types.is_time(array.type):
        array = array.cast(pa.time64("us")).cast(pa.int64())
    if not array.null_count:
        return Numbers(array.to_numpy(zero_copy_only=False))
    valid = np.asarray(array.is_valid())
    return Numbers(pc.fill_null(array, pa.scalar(0, array.type)).to_numpy(zero_copy_only=False), valid)


def _microseconds(array: Any) -> Any:
    if not pa.types.is_timestamp(array.type):
        array = array.cast(_MICROSECONDS)
    return array.cast(pa.timestamp("us", array.type.tz), safe=False).cast(pa.int64())
