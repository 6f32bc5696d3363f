"""Alert rules: one for each way in which the contract can be broken, and for each way in which nobody would be told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gatekeeper.contract.baseline.limits import SMALLEST
from gatekeeper.contract.generation import metrics, recording
from gatekeeper.contract.generation.drift import Drift
from gatekeeper.contract.generation.edges import Counted
from gatekeeper.contract.generation.literals import number
from gatekeeper.contract.generation.plan import Plan, Switch
from gatekeeper.contract.generation.promql import RECENT, compiled, duration, is_exact, quoted, selector, window_of
from gatekeeper.contract.generation.recording import BY
from gatekeeper.contract.manifest.conditions import is_windowed
from gatekeeper.contract.manifest.wording import condition_sentence

Severity = Literal["critical", "warning"]

OUTSIDE: Final = 0.01
"""The share of values outside the domain, or of no known category, that people are told of."""
SHARE: Final = 0.05
"""The share of requests that are not answered by the model that people are told of."""
STALE: Final = 300
"""Seconds without a word of a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert rule.

    Attributes:
        hold: how long it must be true.
        window: how far back the longest of its expressions looks.
        labels: those that tell it from others of its name: input, output or kill-switch.
        about: what has happened, for who is called; `{{ ... }}` is filled in by Prometheus.
        comment: what a reader of the rules should know.
    """

    name: str
    expr: str
    hold: str
    window: str = "5m"
    severity: Severity
    about: str
    labels: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from all other alerts."""
        return (self.name, *self.labels.values())


def alerts(planned: Plan) -> Iterator[Alert]:
    """Yield every alert rule, in a fixed order."""
    yield from _of_outputs(planned)
    for counted in planned.inputs:
        yield from _of_input(planned, counted)
    for (kind, name), drift in planned.drift.items():
        yield _drift(planned, kind, name, drift)
    yield from _of_confidence(planned)
    yield from _of_requests(planned)
    yield from _of_breaker(planned)
    for switch in planned.switches:
        yield _kill_switch(planned, switch)
    yield from _dead_man(planned)


def _model(planned: Plan) -> dict[str, str]:
    return {"model": planned.manifest.model.name}


def _of_outputs(planned: Plan) -> Iterator[Alert]:
    for counted in planned.outputs:
        labels = {"output": counted.name}
        violations = selector(metrics.OUTPUT_VIOLATIONS.name, _model(planned) | labels, "5m")
        yield Alert(
            name="GatekeeperOutputViolation",
            expr=f"sum by ({BY}, output, reason) (increase({violations})) > 0",
            hold="0m",
            severity="warning",
            labels=labels,
            about="The model gave a value that breaks the contract: {{ $labels.output }} was {{ $labels.reason }}.",
        )
        not_finite = selector(metrics.OUTPUT_NOT_FINITE.name, _model(planned) | labels, "5m")
        yield Alert(
            name="GatekeeperNonFinite",
            expr=f"sum by ({BY}, output) (increase({not_finite})) > 0",
            hold="0m",
            severity="critical",
            labels=labels,
            about="The model gave NaN or infinity for {{ $labels.output }}.",
        )


def _of_input(planned: Plan, counted: Counted) -> Iterator[Alert]:
    limit = missing_limit(counted)
    yield _share(
        planned,
        counted,
        "GatekeeperMissingRate",
        recording.MISSING,
        limit,
        "of the records have no {{ $labels.feature }}",
    )
    yield _share(
        planned,
        counted,
        "GatekeeperOutsideDomain",
        recording.OUTSIDE,
        OUTSIDE,
        "of the values of {{ $labels.feature }} are outside its domain or of another type",
    )
    if counted.vocabulary:
        yield _share(
            planned,
            counted,
            "GatekeeperUnseenCategory",
            recording.UNSEEN,
            OUTSIDE,
            "of the values of {{ $labels.feature }} are of no known category",
        )


def missing_limit(counted: Counted) -> float:
    """Return the share of missing values that is told: beyond the training's own, more than its blocks differed."""
    trained = counted.trained
    if trained is None:
        return SMALLEST["missing"]
    own = (trained.missing + trained.nan) / max(1, trained.rows)
    return (
        math.ceil((own + max(SMALLEST["missing"], trained.spans.missing if trained.spans else 0.0)) * 10_000) / 10_000
    )


def _share(planned: Plan, counted: Counted, name: str, recorded: str, limit: float, told: str) -> Alert:
    monitoring, labels = planned.manifest.monitoring, {"feature": counted.name}
    return Alert(
        name=name,
        expr=f"{selector(recorded, _model(planned) | labels)} > {number(limit)}\n"
        f"and on ({BY}) {selector(recording.RECORDS, _model(planned))} >= {monitoring.at_least}",
        hold=monitoring.hold,
        window=monitoring.window,
        severity="warning",
        labels=labels,
        about=f"{{{{ $value | humanizePercentage }}}} {told}, more than {number(limit * 100)} %.",
    )


def _drift(planned: Plan, kind: str, name: str, drift: Drift) -> Alert:
    monitoring, labels = planned.manifest.monitoring, {kind: name}
    of = _model(planned) | labels
    by = f"{BY}, {kind}"
    return Alert(
        name="GatekeeperFeatureDrift" if kind == "feature" else "GatekeeperPredictionDrift",
        expr=f"{selector(recording.distance(kind), of)} > {number(drift.limit)}\n"
        f"and on ({by}) {selector(recording.distance(kind), of)} > on ({by}) "
        f"{number(drift.critical)} * {selector(recording.noise(kind), of)}\n"
        f"and on ({by}) {selector(recording.values(kind), of)} >= {monitoring.at_least}",
        hold=monitoring.hold,
        window=monitoring.window,
        severity="warning",
        labels=labels,
        about=f"{{{{ $labels.{kind} }}}} lies {{{{ $value | humanize }}}} from its baseline, the limit is "
        f"{number(drift.limit)}.",
    )


def _of_confidence(planned: Plan) -> Iterator[Alert]:
    confidence = planned.manifest.confidence
    if confidence is not None:
        yield Alert(
            name="GatekeeperConfidenceLow",
            expr=f"{selector(recording.CONFIDENCE_LOW, _model(planned))} > {number(confidence.share)}",
            hold="5m",
            window=confidence.window,
            severity="warning",
            about="The model is not sure of {{ $value | humanizePercentage }} of its answers, more than "
            f"{number(confidence.share * 100)} %.",
        )


def _of_requests(planned: Plan) -> Iterator[Alert]:
    for name, recorded, told in (
        ("GatekeeperFallbackShare", recording.FALLBACK, "get the safe answer instead of the model's"),
        ("GatekeeperRejectedShare", recording.REJECTED, "are rejected"),
    ):
        yield Alert(
            name=name,
            expr=f"{selector(recorded, _model(planned))} > {number(SHARE)}",
            hold="10m",
            window=recording.SHARES_WINDOW,
            severity="warning",
            about=f"{{{{ $value | humanizePercentage }}}} of the requests {told}.",
        )


def _of_breaker(planned: Plan) -> Iterator[Alert]:
    breaker = planned.manifest.breaker
    if breaker is not None:
        yield Alert(
            name="GatekeeperBreakerOpen",
            expr=f"max by ({BY}) ({selector(metrics.BREAKER.name, _model(planned))}) > {metrics.CLOSED}",
            hold=breaker.page_after,
            severity="critical",
            about="The breaker is open: the model is not asked, and the safe answer is given.",
        )


def _kill_switch(planned: Plan, switch: Switch) -> Alert:
    """Return the alert of one kill-switch: from the counts of its window where they tell, and the guard's own."""
    longest = window_of(switch.formula)
    window = duration(longest)
    # While a switch trips it does so on every record: a look back over its whole window would call for twice as long.
    recent = duration(min(longest, RECENT))
    trips = selector(metrics.SWITCH_TRIPS.name, _model(planned) | {"switch": switch.name}, recent)
    counted = f"sum by ({BY}) (increase({trips})) > 0"
    on_a_record = "" if is_windowed(switch.formula) else " on a record"
    told = f"It trips unless {condition_sentence(switch.formula)}."
    if is_exact(switch.formula):
        expr = f"{compiled(switch.formula, planned)} > 0\nor\n{counted}"
        comment = f"{told}\nFrom the counts of the window, and from the guard's own count of trips."
    else:
        expr = counted
        comment = (
            f"{told}\nCounts of many records can't tell whether two values were in the same one. For a window that\n"
            f"holds one record this says the same:\n  {compiled(switch.formula, planned)} > 0"
        )
    return Alert(
        name="GatekeeperKillSwitch",
        expr=expr,
        hold="0m",
        window=window,
        severity="warning" if switch.action == "alert" else "critical",
        labels={"switch": switch.name},
        about=f"The kill-switch {switch.name} trips{on_a_record}; the action is {switch.action}.",
        comment=comment,
    )


def _dead_man(planned: Plan) -> Iterator[Alert]:
    model = _model(planned)
    info = selector(metrics.INFO.name, model)
    yield Alert(
        name="GatekeeperGuardAbsent",
        expr=f"absent({info})",
        hold="5m",
        severity="critical",
        about="No guard of the model is seen: it runs without one, or its metrics are not scraped.",
    )
    window = planned.manifest.monitoring.window
    yield Alert(
        name="GatekeeperNoRequests",
        expr=f"sum by (model) (increase({selector(metrics.REQUESTS.name, model, window)})) == 0",
        hold="5m",
        window=window,
        severity="warning",
        about=f"No request was answered within {window}: nothing else can fire.",
    )
    least = planned.manifest.monitoring.at_least
    yield Alert(
        name="GatekeeperTooFewRecords",
        expr=f"{selector(recording.RECORDS, model)} < {least}",
        hold="1d",
        window=window,
        severity="warning",
        about=f"For a day there were never {least} records within {window}: no drift can be told, which is no silence.",
    )
    yield Alert(
        name="GatekeeperHeartbeatStale",
        expr=f"time() - {selector(metrics.HEARTBEAT.name, model)} > {STALE}",
        hold="5m",
        severity="critical",
        about="What is scraped of a guard is old.",
    )
    yield Alert(
        name="GatekeeperRulesOutdated",
        expr=f"count by (model, version, manifest) ({metrics.INFO.name}"
        f"{{model={quoted(model['model'])},manifest!={quoted(planned.digest)}}}) > 0",
        hold="1h",
        severity="warning",
        about="These rules are of another manifest than the guard that runs ({{ $labels.manifest }}).",
    )
    for counted in planned.inputs:
        yield Alert(
            name="GatekeeperFeatureVanished",
            expr=f"absent({_shown(model, counted)})\nand on () count({info})",
            hold="5m",
            severity="critical",
            labels={"feature": counted.name},
            about=f"The guard runs, and {counted.name} is counted no more.",
        )


def _shown(model: Mapping[str, str], counted: Counted) -> str:
    """Return a series that is there as long as an input is counted."""
    of = {**model, "feature": counted.name}
    if counted.edges is not None:
        return selector(metrics.FEATURE.buckets, of | {"le": "+Inf"})
    if counted.categories is not None:
        return selector(metrics.CATEGORY.name, of | {"category": metrics.OTHER})
    if counted.truths:
        return selector(metrics.TRUTH.name, of | {"value": "true"})
    return selector(metrics.MISSING.name, of)
