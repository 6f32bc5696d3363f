"""When the rows are from: months, weekdays and gaps, and the blocks of time that they are taken apart into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Time
from gatekeeper.errors import Unreadable

DAY = 86_400_000_000
"""Microseconds."""
_FIRST, _LAST = -719_162 * DAY, 2_932_897 * DAY
"""The first day of the year 1, and the one after the last of 9999."""
_LENGTHS = (1, 7, 14, 28, 56, 91, 182, 364)
MOST_BLOCKS = 32
FEWEST_BLOCKS = 10
"""With fewer the limit that they set is a guess about the tail, and wider than any drift."""
ROWS_A_BLOCK = 100
"""Fewer rows say too little about how far a block lies from the others."""


@dataclass(slots=True)
class Days:
    """How many rows there are of each day, in UTC; days count from 1970-01-01."""

    rows: dict[int, int] = field(default_factory=dict)
    missing: int = 0

    def see(self, times: NDArray[Any], valid: NDArray[np.bool_] | None) -> None:
        """Count the days of a batch of microseconds."""
        there = times if valid is None else times[valid]
        self.missing += len(times) - len(there)
        if len(there) and not (there.min() >= _FIRST and there.max() < _LAST):
            raise Unreadable(
                "the time column has a time before the year 1 or after 9999", fix="mend it: such a time is a sentinel"
            )
        days, counts = np.unique(there // DAY, return_counts=True)
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            self.rows[day] = self.rows.get(day, 0) + count

    def time(self, column: str) -> Time:
        """Return the coverage. There is at least one day."""
        days = sorted(self.rows)
        months: dict[int, int] = {}
        weekdays: dict[int, int] = {}
        for day in days:
            date = _date(day)
            months[date.month] = months.get(date.month, 0) + self.rows[day]
            weekdays[date.isoweekday()] = weekdays.get(date.isoweekday(), 0) + self.rows[day]
        return Time(
            column=column,
            start=_date(days[0]).date().isoformat(),
            end=_date(days[-1]).date().isoformat(),
            months={str(month): months[month] for month in sorted(months)},
            weekdays={str(day): weekdays[day] for day in sorted(weekdays)},
            longest_gap=max((b - a - 1 for a, b in pairwise(days)), default=0),
            missing=self.missing,
        )

    def block_days(self) -> int | None:
        """Return the shortest length of a block that gives enough rows and not too many blocks; None if none does."""
        if not self.rows:
            return None
        first, last, rows = min(self.rows), max(self.rows), sum(self.rows.values())
        for length in _LENGTHS:
            blocks = (last - first) // length + 1
            if FEWEST_BLOCKS <= blocks <= MOST_BLOCKS and rows >= blocks * ROWS_A_BLOCK:
                return length
        return None


def _date(day: int) -> datetime:
    return datetime.fromtimestamp(day * 86_400, UTC)
