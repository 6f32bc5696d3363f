"""One panel of a picture: a column's name and status, its distribution, and the share that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from gatekeeper.contract.baseline import measures
from gatekeeper.contract.baseline.decision import Judged, Status, Test
from gatekeeper.contract.baseline.facts import Feature, Grid, Kind
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.report.baseline import plot_scale as scale
from gatekeeper.report.baseline.plot_ink import Fill, Page, Pen, Point, Stroke
from gatekeeper.report.baseline.plot_scale import Atom, Step, View, share

# Of the colours of Okabe and Ito: they can be told apart by all, and the lighter area from the darker line in grey.
OURS: Final = "#0072B2"
THEIRS: Final = "#D55E00"
_THEIR_TEXT: Final = "#A84A00"
_QUIET: Final = "#5A5A5A"

WIDTH: Final = 206.0
HEIGHT: Final = 136.0
BANNER: Final = 14.0
"""The height of the status above a panel, in a comparison."""
_PAD: Final = 8.0
_GUTTER: Final = 11.0
_FLOOR: Final = 104.0
_TOP: Final = 31.0
_LONGEST_NAME: Final = 28
_CATEGORIES: Final = 8
_STRANGE: Final = "not in baseline"

OUR_AREA: Final = Fill("#B5D7EC", 2)
OUR_LINE: Final = Stroke(OURS, 3, 0.9)
OUR_BAR: Final = Fill("#7FB9DC", 2)
OUR_STEM: Final = Stroke(OURS, 3.2, 2.4)
OUR_ARROW: Final = Fill(OURS, 3)
THEIR_LINE: Final = Stroke(THEIRS, 4, 1.3, (3.4, 1.1))
THEIR_STEM: Final = Stroke(THEIRS, 4.1, 1.5, (3.4, 1.1))
THEIR_BAR: Final = Fill(THEIRS, 3)
_TRACK: Final = Fill("#ECECEC", 1.5)
_AXIS: Final = Stroke("#8C8C8C", 1.8, 0.6)
_CARD: Final = Fill("#FFFFFF", 1)
_FRAMES: Final = {
    None: Stroke("#D0D0D0", 1.2, 0.7),
    Status.QUIET: Stroke("#D0D0D0", 1.2, 0.7),
    Status.UNDERPOWERED: Stroke("#7A7A7A", 1.2, 0.9, (4.0, 2.0)),
    Status.DRIFT: Stroke("#000000", 1.4, 1.8),
}
BANNERS: Final = {
    Status.QUIET: (Fill("#F4F4F4", 1.1), "#4A4A4A"),
    Status.UNDERPOWERED: (Fill("#DCDCDC", 1.1), "#222222"),
    Status.DRIFT: (Fill("#000000", 1.1), "#FFFFFF"),
}
SYMBOLS: Final = {
    Status.DRIFT: "\N{BLACK UP-POINTING TRIANGLE}",
    Status.QUIET: "\N{CHECK MARK}",
    Status.UNDERPOWERED: "?",
}
_NAME: Final = Pen(8.6, bold=True)
_SMALL: Final = Pen(6.2, _QUIET)
_OURS_TEXT: Final = Pen(6.0, "#005A8E")
_THEIRS_TEXT: Final = Pen(6.0, _THEIR_TEXT, bold=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """What one panel shows; `role` is empty for a feature."""

    feature: Feature
    sample: Sample | None
    judged: Judged | None
    role: str = ""


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


def draw_panel(page: Page, panel: Panel, x: float, y: float, *, banner: bool) -> None:
    """Draw a panel with its upper left corner there; with `banner` its status stands above."""
    status = panel.judged.status if panel.judged is not None else None
    head = BANNER if banner else 0.0
    page.box(_CARD, x, y, WIDTH, HEIGHT + head)
    corners = ((x, y), (x + WIDTH, y), (x + WIDTH, y + HEIGHT + head), (x, y + HEIGHT + head), (x, y))
    page.line(_FRAMES[status], corners)
    if panel.judged is not None:
        _status(page, panel.judged, x, y)
    y += head
    _title(page, panel, x, y)
    place = _Place(page, x + _PAD + _GUTTER, x + WIDTH - _PAD - _GUTTER, y + _TOP, y + _FLOOR)
    feature, sample = panel.feature, panel.sample
    if not feature.n:
        page.center(x + WIDTH / 2, y + (_TOP + _FLOOR) / 2, "no values in the baseline", _SMALL)
    elif feature.categories is not None:
        _categories(_Place(page, x + _PAD, x + WIDTH - _PAD, y + _TOP - 7, y + _FLOOR + 9), feature, sample)
    elif feature.grid is not None:
        _distribution(place, feature, feature.grid, sample)
    _missing(page, panel, x, y + HEIGHT - 9)


def _status(page: Page, judged: Judged, x: float, y: float) -> None:
    fill, color = BANNERS[judged.status]
    drift = judged.status is Status.DRIFT
    page.box(fill, x, y, WIDTH, BANNER)
    end = page.left(x + _PAD, y + 10, f"{SYMBOLS[judged.status]} {judged.status}", Pen(7.4, color, bold=drift))
    pen = Pen(7.4 if drift else 6.6, color, bold=drift)
    page.right(x + WIDTH - _PAD, y + 10, _said(judged), pen, x + WIDTH - _PAD - end - 6)


def _said(judged: Judged) -> str:
    """Return in a few words what is most wrong, or how sure it is that nothing is."""
    if judged.status is Status.DRIFT:
        return alarm(judged)
    if judged.status is Status.QUIET:
        return "" if judged.d is None else f"D {judged.d:.2f}"
    if judged.blind:
        return "blocks of the baseline differ"
    if not judged.m or judged.needed is None:
        return "baseline too small"
    return f"{judged.n:,} of {judged.needed:,} values needed"


def alarm(judged: Judged) -> str:
    """Return the strongest alarm in a few words: rates say more than a distance, unless it is far larger."""
    fired = {test.statistic: test for test in judged.alarms}
    rates, parts = judged.rates, []
    words = {
        "missing": f"missing {share(rates.missing[1])} ({share(rates.missing[0])})",
        "infinite": f"infinite {share(rates.infinite[1])} ({share(rates.infinite[0])})",
        "outside": f"outside {share(rates.outside)}",
        "unseen": f"unseen {share(rates.unseen[1])}" + (f" ({share(rates.unseen[0])})" if rates.unseen[0] else ""),
        "repeated": f"one value +{share(fired['repeated'].value)}" if "repeated" in fired else "",
    }
    found = [(2 * abs(fired[name].value), text) for name, text in words.items() if name in fired]
    shape = [name for name in ("distribution", "shift", "spread") if name in fired]
    if shape:
        found.append((max(_strength(fired[name]) for name in shape), _shape(judged, fired)))
    parts = [text for _, text in sorted(found, key=lambda each: -each[0])]
    return ", ".join(parts[:2]) if len(", ".join(parts[:2])) <= 30 else parts[0] if parts else ""


def _strength(test: Test) -> float:
    """Return how large an effect is, from 0 to 1: a shift is half at most, a spread a quarter."""
    return abs(test.value) * {"shift": 2, "spread": 4}.get(test.statistic, 1)


def _shape(judged: Judged, fired: dict[str, Test]) -> str:
    parts = [] if judged.d is None else [f"D {judged.d:.2f}"]
    if "shift" in fired:
        parts.append("larger" if fired["shift"].value > 0 else "smaller")
    elif "spread" in fired:
        parts.append("wider" if fired["spread"].value > 0 else "narrower")
    return " ".join(parts)


def _title(page: Page, panel: Panel, x: float, y: float) -> None:
    feature = panel.feature
    said = [feature.unit or ("length in characters" if feature.kind is Kind.TEXT else "")]
    said += ["range only"] if feature.range_only else []
    end = page.left(x + _PAD, y + 14, feature.name, _NAME, WIDTH - 2 * _PAD - (44 if panel.role else 0), _LONGEST_NAME)
    right = x + WIDTH - _PAD
    if panel.role:
        right = page.right(right, y + 14, panel.role, Pen(6.4, "#000000", bold=True)) - 5
    text = " \N{MIDDLE DOT} ".join(each for each in said if each)
    if text and right - end > 14:
        page.left(end + 5, y + 14, text, _SMALL, right - end - 5, _LONGEST_NAME)


def _missing(page: Page, panel: Panel, x: float, y: float) -> None:
    """Draw the strip at the bottom: what share of the rows has no value."""
    feature, sample = panel.feature, panel.sample
    page.left(x + _PAD, y + 3.6, "missing", _SMALL)
    at = x + _PAD + 34
    _gauge(page, at, y, (feature.missing + feature.nan, feature.rows), OUR_ARROW, _OURS_TEXT)
    if sample is not None:
        _gauge(page, at + 82, y, (sample.unusable, sample.rows), THEIR_BAR, _THEIRS_TEXT)


def _gauge(page: Page, x: float, y: float, counted: tuple[int, int], fill: Fill, pen: Pen) -> None:
    count, rows = counted
    page.box(_TRACK, x, y - 1, 46, 4)
    if count and rows:
        page.box(fill, x, y - 1, max(1.0, 46 * count / rows), 4)
    page.left(x + 49, y + 3.6, share(count / rows) if rows else "no rows", pen)


def _distribution(place: _Place, feature: Feature, grid: Grid, sample: Sample | None) -> None:
    seen = scale.view(grid, feature.n, sample)
    there = sample if sample is not None and sample.n and sample.le else None
    ours, theirs = scale.shares(grid, feature.n, there)
    if grid.complete:
        seen = _bars(place, feature, grid, (ours, theirs), there)
    else:
        atoms = scale.atoms(grid, ours, theirs, seen, there)
        fewest = min(feature.n, there.n) if there is not None else feature.n
        _steps(place, scale.steps(grid, ours, theirs, seen, fewest), there is not None, bool(atoms))
        _stems(place, feature, atoms, there is not None)
        _labels(place, list(scale.ticks(feature, seen)))
    _beyond(place, seen)
    page = place.page
    page.line(_AXIS, ((place.left - 3, place.floor), (place.right + 3, place.floor)))
    if sample is not None and not sample.n:
        page.right(place.right, place.top + 5, "no values in the other data", _THEIRS_TEXT)


def _steps(place: _Place, steps: Sequence[Step], compared: bool, beside: bool) -> None:  # noqa: FBT001 - private
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


def _stems(place: _Place, feature: Feature, atoms: Sequence[Atom], compared: bool) -> None:  # noqa: FBT001 - private
    """Draw values that stand out by themselves as stems, and write the largest beside it."""
    if not atoms:
        return
    most = max(max(each.ours, each.theirs) for each in atoms)
    factor = 0.9 / max(0.25, most)
    for each in atoms:
        x = place.x(each.at)
        if each.ours:
            place.page.line(OUR_STEM, ((x, place.floor), (x, place.y(each.ours * factor))))
        if each.theirs and compared:
            place.page.line(THEIR_STEM, ((x + 2.4, place.floor), (x + 2.4, place.y(each.theirs * factor))))
    shown = max(atoms, key=lambda each: max(each.ours, each.theirs))
    text = f"{scale.told(feature, shown.value)}: {share(shown.ours)}"
    text += f" \N{RIGHTWARDS ARROW} {share(shown.theirs)}" if compared else ""
    x, y = place.x(shown.at), place.y(max(shown.ours, shown.theirs) * factor) + 4
    write, dx = (place.page.left, 6.0) if shown.at < 0.5 else (place.page.right, -4.0)
    write(x + dx, y, text, Pen(6.0, "#222222"), (place.right - place.left) * 0.8)


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
        _bar(place, place.x(seen.at(value)), wide if i % 2 else wide / 3, (ours[i] * factor, theirs[i] * factor))
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
        half, top = max(0.8, wide * 0.3), place.y(theirs)
        place.page.line(
            THEIR_LINE, ((x - half, place.floor), (x - half, top), (x + half, top), (x + half, place.floor))
        )


def _value_labels(place: _Place, feature: Feature, grid: Grid, at: Sequence[float]) -> None:
    """Label the values of a column that has few; as many as there is room for, the first and the last."""
    texts = [scale.told(feature, each) for each in grid.edges]
    widest = max(place.page.letters.width(each, _SMALL) for each in texts) + 8
    room = max(1, int((place.right - place.left) / widest))
    every = max(1, -(-(len(texts) - 1) // max(1, room - 1))) if room > 1 else len(texts)
    chosen = {*range(0, len(texts) - max(1, every // 2 + 1), every), len(texts) - 1}
    _labels(place, [(at[i], texts[i]) for i in sorted(chosen)])


def _labels(place: _Place, labels: Sequence[tuple[float, str]]) -> None:
    for at, text in labels:
        x = place.x(at)
        place.page.line(_AXIS, ((x, place.floor), (x, place.floor + 2.2)))
        half = place.page.letters.width(text, _SMALL) / 2
        x = min(place.right + _GUTTER - half, max(place.left - _GUTTER + half, x))
        place.page.center(x, place.floor + 9, text, _SMALL)


def _beyond(place: _Place, seen: View) -> None:
    """Mark what lies beyond the picture: an arrow whose shaft grows with the share, and the share."""
    for side, at, shares in ((-1.0, place.left - 4.5, seen.below), (1.0, place.right + 4.5, seen.above)):
        write = place.page.left if side < 0 else place.page.right
        for value, fill, pen, row in zip(
            shares, (OUR_ARROW, THEIR_BAR), (_OURS_TEXT, _THEIRS_TEXT), (1, 0), strict=True
        ):
            if value <= 1e-9:
                continue
            y = place.floor - 4.5 - 9 * row
            size = 3.2
            place.page.area(fill, ((at, y - size), (at + side * 5, y), (at, y + size)))
            if row == 0 and value > 0.02:
                tall = (place.floor - place.top - 12) * value
                place.page.box(fill, at - 1.2, y - tall, 2.4, tall)
            write(at - side * 3.4, y + 2.2, share(value), pen)


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
            place.page.right(right, middle + 2.2, ", ".join(sample.examples[:3]), _THEIRS_TEXT, free - 6)
        if sample is None:
            place.page.box(OUR_BAR, left, middle - thick, (right - left) * ours / most, 2 * thick)
            place.page.left(right + 4, middle + 2.2, share(ours), _OURS_TEXT)
        else:
            place.page.box(OUR_BAR, left, middle - thick, (right - left) * ours / most, thick)
            place.page.box(THEIR_BAR, left, middle + 0.3, (right - left) * theirs / most, thick - 0.3)
            place.page.right(right + 26, middle + 2.2, share(ours), _OURS_TEXT)
            place.page.right(place.right, middle + 2.2, share(theirs), _THEIRS_TEXT)
        y += tall
    place.page.line(_AXIS, ((left, place.top), (left, place.floor)))


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
