"""What came of comparing other data with a baseline, as text and as JSON, schema `gatekeeper/drift@1`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gatekeeper.contract.baseline import wording
from gatekeeper.contract.baseline.decision import Comparison, Judged, Significance, Status
from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.contract.baseline.limits import FALSE_DISCOVERY
from gatekeeper.report.baseline.table import aligned
from gatekeeper.report.printable import one_line

SCHEMA = "gatekeeper/drift@1"

MAX_SHOWN = 40
"""Columns printed, the gravest first. The JSON has them all."""

_ORDER = {Status.DRIFT: 0, Status.UNDERPOWERED: 1, Status.QUIET: 2}
_SYMBOLS = {Status.DRIFT: "✗", Status.UNDERPOWERED: "?", Status.QUIET: "✓"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareReport:
    """A comparison, and what its two sides are called."""

    baseline: Baseline
    path: str
    data: str
    comparison: Comparison

    @property
    def exit_code(self) -> int:
        """1 for drift, 3 where any column can't be told, else 0."""
        if self.comparison.drifted:
            return 1
        return 3 if self.comparison.underpowered else 0


def render_text(report: CompareReport) -> str:
    """Return the comparison as a tired person reads it: what drifted and how, then every number, then one sentence."""
    return "".join(f"{one_line(line).rstrip()}\n" for line in _lines(report))


def _lines(report: CompareReport) -> Iterator[str]:
    baseline, comparison = report.baseline, report.comparison
    yield f"baseline  {report.path}: {baseline.data.name}, {baseline.data.rows:,} rows{_months(baseline)}"
    yield f"data      {report.data}: {comparison.rows:,} rows"
    yield ""
    ordered = sorted(comparison.features, key=_gravity)
    features = {feature.name: feature for feature in baseline.columns}
    for each in ordered[:MAX_SHOWN]:
        if each.status is Status.QUIET:
            continue
        yield f"{_SYMBOLS[each.status]} {each.status.value:12}  {each.name}"
        for test in sorted(each.alarms, key=lambda test: test.p):
            yield f"    {wording.alarm(features[each.name], each, test)} (p {_p(test.adjusted)})"
        if each.status is Status.UNDERPOWERED:
            yield f"    {wording.why_not(each)}"
    if any(each.status is not Status.QUIET for each in ordered):
        yield ""
    yield from aligned([_HEADER, *(_row(each) for each in ordered[:MAX_SHOWN])])
    if len(ordered) > MAX_SHOWN:
        yield f"... and {len(ordered) - MAX_SHOWN} more columns; all of them: --format json"
    yield ""
    yield "D: certified interval of the Kolmogorov-Smirnov distance, of categories the total variation; limit: of D."
    yield (
        f"p: the smallest of the column's; adjusted: over {comparison.tests} tests (Benjamini-Hochberg). An alarm: "
        f"adjusted p < {FALSE_DISCOVERY}, and the value at its limit or beyond."
    )
    yield "JS: Jensen-Shannon, bits. KL: of the data from the baseline, bits, half a count added to each of 10 cells."
    yield "PSI: in brackets what noise alone stays below in 95 of 100 comparisons of this size."
    yield ""
    yield f"{wording.verdict(comparison)} (exit code {report.exit_code})."


def _months(baseline: Baseline) -> str:
    return f", {baseline.time.start} to {baseline.time.end}" if baseline.time else ""


def _gravity(judged: Judged) -> tuple[int, float, float]:
    """Sort by status, then by how certain the strongest alarm is, then by distance."""
    return _ORDER[judged.status], judged.p_adjusted, -(judged.d or 0.0)


_HEADER = ["", "column", "n", "D", "limit", "p", "adjusted", "missing", "unseen", "outside", "JS", "KL", "PSI"]


def _row(each: Judged) -> list[str]:
    distance = f"{each.distance.low:.3f}" if each.distance else "-"
    if each.distance and each.distance.high - each.distance.low >= 0.0005:
        distance += f"..{each.distance.high:.3f}"
    test = each.test("distribution")
    divergence = each.divergence
    psi = "-" if divergence is None else f"{divergence.psi:.3f} ({_maybe(divergence.psi_limit)})"
    return [
        _SYMBOLS[each.status],
        each.name if len(each.name) <= 32 else f"{each.name[:31]}…",
        f"{each.n:,}",
        distance,
        f"{test.limit:.3f}" if test else "-",
        _p(each.p) if each.tests else "-",
        _p(each.p_adjusted) if each.tests else "-",
        wording.percent(each.rates.missing[1]),
        wording.percent(each.rates.unseen[1]) if not each.kind.measured else "-",
        wording.percent(each.rates.outside) if each.kind.measured else "-",
        "-" if divergence is None else f"{divergence.js:.3f}",
        "-" if divergence is None else f"{divergence.kl:.3f}",
        psi,
    ]


def _maybe(value: float | None) -> str:
    return "few rows" if value is None else f"{value:.3f}"


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-99 else "<1e-99"


def render_json(report: CompareReport) -> str:
    """Return the comparison as JSON with every number; no NaN token is ever in it."""
    comparison = report.comparison
    document = {
        "schema": SCHEMA,
        "verdict": "drift" if comparison.drifted else "can't tell" if comparison.underpowered else "no drift",
        "exit_code": report.exit_code,
        "summary": wording.verdict(comparison),
        "baseline": {"path": report.path, "rows": report.baseline.data.rows, "sha256": report.baseline.data.sha256},
        "data": {"path": report.data, "rows": comparison.rows},
        "tests": comparison.tests,
        "false_discovery_rate": FALSE_DISCOVERY,
        "features": [_feature(report.baseline, each) for each in comparison.features],
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _feature(baseline: Baseline, each: Judged) -> dict[str, Any]:
    feature = next(one for one in baseline.columns if one.name == each.name)
    divergence = each.divergence
    return {
        "name": each.name,
        "kind": each.kind.value,
        "status": each.status.value,
        "why": [wording.alarm(feature, each, test) for test in each.alarms]
        or ([wording.why_not(each)] if each.status is Status.UNDERPOWERED else []),
        "n": each.n,
        "baseline_n": each.m,
        "needed_n": each.needed,
        "d": each.d,
        "d_upper": each.d_upper,
        "p": each.p,
        "p_adjusted": each.p_adjusted,
        "missing_rate": each.rates.missing[1],
        "baseline_missing_rate": each.rates.missing[0],
        "infinite_rate": each.rates.infinite[1],
        "mistyped": each.mistyped,
        "unseen_rate": each.rates.unseen[1],
        "unseen_examples": list(each.examples),
        "out_of_range_rate": each.rates.outside,
        "jensen_shannon_bits": divergence.js if divergence else None,
        "kl_data_from_baseline_bits": divergence.kl if divergence else None,
        "psi": divergence.psi if divergence else None,
        "psi_limit": divergence.psi_limit if divergence else None,
        "tests": _tests(each.tests),
    }


def _tests(tests: Sequence[Significance]) -> list[dict[str, Any]]:
    return [
        {
            "statistic": test.statistic,
            "value": test.value,
            "limit": test.limit,
            "p": test.p,
            "p_adjusted": test.adjusted,
            "alarm": test.fires,
        }
        for test in tests
    ]
