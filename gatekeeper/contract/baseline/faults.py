"""Is the alarm alive? What a baseline would say of its own training blocks, and of data with a fault in one column.

An alert that nobody believes is switched off, and one that never fires is not missed: both are told here, before the
release, from the counts alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from gatekeeper.contract.baseline.decision import tests_of
from gatekeeper.contract.baseline.facts import Baseline, Feature, Grid, Kind, Repeated
from gatekeeper.contract.baseline.limits import FALSE_DISCOVERY, STRETCH_LEVEL, Calibration, calibrate
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.contract.baseline.tails import kolmogorov, normal_two_sided

ROWS = 1000
"""Rows of the data that the faults are put into, or those of a block if that is longer."""
SENTINEL = -1
_SENTINEL_SHARE = 0.2
_NAN_SHARE = 0.3
_UNIT = 100
_POINTS = 8
"""Points by which what lies between two edges is represented."""
_RENAMED = 0.05
"""Share that a category must have for its new name to be told among a thousand rows."""
_BY_CHANCE = 0.01
_TESTS_A_COLUMN = 5
"""As many as a comparison makes of a column that has all it can have."""

Weighted: TypeAlias = list[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that was put into one column, and the statistic that told it first; None where the alarm was silent."""

    feature: str
    fault: str
    told: str | None

    @property
    def fired(self) -> bool:
        """Whether the alarm fired."""
        return self.told is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How many blocks of the training data the rule would have called drift, and by which columns."""

    blocks: int
    alarms: int
    features: tuple[str, ...]

    @property
    def noisy(self) -> bool:
        """Whether that is more than a false alarm rate of 5 % explains."""
        return self.blocks > 0 and _at_least(self.alarms, self.blocks, STRETCH_LEVEL) < _BY_CHANCE


def _at_least(count: int, total: int, rate: float) -> float:
    return math.fsum(math.comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(count, total + 1))


def rows_of(baseline: Baseline, calibration: Calibration) -> int:
    """Return how many rows the data with the faults has: a thousand, a block, and never more than the baseline."""
    return max(1, min(baseline.data.rows, max(ROWS, int(calibration.rows))))


def inject(baseline: Baseline) -> tuple[Fault, ...]:
    """Return what came of each fault that a feature can have."""
    calibration = calibrate(baseline)
    rows = rows_of(baseline, calibration)
    return tuple(
        _tried(feature, name, sample, calibration, _TESTS_A_COLUMN * len(baseline.features))
        for feature in baseline.features
        if feature.n
        for name, sample in _faults(feature, rows)
    )


def _tried(feature: Feature, name: str, sample: Sample, calibration: Calibration, tests: int) -> Fault:
    """Try one fault. The level is Bonferroni's, below that of the comparison: all other columns are as they were."""
    told = next(
        (
            test.statistic
            for test in tests_of(feature, sample, calibration)
            if test.p * tests < FALSE_DISCOVERY and abs(test.value) >= test.limit
        ),
        None,
    )
    return Fault(feature=feature.name, fault=name, told=told)


def _faults(feature: Feature, rows: int) -> Iterator[tuple[str, Sample]]:
    lost = round(rows * _NAN_SHARE)
    usual = _clean(feature, rows - lost)
    yield "30 % NaN", _with_missing(usual, lost + _missing(feature, rows))
    if feature.categories is not None:
        yield from _category_faults(feature, rows)
    elif feature.grid is not None and feature.kind in {Kind.REAL, Kind.INTEGER}:
        yield from _number_faults(feature, feature.grid, rows)


def _missing(feature: Feature, rows: int) -> int:
    return round(rows * (feature.missing + feature.nan) / max(1, feature.rows))


def _with_missing(sample: Sample, missing: int) -> Sample:
    return Sample(
        name=sample.name,
        n=sample.n,
        missing=missing,
        le=sample.le,
        lt=sample.lt,
        categories=sample.categories,
        unlisted=sample.unlisted,
    )


def _category_faults(feature: Feature, rows: int) -> Iterator[tuple[str, Sample]]:
    clean = _clean(feature, rows)
    replaced = round(rows * _SENTINEL_SHARE)
    kept = _clean(feature, rows - replaced)
    named = dict(kept.categories)
    word = str(SENTINEL)
    if word in named:
        named[word] += replaced
    unlisted = kept.unlisted + (0 if word in named else replaced)
    yield "a sentinel of -1", Sample(name=feature.name, n=rows, categories=named, unlisted=unlisted)
    least = [name for name, count in clean.categories.items() if count >= _RENAMED * rows]
    if least:
        renamed = min(least, key=lambda name: clean.categories[name])
        moved = {**clean.categories, renamed: 0}
        yield (
            f"the category {renamed!r} renamed",
            Sample(name=feature.name, n=rows, categories=moved, unlisted=clean.unlisted + clean.categories[renamed]),
        )


def _number_faults(feature: Feature, grid: Grid, rows: int) -> Iterator[tuple[str, Sample]]:
    usual = _weighted(grid, feature.n)
    yield "a sentinel of -1", _counted(feature, grid, _mixed(usual, float(SENTINEL), _SENTINEL_SHARE), rows)
    if feature.std and not feature.range_only:
        step = 0.5 * feature.std
        step = float(max(1, round(step))) if feature.kind is Kind.INTEGER else step
        moved = [(value + step, weight) for value, weight in usual]
        yield "+0.5 sd", _counted(feature, grid, moved, rows)
    if any(value for value, _ in usual):
        scaled = [(value * _UNIT, weight) for value, weight in usual]
        yield "the unit x100", _counted(feature, grid, scaled, rows)


def _mixed(usual: Weighted, value: float, share: float) -> Weighted:
    return [*((each, weight * (1 - share)) for each, weight in usual), (value, share)]


def _weighted(grid: Grid, n: int) -> Weighted:
    """Return the distribution as points: each edge by its atom, the stretches between two by evenly spaced ones."""
    points = [
        (float(edge), (le - lt) / n) for edge, le, lt in zip(grid.edges, grid.le, grid.lt, strict=True) if le > lt
    ]
    for i, (low, high) in enumerate(pairwise(grid.edges)):
        share = (grid.lt[i + 1] - grid.le[i]) / n
        if share > 0:
            width = float(high) - float(low)
            points += [(float(low) + width * (k + 0.5) / _POINTS, share / _POINTS) for k in range(_POINTS)]
    return points


def _counted(feature: Feature, grid: Grid, points: Weighted, rows: int) -> Sample:
    """Return the points as a sample of so many rows, counted at the edges."""
    ordered = sorted(points)
    total = math.fsum(weight for _, weight in ordered)
    le, lt, place, below = [], [], 0, 0.0
    for edge in map(float, grid.edges):
        while place < len(ordered) and ordered[place][0] < edge:
            below += ordered[place][1]
            place += 1
        lt.append(min(rows, round(rows * below / total)))
        while place < len(ordered) and ordered[place][0] == edge:
            below += ordered[place][1]
            place += 1
        le.append(min(rows, round(rows * below / total)))
    value, weight = max(ordered, key=lambda point: point[1])
    often = round(rows * weight / total)
    return Sample(
        name=feature.name,
        n=rows,
        le=tuple(le),
        lt=tuple(lt),
        repeated=Repeated(value=value, count=often) if often > rows // 50 else None,
    )


def _clean(feature: Feature, rows: int) -> Sample:
    """Return data of the baseline's own distribution: so many values, and no noise."""
    if feature.categories is not None and feature.n:
        named = {name: round(rows * count / feature.n) for name, count in feature.categories.values.items()}
        unlisted = max(0, rows - sum(named.values())) if feature.categories.other.count else 0
        return Sample(name=feature.name, n=sum(named.values()) + unlisted, categories=named, unlisted=unlisted)
    if feature.grid is None or not feature.n:
        return Sample(name=feature.name, n=0, missing=rows)
    le = tuple(round(rows * count / feature.n) for count in feature.grid.le)
    lt = tuple(round(rows * count / feature.n) for count in feature.grid.lt)
    return Sample(name=feature.name, n=rows, le=le, lt=lt)


def silence(baseline: Baseline) -> Silence:
    """Return what the rule says of the training data's own blocks, each against all the others."""
    blocks = baseline.blocks
    if blocks is None:
        return Silence(blocks=0, alarms=0, features=())
    calibration, alarms = calibrate(baseline), 0
    names: dict[str, None] = {}
    for block, rows in enumerate(blocks.rows):
        told = _block_alarms(baseline.features, calibration, block, rows, sum(blocks.rows) - rows)
        alarms += bool(told)
        names.update(dict.fromkeys(told))
    return Silence(blocks=len(blocks.rows), alarms=alarms, features=tuple(names))


def _block_alarms(features: Sequence[Feature], calibration: Calibration, block: int, n: int, m: int) -> list[str]:
    """Return the features of one block that are an alarm: beyond their limit, and not by chance."""
    tests: list[tuple[float, str, bool]] = []
    for feature in features:
        spans = feature.spans
        if spans is None or feature.range_only or not spans.shift:
            continue
        effective, inflated = n * m / max(1, n + m), calibration.dispersion(feature)
        values = {
            "distribution": (spans.distribution[block], kolmogorov(spans.distribution[block], effective / inflated)),
            "shift": (spans.shift[block], normal_two_sided(spans.shift[block] * math.sqrt(12 * effective / inflated))),
            "spread": (
                spans.spread[block],
                normal_two_sided(spans.spread[block] * math.sqrt(48 * effective / inflated)),
            ),
        }
        for statistic, (value, p) in values.items():
            # A block of the training can lie on the limit that it has set itself, never beyond.
            beyond = value > calibration.limit(feature, statistic, n) + 1e-9
            tests.append((p, feature.name, beyond))
    tests.sort()
    told: list[str] = []
    for place in range(len(tests), 0, -1):
        if tests[place - 1][0] * len(tests) / place < FALSE_DISCOVERY:
            told = [name for _, name, beyond in tests[:place] if beyond]
            break
    return told
