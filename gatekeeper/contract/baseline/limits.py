"""How large a difference must be to matter, and how the training data's own blocks raise that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median, stdev
from types import MappingProxyType
from typing import Final

from gatekeeper.contract.baseline.facts import Baseline, Feature
from gatekeeper.contract.baseline.tails import chi_square_quantile, normal_quantile, student_quantile

FALSE_DISCOVERY: Final = 0.03
"""Share of false alarms that Benjamini and Hochberg's procedure keeps the alarms of one comparison below.

The promise is one comparison in twenty; below it is room for what the normal approximations get wrong on small data.
"""
STRETCH_LEVEL: Final = 0.05
"""How often a new stretch of the training's own process may exceed the limits that its blocks have set."""

SMALLEST: Final[Mapping[str, float]] = MappingProxyType(
    {
        # A normal distribution that moves by 0.2 standard deviations lies 0.080 apart, and P - 1/2 is 0.056.
        "distribution": 0.08,
        "shift": 0.056,
        # One whose standard deviation grows by 15 %: atan(1.15) / pi - 1/4.
        "spread": 0.022,
        "missing": 0.02,
        "infinite": 0.001,
        "outside": 0.001,
        "unseen": 0.001,
        "repeated": 0.02,
    }
)
"""Differences below these are of no consequence, however certain they are: with a million rows all of them are."""

BLIND: Final[Mapping[str, float]] = MappingProxyType({"distribution": 0.38, "shift": 0.26})
"""Where its blocks raise both limits above these, not even a shift by a whole standard deviation would be told."""

TO_BE_TOLD: Final = 0.138
"""The shift, as P - 1/2, that a comparison must be able to tell in 4 of 5 cases: half a standard deviation."""
_POWER: Final = 0.8


_CHANCE: Final = 0.01
"""How often chance alone may make the blocks of any column look as if they differed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the blocks of a baseline say about a new stretch of the same kind.

    Attributes:
        factor: how many times its typical value the farthest of all statistics of all features may be, in a new block.
        rows: the typical rows of a block.
        threshold: the dispersion above which the blocks of a feature differ more than independent rows would.
    """

    factor: float
    rows: float
    threshold: float

    def apart(self, feature: Feature) -> bool:
        """Return whether the blocks of a feature differ more than independent rows would."""
        return feature.spans is not None and feature.spans.dispersion > self.threshold

    def dispersion(self, feature: Feature) -> float:
        """Return the variance of a block over that of independent rows, by which a probability is made more cautious.

        From one standard error above 1 on: rows that hang together loosely are not surely told from others.
        """
        spans = feature.spans
        if spans is None or not spans.distribution:
            return 1.0
        return spans.dispersion if spans.dispersion > 1 + math.sqrt(2 / len(spans.distribution)) else 1.0

    def needed(self, feature: Feature, tests: int) -> int | None:
        """Return how many rows tell a shift by half a standard deviation; see `rows_needed`."""
        surely = not feature.range_only and self.apart(feature)
        return rows_needed(feature.n, tests, self.dispersion(feature) if surely else 1.0)

    def limit(self, feature: Feature, statistic: str, n: int) -> float:
        """Return the value above which a statistic of `n` rows is an alarm.

        A stretch shorter than a block varies more, by the root of the ratio. A longer one gets the limit of a block: it
        may have its own season.
        """
        smallest = SMALLEST[statistic]
        spans = feature.spans
        if spans is None:
            return smallest
        if statistic == "missing":
            return max(smallest, spans.missing * self._longer(n))
        series: tuple[float, ...] = getattr(spans, statistic, ()) if statistic in _SERIES else ()
        if not series or not self.apart(feature):
            return smallest
        # Of the rows of a block so many have a value of this feature.
        share = feature.n / max(1, feature.rows)
        return max(smallest, min(1.0, self.factor * _typical(series) * self._longer(n, share)))

    def blind(self, feature: Feature, n: int) -> bool:
        """Return whether nothing but a change beyond the training's own whole range would be told."""
        return all(self.limit(feature, statistic, n) > value for statistic, value in BLIND.items())

    def _longer(self, n: int, share: float = 1.0) -> float:
        return max(1.0, math.sqrt(self.rows * share / n)) if n else 1.0


_SERIES = ("distribution", "shift", "spread")


def calibrate(baseline: Baseline) -> Calibration:
    """Return the calibration by the blocks of a baseline, leaving out one at a time.

    For each block the farthest of all statistics, each in units of its own median over the blocks, is one number. A new
    block exceeds the largest of B such numbers with probability 1 / (B + 1) (conformal prediction; Vovk et al. 2005);
    with few blocks that is too often, and the upper limit of a log-normal prediction interval is taken if it is larger.
    """
    if baseline.blocks is None:
        return Calibration(factor=1.0, rows=1.0, threshold=math.inf)
    count = len(baseline.blocks.rows)
    threshold = _threshold(count, len(baseline.columns))
    farthest = [1.0] * count
    for feature in baseline.columns:
        if feature.spans is None or feature.spans.dispersion <= threshold:
            continue
        for name in _SERIES:
            series: tuple[float, ...] = getattr(feature.spans, name)
            typical = _typical(series) if series else 1.0
            farthest = [max(old, value / typical) for old, value in zip(farthest, series, strict=False)] or farthest
    return Calibration(factor=_upper(farthest), rows=median(baseline.blocks.rows), threshold=threshold)


def _threshold(blocks: int, columns: int) -> float:
    """Return what the dispersion of independent rows stays below in all columns together, but for one case in 100.

    That of B blocks is about a chi-square with B degrees of freedom over B. In each column it is the largest of three.
    """
    return chi_square_quantile(1 - _CHANCE / (3 * max(1, columns)), blocks) / blocks


def _typical(series: tuple[float, ...]) -> float:
    return max(median(series), 1e-6)


def _upper(farthest: list[float]) -> float:
    """Return the largest, or the upper limit that a new one stays below in 95 of 100 cases, if that is larger.

    From 19 blocks on the largest alone is exceeded no more often than that.
    """
    count = len(farthest)
    if count < 3 or 1 / (count + 1) <= STRETCH_LEVEL:
        return max(farthest)
    logs = [math.log(each) for each in farthest]
    room = student_quantile(1 - STRETCH_LEVEL, count - 1) * stdev(logs) * math.sqrt(1 + 1 / count)
    return max(*farthest, math.exp(fmean(logs) + room))


def rows_needed(n: int, tests: int, spread: float = 1.0) -> int | None:
    """Return how many rows tell a shift by half a standard deviation in 4 of 5 cases, beside a baseline of `n` rows.

    By the variance of the Mann-Whitney statistic, 1/12 (1/n + 1/m), at the level that is left to one of `tests` tests.
    None where the baseline itself has too few.

    Args:
        n: the baseline's finite values.
        tests: how many tests the comparison makes.
        spread: the dispersion of the feature, where its blocks surely lie apart.
    """
    level = normal_quantile(1 - FALSE_DISCOVERY / max(1, tests) / 2) + normal_quantile(_POWER)
    room = 12 * TO_BE_TOLD**2 / level**2 / spread
    left = room - (1 / n if n else math.inf)
    return math.ceil(1 / left) if left > 0 else None
