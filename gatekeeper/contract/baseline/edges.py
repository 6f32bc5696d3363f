"""Where a column is counted: at its quantiles, in as few digits as tell them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.baseline.tally import MOST_VALUES

FEWEST_EDGES = 20
_LONGEST = 17


def inner_edges(sample: NDArray[Any], rows: int, k: int) -> NDArray[Any]:
    """Return the edges between the smallest and the largest value, at most 62 of them, from a sorted sample.

    Counts at an edge are exact wherever it lies, so that it need be no value of the data: it is rounded to what lies
    between its neighbours, and no single row shows through it. A value that is there more than once is kept as it is,
    because that is where ties are. Cells hold at least `k` of the `rows` values, if that leaves 20 edges.
    """
    values, counts = np.unique(sample, return_counts=True)
    if len(values) <= MOST_VALUES:
        return values
    wanted = int(np.clip(rows // k, FEWEST_EDGES, MOST_VALUES)) - 2
    places = np.searchsorted(np.cumsum(counts), (np.arange(1, wanted + 1) * len(sample)) / (wanted + 1))
    chosen = np.unique(np.clip(places, 1, len(values) - 2))
    if sample.dtype.kind != "f":
        return values[chosen]
    rounded = [values[i] if counts[i] > 1 else _rounded(values, int(i)) for i in chosen]
    return np.unique(np.asarray(rounded, dtype=np.float64))


def _rounded(values: NDArray[Any], at: int) -> float:
    """Return the shortest decimal between the middles to the neighbours."""
    value = float(values[at])
    low, high = (float(values[at - 1]) + value) / 2, (value + float(values[at + 1])) / 2
    for digits in range(2, _LONGEST):
        short = float(f"{value:.{digits}g}")
        if low < short < high:
            return short
    return value
