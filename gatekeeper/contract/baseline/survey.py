"""The first pass over the data: a sample of each column, for its edges, and the words of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.tally import word_counts
from gatekeeper.contract.tables.columns import Batch, Field, Numbers, Table, Words

SAMPLE_ROWS = 1 << 15
_SAMPLE_VALUES = 1 << 24
_FEWEST = 1 << 11
_VALUES_TOGETHER = 1 << 22
"""Rows that are looked at for the edges, taken evenly: wherever an edge lies, its counts are exact."""
MOST_WORDS = 50_000
"""Distinct words of a column that are kept while it is read; with more it is text."""

Progress = Callable[[int], None]
"""Is told the rows that were read since it was told last."""


@dataclass(slots=True)
class Surveyed:
    """What the first pass saw of one column."""

    column: Field
    pieces: list[NDArray[Any]] = field(default_factory=list)
    words: dict[str, int] | None = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    whole: bool = True
    """Whether the sample has a place for every row that it took, with NaN where there is no value."""

    def see(self, values: Numbers | Words, start: int, step: int) -> None:
        """Take a batch into account of which every `step`-th row, from `start` on, is in the sample."""
        if isinstance(values, Numbers):
            self.pieces.append(self._taken(values.values[start::step], values.valid, start, step))
            return
        counts, _ = word_counts(values.codes, values.words)
        for word, count in counts.items():
            self.lengths[len(word)] = self.lengths.get(len(word), 0) + count
            if self.words is not None:
                self.words[word] = self.words.get(word, 0) + count
        if self.words is not None and len(self.words) > MOST_WORDS:
            self.words = None

    def _taken(self, values: NDArray[Any], valid: NDArray[np.bool_] | None, start: int, step: int) -> NDArray[Any]:
        """Return a copy of the values. Integers have no NaN: where some are missing, the others move together."""
        if valid is None:
            return values.copy()
        there = valid[start::step]
        if _floats(values):
            return np.where(there, values, np.nan)
        self.whole = self.whole and bool(there.all())
        return values[there]

    def sample(self) -> NDArray[Any]:
        """Return the finite values of the sample, sorted; of words, their lengths."""
        if self.lengths:
            return np.asarray(sorted(self.lengths), np.int64).repeat(
                [max(1, count * SAMPLE_ROWS // sum(self.lengths.values())) for _, count in sorted(self.lengths.items())]
            )
        whole = np.concatenate(self.pieces) if self.pieces else np.empty(0)
        finite = whole[np.isfinite(whole)] if _floats(whole) else whole
        finite.sort()
        return finite


def _floats(values: NDArray[Any]) -> bool:
    return values.dtype.kind == "f"


def batches(table: Table, fields: Sequence[Field], progress: Progress | None) -> Iterator[tuple[int, Batch]]:
    """Yield the table's batches and the number of the first row of each."""
    seen = 0
    for batch in table.batches([each.name for each in fields]):
        yield seen, batch
        seen += batch.rows
        if progress is not None:
            progress(batch.rows)


def together(each: Iterator[tuple[int, Batch]], columns: int) -> Iterator[list[tuple[int, Batch]]]:
    """Yield lists of batches: a thread that gets a column of many rows at once waits less for the others."""
    group: list[tuple[int, Batch]] = []
    values = 0
    for first, batch in each:
        group.append((first, batch))
        values += batch.rows * columns
        if values >= _VALUES_TOGETHER:
            yield group
            group, values = [], 0
    if group:
        yield group


def survey(table: Table, fields: Sequence[Field], progress: Progress | None) -> list[Surveyed]:
    """Return what each column is made of, from every row for words and from a sample for numbers."""
    seen = [Surveyed(each) for each in fields]
    # Of thousands of columns fewer rows: all samples are in memory together.
    most = max(_FEWEST, min(SAMPLE_ROWS, _SAMPLE_VALUES // max(1, len(fields))))
    step = max(1, -(-(table.rows or 0) // most))
    for first, batch in batches(table, fields, progress):
        start = -first % step
        for each, column in zip(seen, batch.columns, strict=True):
            each.see(column, start, step)
    return seen
