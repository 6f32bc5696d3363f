"""Draws what a dashboard shows of a day: its panels as small multiples, and below them when each alert fired."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from gatekeeper.report.baseline.plot_shape import OURS, THEIRS
from tests.contract.generation.live_panels import Evidence, Fired, Panel, is_about
from tests.contract.generation.live_prometheus import Labels, Samples

COLUMNS: Final = 4
_HOUR: Final = 3600
# Of the colours of Okabe and Ito; in grey the dashes tell the lines apart.
_STYLES: Final = (
    (OURS, "solid"),
    (THEIRS, (0, (4.4, 1.2))),
    ("#000000", (0, (1.2, 1.0))),
    ("#7A7A7A", "solid"),
    ("#009E73", (0, (6, 1.2, 1.2, 1.2))),
    ("#56B4E9", (0, (2.5, 1.0))),
)
_BASELINE: Final = ("#9A9A9A", "solid")
_LIMIT: Final = "#000000"
_SHADES: Final = ("#FFFFFF", "#F0F0F0", "#DADADA", "#FFFFFF")
_UNITS: Final = {"percentunit": "share", "reqps": "requests a second", "short": ""}
_AT_MOST_0: Final = "\N{LESS-THAN OR EQUAL TO} 0"
_STATES: Final = ("closed", "half-open", "open")

_SETTINGS: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 6.5,
    "axes.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 5.8,
    "legend.handlelength": 2.0,
    "legend.handletextpad": 0.4,
    "legend.columnspacing": 0.8,
    "legend.borderpad": 0.2,
    "legend.labelspacing": 0.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "gatekeeper",
}

Line = tuple[str, list[float], list[float]]


def picture(of: Evidence, form: Literal["svg", "png"]) -> bytes:
    """Return the picture; the same evidence gives the same bytes."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = _figure(of)
        written = io.BytesIO()
        told = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(written, format=form, dpi=150, metadata=told | {"Title": of.title})
        return written.getvalue()


def _figure(of: Evidence) -> Any:
    from matplotlib.figure import Figure

    rows = math.ceil(len(of.panels) / COLUMNS)
    fired = [each for each in of.alerts if each.spans]
    # In inches: each row of panels, the strip of alerts, what stands above and below.
    panel, strip, head, foot = 1.95, 0.45 + 0.19 * max(1, len(fired)), 0.62, 0.3
    height = rows * panel + strip + head + foot
    figure = Figure(figsize=(14.0, height), facecolor="white")
    for place, each in enumerate(of.panels):
        row, column = divmod(place, COLUMNS)
        left = 0.035 + column * 0.2445
        bottom = 1 - (head + (row + 1) * panel - 0.26) / height
        axes = figure.add_axes((left, bottom, 0.205, (panel - 0.92) / height))
        _panel(axes, of, each)
    _key(figure, of, (0.035 + 3 * 0.2445, 1 - (head + (rows - 1) * panel + 0.35) / height, 0.16 / height))
    _alerts(figure.add_axes((0.17, foot / height, 0.808, (strip - 0.3) / height)), of, fired)
    figure.text(0.012, 1 - 0.28 / height, of.title, fontsize=13, fontweight="bold")
    figure.text(0.012, 1 - 0.5 / height, _told(of), fontsize=7.5, color="#333333")
    return figure


def _told(of: Evidence) -> str:
    day = datetime.fromtimestamp(next(iter(of.day.spans.values()))[0], UTC)
    return (
        f"{day:%Y-%m-%d}, UTC: {of.requests:,} simulated requests to the generated guard, scraped every "
        f"{of.day.scrape} s; every line is what Prometheus answers to the panel's own expression. "
        "Dashed black: the limit. Black bars on the time axis: alerts that fire."
    )


def _panel(axes: Any, of: Evidence, panel: Panel) -> None:
    _background(axes, of, labelled=False)
    if panel.type == "heatmap":
        _heatmap(axes, panel)
    elif panel.type == "state-timeline":
        _states(axes, panel)
    else:
        _lines(axes, panel)
    title = "\n".join(textwrap.wrap(panel.title, 52))
    axes.set_title(title, fontsize=7.5, fontweight="bold", loc="left", pad=23 if panel.title == title else 17)
    axes.set_ylabel(_UNITS.get(panel.unit, ""), fontsize=5.8, color="#4A4A4A", labelpad=1)
    for place, alert in enumerate([each for each in of.alerts if each.spans and is_about(each, panel)]):
        _mark(axes, alert, place)


def _background(axes: Any, of: Evidence, *, labelled: bool) -> None:
    """Shade the phases, and label the time."""
    for (name, (begin, end)), shade in zip(of.day.spans.items(), _SHADES, strict=True):
        axes.axvspan(begin, end, color=shade, zorder=0, lw=0)
        axes.axvline(end, color="#B0B0B0", lw=0.4, zorder=0.5)
        if labelled:
            axes.text((begin + end) / 2, 1.02, name, transform=axes.get_xaxis_transform(), ha="center", fontsize=6.5)
    begin, end = next(iter(of.day.spans.values()))[0], of.day.end
    axes.set_xlim(begin, end)
    ticks = range(begin, end + 1, _HOUR // 2 if labelled else _HOUR)
    axes.set_xticks(list(ticks), [f"{datetime.fromtimestamp(each, UTC):%H:%M}" for each in ticks])
    axes.tick_params(length=2, width=0.5, labelsize=6, pad=1.5)
    axes.spines[["top", "right"]].set_visible(False)


def _lines(axes: Any, panel: Panel) -> None:
    lines = [line for shown in panel.shown for line in _named(shown.series, shown.name)]
    flat = [name for name, _, values in lines if not any(values)]
    drawn = [line for line in lines if line[0] not in flat]
    now = [line for line in drawn if not line[0].endswith(", baseline")]
    for place, (name, at, values) in enumerate(now):
        color, dash = _STYLES[place % len(_STYLES)]
        axes.plot(at, values, color=color, ls=dash, lw=1.0, label=name, zorder=3)
        lonely = alone(values)
        axes.plot(
            [at[i] for i in lonely], [values[i] for i in lonely], color=color, ls="none", marker=".", ms=3, zorder=3
        )
    for place, (_, at, values) in enumerate(line for line in drawn if line not in now):
        axes.plot(at, values, color=_BASELINE[0], lw=0.8, label=None if place else "baseline", zorder=2)
    told = ""
    if flat:
        told = ", ".join(flat) if len(flat) == 1 else f"{len(flat)} {'others' if drawn else 'series'}"
        axes.plot(*lines[0][1:], color="#7A7A7A", lw=0.8, label=f"0 throughout: {told}", zorder=2)
    top = max((value for _, _, values in drawn for value in values if math.isfinite(value)), default=0)
    _limit(axes, panel, top)
    is_long = sum(len(name) for name, _, _ in now) + len(told) > 44
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.97), ncol=2 if is_long else 4)


def alone(values: Sequence[float]) -> list[int]:
    """Return the places of numbers that hardly any stand beside: as a line they would hardly be seen."""
    runs: list[list[int]] = [[]]
    for place, value in enumerate(values):
        if math.isfinite(value):
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [place for run in runs if len(run) <= 3 for place in run]


def _limit(axes: Any, panel: Panel, top: float) -> None:
    limit = panel.limit
    most = max(top, limit or 0.0) * 1.12 or 1.0
    axes.set_ylim(-0.03 * most, most)  # so that a line at zero is seen
    if limit is None:
        return
    axes.axhline(limit, color=_LIMIT, lw=0.8, ls=(0, (5, 2)), zorder=2.5)
    told = {"fontsize": 5.5, "ha": "right", "va": "bottom", "transform": axes.get_yaxis_transform(), "zorder": 4}
    axes.text(0.995, limit + most * 0.01, f"limit {limit:g}", **told)


def _named(series: dict[Labels, Samples], name: Any) -> Iterator[Line]:
    for labels, samples in series.items():
        yield name(labels), [at for at, _ in samples], [value for _, value in samples]


def _states(axes: Any, panel: Panel) -> None:
    for shown in panel.shown:
        for name, at, values in _named(shown.series, shown.name):
            axes.step(at, values, where="post", color=OURS, lw=1.2, label=name, zorder=3)
            axes.fill_between(at, values, step="post", color="#B5D7EC", zorder=2, lw=0)
    axes.set_yticks(range(len(_STATES)), _STATES)
    axes.set_ylim(0, len(_STATES) - 0.7)


def _heatmap(axes: Any, panel: Panel) -> None:
    """Draw the counts between two edges of a histogram, on a logarithmic axis: below the lowest edge lies the rest."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    (shown,) = panel.shown
    by_edge = sorted((float(dict(labels)["le"]), samples) for labels, samples in shown.series.items())
    edges = [edge for edge, _ in by_edge if 0 < edge < math.inf]
    running = np.array([[value for _, value in samples] for _, samples in by_edge])
    counts = np.diff(running, axis=0, prepend=0.0)
    beneath = sum(edge <= 0 for edge, _ in by_edge)
    assert beneath, "what is not above zero is counted by itself"
    cells = np.vstack([counts[:beneath].sum(axis=0, keepdims=True), counts[beneath:]])
    times = [at for at, _ in by_edge[0][1]]
    shades = LinearSegmentedColormap.from_list("counts", ["#FFFFFF00", "#7FB9DC", OURS, "#002A44"])
    ends = [edges[0] * 0.4, edges[0] * 0.65, *edges, edges[-1] * 1.2]
    step = times[1] - times[0]
    top = float(np.percentile(cells, 99.5))
    mesh = axes.pcolormesh([times[0] - step, *times], ends, cells, cmap=shades, vmin=0, vmax=top, rasterized=True)
    mesh.set_zorder(2)
    axes.set_yscale("log")
    ticks = {math.sqrt(ends[0] * ends[1]): _AT_MOST_0} | {each: f"{each:g}" for each in (edges[0], 20, 50, 100, 200)}
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    low = [at - step / 2 for at, count in zip(times, cells[0], strict=True) if count > 0]
    axes.plot(low, [ends[1]] * len(low), ls="none", marker="v", ms=3.5, color=THEIRS, zorder=5)
    told = f"values in {step:.0f} s: white 0, darkest {top:.0f} or more; triangle: not above 0"
    axes.text(0.0, 1.03, told, transform=axes.transAxes, fontsize=5.8)


def _key(figure: Any, of: Evidence, at: tuple[float, float, float]) -> None:
    """Say in the last, empty place what the shades are; `at` is its left, its top, and the height of a line."""
    left, top, line = at
    told = (
        "requests drawn from the training year's counts",
        "the incident's May: bots, no stock, region -1",
        "the model gives -0.01 and NaN in turn",
        "the golden records have closed the breaker",
    )
    for place, (span, shade, text) in enumerate(zip(of.day.spans.items(), _SHADES, told, strict=True)):
        begin, end = (f"{datetime.fromtimestamp(each, UTC):%H:%M}" for each in span[1])
        box = {"facecolor": shade, "edgecolor": "#8C8C8C", "lw": 0.5, "pad": 1.5}
        figure.text(left, top - place * line * 1.6, f"{begin} to {end}", fontsize=6.5, bbox=box)
        figure.text(left + 0.065, top - place * line * 1.6, text, fontsize=6.5)


def _mark(axes: Any, alert: Fired, place: int) -> None:
    """Mark on the time axis when an alert fires; several are stacked."""
    at = 0.11 * place
    across = axes.get_xaxis_transform()
    for begin, end in alert.spans:
        axes.plot(
            [begin, end],
            [at, at],
            color="#000000",
            lw=3,
            solid_capstyle="butt",
            transform=across,
            zorder=6,
            clip_on=False,
        )
    told = {"fontsize": 5.4, "fontweight": "bold", "ha": "right", "va": "bottom", "zorder": 7}
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.4}
    axes.text(alert.spans[0][0] - 120, at - 0.01, alert.title, transform=across, bbox=box, **told)


def _alerts(axes: Any, of: Evidence, fired: Sequence[Fired]) -> None:
    """Draw a bar for each alert that fired, and say how many were silent."""
    _background(axes, of, labelled=True)
    for place, alert in enumerate(fired):
        for begin, end in alert.spans:
            axes.barh(place, end - begin, left=begin, height=0.6, color="#000000", zorder=3)
            clock = " to ".join(f"{datetime.fromtimestamp(each, UTC):%H:%M:%S}" for each in (begin, end))
            is_late = end > of.day.end - _HOUR // 3
            at, align = (begin - 60, "right") if is_late else (end + 60, "left")
            axes.text(at, place, clock, va="center", ha=align, fontsize=5.8, color="#333333", zorder=4)
    axes.set_yticks(range(len(fired)), [each.title for each in fired])
    axes.set_ylim(max(1, len(fired)) - 0.4, -0.6)
    silent = len(of.alerts) - len(fired)
    axes.set_title(
        f"Alerts that fire ({len(fired)} of {len(of.alerts)} rules; {silent} are silent)",
        fontsize=7.5,
        fontweight="bold",
        loc="left",
        pad=12,
        x=-0.19,
    )
