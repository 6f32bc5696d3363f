"""Which block of the training data each row is of: consecutive rows, or stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.asked import Asked
from gatekeeper.contract.baseline.calendar import DAY, FEWEST_BLOCKS, ROWS_A_BLOCK, Days
from gatekeeper.contract.baseline.facts import Blocks, Kind
from gatekeeper.contract.tables.columns import Batch, Column, Field, Numbers, Table
from gatekeeper.errors import UsageError

ROW_BLOCKS = 20
"""Blocks of data without times."""


def days_of(table: Table, asked: Asked) -> Days | None:
    """Return the days of the time column; None without one."""
    if asked.time is None:
        return None
    field_ = next(each for each in table.fields if each.name == asked.time)
    days = Days()
    for batch in table.batches([asked.time]):
        column = batch.columns[0]
        if field_.kind is not Kind.DATETIME or not isinstance(column, Numbers):
            what = f"--time: the column {asked.time!r} holds {field_.dtype}, expected dates"
            fix = "write them as ISO 8601, 2026-11-30 or 2026-11-30T08:00:00Z; texts are cast to timestamps"
            raise UsageError(what, fix=f"{fix}{_example(column)}")
        days.see(column.values.astype(np.int64), column.valid)
    if not days.rows:
        raise UsageError(f"--time: no row of the column {asked.time!r} has a date", fix="name a column with dates")
    return days


def _example(column: Column) -> str:
    words = () if isinstance(column, Numbers) else column.words
    return f"; got {words[0]!r}" if words else ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Which block each row is of: by its number, by its day, or all of one."""

    total: int
    count: int
    rows: tuple[int, ...] | None
    days: int | None = None
    first_day: int = 0
    joined: tuple[int, ...] = ()
    """The block of each stretch of `days` days."""

    @classmethod
    def of(cls, total: int, days: Days | None, asked: Asked) -> Cut:
        """Return the cut that was asked for; one block without counts where there are too few rows or days."""
        by_time = days is not None and asked.blocks in {"auto", "time"}
        if days is not None and by_time:
            length = days.block_days()
            if length is None:
                return cls(total, 1, None)
            first, last = min(days.rows), max(days.rows)
            counts = [0] * ((last - first) // length + 1)
            for day, rows in days.rows.items():
                counts[(day - first) // length] += rows
            joined, rows_of = _joined(counts)
            return cls(total, len(rows_of), rows_of, length, first, joined)
        count = min(ROW_BLOCKS, total // ROWS_A_BLOCK)
        if asked.blocks == "none" or count < FEWEST_BLOCKS:
            return cls(total, 1, None)
        ends = [total * block // count for block in range(count + 1)]
        return cls(total, count, tuple(b - a for a, b in pairwise(ends)))

    def blocks(self) -> Blocks | None:
        """Return what the baseline says of the blocks."""
        if self.rows is None:
            return None
        return Blocks(by="rows" if self.days is None else "time", days=self.days, rows=self.rows)

    def pieces(
        self, first: int, batch: Batch, fields: Sequence[Field], time: str | None
    ) -> Iterator[tuple[int, slice | NDArray[np.intp]]]:
        """Yield each block that has rows of the batch, and these rows. A row without a time is of the first block."""
        if self.days is not None:
            column = batch.columns[[each.name for each in fields].index(time or "")]
            yield from self._by_day(column)
            return
        if self.count == 1:
            yield 0, slice(None)
            return
        block = first * self.count // self.total
        while block < self.count:
            start, end = self.total * block // self.count - first, self.total * (block + 1) // self.count - first
            if start >= batch.rows:
                return
            if end > 0:
                yield block, slice(max(0, start), min(end, batch.rows))
            block += 1

    def _by_day(self, column: Column) -> Iterator[tuple[int, slice | NDArray[np.intp]]]:
        if not isinstance(column, Numbers) or self.days is None:
            return
        stretches = np.clip((column.values // DAY - self.first_day) // self.days, 0, len(self.joined) - 1)
        labels = np.asarray(self.joined)[stretches.astype(np.int64)]
        if column.valid is not None:
            labels[~column.valid] = 0
        if (np.diff(labels) >= 0).all():
            starts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
            yield from ((int(labels[a]), slice(a, b)) for a, b in pairwise(starts) if a < b)
            return
        order = np.argsort(labels, kind="stable")
        bounds = np.searchsorted(labels[order], np.arange(self.count + 1))
        for block in range(self.count):
            if bounds[block] < bounds[block + 1]:
                yield block, order[bounds[block] : bounds[block + 1]]


def _joined(counts: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the block of each stretch, and the rows of each block.

    A stretch with less than half of the usual rows (the data began or ended in it, or stood still) is one with the
    next: a handful of rows lies far from all others by chance.
    """
    enough = float(np.median([count for count in counts if count])) / 2
    joined: list[int] = []
    rows = [0]
    for count in counts:
        if rows[-1] >= enough:
            rows.append(0)
        rows[-1] += count
        joined.append(len(rows) - 1)
    if len(rows) > 1 and rows[-1] < enough:
        last = rows.pop()
        rows[-1] += last
        joined = [min(block, len(rows) - 1) for block in joined]
    return tuple(joined), tuple(rows)
