"""From data to a baseline, in two passes: where to count, and the exact counts there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from gatekeeper.contract.baseline.asked import Asked, check, features_of
from gatekeeper.contract.baseline.blocks import Cut, days_of
from gatekeeper.contract.baseline.describing import describe
from gatekeeper.contract.baseline.edges import inner_edges
from gatekeeper.contract.baseline.facts import SCHEMA, Baseline, Data, Feature, Kind
from gatekeeper.contract.baseline.pairs import strongest
from gatekeeper.contract.baseline.survey import Progress, Surveyed, batches, survey, together
from gatekeeper.contract.baseline.tally import Numbers, Words, word_counts
from gatekeeper.contract.tables.columns import Column, Table
from gatekeeper.contract.tables.columns import Numbers as NumberColumn
from gatekeeper.errors import UsageError

Piece: TypeAlias = tuple[int, slice | NDArray[np.intp]]
"""A block, and the rows of a batch that are of it."""

MOST_CATEGORIES = 200
"""Categories that are named, the most frequent ones."""
_CATEGORICAL = 0.5
"""Share of the values that repeat often enough to be named, from which on words are categories and no text."""


def build_table(table: Table, asked: Asked, progress: Progress | None = None) -> Baseline:
    """Return the baseline of a table.

    Raises:
        Unreadable: the data is too short, or can't be read to its last row.
        UsageError: a column that was named is not there.
    """
    check(table, asked)
    features = features_of(table.fields, asked)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        digest = pool.submit(table.sha256)
        surveyed = [each for each in survey(table, table.fields, progress) if each.column.name != asked.time]
        days = days_of(table, asked)
        cut = Cut.of(table.rows or 0, days, asked)
        tallies = [_tally(each, table.rows or 0, asked, cut.count) for each in surveyed]
        for group in together(batches(table, table.fields, progress), len(table.fields)):
            pieces = [list(cut.pieces(first, batch, table.fields, asked.time)) for first, batch in group]
            columns = zip(*(batch.columns for _, batch in group), strict=True)
            counted = [c for f, c in zip(table.fields, columns, strict=True) if f.name != asked.time]
            list(pool.map(_add_all, tallies, counted, repeat(pieces)))
    described = {
        each.column.name: _told(describe(each, tally, asked.k, with_spans=cut.rows is not None), asked)
        for each, tally in zip(surveyed, tallies, strict=True)
    }
    return Baseline(
        schema=SCHEMA,
        generator=asked.generator,
        data=_data(table, asked, digest.result()),
        artifact=asked.artifact,
        lock=asked.lock,
        k=asked.k,
        time=days.time(asked.time) if days is not None and asked.time else None,
        blocks=cut.blocks(),
        features=tuple(described[name] for name in features),
        target=described.get(asked.target or ""),
        predictions=described.get(asked.predictions or ""),
        confidence=described.get(asked.confidence or ""),
        pairs=strongest(surveyed, features),
    )


def _data(table: Table, asked: Asked, sha256: str) -> Data:
    return Data(
        name=table.name, sha256=sha256, rows=table.rows or 0, columns=tuple(table.columns), ignored=tuple(asked.ignored)
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


def _tally(surveyed: Surveyed, rows: int, asked: Asked, blocks: int) -> Numbers | Words:
    """Return an empty tally of a column, with its edges or its categories."""
    model = _model(surveyed, asked)
    if model is not None:
        if model.categories is not None:
            return Words({word: place for place, word in enumerate(model.categories.values)}, blocks)
        return Numbers(np.asarray(model.grid.edges if model.grid is not None else ()), blocks, fixed=model.grid)
    if surveyed.column.kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}:
        counts = surveyed.words or {}
        least = 1 if surveyed.column.kind is Kind.BOOLEAN else asked.k
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
    name = surveyed.column.name
    model = next((each for each in asked.like.columns if each.name == name), None)
    words = surveyed.column.kind in {Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN}
    if model is None or words is (model.grid is not None and model.kind is not Kind.TEXT):
        what = f"--like: the baseline has no column {name!r} of that kind"
        raise UsageError(what, fix="name a baseline of the same columns")
    return model


def _add_all(tally: Numbers | Words, columns: Sequence[Column], pieces: Sequence[Sequence[Piece]]) -> None:
    """Count one column of some batches, in their order."""
    for column, of_batch in zip(columns, pieces, strict=True):
        _add(tally, column, of_batch)


def _add(tally: Numbers | Words, column: Column, pieces: Sequence[Piece]) -> None:
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
