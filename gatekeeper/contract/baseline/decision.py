"""The decision about drift: a pure function of a baseline and the counts of other data.

A column is an alarm if a difference is certain (Benjamini and Hochberg's procedure over all tests of the comparison)
and large enough to matter (`gatekeeper.contract.baseline.limits`). Both are asked of each statistic: of the shape, the
place and the spread of a distribution, and of the rates of missing, infinite, out-of-range, unseen and repeated values.
A column with too few rows to tell is UNDERPOWERED, and so is the whole comparison: that is no pass.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gatekeeper.contract.baseline import measures
from gatekeeper.contract.baseline.facts import Baseline, Categories, Feature, Kind
from gatekeeper.contract.baseline.limits import (
    FALSE_DISCOVERY,
    SMALLEST,
    Calibration,
    calibrate,
)
from gatekeeper.contract.baseline.measures import Divergence, Interval
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.contract.baseline.tails import chi_square, kolmogorov, more_than_by_chance, normal_two_sided

FEW_VALUES = 20
"""Up to so many distinct values a column is compared value by value: between ties KS has no power left."""
FEWEST_ROWS = 30
"""Below it the normal approximations do not hold, and no column is called quiet."""


class Status(enum.StrEnum):
    """What is said of one column."""

    DRIFT = "DRIFT"
    UNDERPOWERED = "UNDERPOWERED"
    QUIET = "QUIET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """One statistic of one column, how large it is and how certain.

    Attributes:
        value: how far the other data lies from the baseline.
        limit: how far it may.
        p: the probability of that by chance alone; `adjusted` by Benjamini and Hochberg over the whole comparison.
    """

    statistic: str
    value: float
    limit: float
    p: float
    adjusted: float = 1.0

    @property
    def fires(self) -> bool:
        """Whether the difference is certain and large enough."""
        return self.adjusted < FALSE_DISCOVERY and abs(self.value) >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of the rows: in the baseline and in the other data."""

    missing: tuple[float, float]
    infinite: tuple[float, float]
    outside: float
    unseen: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is said of one column.

    Attributes:
        m: the baseline's finite values; `n` those of the other data.
        needed: the rows that would be enough; None where the baseline has too few itself.
        blind: whether the blocks of the training differ so much that little can be told.
        distance: the certified interval of the Kolmogorov-Smirnov distance; for categories both ends are the total
            variation. None where there is nothing to compare.
        tests: every statistic that was tested, alarms or not.
    """

    name: str
    kind: Kind
    status: Status
    m: int
    n: int
    needed: int | None
    blind: bool
    distance: Interval | None
    divergence: Divergence | None
    rates: Rates
    tests: tuple[Significance, ...]
    examples: tuple[str, ...] = ()
    mistyped: int = 0

    @property
    def alarms(self) -> tuple[Significance, ...]:
        """The statistics that are an alarm."""
        return tuple(test for test in self.tests if test.fires)

    def test(self, statistic: str) -> Significance | None:
        """Return the test of a statistic, if there is one."""
        return next((test for test in self.tests if test.statistic == statistic), None)

    @property
    def d(self) -> float | None:
        """The distance that is certain."""
        return self.distance.low if self.distance else None

    @property
    def d_upper(self) -> float | None:
        """The distance that is possible."""
        return self.distance.high if self.distance else None

    @property
    def p(self) -> float:
        """The smallest p of all tests."""
        return min((test.p for test in self.tests), default=1.0)

    @property
    def p_adjusted(self) -> float:
        """The smallest adjusted p of all tests."""
        return min((test.adjusted for test in self.tests), default=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is said of all columns, in the order of the baseline; `tests` are how many were made."""

    rows: int
    features: tuple[Judged, ...]
    tests: int

    @property
    def drifted(self) -> bool:
        """Whether any column is an alarm."""
        return any(each.status is Status.DRIFT for each in self.features)

    @property
    def underpowered(self) -> bool:
        """Whether any column could not be told, or there was none to tell."""
        return not self.features or any(each.status is Status.UNDERPOWERED for each in self.features)


def decide(baseline: Baseline, samples: Sequence[Sample], calibration: Calibration | None = None) -> Comparison:
    """Return what is said of the columns that were counted; each is one of the baseline's, by its name."""
    calibration = calibration or calibrate(baseline)
    by_name = {feature.name: feature for feature in baseline.columns}
    pairs = [(by_name[sample.name], sample) for sample in samples]
    tested = _adjusted([tuple(tests_of(feature, sample, calibration)) for feature, sample in pairs])
    count = sum(map(len, tested))
    judged = tuple(
        _judged(feature, sample, tests, calibration, count)
        for (feature, sample), tests in zip(pairs, tested, strict=True)
    )
    return Comparison(rows=max((sample.rows for sample in samples), default=0), features=judged, tests=count)


def _judged(
    feature: Feature, sample: Sample, tests: tuple[Significance, ...], calibration: Calibration, count: int
) -> Judged:
    needed = calibration.needed(feature, count)
    if needed is not None:
        needed = max(needed, FEWEST_ROWS)
    blind = not feature.range_only and calibration.blind(feature, sample.n)
    enough = needed is not None and sample.n >= needed and not blind
    quiet = Status.QUIET if enough else Status.UNDERPOWERED
    there = feature.n > 0 and sample.n > 0
    return Judged(
        name=feature.name,
        kind=feature.kind,
        status=Status.DRIFT if any(test.fires for test in tests) else quiet,
        m=feature.n,
        n=sample.n,
        needed=needed,
        blind=blind,
        distance=_distance(feature, sample) if there else None,
        divergence=_divergence(feature, sample, calibration.dispersion(feature)) if there else None,
        rates=_rates(feature, sample),
        tests=tests,
        examples=sample.examples,
        mistyped=sample.mistyped,
    )


def _adjusted(tested: Sequence[tuple[Significance, ...]]) -> list[tuple[Significance, ...]]:
    """Return the tests with the p-values of Benjamini and Hochberg (1995), over all of them together."""
    order = sorted((test.p, i, j) for i, tests in enumerate(tested) for j, test in enumerate(tests))
    adjusted: dict[tuple[int, int], float] = {}
    smallest = 1.0
    for place in range(len(order), 0, -1):
        p, i, j = order[place - 1]
        smallest = min(smallest, p * len(order) / place)
        adjusted[i, j] = smallest
    return [
        tuple(replace(test, adjusted=adjusted[i, j]) for j, test in enumerate(tests)) for i, tests in enumerate(tested)
    ]


def tests_of(feature: Feature, sample: Sample, calibration: Calibration) -> Iterator[Significance]:
    """Yield each statistic that can be tested. One that neither data could show (no NaN in either) is no test."""
    yield from _rate_tests(feature, sample, calibration)
    if not feature.n or not sample.n:
        return
    if feature.grid is not None:
        yield from _grid_tests(feature, sample, calibration)
    elif feature.categories is not None:
        yield from _category_tests(feature, sample, calibration)


def _rate_tests(feature: Feature, sample: Sample, calibration: Calibration) -> Iterator[Significance]:
    if not sample.rows or not feature.rows:
        return
    before, after = feature.missing + feature.nan, sample.unusable
    if before or after:
        more = more_than_by_chance(after, sample.rows, before, feature.rows)
        fewer = more_than_by_chance(sample.rows - after, sample.rows, feature.rows - before, feature.rows)
        yield Significance(
            statistic="missing",
            value=after / sample.rows - before / feature.rows,
            limit=calibration.limit(feature, "missing", sample.rows),
            p=min(1.0, 2 * min(more, fewer)),
        )
    if feature.infinite or sample.infinite:
        yield Significance(
            statistic="infinite",
            value=sample.infinite / sample.rows - feature.infinite / feature.rows,
            limit=SMALLEST["infinite"],
            p=more_than_by_chance(sample.infinite, sample.rows, feature.infinite, feature.rows),
        )


def _grid_tests(feature: Feature, sample: Sample, calibration: Calibration) -> Iterator[Significance]:
    grid = feature.grid
    if grid is None:
        return
    n, m, inflated = feature.n, sample.n, calibration.dispersion(feature)
    ours, theirs = measures.cells(grid.le, grid.lt, n), measures.cells(sample.le, sample.lt, m)
    if feature.range_only:
        yield from _outside(ours, theirs, n, m, 1.0)
        return
    if grid.complete and len(grid.edges) <= FEW_VALUES:
        yield _chi_square_test(feature, sample, calibration, ours, theirs)
    else:
        low = measures.distance(grid, n, sample.le, sample.lt, m).low
        p = kolmogorov(low, n * m / (n + m) / inflated)
        yield Significance(
            statistic="distribution", value=low, limit=calibration.limit(feature, "distribution", m), p=p
        )
    for name, scored in (
        ("shift", measures.shift(ours, n, theirs, m)),
        ("spread", measures.spread(ours, n, theirs, m)),
    ):
        if scored.error > 0:
            p = normal_two_sided(scored.z / math.sqrt(inflated))
            yield Significance(statistic=name, value=scored.effect, limit=calibration.limit(feature, name, m), p=p)
    yield from _outside(ours, theirs, n, m, inflated)
    if sample.repeated and feature.kind is not Kind.TEXT:
        yield from _repeated(feature, sample)


def _outside(ours: Sequence[int], theirs: Sequence[int], n: int, m: int, inflated: float) -> Iterator[Significance]:
    """Yield the test of values beyond the first and the last edge, the smallest and largest value of the baseline.

    If both samples are of one distribution, that so many of the other data lie beyond all `n` is a matter of order
    alone. Rows that hang together leave the range together: they count for as many as are independent.
    """
    if not theirs[0] + theirs[-1]:
        return
    p = min(_of_independent(theirs[end], m, ours[end], n, inflated) for end in (0, -1))
    value = (theirs[0] + theirs[-1]) / m - (ours[0] + ours[-1]) / n
    yield Significance(statistic="outside", value=max(0.0, value), limit=SMALLEST["outside"], p=min(1.0, 2 * p))


def _of_independent(here: int, rows: int, there: int, other_rows: int, inflated: float) -> float:
    """Return the probability of so many by chance, if that many rows count for one."""
    counts = (
        int(here / inflated),
        max(1, int(rows / inflated)),
        int(there / inflated),
        max(1, int(other_rows / inflated)),
    )
    return more_than_by_chance(*counts)


def _repeated(feature: Feature, sample: Sample) -> Iterator[Significance]:
    """Yield the test of the value that is there most often: a sentinel in the middle of the range is told by that."""
    grid, most = feature.grid, sample.repeated
    if grid is None or most is None or most.value is None or grid.complete:
        return
    here, there = most.count, feature.repeated.count if feature.repeated else 1
    if most.value in grid.edges:  # there both counts are exact; else one is a lower bound and the other an upper one
        at = grid.edges.index(most.value)
        here, there = sample.le[at] - sample.lt[at], grid.le[at] - grid.lt[at]
    # As many values as fit in could have been the most frequent one.
    p = min(1.0, more_than_by_chance(here, sample.n, there, feature.n) * sample.n / max(1, here))
    value = here / sample.n - there / feature.n
    yield Significance(statistic="repeated", value=max(0.0, value), limit=SMALLEST["repeated"], p=p)


def _category_tests(feature: Feature, sample: Sample, calibration: Calibration) -> Iterator[Significance]:
    categories = feature.categories
    if categories is None:
        return
    pairs = measures.by_category(categories.values, categories.other.count, sample.categories, sample.unlisted)
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    yield _chi_square_test(feature, sample, calibration, ours, theirs)
    if sample.unlisted or categories.other.count:
        expected = _expected_unlisted(categories)
        yield Significance(
            statistic="unseen",
            value=sample.unlisted / sample.n - expected / feature.n,
            limit=max(SMALLEST["unseen"], feature.spans.unseen if feature.spans else 0.0),
            p=_of_independent(sample.unlisted, sample.n, expected, feature.n, calibration.dispersion(feature)),
        )


def _expected_unlisted(categories: Categories) -> int:
    """Return how many values of categories without a name the baseline's own rows would have had, drawn again.

    More than they had: a category has no name because it happened to be rare. By Good and Turing (Good 1953) those that
    were there fewer than T times have the mass of all that were there 1 to T times; T is the rarest named count, and
    how many have that count is smoothed over the next ones.
    """
    if not categories.other.count or not categories.values:
        return categories.other.count
    least = min(categories.values.values())
    window = max(1, least // 2)
    near = sum(count for count in categories.values.values() if least <= count < least + window)
    return categories.other.count + round(near / window)


def _chi_square_test(
    feature: Feature, sample: Sample, calibration: Calibration, ours: Sequence[int], theirs: Sequence[int]
) -> Significance:
    # Of categories the last cell is what no name is for: it is pooled with the rare ones.
    named = slice(None, -1) if feature.categories is not None else slice(None)
    value, degrees = measures.chi_square_of(ours[named], feature.n, theirs[named], sample.n)
    return Significance(
        statistic="distribution",
        value=measures.total_variation(ours, feature.n, theirs, sample.n),
        limit=calibration.limit(feature, "distribution", sample.n),
        p=chi_square(value / calibration.dispersion(feature), degrees) if degrees else 1.0,
    )


def _distance(feature: Feature, sample: Sample) -> Interval | None:
    if feature.grid is not None:
        return measures.distance(feature.grid, feature.n, sample.le, sample.lt, sample.n)
    pairs = _category_pairs(feature, sample)
    value = measures.total_variation([a for a, _ in pairs], feature.n, [b for _, b in pairs], sample.n)
    return Interval(low=value, high=value)


def _divergence(feature: Feature, sample: Sample, inflated: float) -> Divergence:
    if feature.grid is None:
        return measures.divergence(_category_pairs(feature, sample), inflated)
    ours = measures.cells(feature.grid.le, feature.grid.lt, feature.n)
    theirs = measures.cells(sample.le, sample.lt, sample.n)
    return measures.divergence(measures.coarse(ours, feature.n, theirs), inflated)


def _category_pairs(feature: Feature, sample: Sample) -> list[tuple[int, int]]:
    values: Mapping[str, int] = feature.categories.values if feature.categories else {}
    other = feature.categories.other.count if feature.categories else 0
    return measures.by_category(values, other, sample.categories, sample.unlisted)


def _rates(feature: Feature, sample: Sample) -> Rates:
    rows, other_rows = max(1, feature.rows), max(1, sample.rows)
    outside = sample.lt[0] + sample.n - sample.le[-1] if sample.lt else 0
    unlisted = feature.categories.other.count if feature.categories else 0
    return Rates(
        missing=((feature.missing + feature.nan) / rows, sample.unusable / other_rows),
        infinite=(feature.infinite / rows, sample.infinite / other_rows),
        outside=outside / max(1, sample.n),
        unseen=(unlisted / max(1, feature.n), sample.unlisted / max(1, sample.n)),
    )
