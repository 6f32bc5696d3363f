"""How far each block of the training data lies from all the others: the same measures, for all blocks at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Spans

_KS_MEAN_SQUARE = math.pi**2 / 12
"""Of the Kolmogorov distribution: what n m / (n + m) D^2 is on average for independent rows."""


def grid_spans(
    le: NDArray[np.int64], lt: NDArray[np.int64], n: NDArray[np.int64], rates: dict[str, NDArray[Any]]
) -> Spans | None:
    """Return the spans of a column on a grid; `rates` holds counts of missing rows, and all rows, by block.

    A block without a value says nothing, and has 0 for it. None where most have none.
    """
    told = n > 0
    if not told.all():
        if told.sum() * 2 <= len(n):
            return None
        some = grid_spans(le[told], lt[told], n[told], {"missing": rates["missing"][told], "rows": rates["rows"][told]})
        return None if some is None else _with_silent(some, told, rates)
    ours = np.concatenate([np.stack([lt, le], axis=2).reshape(len(n), -1), n[:, None]], axis=1)
    rest, m = ours.sum(axis=0) - ours, n.sum() - n
    distance = np.abs(ours / n[:, None] - rest / m[:, None]).max(axis=1)
    cells, others = np.diff(ours, axis=1, prepend=0), np.diff(rest, axis=1, prepend=0)
    ranks = (rest - others / 2) / m[:, None]
    shift, shift_z = _scored(ranks, cells, n, others, m)
    spread, spread_z = _scored(np.abs(ranks - 0.5), cells, n, others, m)
    effective = n * m / (n + m)
    inflated = max(
        float(np.mean(effective * distance**2)) / _KS_MEAN_SQUARE,
        float(np.mean(shift_z**2)),
        float(np.mean(spread_z**2)),
    )
    return _spans(distance, np.abs(shift), np.abs(spread), inflated, rates)


def _with_silent(some: Spans, told: NDArray[np.bool_], rates: dict[str, NDArray[Any]]) -> Spans:
    """Return the spans with 0 for the blocks that say nothing, and the missing rows of all."""

    def filled(series: tuple[float, ...]) -> tuple[float, ...]:
        values = iter(series)
        return tuple(next(values) if each else 0.0 for each in told)

    missing = _spans(np.empty(0), np.empty(0), np.empty(0), 0.0, rates).missing
    return replace(
        some,
        distribution=filled(some.distribution),
        shift=filled(some.shift) if some.shift else (),
        spread=filled(some.spread) if some.spread else (),
        missing=missing,
    )


def category_spans(counts: NDArray[np.int64], rates: dict[str, NDArray[Any]]) -> Spans | None:
    """Return the spans of categories: `counts[b, i]` values of block b are of category i, the last being all others."""
    n = counts.sum(axis=1)
    told = n > 0
    if not told.all():
        if told.sum() * 2 <= len(n):
            return None
        some = category_spans(counts[told], {"missing": rates["missing"][told], "rows": rates["rows"][told]})
        return None if some is None else _with_silent(some, told, rates)
    rest = counts.sum(axis=0) - counts
    m = rest.sum(axis=1)
    distance = np.abs(counts / n[:, None] - rest / m[:, None]).sum(axis=1) / 2
    both = np.maximum(counts + rest, 1)
    ratio = np.sqrt(m / n)[:, None]
    squares = (counts * ratio - rest / ratio) ** 2 / both
    frequent = counts.sum(axis=0) * np.min(n) / counts.sum() >= 5
    degrees = max(1, int(frequent.sum()) - 1)
    inflated = float(np.mean(squares[:, frequent].sum(axis=1))) / degrees
    unseen = np.maximum(counts[:, -1] / n - rest[:, -1] / m, 0.0)
    none = np.empty(0)
    return _spans(distance, none, none, inflated, rates, unseen=float(unseen.max()))


def _scored(
    scores: NDArray[Any], cells: NDArray[Any], n: NDArray[Any], others: NDArray[Any], m: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    ours, theirs = (scores * cells).sum(axis=1) / n, (scores * others).sum(axis=1) / m
    variance = ((scores - theirs[:, None]) ** 2 * others).sum(axis=1) / m
    error = np.sqrt(variance * (1 / n + 1 / m))
    effect = ours - theirs
    return effect, np.divide(effect, error, out=np.zeros_like(effect), where=error > 0)


def _spans(
    distance: NDArray[Any],
    shift: NDArray[Any],
    spread: NDArray[Any],
    inflated: float,
    rates: dict[str, NDArray[Any]],
    *,
    unseen: float = 0.0,
) -> Spans:
    missing, rows = rates["missing"], rates["rows"]
    elsewhere = (missing.sum() - missing) / np.maximum(rows.sum() - rows, 1)
    return Spans(
        distribution=_rounded_up(distance),
        shift=_rounded_up(shift),
        spread=_rounded_up(spread),
        dispersion=_up(inflated),
        missing=_up(float(np.abs(missing / rows - elsewhere).max())),
        unseen=_up(unseen),
    )


def _rounded_up(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(_up(each) for each in values.tolist())


def _up(value: float) -> float:
    """Return the value rounded up to four decimals: a limit that was rounded down would be crossed by its own block."""
    return math.ceil(value * 10_000 - 1e-9) / 10_000
