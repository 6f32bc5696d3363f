"""The values of a column in its panel: densities, stems and bars, and what lies beyond the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from gatekeeper.contract.baseline import measures
from gatekeeper.contract.baseline.facts import Feature, Grid
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.report.baseline import plot_scale as scale
from gatekeeper.report.baseline.plot_ink import Fill, Page, Pen, Point, Stroke
from gatekeeper.report.baseline.plot_scale import Atom, Step, View, share

# Of the colours of Okabe and Ito: they can be told apart by all, and the lighter area from the darker line in grey.
OURS: Final = "#0072B2"
THEIRS: Final = "#D55E00"
_THEIR_TEXT: Final = "#A84A00"

WIDTH: Final = 206.0
"""Of a panel."""
PAD: Final = 8.0
TOP: Final = 37.0
"""Where the values begin, from the panel's upper end; at `FLOOR` is their axis, at `_STRIP` what is said above."""
FLOOR: Final = 104.0
_STRIP: Final = 30.0
_GUTTER: Final = 11.0
_CATEGORIES: Final = 8
_MOST_BARS: Final = 24
"""Distinct values that have a bar each; more are drawn as a density."""
_STRANGE: Final = "not in baseline"

OUR_AREA: Final = Fill("#B5D7EC", 2)
OUR_LINE: Final = Stroke(OURS, 3, 0.9)
OUR_BAR: Final = Fill("#7FB9DC", 2)
OUR_STEM: Final = Stroke(OURS, 3.2, 2.4)
OUR_ARROW: Final = Fill(OURS, 3)
THEIR_LINE: Final = Stroke(THEIRS, 4, 1.3, (4.4, 1.0))
THEIR_STEM: Final = Stroke(THEIRS, 4.1, 2.2, (3.4, 1.1))
THEIR_BAR: Final = Fill(THEIRS, 3)
_AXIS: Final = Stroke("#8C8C8C", 1.8, 0.6)
SMALL: Final = Pen(6.2, "#5A5A5A")
OURS_TEXT: Final = Pen(6.0, "#005A8E")
THEIRS_TEXT: Final = Pen(6.0, _THEIR_TEXT, bold=True)
_NOTE: Final = Pen(6.2, "#222222")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the distribution is drawn: from `left` to `right`, up from the floor."""

    page: Page
    left: float
    right: float
    top: float
    floor: float

    def x(self, at: float) -> float:
        """Return where a position of the view is on the page."""
        return self.left + min(1.0, max(0.0, at)) * (self.right - self.left)

    def y(self, height: float) -> float:
        """Return where a height from 0 to 1 is on the page."""
        return self.floor - min(1.0, max(0.0, height)) * (self.floor - self.top)


def draw_values(page: Page, feature: Feature, sample: Sample | None, x: float, y: float) -> None:
    """Draw the values of a column, of which there are some, into the panel with its upper left corner there."""
    if feature.categories is not None:
        place = _Place(page, x + PAD, x + WIDTH - PAD, y + TOP - 7, y + FLOOR + 9)
        _categories(place, feature, sample)
    elif feature.grid is not None:
        place = _Place(page, x + PAD + _GUTTER, x + WIDTH - PAD - _GUTTER, y + TOP, y + FLOOR)
        _distribution(place, feature, feature.grid, sample)


def _distribution(place: _Place, feature: Feature, grid: Grid, sample: Sample | None) -> None:
    seen = scale.view(grid, feature.n, sample)
    there = sample if sample is not None and sample.n and sample.le else None
    ours, theirs = scale.shares(grid, feature.n, there)
    if grid.complete and len(grid.edges) <= _MOST_BARS:
        _beyond(place, _bars(place, feature, grid, (ours, theirs), there))
    else:
        atoms = scale.atoms(grid, ours, theirs, seen, there)
        fewest = min(feature.n, there.n) if there is not None else feature.n
        _steps(place, scale.steps(grid, ours, theirs, seen, fewest), compared=there is not None, beside=bool(atoms))
        _labels(place, list(scale.ticks(feature, seen)))
        _stems(place, feature, atoms, _beyond(place, seen), compared=there is not None)
    page = place.page
    page.line(_AXIS, ((place.left - 3, place.floor), (place.right + 3, place.floor)))
    if sample is not None and not sample.n:
        page.right(place.right, place.top + 5, "no values in the other data", THEIRS_TEXT)


def _steps(place: _Place, steps: Sequence[Step], *, compared: bool, beside: bool) -> None:
    """Draw the densities: an area for the baseline, an outline for the other data."""
    dense = [(s.left, s.right, s.ours / (s.right - s.left), s.theirs / (s.right - s.left)) for s in steps]
    top = max((max(a, b) for _, _, a, b in dense), default=0.0)
    if not top:
        return
    whole = max(sum(s.ours for s in steps), sum(s.theirs for s in steps))
    factor = (max(0.3, min(0.95, 1.3 * whole)) if beside else 0.95) / top
    ours = _outline(place, [(left, right, a * factor) for left, right, a, _ in dense])
    place.page.area(OUR_AREA, ours)
    place.page.line(OUR_LINE, ours)
    if compared:
        place.page.line(THEIR_LINE, _outline(place, [(left, right, b * factor) for left, right, _, b in dense]))


def _outline(place: _Place, steps: Sequence[tuple[float, float, float]]) -> list[Point]:
    points = [(place.x(steps[0][0]), place.floor)]
    for left, right, height in steps:
        points += [(place.x(left), place.y(height)), (place.x(right), place.y(height))]
    return [*points, (place.x(steps[-1][1]), place.floor)]


def _stems(
    place: _Place,
    feature: Feature,
    atoms: Sequence[Atom],
    room: tuple[float, float],
    *,
    compared: bool,
) -> None:
    """Draw values that stand out by themselves as stems, and write the largest above, in the room that there is."""
    if not atoms:
        return
    most = max(max(each.ours, each.theirs) for each in atoms)
    factor = 0.9 / max(0.25, most)
    for each in atoms:
        x = place.x(each.at)
        if each.ours:
            place.page.line(OUR_STEM, ((x, place.floor), (x, place.y(each.ours * factor))))
        if each.theirs and compared:
            place.page.line(THEIR_STEM, ((x + 2.8, place.floor), (x + 2.8, place.y(each.theirs * factor))))
    shown = max(atoms, key=lambda each: max(each.ours, each.theirs))
    text = f"{scale.told(feature, shown.value)}: {share(shown.ours)}"
    text += f" \N{RIGHTWARDS ARROW} {share(shown.theirs)}" if compared else ""
    half = place.page.letters.width(text, _NOTE) / 2
    x = max(room[0] + half, min(room[1] - half, place.x(shown.at)))
    place.page.center(x, place.top - TOP + _STRIP + 2.2, text, _NOTE, room[1] - room[0])


def _bars(
    place: _Place, feature: Feature, grid: Grid, shares: tuple[list[float], list[float]], sample: Sample | None
) -> View:
    """Draw a bar for each of a few values. Where one lies far off, they stand in order, at equal distances."""
    ours, theirs = shares
    edges = [Fraction(each) for each in grid.edges]
    gaps = [b - a for a, b in pairwise(edges)]
    even = len(edges) > 6 and max(gaps) <= 6 * sorted(gaps)[len(gaps) // 2] and max(gaps) <= 12 * min(gaps)
    scaled = [Fraction(i) for i in range(len(edges))] if not even else edges
    unit = min((b - a for a, b in pairwise(scaled)), default=Fraction(1))
    m = sample.n if sample is not None else 0
    seen = View(
        low=scaled[0] - unit / 2,
        high=scaled[-1] + unit / 2,
        below=(0.0, sample.lt[0] / m if sample is not None and m else 0.0),
        above=(0.0, 1 - sample.le[-1] / m if sample is not None and m else 0.0),
    )
    wide = min(26.0, (place.right - place.left) * float(unit / (seen.high - seen.low)) * 0.8)
    factor = 0.95 / max(*ours, *theirs[1:-1], 1e-12)
    for i in range(1, len(ours) - 1):
        value = scaled[i // 2] if i % 2 else (scaled[i // 2 - 1] + scaled[i // 2]) / 2
        heights = (ours[i] * factor, theirs[i] * factor)
        _bar(place, place.x(seen.at(value)), wide if i % 2 else wide / 3, heights)
    if even:
        _labels(place, list(scale.ticks(feature, seen)))
    else:
        _value_labels(place, feature, grid, [seen.at(each) for each in scaled])
    return seen


def _bar(place: _Place, x: float, wide: float, heights: tuple[float, float]) -> None:
    ours, theirs = heights
    if ours:
        place.page.box(OUR_BAR, x - wide / 2, place.y(ours), wide, place.floor - place.y(ours))
    if theirs:
        half, top = max(0.8, wide * 0.33), place.y(theirs)
        place.page.line(
            THEIR_LINE, ((x - half, place.floor), (x - half, top), (x + half, top), (x + half, place.floor))
        )


def _value_labels(place: _Place, feature: Feature, grid: Grid, at: Sequence[float]) -> None:
    """Label the values of a column that has few; as many as there is room for, the first and the last."""
    texts = [scale.told(feature, each) for each in grid.edges]
    widest = max(place.page.letters.width(each, SMALL) for each in texts) + 8
    room = max(1, int((place.right - place.left) / widest))
    every = max(1, -(-(len(texts) - 1) // max(1, room - 1))) if room > 1 else len(texts)
    chosen = {*range(0, len(texts) - max(1, every // 2 + 1), every), len(texts) - 1}
    _labels(place, [(at[i], texts[i]) for i in sorted(chosen)])


def _labels(place: _Place, labels: Sequence[tuple[float, str]]) -> None:
    for at, text in labels:
        x = place.x(at)
        place.page.line(_AXIS, ((x, place.floor), (x, place.floor + 2.2)))
        half = place.page.letters.width(text, SMALL) / 2
        x = min(place.right + _GUTTER - half, max(place.left - _GUTTER + half, x))
        place.page.center(x, place.floor + 9, text, SMALL)


def _beyond(place: _Place, seen: View) -> tuple[float, float]:
    """Mark above, with arrows, what lies beyond the picture, and how much; return the room between them.

    That of the other data is a bar at the side, too: it is as high as its share.
    """
    y, room = place.top - TOP + _STRIP, []
    for side, at, shares in ((-1.0, place.left - _GUTTER, seen.below), (1.0, place.right + _GUTTER, seen.above)):
        x = at
        for value, fill, pen in zip(shares, (OUR_ARROW, THEIR_BAR), (OURS_TEXT, THEIRS_TEXT), strict=True):
            if value <= 1e-9:
                continue
            place.page.area(fill, ((x - side * 4.6, y - 3), (x, y), (x - side * 4.6, y + 3)))
            x -= side * 6.4
            if side < 0:
                x = place.page.left(x, y + 2.2, share(value), pen) + 6
            else:
                x = place.page.right(x, y + 2.2, share(value), pen) - 6
        if shares[1] > 0.03:
            tall = (place.floor - place.top) * shares[1]
            place.page.box(THEIR_BAR, at - side * 5 - 2, place.floor - tall, 4, tall)
        room.append(x)
    return room[0], room[1]


def _categories(place: _Place, feature: Feature, sample: Sample | None) -> None:
    """Draw a pair of bars for each of the most frequent categories, and for the others together."""
    rows = _category_rows(feature, sample)
    most = max(max(a, b) for _, a, b in rows) or 1.0
    tall = min(15.0, (place.floor - place.top) / len(rows))
    left, right = place.left + 66, place.right - (52 if sample is not None else 30)
    y = place.top + (place.floor - place.top - tall * len(rows)) / 2
    for i, (name, ours, theirs) in enumerate(rows):
        middle, thick = y + tall / 2, tall * 0.36
        strange = i == len(rows) - 1 and sample is not None and sample.unlisted > 0
        place.page.right(left - 4, middle + 2.2, name, Pen(6.2, _THEIR_TEXT if strange else "#222222", strange), 62)
        free = (right - left) * (1 - max(ours, theirs) / most)
        if strange and sample is not None and sample.examples and free > 24:
            examples = ", ".join(
                f"\N{LEFT DOUBLE QUOTATION MARK}{each}\N{RIGHT DOUBLE QUOTATION MARK}" for each in sample.examples[:3]
            )
            place.page.left(right - free + 4, middle + 2.2, examples, THEIRS_TEXT, free - 6)
        if sample is None:
            place.page.box(OUR_BAR, left, middle - thick, (right - left) * ours / most, 2 * thick)
            place.page.left(right + 4, middle + 2.2, share(ours), OURS_TEXT)
        else:
            place.page.box(OUR_BAR, left, middle - thick, (right - left) * ours / most, thick)
            place.page.box(THEIR_BAR, left, middle + 0.3, (right - left) * theirs / most, thick - 0.3)
            place.page.right(right + 26, middle + 2.2, share(ours), OURS_TEXT)
            place.page.right(place.right, middle + 2.2, share(theirs), THEIRS_TEXT)
        y += tall
    place.page.line(_AXIS, ((left, y), (left, y - tall * len(rows))))


def _category_rows(feature: Feature, sample: Sample | None) -> list[tuple[str, float, float]]:
    """Return what each row is called, and its share of the values of the baseline and of the other data."""
    if feature.categories is None:
        return []
    named, other = feature.categories.values, feature.categories.other.count
    theirs = sample.categories if sample is not None else {}
    n, m = max(1, feature.n), max(1, sample.n if sample is not None else 0)
    order = sorted(named, key=lambda each: -max(named[each] / n, theirs.get(each, 0) / m))
    chosen = set(order[:_CATEGORIES])
    rows = [(each, named[each] / n, theirs.get(each, 0) / m) for each in named if each in chosen]
    pairs = measures.by_category(named, 0, theirs, 0)
    rest = [pair for each, pair in zip(named, pairs, strict=False) if each not in chosen]
    unlisted = sample.unlisted if sample is not None else 0
    a, b = sum(pair[0] for pair in rest), sum(pair[1] for pair in rest)
    if not unlisted and (rest or other):
        distinct = len(rest) + feature.categories.other.distinct
        rows.append((f"{distinct:,} other{'' if distinct == 1 else 's'}", (a + other) / n, b / m))
    if unlisted:
        rows += [(f"{len(rest):,} other{'' if len(rest) == 1 else 's'}", a / n, b / m)] if rest else []
        rows.append((_STRANGE if not other else "not named", other / n, unlisted / m))
    return rows or [("no categories", 0.0, 0.0)]
