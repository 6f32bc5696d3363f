"""What the columns of a text file are: of each the narrowest type that every one of its fields has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gatekeeper.contract.baseline.facts import Kind
from gatekeeper.contract.tables.columns import Field
from gatekeeper.contract.tables.text import LADDER, NUMERIC, Texts, inexact, rungs_of
from gatekeeper.errors import Unreadable

_TEXT = len(LADDER) - 1
_MOSTLY = 0.5
"""Share of the fields from which a column is one of numbers or times, and the others in it are a mistake."""
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_NOT_FINITE = pa.array(["nan", "inf", "-inf", "+inf", "infinity", "-infinity"])
_UNIT = r"[$%\x{20ac}\x{a3}]?"
_FOREIGN = rf"^[-+]?{_UNIT}\s?(\d+,\d+|\d{{1,3}}([,.'\x{{a0}}\x{{202f}} ]\d{{3}})+([.,]\d+)?|\d+(\.\d+)?)\s?{_UNIT}$"
"""Numbers as people of one country write them: 1,234.5 and 1.234,5, 12,5 and 12 %."""
_DATE = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[-+]\d\d(:?\d\d)?)?)?$"


@dataclass(slots=True)
class _Seen:
    """How many fields are of one sort, and the first of them: its row and its text."""

    count: int = 0
    first: tuple[int, str] = (0, "")

    def see(self, which: Any, texts: Any, rows: int) -> Any:
        """Take those fields into account for which `which` is true; return it, with false for null."""
        which = pc.fill_null(which, False)  # noqa: FBT003 - the value, no switch
        count = pc.sum(which).as_py() or 0
        if count and not self.count:
            place = pc.index(which, pa.scalar(True)).as_py()  # noqa: FBT003
            self.first = (rows + place + 1, texts[place].as_py())
        self.count += count
        return which


@dataclass(slots=True)
class Guess:
    """What a column has been so far: a place on the ladder, None as long as all its fields are empty.

    Attributes:
        forced: what it is to be taken as, whatever it looks like.
        only_text: whether numbers in it are a mistake.
        plain: whether every field is a number as it is written, without blanks or quotes around it.
    """

    name: str
    forced: Kind | None = None
    only_text: bool = False
    place: int | None = None
    plain: bool = True
    rows: int = 0
    negative: bool = False
    numbers: _Seen = field(default_factory=_Seen)
    foreign: _Seen = field(default_factory=_Seen)
    dates: _Seen = field(default_factory=_Seen)
    others: _Seen = field(default_factory=_Seen)
    rounded: _Seen = field(default_factory=_Seen)
    """Integers that a float does not have."""

    def look(self, raw: Any) -> None:
        """Take the next fields of the column, an array of strings with nulls, into account."""
        texts = Texts(raw)
        if raw.null_count < len(raw):
            rungs = self._rungs()
            place = rungs[0] if self.place is None else self.place
            while place != rungs[-1] and not self._fits(texts, place):
                place = rungs[rungs.index(place) + 1]
            if place == _TEXT and self.forced is None:
                self._count(texts)
            if place == _TEXT or texts.bare.null_count < len(raw):
                self._sorted(place, texts)
        self.rows += len(raw)

    def _rungs(self) -> tuple[int, ...]:
        if self.forced is None or self.forced is Kind.TEXT:
            return tuple(range(len(LADDER)))
        return (_TEXT,) if self.forced in {Kind.BOOLEAN, Kind.CATEGORY} else rungs_of(self.forced)

    def _sorted(self, place: int, texts: Texts) -> None:
        """Note the place, and what was there before a column turns out to be text after all."""
        self.place = place
        kind, type_ = LADDER[place]
        self.plain = self.plain and kind in NUMERIC and texts.as_written(type_) is not None
        if kind in NUMERIC:
            self.numbers.count += len(texts.raw) - texts.raw.null_count
        elif kind is Kind.DATETIME:
            self.dates.count += len(texts.raw) - texts.raw.null_count

    def _fits(self, texts: Texts, rung: int) -> bool:
        """Return whether these fields are of a rung, and those before them too."""
        kind, _ = LADDER[rung]
        before = None if self.place is None else LADDER[self.place][0]
        # Numbers don't become truth values or times: between rungs of different kinds nothing is widened.
        if rung != self.place and before is not None and not {before, kind} <= NUMERIC:
            return False
        made = texts.read(rung)
        if made is None or (rung == 1 and self.negative):
            return False
        if kind not in NUMERIC:
            return True
        large = kind is Kind.REAL or self._large(made)
        place = inexact(texts.bare, made) if large and not self.rounded.count else None
        if place is not None:
            self.rounded = _Seen(1, (self.rows + place + 1, texts.bare[place].as_py()))
        return kind is Kind.INTEGER or not self.rounded.count

    def _large(self, integers: Any) -> bool:
        """Return whether an integer is there that a float may not have; note whether one is negative."""
        ends = pc.min_max(integers).as_py()
        if ends["min"] is None:
            return False
        self.negative = self.negative or ends["min"] < 0
        return bool(max(-ends["min"], ends["max"]) > 2**53)

    def _count(self, texts: Texts) -> None:
        """Count what the fields of a column of text look like, and note the first of each sort."""
        bare = texts.bare
        special = pc.is_in(pc.utf8_lower(bare), _NOT_FINITE)
        number = self.numbers.see(pc.or_kleene(pc.match_substring_regex(bare, _NUMBER), special), bare, self.rows)
        if pc.all(number).as_py():
            return
        foreign = pc.and_not(pc.match_substring_regex(bare, _FOREIGN), number)
        foreign = self.foreign.see(foreign, bare, self.rows)
        date = self.dates.see(pc.match_substring_regex(bare, _DATE), bare, self.rows)
        rest = pc.invert(pc.or_(pc.or_(number, foreign), date))
        self.others.see(pc.and_(rest, pc.is_valid(bare)), bare, self.rows)

    def field(self) -> Field:
        """Return what the column is.

        Raises:
            Unreadable: most of its fields are numbers or times, and some are not; or it has numbers that no type has.
        """
        if self.place is None:
            return Field(name=self.name, kind=self.forced or Kind.REAL, dtype="null")
        kind, type_ = LADDER[self.place]
        if self.forced is None and kind is Kind.TEXT:
            self._refuse_mixed()
        if self.forced is not None and not {kind, self.forced} <= NUMERIC:
            kind = self.forced
        plain = self.plain and kind in NUMERIC
        return Field(name=self.name, kind=kind, dtype=str(type_), only_text=self.only_text, plain=plain)

    def _refuse_mixed(self) -> None:
        numbers = self.numbers.count + self.foreign.count
        total = numbers + self.dates.count + self.others.count
        leave = f"--category {self.name}, or --ignore {self.name}"
        if numbers > _MOSTLY * total:
            if self.foreign.count:
                row, text = self.foreign.first
                what = f"the column {self.name!r} has {self.foreign.count:,} numbers with separators or units"
                fix = "write 1,234.5 as 1234.5, and 12,5 as 12.5, without units"
                raise Unreadable(f"{what} (first {text[:40]!r} in row {row:,})", fix=f"{fix}; or say {leave}")
            if self.others.count or self.dates.count:
                raise self._mixed("numbers", numbers, self.others if self.others.count else self.dates, leave)
            if self.rounded.count:
                row, text = self.rounded.first
                what = (
                    f"the column {self.name!r} has integers that no type has exactly (first {text[:40]} in row {row:,})"
                )
                raise Unreadable(what, fix=f"up to 64 bits, and without fractions beside them; or say {leave}")
        if self.dates.count > _MOSTLY * total and total > self.dates.count:
            raise self._mixed("times", self.dates.count, self.others if self.others.count else self.numbers, leave)
        if total and total == self.dates.count:
            what = f"the column {self.name!r} has times with and without a zone, or days that no calendar has"
            raise Unreadable(what, fix=f"write all of them as 2026-11-30T08:00:00Z; or say {leave}")

    def _mixed(self, sort: str, count: int, others: _Seen, leave: str) -> Unreadable:
        row, text = others.first
        first = f" (first {text[:40]!r} in row {row:,})" if row else ""
        what = f"the column {self.name!r} mixes types: {count:,} {sort} and {others.count:,} other texts{first}"
        return Unreadable(what, fix=f"mend these fields, or leave them empty; or say {leave}")
