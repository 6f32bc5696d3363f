"""How far two distributions lie apart, from their counts at the same edges or of the same categories.

Everything here is arithmetic of integers that are exact: no sketch, no interpolation, no row.

The cells of a grid alternate: below the first edge, on it, between it and the second one, on that, ..., above the last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gatekeeper.contract.baseline.facts import Grid
from gatekeeper.contract.baseline.tails import chi_square_quantile

COARSE_CELLS = 10
"""Cells of PSI, Jensen-Shannon and Kullback-Leibler; with more, noise alone makes them large (Yurdakul 2018)."""
ROWS_A_CELL = 20
"""Rows per cell below which the chi-square limit of PSI does not hold."""
SPARSE = 5.0
"""Expected count below which cells are pooled for the chi-square test (Cochran 1954)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The distance of Kolmogorov and Smirnov lies between these two, whatever the rows between the edges are."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The difference of a mean score between two samples, and its standard error for independent rows."""

    effect: float
    error: float

    @property
    def z(self) -> float:
        """The difference in standard errors; 0 where all scores are the same."""
        return self.effect / self.error if self.error > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """How much information the other data would need beyond the baseline, on coarse cells; logarithms to base 2.

    Attributes:
        js: Jensen-Shannon divergence, 0 to 1.
        kl: Kullback-Leibler of the other data from the baseline, half a count added to every cell (Jeffreys).
        psi: population stability index, natural logarithm, smoothed likewise.
        psi_limit: what noise alone stays below in 95 of 100 comparisons; None with fewer than 20 rows a cell.
    """

    js: float
    kl: float
    psi: float
    psi_limit: float | None


def running(le: Sequence[int], lt: Sequence[int]) -> list[int]:
    """Return the counts up to the end of each cell but the last: `lt[0], le[0], lt[1], le[1], ...`."""
    return [count for pair in zip(lt, le, strict=True) for count in pair]


def cells(le: Sequence[int], lt: Sequence[int], n: int) -> list[int]:
    """Return the count in each cell, `2 * len(le) + 1` of them."""
    return [after - before for before, after in pairwise([0, *running(le, lt), n])]


def distance(grid: Grid, n: int, le: Sequence[int], lt: Sequence[int], m: int) -> Interval:
    """Return the interval of the Kolmogorov-Smirnov distance between `n` values on the grid and `m` others.

    At the edges both distributions are known. Between two of them each lies between its values there, which bounds
    their distance from above.
    """
    # Over the common denominator n * m: integers, so that the one division is the only rounding.
    ours = [count * m for count in (0, *running(grid.le, grid.lt), n)]
    theirs = [count * n for count in (0, *running(le, lt), m)]
    low = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    high = low
    for i in range(0, len(ours) - 1, 2):  # the open cells: below, between and above the edges
        high = max(high, ours[i + 1] - theirs[i], theirs[i + 1] - ours[i])
    return Interval(low=low / (n * m), high=high / (n * m))


def ranks(counts: Sequence[int], n: int) -> list[float]:
    """Return the mean rank of each cell among `n` values, from 0 to 1."""
    middle, before = [], 0
    for count in counts:
        middle.append((before + count / 2) / n)
        before += count
    return middle


def shift(counts: Sequence[int], n: int, others: Sequence[int], m: int) -> Scored:
    """Return by how much a value of the other data is rather larger than one of the baseline: P - 1/2.

    The statistic of Mann and Whitney on cells; its error accounts for ties.
    """
    scores = ranks(counts, n)
    return _scored(scores, counts, n, others, m)


def spread(counts: Sequence[int], n: int, others: Sequence[int], m: int) -> Scored:
    """Return by how much the other data lies farther from the baseline's median, in ranks.

    The statistic of Ansari and Bradley on cells: a change of the variance moves it, whatever the tails. For a normal
    distribution whose standard deviation is multiplied by a, it is atan(a) / pi - 1/4.
    """
    scores = [abs(rank - 0.5) for rank in ranks(counts, n)]
    return _scored(scores, counts, n, others, m)


def _scored(scores: Sequence[float], counts: Sequence[int], n: int, others: Sequence[int], m: int) -> Scored:
    ours = math.fsum(score * count for score, count in zip(scores, counts, strict=True)) / n
    theirs = math.fsum(score * count for score, count in zip(scores, others, strict=True)) / m
    variance = math.fsum((score - ours) ** 2 * count for score, count in zip(scores, counts, strict=True)) / n
    return Scored(effect=theirs - ours, error=math.sqrt(variance * (1 / n + 1 / m)))


def total_variation(counts: Sequence[int], n: int, others: Sequence[int], m: int) -> float:
    """Return the largest difference of the share of any set of cells: half the sum of the differences."""
    return math.fsum(abs(a / n - b / m) for a, b in zip(counts, others, strict=True)) / 2


def chi_square_of(counts: Sequence[int], n: int, others: Sequence[int], m: int) -> tuple[float, int]:
    """Return the two-sample chi-square statistic and its degrees of freedom.

    Cells that are expected too rarely are pooled, with what is of no cell at all: that the rare categories are those
    which happened to be rare in the baseline makes no difference then.
    """
    enough = SPARSE * (n + m) / min(n, m)
    pooled = [(a, b) for a, b in zip(counts, others, strict=True) if a + b >= enough]
    left = (n - sum(a for a, _ in pooled), m - sum(b for _, b in pooled))
    if any(left):
        pooled.append(left)
    value = math.fsum((a * math.sqrt(m / n) - b * math.sqrt(n / m)) ** 2 / (a + b) for a, b in pooled)
    return value, len(pooled) - 1


def coarse(counts: Sequence[int], n: int, others: Sequence[int]) -> list[tuple[int, int]]:
    """Return at most `COARSE_CELLS` cells of both, consecutive ones joined until each has its share of the baseline."""
    joined: list[tuple[int, int]] = []
    a = b = before = 0
    for count, other in zip(counts, others, strict=True):
        a, b = a + count, b + other
        if (before + a) * COARSE_CELLS >= (len(joined) + 1) * n and a:
            joined.append((a, b))
            before, a, b = before + a, 0, 0
    if not joined:
        return [(a, b)]
    joined[-1] = (joined[-1][0] + a, joined[-1][1] + b)
    return joined


def by_category(
    named: Mapping[str, int], other: int, theirs: Mapping[str, int], unlisted: int
) -> list[tuple[int, int]]:
    """Return the counts of both for each category that the baseline names, and of the rest."""
    return [*((count, theirs.get(name, 0)) for name, count in named.items()), (other, unlisted)]


def divergence(pairs: Sequence[tuple[int, int]], dispersion: float = 1.0) -> Divergence:
    """Return the divergences of cells that hold the baseline's and the other data's counts."""
    used = [pair for pair in pairs if any(pair)]
    size, n, m = len(used), sum(a for a, _ in used), sum(b for _, b in used)
    js = kl = psi = 0.0
    for a, b in used:
        ours, theirs = a / n, b / m
        middle = (ours + theirs) / 2
        js += sum(share / 2 * math.log2(share / middle) for share in (ours, theirs) if share)
        p, q = (a + 0.5) / (n + size / 2), (b + 0.5) / (m + size / 2)
        kl += q * math.log2(q / p)
        psi += (q - p) * math.log(q / p)
    limit = None
    if size > 1 and min(n, m) >= ROWS_A_CELL * size:
        limit = chi_square_quantile(0.95, size - 1) * (1 / n + 1 / m) * dispersion
    return Divergence(js=max(0.0, js), kl=max(0.0, kl), psi=max(0.0, psi), psi_limit=limit)
