"""Made-up traffic for the tests of the rules: series that grow evenly, like the training data or with a fault."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gatekeeper.contract.generation import metrics
from gatekeeper.contract.generation.alerts import Alert
from gatekeeper.contract.generation.edges import Counted, at_most, just_below
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Test, sort
from gatekeeper.contract.manifest.facts import seconds

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its labels."""

_NUMBERS: Final = {
    "feature": (metrics.FEATURE, metrics.BASELINE_FEATURE),
    "output": (metrics.OUTPUT, metrics.BASELINE_OUTPUT),
}
_CLASSES: Final = {
    ("feature", False): (metrics.CATEGORY, metrics.BASELINE_CATEGORY, "category"),
    ("feature", True): (metrics.TRUTH, metrics.BASELINE_TRUTH, "value"),
    ("output", False): (metrics.CLASS, metrics.BASELINE_CLASS, "class"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A series that grows evenly: where it begins, and by how much a step."""

    start: float
    step: float = 0


class Traffic:
    """The series of one process.

    Attributes:
        step: seconds between two samples.
        times: by how much the baseline's counts are multiplied, so that each step holds enough records.
        rows: the records of a step.
    """

    def __init__(self, planned: Plan, step: int, least: int) -> None:
        self.planned, self.step = planned, step
        model = planned.manifest.model
        self.base = (("model", model.name), ("version", model.version))
        rows = max([each.trained.rows for each in planned.inputs if each.trained is not None], default=1)
        self.times = math.ceil(least / max(1, rows))
        self.rows = rows * self.times

    def key(self, metric: str, **labels: str) -> Key:
        """Return the name and the labels of a series."""
        return metric, (*self.base, *labels.items())

    def like_training(self) -> dict[Key, Line]:
        """Return all series of a guard whose records are like the training data."""
        planned, found = self.planned, dict[Key, Line]()
        found[self.key(metrics.INFO.name, manifest=planned.digest)] = Line(1)
        found[self.key(metrics.STARTED.name)] = Line(0)
        for metric in (metrics.HEARTBEAT, metrics.LAST_REQUEST):
            found[self.key(metric.name)] = Line(0, self.step)
        found[self.key(metrics.RECORDS.name)] = Line(0, self.rows)
        for status in metrics.STATUSES:
            found[self.key(metrics.REQUESTS.name, status=status)] = Line(0, self.rows if status == "served" else 0)
        for each in planned.inputs:
            found |= self._input(each)
        for each in planned.outputs:
            for reason in metrics.VIOLATIONS:
                found[self.key(metrics.OUTPUT_VIOLATIONS.name, output=each.name, reason=reason)] = Line(0)
            found[self.key(metrics.OUTPUT_NOT_FINITE.name, output=each.name)] = Line(0)
            found |= self._distribution(each, "output")
        for switch in planned.switches:
            found[self.key(metrics.SWITCH_TRIPS.name, switch=switch.name, action=switch.action)] = Line(0)
        if planned.manifest.breaker is not None:
            found[self.key(metrics.BREAKER.name)] = Line(metrics.CLOSED)
        if planned.manifest.confidence is not None:
            found[self.key(metrics.CONFIDENCE_SEEN.name)] = Line(0, self.rows)
            found[self.key(metrics.CONFIDENCE_LOW.name)] = Line(0)
        return found

    def _input(self, each: Counted) -> dict[Key, Line]:
        trained, of = each.trained, {"feature": each.name}
        missing = (trained.missing + trained.nan) * self.times if trained is not None else 0
        found = {
            self.key(metrics.MISSING.name, **of): Line(0, missing),
            self.key(metrics.OUTSIDE.name, **of): Line(0),
        }
        if each.vocabulary:
            found[self.key(metrics.UNSEEN.name, **of)] = Line(0)
        return found | self._distribution(each, "feature")

    def _distribution(self, each: Counted, kind: str) -> dict[Key, Line]:
        """Return what is counted of one input or output, and the baseline's beside it."""
        if each.edges is not None:
            return self._numbers(each, kind)
        if each.categories is None and not each.truths:
            return {}
        found, of = dict[Key, Line](), {kind: each.name}
        now, then, label = _CLASSES[kind, each.truths]
        names = ("false", "true") if each.truths else (*(each.categories or ()), metrics.OTHER)
        counts = each.reference if each.reference is not None else {names[0]: self.rows // self.times}
        for name in names:
            count = counts.get(name, 0)
            found[self.key(now.name, **of, **{label: name})] = Line(0, count * self.times)
            if each.reference is not None:
                found[self.key(then.name, **of, **{label: name})] = Line(count)
        return found

    def _numbers(self, each: Counted, kind: str) -> dict[Key, Line]:
        found, of, running = dict[Key, Line](), {kind: each.name}, 0
        now, then = _NUMBERS[kind]
        n = each.trained.n if each.trained is not None else self.rows // self.times
        for edge in each.edges or ():
            running = (each.reference or {}).get(edge.le, running)
            found[self.key(now.buckets, **of, le=edge.le)] = Line(0, running * self.times)
        found[self.key(now.buckets, **of, le="+Inf")] = Line(0, n * self.times)
        if each.reference is not None:
            for le, count in (*each.reference.items(), ("+Inf", n)):
                found[self.key(then.buckets, **of, le=le)] = Line(count)
        return found

    def fault(self, alert: Alert) -> Mapping[Key, Line | None]:
        """Return the series that are another way, or are gone, when what an alert is about happens."""
        of, part = dict(alert.labels), Line(0, max(1, self.rows // 3))
        if alert.name in {"GatekeeperFeatureDrift", "GatekeeperPredictionDrift"}:
            return self._drifted(of)
        if alert.name == "GatekeeperKillSwitch":
            switch = next(each for each in self.planned.switches if each.name == of["switch"])
            return {self.key(metrics.SWITCH_TRIPS.name, **of, action=switch.action): Line(0, 1)}
        told = {
            "GatekeeperOutputViolation": (metrics.OUTPUT_VIOLATIONS, of | {"reason": "below"}, Line(0, 1)),
            "GatekeeperNonFinite": (metrics.OUTPUT_NOT_FINITE, of, Line(0, 1)),
            "GatekeeperMissingRate": (metrics.MISSING, of, Line(0, self.rows)),
            "GatekeeperOutsideDomain": (metrics.OUTSIDE, of, part),
            "GatekeeperUnseenCategory": (metrics.UNSEEN, of, part),
            "GatekeeperConfidenceLow": (metrics.CONFIDENCE_LOW, of, Line(0, self.rows)),
            "GatekeeperFallbackShare": (metrics.REQUESTS, {"status": "fallback"}, part),
            "GatekeeperRejectedShare": (metrics.REQUESTS, {"status": "rejected"}, part),
            "GatekeeperBreakerOpen": (metrics.BREAKER, of, Line(metrics.OPEN)),
            "GatekeeperTooFewRecords": (metrics.RECORDS, of, Line(0, self._half())),
            "GatekeeperNoRequests": (metrics.REQUESTS, {"status": "served"}, Line(0)),
            "GatekeeperHeartbeatStale": (metrics.HEARTBEAT, of, Line(0)),
            "GatekeeperRulesOutdated": (metrics.INFO, {"manifest": "sha256:another"}, Line(1)),
            "GatekeeperGuardAbsent": (metrics.INFO, {"manifest": self.planned.digest}, None),
        }
        if alert.name in told:
            metric, labels, line = told[alert.name]
            return {self.key(metric.name, **labels): line}
        # An input is counted no more.
        return {key: None for key in self.like_training() if ("feature", of["feature"]) in key[1]}

    def _half(self) -> float:
        """Return how many records a step are half of those that a window must hold."""
        monitoring = self.planned.manifest.monitoring
        return monitoring.at_least * self.step / seconds(monitoring.window) / 2

    def _drifted(self, of: dict[str, str]) -> dict[Key, Line | None]:
        """Return all values where hardly any was: above the last edge, or of the rarest category."""
        ((kind, name),) = of.items()
        counted = next(each for each in (*self.planned.inputs, *self.planned.outputs) if each.name == name)
        if kind == "output":
            counted = next(each for each in self.planned.outputs if each.name == name)
        if counted.edges is not None:
            return {self.key(_NUMBERS[kind][0].buckets, **of, le=edge.le): Line(0) for edge in counted.edges}
        now, _, label = _CLASSES[kind, counted.truths]
        counts = counted.reference or {}
        rarest = min(counts, key=lambda each: counts[each])
        n = sum(counts.values()) * self.times
        return {self.key(now.name, **of, **{label: each}): Line(0, n if each == rarest else 0) for each in counts}

    def trips(self, formula: Formula) -> bool:
        """Return whether a kill-switch trips on traffic like the training data: it can't be asked to be silent then."""
        if isinstance(formula, Test):
            return self._test_trips(formula)
        parts = [self.trips(part) for part in formula.parts]
        return all(parts) if isinstance(formula, Every) else any(parts)

    def _test_trips(self, test: Test) -> bool:
        of, series = {"feature": test.feature}, self._input(self.planned.counted(test.feature))
        if test.op is Op.DISTANCE:
            return test.opposite
        if test.op.windowed or test.op is Op.MISSING:
            metric = {Op.OUTSIDE_RATE: metrics.OUTSIDE, Op.UNSEEN_RATE: metrics.UNSEEN}.get(test.op, metrics.MISSING)
            counted = series[self.key(metric.name, **of)].step
            if test.op is Op.MISSING:
                return counted < self.rows if test.opposite else counted > 0
            return (counted / self.rows > float(test.values[0])) is not test.opposite

        def up_to(le: str) -> float:
            return series[self.key(metrics.FEATURE.buckets, **of, le=le)].step

        if sort(test.values[0]) is not float:
            metric, label = (metrics.TRUTH, "value") if sort(test.values[0]) is bool else (metrics.CATEGORY, "category")
            named = {value if isinstance(value, str) else str(value).lower() for value in test.values}
            counts = {dict(key[1])[label]: line.step for key, line in series.items() if key[0] == metric.name}
            within, everything = sum(counts.get(name, 0) for name in named), sum(counts.values())
            inside = (test.op is Op.NOT_ONE_OF) is not test.opposite
        else:
            values, everything = [float(value) for value in test.values], up_to("+Inf")
            low, high = (values[0], values[-1]) if test.op is Op.OUTSIDE else (-math.inf, values[0])
            if test.op is Op.BELOW:
                within = everything - up_to(just_below(values[0]).le)
            elif test.op in {Op.ABOVE, Op.OUTSIDE}:
                within = up_to(at_most(high).le) - (up_to(just_below(low).le) if math.isfinite(low) else 0)
            else:
                within = sum(up_to(at_most(value).le) - up_to(just_below(value).le) for value in set(values))
            bounded = test.op in {Op.ABOVE, Op.BELOW, Op.OUTSIDE}
            inside = not test.opposite if bounded else (test.op is Op.NOT_ONE_OF) is not test.opposite
        return self.rows - (within if inside else everything - within) > 0
