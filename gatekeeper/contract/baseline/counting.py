"""From other data to samples: the same counts, at the edges and of the categories of a baseline."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind, Repeated
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.contract.baseline.survey import Progress
from gatekeeper.contract.baseline.tally import Numbers, Words, word_counts
from gatekeeper.contract.tables.columns import Column, Table
from gatekeeper.contract.tables.columns import Numbers as NumberColumn

_EXAMPLES = 5
_LONGEST = 40


@dataclass(slots=True)
class _Count:
    feature: Feature
    tally: Numbers | Words
    mistyped: int = 0


def count(
    baseline: Baseline, table: Table, names: Sequence[str], progress: Progress | None = None
) -> tuple[Sample, ...]:
    """Return the samples of the columns `names` of a table, each one of the baseline's."""
    by_name = {feature.name: feature for feature in baseline.columns}
    counts = [_Count(by_name[name], _tally(by_name[name])) for name in names]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for batch in table.batches(names):
            mistyped = batch.mistyped or (0,) * len(names)
            list(pool.map(lambda each: _add(*each), zip(counts, batch.columns, mistyped, strict=True)))
            if progress is not None:
                progress(batch.rows)
    return tuple(_sample(each) for each in counts)


def _tally(feature: Feature) -> Numbers | Words:
    if feature.categories is not None:
        return Words({word: place for place, word in enumerate(feature.categories.values)}, 1)
    edges = feature.grid.edges if feature.grid is not None else ()
    tally = Numbers(np.asarray(edges), 1)
    tally.values = None
    return tally


def _add(counted: _Count, column: Column, mistyped: int) -> None:
    counted.mistyped += mistyped
    tally = counted.tally
    if isinstance(column, NumberColumn):
        if isinstance(tally, Words):
            raise TypeError(f"{counted.feature.name}: numbers where words were asked for")
        values = column.values if column.valid is None else column.values[column.valid]
        tally.missing[0] += len(column.values) - len(values)
        tally.add(values, 0)
    elif isinstance(tally, Words):
        tally.add(*word_counts(column.codes, column.words), 0)
    else:
        there = column.codes[column.codes >= 0]
        tally.missing[0] += len(column.codes) - len(there)
        tally.add(np.asarray([len(word) for word in column.words], np.int64)[there], 0)


def _sample(counted: _Count) -> Sample:
    tally, name = counted.tally, counted.feature.name
    missing = int(tally.missing.sum()) - counted.mistyped
    if isinstance(tally, Words):
        named = dict(zip(tally.listed, tally.counts.sum(axis=0).tolist(), strict=True))
        unlisted = int(tally.unlisted.sum())
        frequent = sorted(tally.others, key=lambda word: (-tally.others[word], word))[:_EXAMPLES]
        return Sample(
            name=name,
            n=sum(named.values()) + unlisted,
            missing=missing,
            mistyped=counted.mistyped,
            categories=named,
            unlisted=unlisted,
            examples=tuple(word[:_LONGEST] for word in frequent),
        )
    value, least, _ = tally.most()
    return Sample(
        name=name,
        n=int(tally.n.sum()),
        missing=missing,
        nan=int(tally.nan.sum()),
        infinite=int(tally.infinite.sum()),
        mistyped=counted.mistyped,
        le=tuple(tally.le.sum(axis=0).tolist()),
        lt=tuple(tally.lt.sum(axis=0).tolist()),
        repeated=Repeated(value=value, count=least) if least and counted.feature.kind is not Kind.TEXT else None,
    )
