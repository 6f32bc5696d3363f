"""What holds of every baseline that was counted, and of few that were edited by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gatekeeper.contract.baseline.facts import Baseline, Blocks, Categories, Feature, Grid, Kind, Spans, Time
from gatekeeper.errors import Unreadable

_AGAIN = "build it again, and don't edit it: gatekeeper baseline build DATA -o baseline.json"
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Flaw:
    """What does not add up, and where: the name of a column, or a key of the document."""

    where: str
    what: str


def checked(baseline: Baseline) -> Baseline:
    """Return the baseline.

    Raises:
        Unreadable: its numbers do not add up.
    """
    for flaw in flaws(baseline):
        raise Unreadable(f"{flaw.where}: {flaw.what}", fix=_AGAIN)
    return baseline


def flaws(baseline: Baseline) -> Iterator[Flaw]:
    """Yield everything that does not add up."""
    yield from (Flaw("features", each) for each in _names(baseline))
    for feature in baseline.columns:
        yield from (Flaw(f"column {feature.name!r}", each) for each in _feature(feature, baseline))
    if baseline.time is not None:
        yield from (Flaw("time", each) for each in _time(baseline.time, baseline.data.rows))
    blocks = baseline.blocks
    if blocks is not None and sum(blocks.rows) + _timeless(baseline) < baseline.data.rows:
        yield Flaw("blocks", f"have {sum(blocks.rows):,} rows, expected {baseline.data.rows:,}")


def _timeless(baseline: Baseline) -> int:
    return baseline.time.missing if baseline.time is not None else 0


def _names(baseline: Baseline) -> Iterator[str]:
    names = [feature.name for feature in baseline.columns]
    if not baseline.features:
        yield "there are none"
    if len(set(names)) != len(names):
        yield "a name is there twice"
    features = [feature.name for feature in baseline.features]
    known = set(features)
    if [name for name in baseline.data.columns if name in known] != features:
        yield "they are in another order than the columns of the data, or not among them"


def _feature(feature: Feature, baseline: Baseline) -> Iterator[str]:
    if feature.rows != baseline.data.rows:
        yield f"n + missing + nan + infinite are {feature.rows:,}, the data has {baseline.data.rows:,} rows"
    if feature.kind.measured:
        if feature.categories is not None:
            yield f"is {feature.kind} and has categories"
        if feature.n and feature.grid is None:
            yield f"has {feature.n:,} values and no grid"
    elif feature.grid is not None or feature.categories is None:
        yield f"is {feature.kind} and has {'a grid' if feature.grid is not None else 'no categories'}"
    if feature.grid is not None:
        yield from _grid(feature.grid, feature)
    if feature.categories is not None:
        yield from _categories(feature.categories, feature, baseline.k)
    yield from _numbers(feature)
    if feature.spans is not None:
        yield from _spans(feature.spans, baseline.blocks)


def _spans(spans: Spans, blocks: Blocks | None) -> Iterator[str]:
    count = len(blocks.rows) if blocks is not None else 0
    series = (spans.distribution, *(each for each in (spans.shift, spans.spread) if each))
    if any(len(each) != count for each in series):
        yield "has spans of other blocks than the data has"
    if any(not 0 <= value <= 1 for each in series for value in each):
        yield "has a span that is no distance: expected 0 to 1"


def _grid(grid: Grid, feature: Feature) -> Iterator[str]:
    sizes = {len(grid.edges), len(grid.le), len(grid.lt)}
    if len(sizes) != 1 or not grid.edges:
        yield f"has {len(grid.edges)} edges, {len(grid.le)} counts `le` and {len(grid.lt)} counts `lt`"
        return
    if any(b <= a for a, b in pairwise(grid.edges)):
        yield "has edges that do not grow"
    running = [count for pair in zip(grid.lt, grid.le, strict=True) for count in pair]
    if any(b < a for a, b in pairwise([*running, feature.n])):
        yield "has counts that fall from one edge to the next, or exceed n"
    if feature.kind is Kind.INTEGER and any(isinstance(edge, float) and edge != int(edge) for edge in grid.edges):
        yield "is integer and has an edge that is none"
    if grid.complete and running and (running[0] or grid.le[-1] != feature.n):
        yield "says that every value is an edge, and has values that are none"
    if grid.complete and any(after != before for before, after in zip(grid.le, grid.lt[1:], strict=False)):
        yield "says that every value is an edge, and has values between two edges"
    if feature.min is not None and feature.max is not None and feature.kind is not Kind.TEXT:
        yield from _ends(grid, feature)


def _ends(grid: Grid, feature: Feature) -> Iterator[str]:
    low, high = feature.min, feature.max
    if low is None or high is None:
        return
    if low > high:
        yield f"has min {low} above max {high}"
    if grid.lt[0] and low >= grid.edges[0]:
        yield f"has values below its first edge {grid.edges[0]}, and min {low}"
    if grid.le[-1] < feature.n and high <= grid.edges[-1]:
        yield f"has values above its last edge {grid.edges[-1]}, and max {high}"
    if not grid.lt[0] and low < grid.edges[0]:
        yield f"has min {low} below its first edge {grid.edges[0]}, and no value there"
    if grid.le[-1] == feature.n and high > grid.edges[-1]:
        yield f"has max {high} above its last edge {grid.edges[-1]}, and no value there"


def _categories(categories: Categories, feature: Feature, k: int) -> Iterator[str]:
    total = sum(categories.values.values()) + categories.other.count
    if total != feature.n:
        yield f"has {total:,} values in its categories, expected n = {feature.n:,}"
    if feature.kind is Kind.CATEGORY and any(0 < count < k for count in categories.values.values()):
        yield f"names a category with fewer than {k} values"
    if bool(categories.other.count) != bool(categories.other.distinct):
        yield "has other values without other categories, or the reverse"


def _numbers(feature: Feature) -> Iterator[str]:
    signs = [count for count in (feature.zero, feature.negative) if count is not None]
    if sum(signs) > feature.n:
        yield f"has {sum(signs):,} zero and negative values among {feature.n:,}"
    if feature.std is not None and feature.std < 0:
        yield f"has the standard deviation {feature.std}"
    mean, low, high = feature.mean, feature.min, feature.max
    if mean is not None and low is not None and high is not None:
        room = _ROUNDING * max(abs(low), abs(high), 1)
        if not low - room <= mean <= high + room:
            yield f"has the mean {mean}, outside its {low} to {high}"


def _time(time: Time, rows: int) -> Iterator[str]:
    for key, counts, most in (("months", time.months, 12), ("weekdays", time.weekdays, 7)):
        total = sum(counts.values())
        if total + time.missing != rows:
            yield f"{key} have {total:,} rows and {time.missing:,} have no time; the data has {rows:,}"
        if any(not (name.isdecimal() and 1 <= int(name) <= most) for name in counts):
            yield f"{key} are named {', '.join(counts)}; expected 1 to {most}"
    if time.start > time.end:
        yield f"starts on {time.start}, after its end on {time.end}"
