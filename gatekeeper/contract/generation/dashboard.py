"""The Grafana dashboard: what people look at when an alert has called them, from the same table of metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gatekeeper.contract.generation import metrics, recording
from gatekeeper.contract.generation.alerts import OUTSIDE, SHARE, missing_limit
from gatekeeper.contract.generation.drift import Drift
from gatekeeper.contract.generation.edges import Counted
from gatekeeper.contract.generation.metrics import Metric
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.generation.promql import selector
from gatekeeper.contract.generation.recording import BY

SCHEMA: Final = 41
"""The version of Grafana's own schema (Grafana 12)."""
CONFIDENCE_TITLE: Final = "Confidence score"
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH: Final = 24
_RATE: Final = "$__rate_interval"
_STATES: Final = {0: ("closed", "green"), 1: ("half-open", "yellow"), 2: ("open", "red")}
_QUANTILES: Final = (0.05, 0.5, 0.95)

Panel = dict[str, Any]


def dashboard(planned: Plan) -> dict[str, Any]:
    """Return the dashboard as Grafana imports it; its uid is the manifest's."""
    model = planned.manifest.model
    return {
        "uid": f"gatekeeper-{planned.digest.removeprefix('sha256:')[:24]}",
        "title": f"{model.name}: the contract in production",
        "description": f"Generated from the manifest {planned.digest}; do not edit it, generate it again.",
        "tags": ["gatekeeper", model.name],
        "schemaVersion": SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "hide": 0}]},
        "annotations": {"list": []},
        "links": [{"title": "Runbook", "type": "link", "url": planned.manifest.owner.runbook, "targetBlank": True}],
        "panels": _placed(_panels(planned)),
    }


def _placed(panels: Iterator[Panel]) -> list[Panel]:
    """Return the panels from left to right, each with its number and its place."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        width, tall = panel.pop("size")
        if x + width > _WIDTH:
            x, y, height = 0, y + height, 0
        placed.append({"id": number, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": tall}})
        x, height = x + width, max(height, tall)
    return placed


def _panels(planned: Plan) -> Iterator[Panel]:
    yield from _of_service(planned)
    for counted in planned.outputs:
        yield from _of_output(planned, counted)
    yield from _of_confidence(planned)
    yield _row("Drift from the baseline")
    for (kind, name), drift in planned.drift.items():
        yield _drift(planned, kind, name, drift)
    yield _row("Inputs")
    yield from _of_inputs(planned)


def _of_service(planned: Plan) -> Iterator[Panel]:
    model = {"model": planned.manifest.model.name}
    by_status = f"sum by (status) (rate({selector(metrics.REQUESTS.name, model, _RATE)}))"
    yield _lines("Requests by status", [(by_status, "{{status}}")], unit="reqps", size=(8, 7))
    yield _lines(
        "Share of requests that the model did not answer",
        [
            (selector(recording.FALLBACK, model), "fallback {{version}}"),
            (selector(recording.REJECTED, model), "rejected {{version}}"),
        ],
        unit="percentunit",
        limit=SHARE,
        size=(8, 7),
    )
    if planned.manifest.breaker is not None:
        state = f"max by (version) ({selector(metrics.BREAKER.name, model)})"
        yield _states("Breaker", [(state, "{{version}}")])
    violations = f"sum by (output, reason) (increase({selector(metrics.OUTPUT_VIOLATIONS.name, model, _RATE)}))"
    yield _lines("Values that broke the contract", [(violations, "{{output}}: {{reason}}")], size=(12, 7))
    if planned.switches:
        trips = f"sum by (switch, action) (increase({selector(metrics.SWITCH_TRIPS.name, model, _RATE)}))"
        yield _lines("Kill-switch trips", [(trips, "{{switch}} ({{action}})")], size=(12, 7))


def _of_output(planned: Plan, counted: Counted) -> Iterator[Panel]:
    """Yield what the model gives beside what it gave on the training data."""
    title = f"Prediction distribution: {counted.name}"
    of = {"model": planned.manifest.model.name, "output": counted.name}
    if counted.edges is None:
        now = f"sum by (class) (increase({selector(metrics.CLASS.name, of, '1h')}))"
        targets = [(f"{now} / ignoring (class) group_left () sum({now})", "{{class}}")]
        if counted.reference is not None:
            then = f"max by (class) ({selector(metrics.BASELINE_CLASS.name, of)})"
            targets.append((f"{then} / ignoring (class) group_left () sum({then})", "{{class}}, baseline"))
        yield _lines(title, targets, unit="percentunit", size=(24, 8))
        return
    targets = [(_quantile(each, metrics.OUTPUT, of, rate=True), f"{each:.0%}") for each in _QUANTILES]
    if counted.reference is not None:
        targets += [
            (_quantile(each, metrics.BASELINE_OUTPUT, of, rate=False), f"{each:.0%}, baseline") for each in _QUANTILES
        ]
    yield _lines(f"{title}, quantiles beside the baseline's", targets, unit=counted.unit, size=(12, 8))
    by_bucket = f"sum by (le) (increase({selector(metrics.OUTPUT.buckets, of, _RATE)}))"
    yield _heatmap(title, by_bucket, counted.unit)


def _quantile(share: float, metric: Metric, of: Mapping[str, str], *, rate: bool) -> str:
    if rate:
        return f"histogram_quantile({share}, sum by (le) (rate({selector(metric.buckets, of, _RATE)})))"
    return f"histogram_quantile({share}, max by (le) ({selector(metric.buckets, of)}))"


def _of_confidence(planned: Plan) -> Iterator[Panel]:
    confidence = planned.manifest.confidence
    if confidence is None:
        return
    model = {"model": planned.manifest.model.name}
    targets = [(_quantile(each, metrics.CONFIDENCE, model, rate=True), f"{each:.0%}") for each in _QUANTILES]
    yield _lines(
        f"{CONFIDENCE_TITLE}: {confidence.metric}",
        targets,
        limit=confidence.limit,
        size=(12, 8),
        below=not confidence.larger_is_worse,
    )
    low = [(selector(recording.CONFIDENCE_LOW, model), "{{version}}")]
    yield _lines("Share of answers of low confidence", low, unit="percentunit", limit=confidence.share, size=(12, 8))


def _drift(planned: Plan, kind: str, name: str, drift: Drift) -> Panel:
    of = {"model": planned.manifest.model.name, kind: name}
    # No distance is above 1; of hardly any values the other would be far above it, and of none infinite.
    chance = f"clamp_max({drift.critical} * {selector(recording.noise(kind), of)}, 1)"
    targets = [
        (selector(recording.distance(kind), of), "D {{version}}"),
        (f"max by ({BY}) ({chance})", "by chance {{version}}"),
    ]
    title = f"D of {name}" if kind == "feature" else f"D of the prediction {name}"
    return _lines(title, targets, limit=drift.limit, size=(6, 6))


def _of_inputs(planned: Plan) -> Iterator[Panel]:
    model = {"model": planned.manifest.model.name}
    # Where inputs differ in how much may be missing, the lowest of the limits is drawn.
    missing = min((missing_limit(each) for each in planned.inputs), default=None)
    for title, recorded, limit in (
        ("Share of missing values", recording.MISSING, missing),
        ("Share of values outside the domain", recording.OUTSIDE, OUTSIDE),
        ("Share of unseen categories", recording.UNSEEN, OUTSIDE),
    ):
        targets = [(selector(recorded, model), "{{feature}}")]
        yield _lines(title, targets, unit="percentunit", limit=limit, size=(8, 8))
    not_finite = f"sum by (feature) (increase({selector(metrics.NOT_FINITE.name, model, _RATE)}))"
    yield _lines("NaN and infinity in requests", [(not_finite, "{{feature}}")], size=(12, 7))
    defaulted = f"sum by (feature) (increase({selector(metrics.DEFAULTED.name, model, _RATE)}))"
    yield _lines("Values that the safe default stood in for", [(defaulted, "{{feature}}")], size=(12, 7))


def _row(title: str) -> Panel:
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "size": (_WIDTH, 1)}


def _targets(targets: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": expr, "legendFormat": legend, "range": True}
        for place, (expr, legend) in enumerate(targets)
    ]


def _lines(  # each keyword is one property of the panel
    title: str,
    targets: Sequence[tuple[str, str]],
    *,
    size: tuple[int, int],
    unit: str | None = None,
    limit: float | None = None,
    below: bool = False,
) -> Panel:
    """Return lines over time; `limit` is drawn, red beyond it (or `below` it)."""
    defaults: dict[str, Any] = {
        "unit": unit if unit in {"reqps", "percentunit"} else "short",
        "custom": {"lineWidth": 1},
    }
    if limit is not None:
        ends = ("red", "green") if below else ("green", "red")
        steps = [{"color": ends[0], "value": None}, {"color": ends[1], "value": limit}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        defaults["custom"] |= {"thresholdsStyle": {"mode": "line"}}
    return {
        "type": "timeseries",
        "title": title if unit in {None, "reqps", "percentunit"} else f"{title} ({unit})",
        "datasource": _SOURCE,
        "targets": _targets(targets),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "size": size,
    }


def _states(title: str, targets: Sequence[tuple[str, str]]) -> Panel:
    options = {str(value): {"text": text, "color": color} for value, (text, color) in _STATES.items()}
    return {
        "type": "state-timeline",
        "title": title,
        "datasource": _SOURCE,
        "targets": _targets(targets),
        "fieldConfig": {"defaults": {"mappings": [{"type": "value", "options": options}]}, "overrides": []},
        "options": {"showValue": "auto", "mergeValues": True},
        "size": (8, 7),
    }


def _heatmap(title: str, expr: str, unit: str | None) -> Panel:
    targets = [{**target, "format": "heatmap"} for target in _targets([(expr, "{{le}}")])]
    return {
        "type": "heatmap",
        "title": title if unit is None else f"{title} ({unit})",
        "datasource": _SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {"calculate": False, "color": {"mode": "scheme", "scheme": "Oranges"}},
        "size": (12, 8),
    }
