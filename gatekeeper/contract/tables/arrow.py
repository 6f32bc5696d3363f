"""Arrow's arrays as columns. Who imports this module has pyarrow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables.columns import Batch, Column, Field, Numbers, Selection, Words
from gatekeeper.contract.tables.text import NUMERIC, convert
from gatekeeper.errors import Unreadable

_INDEX = re.compile(r"__index_level_\d+__")


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
    if types.is_decimal(type_) and type_.scale <= 0:
        return Kind.INTEGER
    if types.is_floating(type_) or types.is_decimal(type_) or types.is_null(type_):
        return Kind.REAL
    if types.is_timestamp(type_) or types.is_date(type_):
        return Kind.DATETIME
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return Kind.TEXT
    what = f"the column {name!r} holds {type_}, expected numbers, text, booleans or times"
    binary = types.is_binary(type_) or types.is_large_binary(type_) or types.is_fixed_size_binary(type_)
    mend = "write it as text" if binary else "take it apart into columns"
    raise Unreadable(what, fix=f"{mend}, or leave it out: --ignore {name}")


def fields_of(schema: pa.Schema, selection: Selection) -> tuple[Field, ...]:
    """Return the columns of an Arrow schema that are read.

    Raises:
        Unreadable: one holds lists, structures or bytes, or is the index of a frame.
    """
    return tuple(field_of(each, selection) for each in schema if selection.takes(each.name))


def field_of(each: Any, selection: Selection) -> Field:
    """Return one column of an Arrow schema."""
    name = each.name
    if _INDEX.fullmatch(name):
        fix = f"write the data without it: index=False; or leave it out: --ignore {name}"
        raise Unreadable(f"the column {name!r} is the index of a pandas frame", fix=fix)
    kind = selection.kinds.get(name) or kind_of(each.type, name)
    return Field(name=name, kind=kind, dtype=str(each.type), only_text=name in selection.texts)


def column_of(array: Any, field: Field) -> tuple[Column, int]:
    """Return an Arrow array, chunked or not, as a column of the field's kind, and how many values are not of it.

    Raises:
        Unreadable: a value is beyond what its kind has, or is no text that it says it is.
    """
    if isinstance(array, pa.ChunkedArray):
        array = whole(array)
    natural = kind_of(array.type, field.name)
    try:
        if field.only_text and natural is not Kind.TEXT:
            return _words(pa.nulls(len(array), pa.string())), len(array) - array.null_count
        if natural is field.kind or {natural, field.kind} <= NUMERIC or pa.types.is_null(array.type):
            return _plain(array, field.kind), 0
        if natural is not Kind.TEXT or field.kind is Kind.BOOLEAN:
            array = _text(array)
        if field.kind is Kind.BOOLEAN:
            return _words(_truth(array)), 0
        if field.kind in {Kind.TEXT, Kind.CATEGORY}:
            return _words(array), 0
        made, mistyped = convert(_text(array), field)
        return _plain(made, field.kind), mistyped
    except (pa.ArrowException, UnicodeDecodeError) as error:
        what = f"the column {field.name!r} has a value that can't be read: {first_line(error)}"
        raise Unreadable(what, fix=f"mend it, or leave the column out: --ignore {field.name}") from error


def _truth(texts: Any) -> Any:
    """Return truth values as `true` and `false`, however they are written: True, TRUE, 1, 1.0; others stay."""
    lower = pc.utf8_lower(texts)
    yes = pc.if_else(pc.is_in(lower, pa.array(["1", "1.0"])), pa.scalar("true"), lower)
    return pc.if_else(pc.is_in(lower, pa.array(["0", "0.0"])), pa.scalar("false"), yes)


def whole(chunked: Any) -> Any:
    """Return the one array that a chunked array is."""
    return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def _text(array: Any) -> Any:
    """Return the values as text; half floats as the floats that they are."""
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    return array.cast(pa.string())


def even(batches: Iterable[Any], rows: int) -> Iterator[Any]:
    """Yield tables of so many rows, the last one of fewer, from record batches of any size."""
    held: list[Any] = []
    room = rows
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            held.append(batch.slice(start, room))
            start += held[-1].num_rows
            room -= held[-1].num_rows
            if not room:
                yield pa.Table.from_batches(held)
                held, room = [], rows
    if held:
        yield pa.Table.from_batches(held)


def batch_of(batch: Any, fields: Sequence[Field]) -> Batch:
    """Return an Arrow table or record batch as columns of these fields."""
    made = [column_of(batch.column(field.name), field) for field in fields]
    return Batch(batch.num_rows, tuple(column for column, _ in made), tuple(mistyped for _, mistyped in made))


def first_line(error: Exception) -> str:
    """Return what a library says, on one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


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
    elif not _proper(array):
        array = array.dictionary_decode().cast(pa.string()).dictionary_encode()
    codes = np.asarray(pc.fill_null(array.indices.cast(pa.int32()), -1))
    return Words(codes, array.dictionary.to_pylist())


def _proper(array: Any) -> bool:
    """Return whether the dictionary is of texts, each once, and not longer than what it is for."""
    words = array.dictionary
    texts = pa.types.is_string(words.type) or pa.types.is_large_string(words.type)
    return texts and len(words) <= len(array) and not words.null_count and len(words.unique()) == len(words)


def _numbers(array: Any, kind: Kind) -> Numbers:
    if kind is Kind.DATETIME:
        array = _microseconds(array)
    elif pa.types.is_decimal(array.type) and array.type.scale <= 0:
        array = _integers(array)
    elif pa.types.is_decimal(array.type) or pa.types.is_null(array.type):
        array = array.cast(pa.float64())
    elif pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    elif pa.types.is_duration(array.type):
        array = array.cast(pa.duration("us"), safe=array.type.unit != "ns").cast(pa.int64())
    elif pa.types.is_time(array.type):
        array = array.cast(pa.time64("us"), safe=array.type.unit != "ns").cast(pa.int64())
    if not array.null_count:
        return Numbers(array.to_numpy(zero_copy_only=False))
    valid = np.asarray(array.is_valid())
    return Numbers(pc.fill_null(array, pa.scalar(0, array.type)).to_numpy(zero_copy_only=False), valid)


def _integers(array: Any) -> Any:
    """Return decimals without fractions as integers of 64 bits, exactly. Beyond these: `ArrowInvalid`."""
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        return array.cast(pa.uint64())


def _microseconds(array: Any) -> Any:
    """Return times as microseconds since 1970; digits below these are cut off, and nothing else is."""
    if not pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us"))
    return array.cast(pa.timestamp("us", array.type.tz), safe=array.type.unit != "ns").cast(pa.int64())
