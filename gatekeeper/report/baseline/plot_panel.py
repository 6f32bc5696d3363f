"""One panel of a picture: a column's name and status, its distribution, and the share that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.baseline.decision import Judged, Significance, Status
from gatekeeper.contract.baseline.facts import Feature, Kind
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.report.baseline import plot_scale as scale
from gatekeeper.report.baseline.plot_ink import Fill, Page, Pen, Stroke
from gatekeeper.report.baseline.plot_scale import share
from gatekeeper.report.baseline.plot_shape import (
    FLOOR,
    OUR_ARROW,
    OURS_TEXT,
    PAD,
    SMALL,
    THEIR_BAR,
    THEIRS_TEXT,
    TOP,
    WIDTH,
    draw_values,
)

HEIGHT: Final = 136.0
BANNER: Final = 14.0
"""The height of the status above a panel, in a comparison."""
_LONGEST_NAME: Final = 28
_LONGEST_CATEGORY: Final = 14
_TRACK: Final = Fill("#ECECEC", 1.5)
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
    Status.DRIFT: "\N{BALLOT X}",
    Status.QUIET: "\N{CHECK MARK}",
    Status.UNDERPOWERED: "?",
}
_NAME: Final = Pen(8.6, bold=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """What one panel shows; `role` is empty for a feature."""

    feature: Feature
    sample: Sample | None
    judged: Judged | None
    role: str = ""


def draw_panel(page: Page, panel: Panel, x: float, y: float, *, banner: bool) -> None:
    """Draw a panel with its upper left corner there; with `banner` its status stands above."""
    status = panel.judged.status if panel.judged is not None else None
    head = BANNER if banner else 0.0
    page.box(_CARD, x, y, WIDTH, HEIGHT + head)
    corners = ((x, y), (x + WIDTH, y), (x + WIDTH, y + HEIGHT + head), (x, y + HEIGHT + head), (x, y))
    page.line(_FRAMES[status], corners)
    if panel.judged is not None:
        _status(page, panel, panel.judged, x, y)
    elif banner:
        page.left(x + PAD, y + 10, "not compared" if panel.sample else "not in the other data", SMALL)
    y += head
    _title(page, panel, x, y)
    if panel.feature.n:
        draw_values(page, panel.feature, panel.sample, x, y)
    else:
        page.center(x + WIDTH / 2, y + (TOP + FLOOR) / 2, "no values in the baseline", SMALL)
    _missing(page, panel, x, y + HEIGHT - 9)


def _status(page: Page, panel: Panel, judged: Judged, x: float, y: float) -> None:
    fill, color = BANNERS[judged.status]
    drift = judged.status is Status.DRIFT
    page.box(fill, x, y, WIDTH, BANNER)
    end = page.left(x + PAD, y + 10, f"{SYMBOLS[judged.status]} {judged.status}", Pen(7.4, color, bold=drift))
    pen = Pen(7.4 if drift else 6.6, color, bold=drift)
    page.right(x + WIDTH - PAD, y + 10, _said(panel, judged), pen, x + WIDTH - PAD - end - 6)


def _said(panel: Panel, judged: Judged) -> str:
    """Return in a few words what is most wrong, or how sure it is that nothing is."""
    if judged.status is Status.DRIFT:
        return alarm(panel, judged)
    if judged.status is Status.QUIET:
        return "" if judged.d is None else f"D {judged.d:.2f}"
    if judged.blind:
        return "blocks of the baseline differ"
    if not judged.m or judged.needed is None:
        return "baseline too small"
    return f"{judged.n:,} of {judged.needed:,} values needed"


def alarm(panel: Panel, judged: Judged) -> str:
    """Return the strongest alarm in a few words: rates say more than a distance, unless it is far larger."""
    fired = {test.statistic: test for test in judged.alarms}
    rates = judged.rates
    words = {
        "missing": f"missing {share(rates.missing[1])} ({share(rates.missing[0])})",
        "infinite": f"infinite {share(rates.infinite[1])} ({share(rates.infinite[0])})",
        "outside": f"outside {share(rates.outside)}",
        "unseen": f"unseen {share(rates.unseen[1])}" + (f" ({share(rates.unseen[0])})" if rates.unseen[0] else ""),
        "repeated": _most_frequent(panel),
    }
    found = [(2 * abs(fired[name].value), text) for name, text in words.items() if name in fired]
    shape = [name for name in ("distribution", "shift", "spread") if name in fired]
    if shape:
        found.append((max(_strength(fired[name]) for name in shape), _shape(panel, judged, fired)))
    found.sort(key=lambda each: -each[0])
    if not found:
        return ""
    both = ", ".join(text for strength, text in found[:2] if strength >= found[0][0] / 4)
    return both if len(both) <= 30 else found[0][1]


def _most_frequent(panel: Panel) -> str:
    feature, sample = panel.feature, panel.sample
    most = sample.repeated if sample is not None else None
    if sample is None or most is None or most.value is None or feature.grid is None:
        return "one value more frequent"
    edges, name = feature.grid.edges, scale.told(feature, most.value)
    if most.value not in edges:
        return f"{name}: {share(most.count / max(1, sample.n))}"
    i = 2 * edges.index(most.value) + 1
    ours, theirs = scale.shares(feature.grid, feature.n, sample)
    return f"{name}: {share(theirs[i])} ({share(ours[i])})"


def _strength(test: Significance) -> float:
    """Return how large an effect is, from 0 to 1: a shift is half at most, a spread a quarter."""
    return abs(test.value) * {"shift": 2, "spread": 4}.get(test.statistic, 1)


def _shape(panel: Panel, judged: Judged, fired: dict[str, Significance]) -> str:
    feature, sample = panel.feature, panel.sample
    if feature.categories is not None and sample is not None and sample.n:
        named = [(a / feature.n, sample.categories.get(each, 0) / sample.n, each) for each, a in _named(feature)]
        ours, theirs, name = max(named, key=lambda each: abs(each[0] - each[1]), default=(0.0, 0.0, ""))
        return f"{_cut(name)}: {share(theirs)} ({share(ours)})"
    parts = [] if judged.d is None else [f"D {judged.d:.2f}"]
    if "shift" in fired:
        parts.append("larger" if fired["shift"].value > 0 else "smaller")
    elif "spread" in fired:
        parts.append("wider" if fired["spread"].value > 0 else "narrower")
    return " ".join(parts)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_CATEGORY else f"{name[: _LONGEST_CATEGORY - 1]}\N{HORIZONTAL ELLIPSIS}"


def _named(feature: Feature) -> list[tuple[str, int]]:
    return list(feature.categories.values.items()) if feature.categories is not None else []


def _title(page: Page, panel: Panel, x: float, y: float) -> None:
    feature = panel.feature
    said = [feature.unit or ("length in characters" if feature.kind is Kind.TEXT else "")]
    said += ["range only"] if feature.range_only else []
    end = page.left(x + PAD, y + 14, feature.name, _NAME, WIDTH - 2 * PAD - (44 if panel.role else 0), _LONGEST_NAME)
    right = x + WIDTH - PAD
    if panel.role:
        right = page.right(right, y + 14, panel.role, Pen(6.4, "#000000", bold=True)) - 5
    text = " \N{MIDDLE DOT} ".join(each for each in said if each)
    if text and right - end > 14:
        page.left(end + 5, y + 14, text, SMALL, right - end - 5, _LONGEST_NAME)


def _missing(page: Page, panel: Panel, x: float, y: float) -> None:
    """Draw the strip at the bottom: what share of the rows has no value."""
    feature, sample = panel.feature, panel.sample
    page.left(x + PAD, y + 3.6, "missing", SMALL)
    at = x + PAD + 34
    _gauge(page, at, y, (feature.missing + feature.nan, feature.rows), OUR_ARROW, OURS_TEXT)
    if sample is not None:
        _gauge(page, at + 82, y, (sample.unusable, sample.rows), THEIR_BAR, THEIRS_TEXT)


def _gauge(page: Page, x: float, y: float, counted: tuple[int, int], fill: Fill, pen: Pen) -> None:
    count, rows = counted
    page.box(_TRACK, x, y - 1, 46, 4)
    if count and rows:
        page.box(fill, x, y - 1, max(1.0, 46 * count / rows), 4)
    text = share(count / rows) if rows else "no rows"
    page.left(x + 49, y + 3.6, text, pen if count else Pen(pen.size, pen.color))
