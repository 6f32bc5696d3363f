"""What the fields of a text file are: the narrowest type that every one of a column's has."""

from __future__ import annotations

from dataclasses import dataclass
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
_TEXT = len(LADDER) - 1

_MOSTLY = 0.5
"""Share of the fields from which a column is one of numbers, and the others in it are a mistake."""
_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
_BIG_INTEGER = r"^[-+]?\d{19,}$"
_TRUTH = pa.array(["true", "false", "True", "False", "TRUE", "FALSE"])
_NOT_FINITE = pa.array(["nan", "inf", "-inf", "+inf", "infinity", "-infinity"])


def rungs_for(kind: Kind | None) -> tuple[int, ...]:
    """Return the rungs that a column may be on: all of them, or those of the kind that it is to be taken as."""
    if kind is None:
        return tuple(range(len(LADDER)))
    if kind in {Kind.INTEGER, Kind.REAL}:
        return (0, 1, 2)
    return tuple(i for i, (each, _) in enumerate(LADDER) if each is kind) if kind is Kind.DATETIME else (_TEXT,)


@dataclass(slots=True)
class Guess:
    """What a column has been so far: a place among its rungs, None as long as all its fields are empty."""

    name: str
    rungs: tuple[int, ...]
    place: int | None = None
    rows: int = 0
    numbers: int = 0
    texts: int = 0
    first_text: tuple[int, str] = (0, "")

    def look(self, texts: Any) -> None:
        """Take the next fields of the column, an array of strings with nulls, into account."""
        there = texts.drop_null()
        if len(there):
            place = self.place or 0
            if not self._fits(there, self.rungs[place]):
                self._count(texts, there)
            elif LADDER[self.rungs[place]][0] in {Kind.INTEGER, Kind.REAL}:
                self.numbers += len(there)
            while place < len(self.rungs) - 1 and not self._fits(there, self.rungs[place]):
                place += 1
            self.place = place
        self.rows += len(texts)

    def _fits(self, there: Any, rung: int) -> bool:
        kind, type_ = LADDER[rung]
        # Numbers don't become truth values or dates: between rungs of different kinds nothing is widened.
        if self.numbers and kind in {Kind.BOOLEAN, Kind.DATETIME}:
            return False
        if kind is Kind.REAL and pc.any(pc.match_substring_regex(there, _BIG_INTEGER)).as_py():
            return False
        if kind is Kind.BOOLEAN:
            return bool(pc.all(pc.is_in(there, _TRUTH)).as_py())
        return _cast(there, type_) is not None

    def _count(self, texts: Any, there: Any) -> None:
        """Count the numbers and the other texts, and note the first of these."""
        special = pc.is_in(pc.utf8_lower(there), _NOT_FINITE)
        number = pc.or_(pc.match_substring_regex(there, _NUMBER), special)
        numbers = pc.sum(number).as_py() or 0
        if numbers < len(there) and not self.texts:
            value = there.filter(pc.invert(number))[0]
            self.first_text = (self.rows + pc.index(texts, value).as_py() + 1, value.as_py())
        self.numbers += numbers
        self.texts += len(there) - numbers

    def field(self, forced: Kind | None) -> Field:
        """Return what the column is.

        Raises:
            Unreadable: most of its fields are numbers, and some are not.
        """
        if self.place is None:
            kind = forced or Kind.REAL
            return Field(name=self.name, kind=kind, dtype="null")
        kind, type_ = LADDER[self.rungs[self.place]]
        if forced is None and kind is Kind.TEXT and self.texts and self.numbers > _MOSTLY * (self.numbers + self.texts):
            row, text = self.first_text
            what = (
                f"the column {self.name!r} mixes types: {self.numbers:,} numbers and {self.texts:,} other texts "
                f"(first {text[:40]!r} in row {row:,})"
            )
            fix = f"mend these fields, or leave them empty; or say --category {self.name}, or --ignore {self.name}"
            raise Unreadable(what, fix=fix)
        return Field(name=self.name, kind=forced if kind is Kind.TEXT and forced else kind, dtype=str(type_))


def _cast(texts: Any, type_: pa.DataType) -> Any:
    try:
        return texts.cast(type_)
    except pa.ArrowInvalid:
        return None


def convert(texts: Any, field: Field) -> tuple[Any, int]:
    """Return the fields as the column's type, and how many could not be: these are null."""
    if field.kind in {Kind.TEXT, Kind.CATEGORY}:
        return texts, 0
    if field.kind is Kind.BOOLEAN:
        return pc.utf8_lower(texts), 0
    types = [
        type_
        for kind, type_ in LADDER
        if kind is field.kind and (field.dtype == str(type_) or field.dtype not in _NAMES)
    ]
    for type_ in types:
        made = _cast(texts, type_)
        if made is not None:
            return made, 0
    return _convert_each(texts, types[-1] if field.kind is Kind.DATETIME else pa.float64())


_NAMES = {str(type_) for _, type_ in LADDER}


def _convert_each(texts: Any, type_: pa.DataType) -> tuple[Any, int]:
    """Convert value by value, for a stretch in which one at least is of another type."""
    encoded = texts.dictionary_encode()
    values = [_cast(encoded.dictionary.slice(i, 1), type_) for i in range(len(encoded.dictionary))]
    distinct = pa.concat_arrays([pa.nulls(1, type_) if each is None else each for each in values])
    made = distinct.take(encoded.indices)
    return made, made.null_count - texts.null_count
