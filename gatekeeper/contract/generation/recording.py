"""Recording rules: what the alerts and the dashboard compare, worked out once, over all processes of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.generation import metrics
from gatekeeper.contract.generation.edges import Counted
from gatekeeper.contract.generation.metrics import Metric
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.generation.promql import quoted

BY: Final = ", ".join(metrics.BASE)
SHARES_WINDOW: Final = "15m"
"""How far back the shares of requests look."""

RECORDS: Final = "gatekeeper:records:increase"
MISSING: Final = "gatekeeper:feature_missing:share"
OUTSIDE: Final = "gatekeeper:feature_outside:share"
UNSEEN: Final = "gatekeeper:feature_unseen:share"
FALLBACK: Final = "gatekeeper:requests_fallback:share"
REJECTED: Final = "gatekeeper:requests_rejected:share"
CONFIDENCE_LOW: Final = "gatekeeper:confidence_low:share"


def buckets(kind: str) -> str:
    """Return the name of the counts by bucket of `feature` or `output`."""
    return f"gatekeeper:{kind}_bucket:increase"


def values(kind: str) -> str:
    """Return the name of how many values there were."""
    return f"gatekeeper:{kind}_values:increase"


def distance(kind: str) -> str:
    """Return the name of the distance from the baseline."""
    return f"gatekeeper:{kind}_distance"


def noise(kind: str) -> str:
    """Return the name of sqrt(1/n + 1/m), which the distance by chance is a multiple of."""
    return f"gatekeeper:{kind}_noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded series: its name, its expression, and what a person reads beside it."""

    name: str
    expr: str
    comment: str = ""


def recordings(planned: Plan) -> Iterator[Recording]:
    """Yield every recording rule, each after those that it uses."""
    model = f"model={quoted(planned.manifest.model.name)}"
    yield from _of_shares(planned, model)
    yield from _of_requests(planned, model)
    yield from _of_distances(planned, model, "feature", planned.inputs)
    yield from _of_distances(planned, model, "output", planned.outputs)


_NUMBERS: Final = {
    "feature": (metrics.FEATURE, metrics.BASELINE_FEATURE),
    "output": (metrics.OUTPUT, metrics.BASELINE_OUTPUT),
}
_CLASSES: Final = {
    "feature": (
        (False, "category", metrics.CATEGORY, metrics.BASELINE_CATEGORY),
        (True, "value", metrics.TRUTH, metrics.BASELINE_TRUTH),
    ),
    "output": ((False, "class", metrics.CLASS, metrics.BASELINE_CLASS),),
}


def _of_shares(planned: Plan, model: str) -> Iterator[Recording]:
    window = planned.manifest.monitoring.window
    yield Recording(
        name=RECORDS,
        expr=f"sum by ({BY}) (increase({metrics.RECORDS.name}{{{model}}}[{window}]))",
        comment=f"Records within {window}.",
    )
    for name, metric in ((MISSING, metrics.MISSING), (OUTSIDE, metrics.OUTSIDE), (UNSEEN, metrics.UNSEEN)):
        counted = f"sum by ({BY}, feature) (increase({metric.name}{{{model}}}[{window}]))"
        yield Recording(
            name=name,
            expr=f"{counted}\n/ on ({BY}) group_left ()\n{RECORDS}{{{model}}}",
            comment=f"Their share. {metric.help}",
        )


def _of_requests(planned: Plan, model: str) -> Iterator[Recording]:
    for name, status in ((FALLBACK, "fallback"), (REJECTED, "rejected")):
        part = f'{metrics.REQUESTS.name}{{{model},status="{status}"}}[{SHARES_WINDOW}]'
        yield Recording(
            name=name,
            expr=f"sum by ({BY}) (increase({part}))\n/\n"
            f"sum by ({BY}) (increase({metrics.REQUESTS.name}{{{model}}}[{SHARES_WINDOW}]))",
            comment=f"The share of requests that were {'answered safely' if status == 'fallback' else 'rejected'}.",
        )
    confidence = planned.manifest.confidence
    if confidence is not None:
        yield Recording(
            name=CONFIDENCE_LOW,
            expr=f"sum by ({BY}) (increase({metrics.CONFIDENCE_LOW.name}{{{model}}}[{confidence.window}]))\n/\n"
            f"sum by ({BY}) (increase({metrics.CONFIDENCE_SEEN.name}{{{model}}}[{confidence.window}]))",
            comment="The share of answers that the model was not sure of.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """How one sort of values is compared with the training data.

    Attributes:
        counts: what is recorded of them first.
        values, trained: how many there are now, and how many the training data had.
        distance: how far both lie apart.
    """

    counts: Recording
    values: str
    trained: str
    distance: str


def _of_distances(planned: Plan, model: str, kind: str, counted: tuple[Counted, ...]) -> Iterator[Recording]:
    """Yield the counts of each sort of values, and over all sorts together how many there are and how far apart."""
    there = [each for each in counted if each.reference is not None]
    window, groups = planned.manifest.monitoring.window, f"{BY}, {kind}"
    sorts = []
    if any(each.edges is not None for each in there):
        sorts.append(_numbers(model, kind, window))
    for truths, label, now, then in _CLASSES[kind]:
        if any(each.edges is None and each.truths is truths for each in there):
            sorts.append(_categories(model, kind, window, label, now, then))
    if not sorts:
        return
    yield from (each.counts for each in sorts)
    yield Recording(name=values(kind), expr="\nor\n".join(each.values for each in sorts))
    yield Recording(
        name=distance(kind),
        expr="\nor\n".join(each.distance for each in sorts),
        comment="Of numbers the distance of Kolmogorov and Smirnov at the baseline's edges, at most the real one;\n"
        "of categories the total variation, the largest difference of the share of any set of them.",
    )
    trained = " or ".join(each.trained for each in sorts)
    yield Recording(
        name=noise(kind),
        expr=f"sqrt(1 / {values(kind)}{{{model}}} + on ({groups}) 1 / ({trained}))",
        comment="By chance alone the distance is a multiple of this.",
    )


def _numbers(model: str, kind: str, window: str) -> _Compared:
    now, then = _NUMBERS[kind]
    name, groups = buckets(kind), f"{BY}, {kind}"
    trained = f"max by ({groups}, le) ({then.buckets}{{{model}}})"
    all_trained = f'max by ({groups}) ({then.buckets}{{{model},le="+Inf"}})'
    return _Compared(
        counts=Recording(
            name=name,
            expr=f"sum by ({groups}, le) (increase({now.buckets}{{{model}}}[{window}]))",
            comment=f"Values by bucket within {window}. The bucket at +Inf holds all of them.",
        ),
        values=f'sum by ({groups}) ({name}{{{model},le="+Inf"}})',
        trained=all_trained,
        distance=f"max by ({groups}) (\n"
        f"  abs(\n"
        f"    {name}{{{model}}} / on ({groups}) group_left () {values(kind)}{{{model}}}\n"
        f"    - on ({groups}, le)\n"
        f"    ({trained} / on ({groups}) group_left () {all_trained})\n"
        f"  )\n"
        f")",
    )


def _categories(model: str, kind: str, window: str, label: str, now: Metric, then: Metric) -> _Compared:
    name, groups = f"gatekeeper:{now.key}:increase", f"{BY}, {kind}"
    trained = f"max by ({groups}, {label}) ({then.name}{{{model}}})"
    all_trained = f"sum by ({groups}) ({trained})"
    return _Compared(
        counts=Recording(
            name=name,
            expr=f"sum by ({groups}, {label}) (increase({now.name}{{{model}}}[{window}]))",
            comment=f"Values by {label} within {window}.",
        ),
        values=f"sum by ({groups}) ({name}{{{model}}})",
        trained=all_trained,
        distance=f"sum by ({groups}) (\n"
        f"  abs(\n"
        f"    {name}{{{model}}} / on ({groups}) group_left () {values(kind)}{{{model}}}\n"
        f"    - on ({groups}, {label})\n"
        f"    ({trained} / on ({groups}) group_left () {all_trained})\n"
        f"  )\n"
        f") / 2",
    )
