"""From data to a baseline, in two passes: where to count, and the exact counts there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from gatekeeper.contract.baseline import describing
from gatekeeper.contract.baseline.calendar import DAY, FEWEST_BLOCKS, ROWS_A_BLOCK, Days
from gatekeeper.contract.baseline.edges import inner_edges
from gatekeeper.contract.baseline.facts import SCHEMA, Baseline, Blocks, Data, Feature, Kind, Named, UnknownPolicy
from gatekeeper.contract.baseline.pairs import strongest
from gatekeeper.contract.baseline.survey import Progress, Surveyed, batches, survey
from gatekeeper.contract.baseline.tally import Numbers, Words, word_counts
from gatekeeper.contract.tables.columns import Batch, Column, Field, Table
from gatekeeper.contract.tables.columns import Numbers as NumberColumn
from gatekeeper.errors import Unreadable, UsageError

ROW_BLOCKS = 20
"""Blocks of data without times: consecutive rows."""
FEWEST_ROWS = 20
"""Fewer are no distribution."""
MOST_CATEGORIES = 200
"""Categories that are named, the most frequent ones."""
_CATEGORICAL = 0.5
"""Share of the values that repeat often enough to be named, from which on words are categories and no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of the data beside itself.

    Attributes:
        target: the column that the model learned; no feature. Likewise `predictions` and `confidence`.
        time: the column that says when a row is from; no feature.
        ignored: columns that are left out.
        range_only: features of which only the range is watched.
        units: names of columns to their units.
        unknown: what the service does with an unknown category, by column.
        k: how often a category must be there to be named.
        blocks: by what the data is held against itself: `auto` is time where there is a time column, else rows.
        like: a baseline whose edges and categories are taken, so that the two can be merged.
    """

    target: str | None = None
    predictions: str | None = None
    confidence: str | None = None
    time: str | None = None
    ignored: tuple[str, ...] = ()
    range_only: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, UnknownPolicy] = field(default_factory=dict)
    k: int = 10
    blocks: str = "auto"
    like: Baseline | None = None
    artifact: Named | None = None
    lock: Named | None = None
    generator: str = "gatekeeper"


def build_table(table: Table, asked: Asked, progress: Progress | None = None) -> Baseline:
    """Return the baseline of a table.

    Raises:
        Unreadable: the data is too short, or can't be read to its last row.
        UsageError: a column that was named is not there.
    """
    _check(table, asked)
    fields = [each for each in table.fields if each.name != asked.time]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        digest = pool.submit(table.sha256)
        seen = survey(table, table.fields, progress)
        surveyed = [each for each in seen if each.field.name != asked.time]
        days = _days(table, asked)
        blocks = _Blocks.of(table.rows or 0, days, asked)
        tallies = [_tally(each, table.rows or 0, asked, blocks.count) for each in surveyed]
        for first, batch in batches(table, table.fields, progress):
            labels = list(blocks.pieces(first, batch, table.fields, asked.time))
            columns = [c for f, c in zip(table.fields, batch.columns, strict=True) if f.name != asked.time]
            list(pool.map(lambda each: _add(*each, labels), zip(tallies, columns, strict=True)))
        data_digest = digest.result()
    described = {
        each.field.name: _told(describing.describe(each, tally, asked.k, with_spans=blocks.rows is not None), asked)
        for each, tally in zip(surveyed, tallies, strict=True)
    }
    return _baseline(
        table, asked, data_digest, days, blocks, described, fields, strongest(surveyed, _features(fields, asked))
    )


def _told(feature: Feature, asked: Asked) -> Feature:
    """Return the feature with what only people know of it."""
    categories = feature.categories
    if categories is not None and feature.name in asked.unknown:
        categories = replace(categories, unknown=asked.unknown[feature.name])
    return replace(
        feature,
        unit=asked.units.get(feature.name),
        range_only=feature.name in asked.range_only,
        categories=categories,
    )


def _check(table: Table, asked: Asked) -> None:
    """Refuse names that are no columns, and data that is too short."""
    roles = {
        "--target": asked.target,
        "--predictions": asked.predictions,
        "--confidence": asked.confidence,
        "--time": asked.time,
    }
    lists = {
        "--ignore": asked.ignored,
        "--range-only": asked.range_only,
        "--unit": asked.units,
        "--unknown": asked.unknown,
    }
    named = [(option, name) for option, name in roles.items() if name is not None]
    named += [(option, name) for option, names in lists.items() for name in names]
    for option, name in named:
        if name not in table.columns:
            what = f"{option}: {table.name} has no column {name!r}"
            raise UsageError(what, fix=f"its columns are: {_listed(table.columns)}")
    once: dict[str, str] = {}
    for option, name in roles.items():
        if name is not None and once.setdefault(name, option) != option:
            raise UsageError(f"{once[name]} and {option} both name {name!r}", fix="name two columns")
    if (table.rows or 0) < FEWEST_ROWS:
        what = (
            f"{table.name} has {table.rows or 0} row{'' if table.rows == 1 else 's'}, expected at least {FEWEST_ROWS}"
        )
        raise Unreadable(what, fix="give all of the data that the model was trained on")
    if not _features(list(table.fields), asked):
        raise UsageError(
            f"no column of {table.name} is left for a feature", fix="name fewer columns for other purposes"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f", and {len(names) - 20} more" if len(names) > 20 else "")


def _features(fields: Sequence[Field], asked: Asked) -> list[str]:
    others = {asked.target, asked.predictions, asked.confidence, asked.time}
    return [each.name for each in fields if each.name not in others]


def _days(table: Table, asked: Asked) -> Days | None:
    """Return the days of the time column; None without one."""
    if asked.time is None:
        return None
    field_ = next(each for each in table.fields if each.name == asked.time)
    days = Days()
    for batch in table.batches([asked.time]):
        column = batch.columns[0]
        if field_.kind is not Kind.DATETIME or not isinstance(column, NumberColumn):
            what = f"--time: the column {asked.time!r} holds {field_.dtype}, expected dates"
            raise UsageError(what, fix=f"write them as ISO 8601, 2026-11-30 or 2026-11-30T08:00:00Z{_example(column)}")
        days.see(column.values.astype(np.int64), column.valid)
    if not days.rows:
        raise UsageError(f"--time: no row of the column {asked.time!r} has a date", fix="name a column with dates")
    return days


def _example(column: Column) -> str:
    words = () if isinstance(column, NumberColumn) else column.words
    return f"; got {words[0]!r}" if words else ""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Which block each row is of: by its number, by its day, or all of one."""

    total: int
    count: int
    rows: tuple[int, ...] | None
    days: int | None = None
    first_day: int = 0

    @classmethod
    def of(cls, total: int, days: Days | None, asked: Asked) -> _Blocks:
        by_time = days is not None and asked.blocks in {"auto", "time"}
        if days is not None and by_time:
            length = days.block_days()
            if length is None:
                return cls(total, 1, None)
            first, last = min(days.rows), max(days.rows)
            counts = [0] * ((last - first) // length + 1)
            for day, rows in days.rows.items():
                counts[(day - first) // length] += rows
            return cls(total, len(counts), tuple(counts), length, first)
        count = min(ROW_BLOCKS, total // ROWS_A_BLOCK)
        if asked.blocks == "none" or count < FEWEST_BLOCKS:
            return cls(total, 1, None)
        ends = [total * block // count for block in range(count + 1)]
        return cls(total, count, tuple(b - a for a, b in zip(ends, ends[1:], strict=False)))

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
        if not isinstance(column, NumberColumn) or self.days is None:
            return
        labels = np.clip((column.values // DAY - self.first_day) // self.days, 0, self.count - 1).astype(np.int64)
        if column.valid is not None:
            labels[~column.valid] = 0
        if (np.diff(labels) >= 0).all():
            starts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
            yield from ((int(labels[a]), slice(a, b)) for a, b in zip(starts, starts[1:], strict=False) if a < b)
            return
        order = np.argsort(labels, kind="stable")
        bounds = np.searchsorted(labels[order], np.arange(self.count + 1))
        for block in range(self.count):
            if bounds[block] < bounds[block + 1]:
                yield block, order[bounds[block] : bounds[block + 1]]


def _tally(surveyed: Surveyed, rows: int, asked: Asked, blocks: int) -> Numbers | Words:
    """Return an empty tally of a column, with its edges or its categories."""
    model = _model(surveyed, asked)
    if model is not None:
        if model.categories is not None:
            return Words({word: place for place, word in enumerate(model.categories.values)}, blocks)
        return Numbers(np.asarray(model.grid.edges if model.grid is not None else ()), blocks, fixed=model.grid)
    if surveyed.field.kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}:
        counts = surveyed.words or {}
        least = 1 if surveyed.field.kind is Kind.BOOLEAN else asked.k
        order = sorted(counts, key=lambda word: (-counts[word], word))
        named = [word for word in order if counts[word] >= least][:MOST_CATEGORIES]
        there = sum(surveyed.lengths.values())
        if surveyed.words is not None and (not there or sum(counts[word] for word in named) >= _CATEGORICAL * there):
            return Words({word: place for place, word in enumerate(named)}, blocks)
    sample = surveyed.sample()
    return Numbers(inner_edges(sample, rows, asked.k) if len(sample) else np.empty(0), blocks)


def _model(surveyed: Surveyed, asked: Asked) -> Feature | None:
    """Return the column of the baseline whose edges are taken.

    Raises:
        UsageError: it has no such column, or one of another kind.
    """
    if asked.like is None:
        return None
    name = surveyed.field.name
    model = next((each for each in asked.like.columns if each.name == name), None)
    words = surveyed.field.kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}
    if model is None or words is (model.grid is not None and model.kind is not Kind.TEXT):
        what = f"--like: the baseline has no column {name!r} of that kind"
        raise UsageError(what, fix="name a baseline of the same columns")
    return model


def _add(tally: Numbers | Words, column: Column, pieces: Sequence[tuple[int, slice | NDArray[np.intp]]]) -> None:
    """Count one column of a batch."""
    for block, rows in pieces:
        if isinstance(column, NumberColumn):
            values = column.values[rows]
            if column.valid is not None:
                there = column.valid[rows]
                tally.missing[block] += len(there) - int(there.sum())
                values = values[there]
            if isinstance(tally, Numbers):
                tally.add(values, block)
        elif isinstance(tally, Words):
            tally.add(*word_counts(column.codes[rows], column.words), block)
        else:
            codes = column.codes[rows]
            lengths = np.asarray([len(word) for word in column.words], np.int64)
            tally.missing[block] += int((codes < 0).sum())
            tally.add(lengths[codes[codes >= 0]], block)


def _baseline(
    table: Table,
    asked: Asked,
    digest: str,
    days: Days | None,
    blocks: _Blocks,
    described: Mapping[str, Feature],
    fields: Sequence[Field],
    pairs: tuple[describing.Pair, ...],
) -> Baseline:
    by = "rows" if blocks.days is None else "time"
    return Baseline(
        schema=SCHEMA,
        generator=asked.generator,
        data=Data(
            name=table.name, sha256=digest, rows=table.rows or 0, columns=table.columns, ignored=tuple(asked.ignored)
        ),
        artifact=asked.artifact,
        lock=asked.lock,
        k=asked.k,
        time=days.time(asked.time) if days is not None and asked.time else None,
        blocks=Blocks(by=by, days=blocks.days, rows=blocks.rows) if blocks.rows is not None else None,
        features=tuple(described[name] for name in _features(fields, asked)),
        target=described.get(asked.target or ""),
        predictions=described.get(asked.predictions or ""),
        confidence=described.get(asked.confidence or ""),
        pairs=pairs,
    )
