"""The columns that go together most strongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.facts import Kind, Pair
from gatekeeper.contract.baseline.survey import Surveyed

MOST_PAIRS = 10
MOST_COLUMNS = 256
"""Columns whose pairs are looked at, the first ones: all pairs of thousands would take longer than the rest."""
_ROWS = 4096
_FEWEST = 30


def strongest(surveyed: Sequence[Surveyed], names: Sequence[str]) -> tuple[Pair, ...]:
    """Return the pairs of features with the strongest correlations, on rows taken evenly from the data."""
    wanted = frozenset(names)
    used = [each for each in surveyed if each.column.name in wanted and _aligned(each)][:MOST_COLUMNS]
    if len(used) < 2:
        return ()
    matrix = np.column_stack([_column(each) for each in used])
    matrix[~np.isfinite(matrix)] = np.nan
    with np.errstate(all="ignore"):
        filled = np.where(
            np.isnan(matrix), np.nanmean(np.where(np.isfinite(matrix).any(axis=0), matrix, 0.0), axis=0), matrix
        )
        rough = np.abs(np.nan_to_num(_matrix(filled)))
    upper = np.argwhere(np.triu(np.ones_like(rough, bool), 1))
    order = np.argsort(-rough[upper[:, 0], upper[:, 1]], kind="stable")[: 3 * MOST_PAIRS]
    pairs = [
        _pair(used[a].column.name, used[b].column.name, matrix[:, a], matrix[:, b]) for a, b in upper[order].tolist()
    ]
    told = sorted((each for each in pairs if each is not None), key=lambda each: -abs(each.pearson))
    return tuple(told[:MOST_PAIRS])


def _aligned(surveyed: Surveyed) -> bool:
    """Return whether the sample has a place for every row: integers with missing values have none."""
    return surveyed.column.kind in {Kind.REAL, Kind.INTEGER} and bool(surveyed.pieces) and surveyed.whole


def _column(surveyed: Surveyed) -> NDArray[Any]:
    values = np.concatenate([piece.astype(np.float64) for piece in surveyed.pieces])
    return values[:: max(1, -(-len(values) // _ROWS))]


def _pair(a: str, b: str, left: NDArray[Any], right: NDArray[Any]) -> Pair | None:
    both = np.isfinite(left) & np.isfinite(right)
    x, y = left[both], right[both]
    if len(x) < _FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    pearson, spearman = _correlation(x, y), _correlation(_ranks(x), _ranks(y))
    if pearson is None or spearman is None:
        return None
    return Pair(a=a, b=b, pearson=pearson, spearman=spearman, n=len(x))


def _correlation(x: NDArray[Any], y: NDArray[Any]) -> float | None:
    with np.errstate(all="ignore"):
        value = float(_matrix(np.column_stack([x, y]))[0, 1])
    return round(max(-1.0, min(1.0, value)), 4) if np.isfinite(value) else None


def _matrix(values: NDArray[Any]) -> NDArray[Any]:
    """Return the correlations of columns; by einsum, because the threads of BLAS wait for each other longer."""
    apart = values - values.mean(axis=0)
    scaled = apart / np.sqrt(np.square(apart).sum(axis=0))
    return np.asarray(np.einsum("ij,ik->jk", scaled, scaled))


def _ranks(values: NDArray[Any]) -> NDArray[Any]:
    """Return the ranks, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - (counts - 1) / 2)[inverse]).astype(np.float64)
