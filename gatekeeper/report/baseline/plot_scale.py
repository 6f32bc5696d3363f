"""Where a column's counts stand in its panel: what part of the values is in view, in which steps, with which ticks.

Edges may be integers beyond 2**53 or floats whose difference is no float: positions are computed as fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from gatekeeper.contract.baseline import measures
from gatekeeper.contract.baseline.facts import Feature, Grid, Kind, Number
from gatekeeper.contract.baseline.sample import Sample

ATOM = 0.02
"""Share of the values from which on a single value is drawn as one."""
_FEW = 20
"""So many values may be the same by chance."""
_ROOM = Fraction(6, 10)
"""A tail that is no longer than so much of the middle is shown whole."""
_MARGIN = Fraction(4, 100)
_FAR = 5
"""So many interquartile ranges beyond the quartiles the view ends at the latest."""
_NARROWEST = 1 / 56
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class View:
    """What of the values is shown. `below` and `above` are the shares beyond it, of the baseline and of the other."""

    low: Fraction
    high: Fraction
    below: tuple[float, float] = (0.0, 0.0)
    above: tuple[float, float] = (0.0, 0.0)

    def at(self, value: Number | Fraction) -> float:
        """Return where a value is: 0 at the left end, 1 at the right one."""
        if self.high == self.low:
            return 0.5
        at = (Fraction(value) - self.low) / (self.high - self.low)
        return float(max(Fraction(-(10**6)), min(Fraction(10**6), at)))


@dataclass(frozen=True, slots=True)
class Step:
    """The share of the values from `left` to `right`, of the baseline and of the other data."""

    left: float
    right: float
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True)
class Atom:
    """The share of one value."""

    at: float
    ours: float
    theirs: float
    value: Number


def view(grid: Grid, n: int, sample: Sample | None) -> View:
    """Return what is shown: the middle, and the tails as far as they do not flatten it."""
    edges = [Fraction(each) for each in grid.edges]
    first, last = _middle(grid, edges, n, sample)
    span = edges[last] - edges[first] or edges[-1] - edges[0]
    whole_left, whole_right = edges[first] - edges[0] <= _ROOM * span, edges[-1] - edges[last] <= _ROOM * span
    below_at, above_at = 0 if whole_left else first, len(edges) - 1 if whole_right else last
    m = sample.n if sample is not None and sample.le else 0
    return View(
        low=edges[0] if whole_left else edges[first] - _MARGIN * span,
        high=edges[-1] if whole_right else edges[last] + _MARGIN * span,
        below=(grid.lt[below_at] / n, sample.lt[below_at] / m if sample is not None and m else 0.0),
        above=(1 - grid.le[above_at] / n, 1 - sample.le[above_at] / m if sample is not None and m else 0.0),
    )


def _middle(grid: Grid, edges: Sequence[Fraction], n: int, sample: Sample | None) -> tuple[int, int]:
    """Return the first and the last edge of the part that is shown in any case."""
    end = len(edges) - 1
    if end < 3:
        return 0, end
    low, high = _quantile(grid.le, n, 0.25), _quantile(grid.le, n, 0.75)
    reach = _FAR * (edges[high] - edges[low])
    first, last = 1, end - 1
    if reach:
        first = next(i for i in range(1, end) if edges[i] >= edges[low] - reach or i == end - 1)
        last = next(i for i in range(end - 1, 0, -1) if edges[i] <= edges[high] + reach or i == 1)
    if sample is not None and sample.n and sample.le:
        first = max(1, min(first, _quantile(sample.le, sample.n, 0.1)))
        last = min(end - 1, max(last, _quantile(sample.le, sample.n, 0.9)))
    return min(first, last), max(first, last)


def _quantile(le: Sequence[int], n: int, share: float) -> int:
    return next((i for i, count in enumerate(le) if count >= share * n), len(le) - 1)


def shares(grid: Grid, n: int, sample: Sample | None) -> tuple[list[float], list[float]]:
    """Return the share of each cell, of the baseline and of the other data (zeros without it)."""
    ours = [count / n for count in measures.cells(grid.le, grid.lt, n)]
    if sample is None or not sample.n or not sample.le:
        return ours, [0.0] * len(ours)
    return ours, [count / sample.n for count in measures.cells(sample.le, sample.lt, sample.n)]


def atoms(grid: Grid, ours: list[float], theirs: list[float], seen: View, sample: Sample | None) -> list[Atom]:
    """Take the values that stand out by themselves out of the shares, and return them."""
    m = sample.n if sample is not None else 0
    large = _large(ours, grid.le[-1]) | _large(theirs, m)
    found = []
    for i in sorted(large):
        value = grid.edges[i // 2]
        found.append(Atom(seen.at(value), ours[i], theirs[i], value))
        ours[i] = theirs[i] = 0.0
    most = sample.repeated if sample is not None else None
    if (
        most is not None
        and most.value is not None
        and most.value not in grid.edges
        and most.count > max(ATOM * m, _FEW)
    ):
        share = most.count / max(1, m)
        cell = 2 * sum(each < most.value for each in grid.edges)
        if share > theirs[cell] / 2:
            theirs[cell] = max(0.0, theirs[cell] - share)
            found.append(Atom(seen.at(most.value), 0.0, share, most.value))
    return [each for each in found if -1e-9 <= each.at <= 1 + 1e-9]


def _large(cells: Sequence[float], n: int) -> set[int]:
    least = max(ATOM, _FEW / max(1, n))
    return {i for i in range(1, len(cells), 2) if cells[i] > least and _stands_out(cells, i)}


def _stands_out(cells: Sequence[float], i: int) -> bool:
    """Return whether a value is there far more often than other edges: where all are alike, they have a density."""
    edges = sorted(cells[1::2])
    around = [cells[j] for j in (i - 2, i + 2) if 0 < j < len(cells)]
    return cells[i] > 2.5 * max(around, default=0.0) or cells[i] > 5 * edges[3 * len(edges) // 4]


def steps(grid: Grid, ours: Sequence[float], theirs: Sequence[float], seen: View, fewest: int) -> list[Step]:
    """Return the steps between the edges, joined until each is wide enough to be seen and holds more than noise.

    What is at an edge belongs by half to both sides. `fewest` is the smaller number of values of both data.
    """
    enough = max(1 / 36, min(0.16, 30 / max(1, fewest)))
    where = [seen.at(each) for each in grid.edges]
    joined: list[Step] = []
    left, a, b = where[0], 0.0, 0.0
    for k, (start, end) in enumerate(pairwise(where)):
        i = 2 * k + 2
        a += ours[i] + _part(ours, i - 1, 1) + _part(ours, i + 1, len(ours) - 2)
        b += theirs[i] + _part(theirs, i - 1, 1) + _part(theirs, i + 1, len(theirs) - 2)
        if end > start and end - left >= _NARROWEST and (max(a, b) >= enough or end >= 1 or k == 0):
            joined.append(Step(left, end, a, b))
            left, a, b = end, 0.0, 0.0
    if a or b:
        before = joined.pop() if joined else Step(left, left, 0.0, 0.0)
        joined.append(Step(before.left, max(where[-1], before.left + _NARROWEST), before.ours + a, before.theirs + b))
    return [each for each in joined if each.right > 0 and each.left < 1]


def _part(cells: Sequence[float], i: int, end: int) -> float:
    return cells[i] if i == end else cells[i] / 2


def ticks(feature: Feature, seen: View) -> Iterator[tuple[float, str]]:
    """Yield where a label stands, and the label: two to six round numbers, or the two ends."""
    if feature.kind is Kind.DATETIME:
        yield 0.0, _moment(seen.low, seen.high - seen.low)
        if seen.high > seen.low:
            yield 1.0, _moment(seen.high, seen.high - seen.low)
        return
    span = seen.high - seen.low
    if not span:
        yield 0.5, short(_number(seen.low))
        return
    size = max(abs(seen.low), abs(seen.high))
    if span * 10**6 < size:  # The round numbers between would all look the same.
        yield 0.0, _exact(seen.low)
        yield 1.0, f"+{short(_number(span))}"
        return
    step = _round_step(span / 5)
    first, last = math.ceil(seen.low / step), math.floor(seen.high / step)
    for k in range(first, last + 1):
        yield seen.at(k * step), _label(k * step, step, size)


def _round_step(wanted: Fraction) -> Fraction:
    """Return the smallest of 1, 2, 5 times a power of ten that is no less."""
    power = len(str(wanted.numerator)) - len(str(wanted.denominator)) - 1
    for exponent in range(power, power + 3):
        for factor in (1, 2, 5):
            step = Fraction(factor) * Fraction(10) ** exponent
            if step >= wanted:
                return step
    return wanted


def _label(value: Fraction, step: Fraction, size: Fraction) -> str:
    """Return a round number with as many digits as its neighbours differ by."""
    if not value:
        return "0"
    for limit, unit, letter in (
        (10**15, 0, ""),
        (10**12, 10**12, "T"),
        (10**9, 10**9, "G"),
        (10**6, 10**6, "M"),
        (10**4, 10**3, "k"),
    ):
        if size >= limit:
            return f"{_short_decimal(value / unit, step / unit)}{letter}" if unit else f"{_number(value):.3g}"
    return _short_decimal(value, step) if size >= Fraction(1, 1000) else f"{_number(value):.3g}"


def _short_decimal(value: Fraction, step: Fraction) -> str:
    digits = 0
    while (step * 10**digits).denominator != 1 and digits < 6:
        digits += 1
    return f"{float(value):,.{digits}f}"


def _number(value: Fraction) -> Number:
    """Return an integer as it is, and anything else as the nearest float that there is."""
    if value.denominator == 1 and abs(value) < 2**64:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return math.copysign(1.7976931348623157e308, value)


def _exact(value: Fraction) -> str:
    number = _number(value)
    return f"{number:,}" if isinstance(number, int) else f"{number:.9g}"


def short(value: Number) -> str:
    """Return a number in at most a few characters."""
    if isinstance(value, int) and abs(value) < 10**6:
        return f"{value:,}" if abs(value) >= 10**4 else str(value)
    return f"{value:.4g}"


def told(feature: Feature, value: Number) -> str:
    """Return a value of a column in a few characters: a date for times."""
    return _moment(Fraction(value), Fraction(_DAY * 9)) if feature.kind is Kind.DATETIME else short(value)


def _moment(value: Fraction, span: Fraction) -> str:
    """Return a point in time, in microseconds since 1970, as finely as the span that is shown needs it."""
    days, rest = divmod(int(value), _DAY)
    year, month, day = _date(days)
    if span >= 3 * _DAY:
        return f"{year:04}-{month:02}-{day:02}"
    minutes, seconds = divmod(rest // _SECOND, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{month:02}-{day:02} {clock}" if span >= 600 * _SECOND else f"{clock}:{seconds:02}"


def _date(days: int) -> tuple[int, int, int]:
    """Return year, month and day in the Gregorian calendar, which repeats itself every 146,097 days, of any year."""
    era, day = divmod(days + 719_468, 146_097)  # From the first of March of the year 0.
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    return era * 400 + year + (month >= 10), month + 3 if month < 10 else month - 9, day + 1


def share(value: float) -> str:
    """Return a share in as few characters as tell it from nothing and from all."""
    if value <= 0:
        return "0 %"
    if value < 0.001:
        return "<0.1 %"
    if value < 0.00995:
        return f"{value:.1%}".replace("%", " %")
    if 0.995 <= value < 1:
        return ">99 %"
    return f"{value:.0%}".replace("%", " %")
