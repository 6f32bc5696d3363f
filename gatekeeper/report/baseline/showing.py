"""A baseline as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.contract.baseline import wording
from gatekeeper.contract.baseline.facts import Baseline, Feature, Named, Time
from gatekeeper.contract.baseline.limits import calibrate
from gatekeeper.report.baseline.table import aligned, density, sparkline
from gatekeeper.report.printable import one_line

MAX_SHOWN = 200
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TOP = 3
_BARS = 24
"""Values up to which each has a bar of its own."""


def render_text(baseline: Baseline) -> str:
    """Return the baseline as text: where it comes from, then one line a column."""
    return "".join(f"{one_line(line).rstrip()}\n" for line in _lines(baseline))


def _lines(baseline: Baseline) -> Iterator[str]:
    data = baseline.data
    yield f"data       {data.name}: {data.rows:,} rows, {len(baseline.features)} features, {data.sha256}"
    yield f"artifact   {_named(baseline.artifact)}"
    yield f"lock       {_named(baseline.lock)}"
    yield f"time       {_time(baseline.time)}"
    yield f"blocks     {_blocks(baseline)}"
    yield ""
    features = baseline.columns[:MAX_SHOWN]
    yield from aligned([_HEADER, *(_row(baseline, each) for each in features)], left=(0, 1, 8, 9))
    if len(baseline.columns) > MAX_SHOWN:
        yield f"... and {len(baseline.columns) - MAX_SHOWN} more columns"
    if baseline.pairs:
        yield ""
        yield "strongest pairs (Pearson, Spearman)"
    for pair in baseline.pairs[:_TOP]:
        yield f"    {pair.a} ~ {pair.b}: {pair.pearson:+.3f}, {pair.spearman:+.3f} on {pair.n:,} rows"


def _named(named: Named | None) -> str:
    return "none: it belongs to no model" if named is None else f"{named.name} {named.sha256}"


def _time(time: Time | None) -> str:
    if time is None:
        return "none: no column said when a row is from"
    present = [name for place, name in enumerate(_MONTHS, start=1) if time.months.get(str(place))]
    months = "all 12 months" if len(present) == 12 else f"{len(present)} of 12 months ({', '.join(present)})"
    return (
        f"{time.start} to {time.end}: {months}, {len(time.weekdays)} of 7 weekdays, longest gap {time.longest_gap} days"
    )


def _blocks(baseline: Baseline) -> str:
    blocks = baseline.blocks
    if blocks is None:
        return "none: limits are those for independent rows"
    what = f"of {blocks.days} days" if blocks.by == "time" else "of consecutive rows"
    calibration = calibrate(baseline)
    apart = sum(calibration.apart(each) for each in baseline.columns)
    told = f"; {apart} columns differ between them more than chance, limits x{calibration.factor:.2f}" if apart else ""
    return f"{len(blocks.rows)} {what}{told}"


_HEADER = ["column", "kind", "n", "missing", "mean", "std", "min", "max", "shape", ""]


def _row(baseline: Baseline, feature: Feature) -> list[str]:
    return [
        feature.name if len(feature.name) <= 32 else f"{feature.name[:31]}…",
        f"{feature.kind.value}{_role(baseline, feature)}",
        f"{feature.n:,}",
        wording.percent((feature.missing + feature.nan) / max(1, feature.rows)),
        _mean(feature),
        "-" if feature.std is None or feature.kind.value == "datetime" else f"{feature.std:.4g}",
        wording.number(feature, feature.min),
        wording.number(feature, feature.max),
        _shape(feature),
        _remark(feature),
    ]


def _role(baseline: Baseline, feature: Feature) -> str:
    roles = {"target": baseline.target, "predictions": baseline.predictions, "confidence": baseline.confidence}
    return next((f" ({role})" for role, each in roles.items() if each is feature), "")


def _mean(feature: Feature) -> str:
    if feature.mean is None:
        return "-"
    return wording.number(feature, int(feature.mean)) if feature.kind.value == "datetime" else f"{feature.mean:.4g}"


def _shape(feature: Feature) -> str:
    grid = feature.grid
    if grid is not None and grid.complete and len(grid.edges) <= _BARS:
        return sparkline([le - lt for le, lt in zip(grid.le, grid.lt, strict=True)])
    if grid is not None:
        return sparkline(density(grid.edges, grid.le, grid.lt))
    return sparkline(list(feature.categories.values.values())[:16]) if feature.categories is not None else ""


def _remark(feature: Feature) -> str:
    """Return what is worth a word: the categories, infinite values, that the range alone is watched."""
    if feature.categories is not None:
        named = list(feature.categories.values.items())
        told = ", ".join(f"{value} {wording.percent(count / max(1, feature.n))}" for value, count in named[:_TOP])
        rest = len(named) - _TOP
        others = f", {feature.categories.other.distinct} rare ones" if feature.categories.other.distinct else ""
        return f"{told}{f', {rest} more' if rest > 0 else ''}{others}"
    if not feature.n:
        return "no value at all"
    remarks = [f"{feature.infinite:,} infinite"] if feature.infinite else []
    if feature.min == feature.max:
        remarks.append("constant")
    if feature.range_only:
        remarks.append("range only")
    return ", ".join(remarks)
