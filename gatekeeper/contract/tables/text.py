"""The fields of a text file as numbers, truth values and times; and how many of them are none of that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables.columns import Field
from gatekeeper.errors import Unreadable

LADDER: Final[tuple[tuple[Kind, pa.DataType], ...]] = (
    (Kind.INTEGER, pa.int64()),
    (Kind.INTEGER, pa.uint64()),
    (Kind.REAL, pa.float64()),
    (Kind.BOOLEAN, pa.bool_()),
    (Kind.DATETIME, pa.timestamp("us")),
    (Kind.DATETIME, pa.timestamp("us", "UTC")),
    (Kind.TEXT, pa.string()),
)
"""From narrow to wide. An integer beyond 64 bits is text: as a float it would be another number."""

NULLS: Final = ["", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "<NA>", "NaT"]
"""Fields that say that there is no value. `NaN` is none of them where numbers are: it is counted as what it says."""

NUMERIC: Final = frozenset({Kind.INTEGER, Kind.REAL})
_TRUTH = pa.array(["true", "false"])
_EXACT = 2**53
"""Below it a float has every integer."""


class Texts:
    """Some fields of one column. Numbers may have blanks around them, and a null may stand in quotes."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._bare: Any = None
        self._casts: dict[pa.DataType, Any] = {}

    @property
    def bare(self) -> Any:
        """The fields without blanks around them, and without those that say that there is no value."""
        if self._bare is None:
            trimmed = pc.utf8_trim_whitespace(self.raw)
            empty = pc.is_in(trimmed, pa.array(NULLS))
            self._bare = pc.if_else(empty, pa.scalar(None, trimmed.type), trimmed)
        return self._bare

    def as_written(self, type_: pa.DataType) -> Any:
        """Return the fields as a type, None if one is not, or has blanks around it."""
        if type_ not in self._casts:
            self._casts[type_] = _cast(self.raw, type_)
        return self._casts[type_]

    def cast(self, type_: pa.DataType) -> Any:
        """Return the fields as a type, None if one is not."""
        made = self.as_written(type_)
        return _cast(self.bare, type_) if made is None and not self.bare.equals(self.raw) else made

    def _begins_whole(self) -> bool:
        """Return whether the first field may be an integer: a cast that fails takes longer than to look."""
        there = self.bare.is_valid()
        place = pc.index(there, pa.scalar(True)).as_py()  # noqa: FBT003 - the value, no switch
        return bool(place < 0 or self.bare[place].as_py().lstrip("+-").isdecimal())

    def read(self, rung: int) -> Any:
        """Return the fields as those of a rung of the ladder, None if one is not of it."""
        kind, type_ = LADDER[rung]
        if kind is Kind.BOOLEAN:
            lower = pc.utf8_lower(self.bare)
            return lower if pc.all(pc.is_in(lower.drop_null(), _TRUTH)).as_py() else None
        if kind is Kind.TEXT:
            return self.raw
        if kind is Kind.INTEGER and not self._begins_whole():
            return None
        made = self.cast(type_)
        # Arrow reads 0x1F as an integer; to other readers it is text.
        if kind is Kind.INTEGER and made is not None and pc.any(pc.match_substring(self.raw, "x")).as_py():
            return None
        return made


def _cast(texts: Any, type_: pa.DataType) -> Any:
    try:
        return texts.cast(type_)
    except pa.ArrowInvalid:
        if not pa.types.is_timestamp(type_):
            return None
    try:  # with more digits than microseconds have
        return texts.cast(pa.timestamp("ns", type_.tz)).cast(type_, safe=False)
    except pa.ArrowInvalid:
        return None


def inexact(texts: Any, numbers: Any) -> int | None:
    """Return the place of the first integer that is another one as a float, None if there is none.

    Args:
        texts: the fields.
        numbers: the same ones as Arrow numbers.
    """
    large = pc.greater_equal(numbers, pa.scalar(_EXACT, numbers.type))
    if not pa.types.is_unsigned_integer(numbers.type):
        large = pc.or_(large, pc.less_equal(numbers, pa.scalar(-_EXACT, numbers.type)))
    for place in pc.indices_nonzero(large).to_pylist():
        text = texts[place].as_py()
        digits = text.lstrip("+-")
        if digits.isdecimal() and int(digits) != abs(Decimal(repr(float(text)))):
            return int(place)
    return None


def type_of(field: Field) -> pa.DataType:
    """Return the type of a column whose fields are plain numbers."""
    return next(type_ for _, type_ in LADDER if str(type_) == field.dtype)


def rungs_of(kind: Kind) -> tuple[int, ...]:
    """Return the rungs of a kind; all kinds of numbers are one."""
    kinds = NUMERIC if kind in NUMERIC else {kind}
    return tuple(place for place, (each, _) in enumerate(LADDER) if each in kinds)


def convert(texts: Any, field: Field) -> tuple[Any, int]:
    """Return the fields as the column's type, and how many could not be: these are null."""
    fields = Texts(texts)
    if field.kind is Kind.BOOLEAN:
        return pc.utf8_lower(fields.bare), 0
    if field.kind in {Kind.TEXT, Kind.CATEGORY}:
        return _labels(fields, field)
    rungs = rungs_of(field.kind)
    for rung in [each for each in rungs if str(LADDER[each][1]) == field.dtype] or rungs:
        made = fields.read(rung)
        if made is not None:
            return made, 0
    return _convert_each(fields, rungs)


def _labels(fields: Texts, field: Field) -> tuple[Any, int]:
    """Return the words; of a column that would be numbers, these in one way of writing."""
    rung = next((place for place, (_, type_) in enumerate(LADDER) if str(type_) == field.dtype), None)
    if field.kind is Kind.CATEGORY or rung is None or LADDER[rung][0] not in {*NUMERIC, Kind.BOOLEAN}:
        # Who quotes every field writes "" where there is no value.
        empty = pc.equal(fields.raw, "")
        return pc.if_else(empty, pa.scalar(None, pa.string()), fields.raw) if pc.any(empty).as_py() else fields.raw, 0
    made = fields.read(rung)
    if made is None:
        what = f"the column {field.name!r} changed while it was read"
        raise Unreadable(what, fix="wait until the file is written, and read it again")
    if field.only_text:
        return pa.nulls(len(made), pa.string()), len(made) - made.null_count
    return made.cast(pa.string()), 0


def _convert_each(fields: Texts, rungs: tuple[int, ...]) -> tuple[Any, int]:
    """Convert value by value, for a stretch in which one at least is of another type."""
    encoded = fields.bare.dictionary_encode()
    type_ = pa.timestamp("us") if LADDER[rungs[0]][0] is Kind.DATETIME else LADDER[rungs[-1]][1]
    values = [_convert_one(Texts(encoded.dictionary.slice(i, 1)), rungs) for i in range(len(encoded.dictionary))]
    distinct = pa.concat_arrays([pa.nulls(1, type_) if each is None else each.cast(type_) for each in values])
    made = distinct.take(encoded.indices) if len(distinct) else pa.nulls(len(encoded), type_)
    return made, made.null_count - fields.bare.null_count


def _convert_one(field: Texts, rungs: tuple[int, ...]) -> Any:
    """Return one field as a number or a time, None if it is none. Beyond what a float has exactly, the nearest one."""
    if LADDER[rungs[0]][0] is not Kind.DATETIME:
        return field.read(rungs[-1])
    return next((made for made in map(field.read, rungs) if made is not None), None)
