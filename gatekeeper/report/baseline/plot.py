"""A baseline as a picture: every column on one page, with other data over it and what the comparison says of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from gatekeeper.contract.baseline.decision import Comparison, Status
from gatekeeper.contract.baseline.facts import Baseline, Time
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.contract.baseline.wording import verdict
from gatekeeper.report.baseline import plot_panel as panels
from gatekeeper.report.baseline import plot_shape as shapes
from gatekeeper.report.baseline.plot_ink import Fill, Letters, Page, Pen
from gatekeeper.report.baseline.plot_panel import Panel, draw_panel

_EDGE: Final = 22.0
"""White around the page."""
_GAP: Final = 9.0
_HEAD: Final = 76.0
_FEWEST, _MOST = 4, 6
_TALLEST: Final = 100
"""Rows of panels; a page with more columns grows to the side instead."""
_MONTHS: Final = "JFMAMJJASOND"
_MONTH_NAMES: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TEXT: Final = Pen(8.6, "#222222")
_FINE: Final = Pen(7.0, "#444444")
_DIGEST: Final = Pen(6.8, "#444444", mono=True)


def draw(
    baseline: Baseline,
    samples: Sequence[Sample] = (),
    comparison: Comparison | None = None,
    *,
    format: Literal["svg", "png"],  # noqa: A002 - the word that a caller knows
) -> bytes:
    """Return the picture of a baseline; the same arguments give the same bytes.

    Args:
        baseline: each of its columns is a panel, in their order.
        samples: other data, drawn over the columns of the same names.
        comparison: what is said of the columns: it stands above each panel.
        format: what the bytes are.
    """
    shown = list(_panels(baseline, samples, comparison))
    across = _across(len(shown))
    banner = comparison is not None
    wide = shapes.WIDTH + _GAP
    tall = panels.HEIGHT + _GAP + (panels.BANNER if banner else 0.0)
    head = _EDGE + _HEAD + (33.0 if banner else 0.0)
    width = 2 * _EDGE + max(_FEWEST, across) * wide - _GAP
    height = head + max(1, math.ceil(len(shown) / across)) * tall - _GAP + _EDGE
    page = Page(Letters(format))
    _header(page, baseline, samples, comparison, width)
    for i, panel in enumerate(shown):
        draw_panel(page, panel, _EDGE + i % across * wide, head + i // across * tall, banner=banner)
    return page.inked(width, height, format, f"Baseline of {baseline.data.name}")


def _panels(baseline: Baseline, samples: Sequence[Sample], comparison: Comparison | None) -> Iterator[Panel]:
    by_name = {sample.name: sample for sample in samples}
    judged = {each.name: each for each in comparison.features} if comparison is not None else {}
    roles = ("target", "predictions", "confidence")
    others = [(each, role) for role in roles if (each := getattr(baseline, role)) is not None]
    for feature, role in (*((each, "") for each in baseline.features), *others):
        yield Panel(feature, by_name.get(feature.name), judged.get(feature.name), role)


def _across(count: int) -> int:
    """Return how many panels stand side by side."""
    wanted = 4 if count <= 12 else 5 if count <= 30 else _MOST
    return max(min(wanted, max(1, count)), math.ceil(count / _TALLEST))


def _header(
    page: Page, baseline: Baseline, samples: Sequence[Sample], comparison: Comparison | None, width: float
) -> None:
    """Draw what the page is about: on the left the data and the verdict, on the right how to read it."""
    right = width - _EDGE - 318
    room = right - _EDGE - 16
    y = _EDGE + 16
    page.left(_EDGE, y, f"Baseline of {baseline.data.name}", Pen(16, bold=True), room)
    for text, pen, step in _lines(baseline, samples, comparison):
        y += step
        page.left(_EDGE, y, text, pen, room)
    if comparison is not None:
        _verdict(page, comparison, _EDGE, _EDGE + _HEAD + 2, width - 2 * _EDGE)
    _months(page, baseline.time, right, _EDGE + 4)
    _legend(page, right + 142, _EDGE + 8, compared=bool(samples))


def _lines(
    baseline: Baseline, samples: Sequence[Sample], comparison: Comparison | None
) -> Iterator[tuple[str, Pen, float]]:
    """Yield the lines under the title, and how far below the last one each stands."""
    columns = len(baseline.columns)
    time = f", {baseline.time.start} to {baseline.time.end}" if baseline.time is not None else ""
    yield f"{baseline.data.rows:,} rows, {columns:,} column{'' if columns == 1 else 's'}{time}", _TEXT, 16
    if samples or comparison is not None:
        rows = comparison.rows if comparison is not None else max(sample.rows for sample in samples)
        yield f"held against other data of {rows:,} rows", _TEXT, 13
    artifact = baseline.artifact
    yield f"artifact  {artifact.name if artifact is not None else 'none: bound to no model'}", _FINE, 15
    if artifact is not None:
        yield artifact.sha256, _DIGEST, 10.5


def _verdict(page: Page, comparison: Comparison, x: float, y: float, width: float) -> None:
    """Draw the verdict as a bar over the whole page: black for drift, as above the panels."""
    status = Status.QUIET
    if comparison.drifted:
        status = Status.DRIFT
    elif comparison.underpowered:
        status = Status.UNDERPOWERED
    fill, color = panels.BANNERS[status]
    page.box(fill, x, y, width, 20)
    page.left(x + 8, y + 14, f"{panels.SYMBOLS[status]} {verdict(comparison)}", Pen(10, color, bold=True), width - 16)


def _months(page: Page, time: Time | None, x: float, y: float) -> None:
    """Draw the months of the calendar, each as high as it has rows: what is blank was never seen."""
    if time is None:
        return
    rows = [time.months.get(str(month), 0) for month in range(1, 13)]
    there = [name for name, count in zip(_MONTH_NAMES, rows, strict=True) if count]
    page.left(x, y + 4, f"months covered: {len(there)} of 12", _FINE)
    top, most = y + 9, max(*rows, 1)
    for i, count in enumerate(rows):
        left = x + i * 10.4
        page.box(Fill("#ECECEC", 1.5), left, top, 8.6, 30)
        if count:
            high = max(2.0, 30 * count / most)
            page.box(shapes.OUR_BAR, left, top + 30 - high, 8.6, high)
        page.center(left + 4.3, top + 38, _MONTHS[i], Pen(6.4, "#000000" if count else "#8C8C8C", bold=bool(count)))
    if len(there) < 12:
        page.left(x, top + 47, ", ".join(there) or "none", _FINE, 124)


def _legend(page: Page, x: float, y: float, *, compared: bool) -> None:
    """Explain the colours and lines: those of the other data only where there is some."""
    stair = ((x, y), (x, y - 5), (x + 9, y - 5), (x + 9, y - 8), (x + 18, y - 8), (x + 18, y))
    page.area(shapes.OUR_AREA, stair)
    page.line(shapes.OUR_LINE, stair)
    page.left(x + 24, y, "baseline: the training data", _FINE)
    if compared:
        y += 13
        page.line(shapes.THEIR_LINE, [(a, b + 13) for a, b in stair])
        page.left(x + 24, y, "other data, on the same cells", _FINE)
    y += 13
    page.line(shapes.OUR_STEM, ((x + 7, y), (x + 7, y - 8)))
    if compared:
        page.line(shapes.THEIR_STEM, ((x + 11, y), (x + 11, y - 8)))
    page.left(x + 24, y, "one value with over 2 % of all", _FINE)
    y += 13
    page.area(shapes.OUR_ARROW, ((x + 3, y - 6.5), (x + 8, y - 3), (x + 3, y + 0.5)))
    if compared:
        page.area(shapes.THEIR_BAR, ((x + 11, y - 6.5), (x + 16, y - 3), (x + 11, y + 0.5)))
    page.left(x + 24, y, "share beyond the picture", _FINE)
    if compared:
        y += 13
        page.left(x, y, "12 % (3 %)", Pen(6.0, "#222222"))
        page.left(x + 40, y, "other data (baseline); D: distance, 0 to 1", Pen(6.4, "#444444"))
