"""From tallies to what a baseline says of a column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Categories, Feature, Grid, Kind, Other, Repeated
from gatekeeper.contract.baseline.spans import category_spans, grid_spans
from gatekeeper.contract.baseline.survey import Surveyed
from gatekeeper.contract.baseline.tally import Numbers, Words


def describe(surveyed: Surveyed, tally: Numbers | Words, k: int, *, with_spans: bool) -> Feature:
    """Return what is said of a column, from its exact counts."""
    return (
        _numeric(surveyed, tally, k, with_spans=with_spans)
        if isinstance(tally, Numbers)
        else _categorical(surveyed, tally, with_spans=with_spans)
    )


def _categorical(surveyed: Surveyed, tally: Words, *, with_spans: bool) -> Feature:
    counts = tally.counts.sum(axis=0).tolist()
    values = dict(zip(tally.listed, counts, strict=True))
    other = int(tally.unlisted.sum())
    blocks = np.concatenate([tally.counts, tally.unlisted[:, None]], axis=1)
    rates = {"missing": tally.missing, "rows": tally.missing + blocks.sum(axis=1)}
    n = sum(counts) + other
    boolean = surveyed.column.kind is Kind.BOOLEAN
    return Feature(
        name=surveyed.column.name,
        kind=Kind.BOOLEAN if boolean else Kind.CATEGORY,
        dtype=surveyed.column.dtype,
        n=n,
        missing=int(tally.missing.sum()),
        nan=0,
        infinite=0,
        zero=None,
        negative=None,
        mean=None,
        std=None,
        min=None,
        max=None,
        distinct=len(values) + len(tally.others),
        categories=Categories(values=values, other=Other(count=other, distinct=len(tally.others))),
        spans=category_spans(blocks, rates) if with_spans and n else None,
    )


def _numeric(surveyed: Surveyed, tally: Numbers, k: int, *, with_spans: bool) -> Feature:
    n = int(tally.n.sum())
    text = surveyed.column.kind in {Kind.TEXT, Kind.CATEGORY}
    grid, le, lt = _grid(tally) if n else (None, tally.le, tally.lt)
    unusable = tally.missing + tally.nan
    rates = {"missing": unusable, "rows": unusable + tally.n + tally.infinite}
    variance = tally.squares / (n - 1) if n > 1 else None
    signed = bool(n) and not text and surveyed.column.kind is not Kind.DATETIME
    return Feature(
        name=surveyed.column.name,
        kind=Kind.TEXT if text else surveyed.column.kind,
        dtype=surveyed.column.dtype,
        n=n,
        missing=int(tally.missing.sum()),
        nan=int(tally.nan.sum()),
        infinite=int(tally.infinite.sum()),
        zero=tally.zero if signed else None,
        negative=tally.negative if signed else None,
        mean=_finite(tally.mean) if n else None,
        std=_finite(math.sqrt(variance)) if variance is not None and not variance < 0 else None,
        min=tally.smallest.value,
        max=tally.largest.value,
        distinct=len(grid.edges) if grid is not None and grid.complete else None,
        repeated=_repeated(tally, k) if n and not text else None,
        grid=grid,
        spans=grid_spans(le, lt, tally.n, rates) if with_spans and n else None,
    )


def _finite(value: float) -> float | None:
    """Return the value to twelve digits, None where it is larger than any float.

    The last digits of a sum are those of the processor: how many numbers it adds at once.
    """
    return float(f"{value:.12g}") if math.isfinite(value) else None


def _repeated(tally: Numbers, k: int) -> Repeated:
    value, least, most = tally.most()
    return Repeated(value=value if least >= k else None, count=most)


def _grid(tally: Numbers) -> tuple[Grid, NDArray[np.int64], NDArray[np.int64]]:
    """Return the grid of all blocks, and the counts at its edges by block."""
    complete = tally.values is not None
    edges: Sequence[Any]
    if tally.fixed is not None:
        edges, le, lt = tally.fixed.edges, tally.le, tally.lt
        complete = tally.values is not None and set(tally.values) <= set(edges)
    elif tally.values is not None:
        edges, at = zip(*sorted(tally.values.items()), strict=True)
        counts = np.stack(at, axis=1)
        le = np.cumsum(counts, axis=1)
        lt = le - counts
    else:
        edges, le, lt = _with_ends(tally)
    grid = Grid(
        edges=tuple(edges),
        le=tuple(le.sum(axis=0).tolist()),
        lt=tuple(lt.sum(axis=0).tolist()),
        complete=complete,
    )
    return grid, le, lt


def _with_ends(tally: Numbers) -> tuple[list[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Return the inner edges between the smallest and the largest value, and these two around them."""
    low, high = tally.smallest, tally.largest
    inner = tally.edges.tolist()
    kept = [
        i
        for i, edge in enumerate(inner)
        if low.value is not None and high.value is not None and low.value < edge < high.value
    ]
    n = tally.n
    le = np.column_stack([low.counts, tally.le[:, kept], n])
    lt = np.column_stack([np.zeros_like(n), tally.lt[:, kept], n - high.counts])
    return [low.value, *(inner[i] for i in kept), high.value], le, lt
