"""The guard: validate, ask the kill-switches, predict, judge what comes of it, and count everything on the way."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from gatekeeper.contract.generation.parts.answers import Answer, Golden, InvalidRecord, Predict, Record, Scalar
from gatekeeper.contract.generation.parts.breaker import CLOSED, Breaker
from gatekeeper.contract.generation.parts.counting import Counting, Feature, Records
from gatekeeper.contract.generation.parts.exposition import Described, Exposition, Trained
from gatekeeper.contract.generation.parts.outputs import Confidence, Output, judged
from gatekeeper.contract.generation.parts.windows import Window, Windows

LOGGER = logging.getLogger("gatekeeper.guard")
NO_VALUES: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One kill-switch: whether it trips on a record (and what the windows say), and what is done then."""

    name: str
    action: Literal["reject", "safe-mode", "alert"]
    trips: Callable[[Record, Sequence[bool]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When the breaker opens, for how many seconds at least, and what is answered meanwhile."""

    open_after: int
    of_last: int
    cooldown: float
    fallback: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was approved, with the counters of one guard.

    Attributes:
        base: labels of every metric; `info`: the digests.
        raw: returns what a request has, as it came: input to value.
        validate: returns the record with its safe defaults, and which inputs those stand for; raises InvalidRecord.
        windows: in the order in which the kill-switches ask for them.
    """

    base: Mapping[str, str]
    info: tuple[str, ...]
    metrics: Mapping[str, Described]
    raw: Callable[[object], Record]
    validate: Callable[[object], tuple[dict[str, Scalar], tuple[str, ...]]]
    records: Records
    features: Sequence[Feature]
    outputs: Sequence[Output]
    trained: Trained
    windows: Sequence[Window] = ()
    switches: Sequence[Switch] = ()
    opening: Opening | None = None
    confidence: Confidence | None = None


class ContractGuard(Collector):
    """What runs beside the model. It may be called from many threads; one process has one guard of a model."""

    def __init__(
        self,
        contract: Contract,
        predict: Predict,
        probe: Sequence[Golden],
        *,
        registry: CollectorRegistry | None,
        clock: Callable[[], float],
        tolerance: float,
    ) -> None:
        self._contract, self._predict, self._probe, self._clock = contract, predict, tuple(probe), clock
        self._tolerance = tolerance
        self._lock = threading.Lock()
        self._windows = Windows(contract.windows)
        self._requests = {"served": 0, "fallback": 0, "rejected": 0}
        self._trips: dict[tuple[str, ...], int] = {(each.name, each.action): 0 for each in contract.switches}
        self._started, self._last_request = time.time(), 0.0
        self._exposition = Exposition(contract.metrics, contract.base)
        self._counting = Counting(contract.features)
        opening = contract.opening
        self._breaker = None
        if opening is not None:
            self._breaker = Breaker(
                open_after=opening.open_after, of_last=opening.of_last, cooldown=opening.cooldown, clock=clock
            )
        self._check()
        if registry is not None:
            registry.register(self)

    def __call__(self, record: object) -> Answer:
        """Return the answer to one request: a mapping of input to value, or an instance of `Request`."""
        raw = self._contract.raw(record)
        now = self._clock()
        with self._lock:
            self._windows.before(now)
            self._contract.records.count += 1
            self._counting.count(raw)
            self._windows.after(now)
        tripped = [switch for switch in self._contract.switches if switch.trips(raw, self._windows.tripped)]
        answer = self._answer(record, tripped)
        with self._lock:
            self._requests[answer.status] += 1
            self._last_request = time.time()
            for switch in tripped:
                self._trips[switch.name, switch.action] += 1
            for name in answer.defaulted:
                self._counting.by_name[name].defaulted += 1
        return answer

    def _answer(self, record: object, tripped: Sequence[Switch]) -> Answer:
        try:
            values, defaulted = self._contract.validate(record)
        except InvalidRecord as error:
            return Answer("rejected", NO_VALUES, (*error.reasons, *_named(tripped)))
        actions = {switch.action for switch in tripped}
        if "reject" in actions:
            return Answer("rejected", NO_VALUES, _named(tripped), defaulted)
        if "safe-mode" in actions:
            return self._fallback(_named(tripped), defaulted)
        if self._breaker is not None and self._breaker.state != CLOSED:
            if self._breaker.try_again():
                self._try()
            if self._breaker.state != CLOSED:
                return self._fallback(("breaker: open",), defaulted)
        return self._asked(values, defaulted)

    def _asked(self, values: dict[str, Scalar], defaulted: tuple[str, ...]) -> Answer:
        given, failure = self._given(values)
        outputs, confidence = self._contract.outputs, self._contract.confidence
        told = judged(outputs, given, failure)
        sure = confidence.number(given) if confidence is not None else None
        wrong: list[str] = []
        served: dict[str, Scalar] = {}
        with self._lock:
            for output, (value, good, reason) in zip(outputs, told, strict=True):
                output.count(value, reason)
                if reason is not None:
                    wrong.append(f"{output.name}: {reason}")
                elif good is not None:
                    served[output.name] = good
            if confidence is not None:
                confidence.count(sure)
        if self._breaker is not None:
            self._breaker.answered(violated=bool(wrong))
        if wrong:
            return self._fallback(tuple(wrong), defaulted)
        return Answer("served", MappingProxyType(served), (), defaulted, sure)

    def _given(self, values: dict[str, Scalar]) -> tuple[object, str | None]:
        try:
            return self._predict(values), None
        except Exception:  # whatever the team's model raises is a violation, and is logged with its traceback
            LOGGER.exception("the model raised on a valid record")
            return None, "exception"

    def _fallback(self, reasons: tuple[str, ...], defaulted: tuple[str, ...]) -> Answer:
        opening = self._contract.opening
        if opening is None:
            return Answer("rejected", NO_VALUES, reasons, defaulted)
        return Answer("fallback", MappingProxyType(dict(opening.fallback)), reasons, defaulted)

    def probe(self) -> bool:
        """Return whether the model gives the golden records' values, within the tolerance. For readiness, too."""
        return all(self._is_right(record, expected) for record, expected in self._probe)

    def _is_right(self, record: Record, expected: Mapping[str, Scalar]) -> bool:
        values, _ = self._contract.validate(record)
        told = judged(self._contract.outputs, *self._given(values))
        got = {output.name: each for output, each in zip(self._contract.outputs, told, strict=True)}
        return all(got[name][2] is None and self._is_close(got[name][1], value) for name, value in expected.items())

    def _is_close(self, value: Scalar | None, expected: Scalar) -> bool:
        if isinstance(value, int | float) and isinstance(expected, int | float):
            return math.isclose(value, expected, rel_tol=self._tolerance, abs_tol=self._tolerance)
        return value == expected

    def _try(self) -> None:
        """Ask the model for the golden records; what ends this thread leaves the breaker open."""
        right = False
        try:
            right = self.probe()
        finally:
            if self._breaker is not None:
                self._breaker.probed(right=right)

    def _check(self) -> None:
        """Refuse to be built where the contract could not be kept."""
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            raise ValueError("PROMETHEUS_MULTIPROC_DIR is set, where a guard's metrics are lost; scrape each worker")
        if self._contract.opening is not None:
            told = judged(self._contract.outputs, self._contract.opening.fallback, None)
            for output, (_, _, wrong) in zip(self._contract.outputs, told, strict=True):
                if wrong is not None:
                    raise ValueError(f"the fallback of {output.name} is itself no answer: {wrong}")
            if not self._probe:
                raise ValueError("got no golden record; without one the breaker could never be closed: give `probe`")
        names = {output.name for output in self._contract.outputs}
        for record, expected in self._probe:
            self._contract.validate(record)
            if not expected or not expected.keys() <= names:
                raise ValueError(f"a golden record expects {sorted(expected)}, the outputs are {sorted(names)}")

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, counted at one moment."""
        with self._lock:
            families = [*self._of_guard(), *self._of_features(), *self._of_outputs()]
        yield from families
        yield from self._exposition.trained(self._contract.trained)

    def _of_guard(self) -> Iterator[Metric]:
        simple, breaker = self._exposition.simple, self._breaker
        yield simple("guard_info", {self._contract.info: 1})
        yield simple("start_time_seconds", {(): self._started})
        yield simple("heartbeat_timestamp_seconds", {(): time.time()})
        yield simple("last_request_timestamp_seconds", {(): self._last_request})
        yield simple("requests", {(status,): count for status, count in self._requests.items()})
        yield simple("records", {(): self._contract.records.count})
        yield simple("kill_switch_trips", self._trips)
        if breaker is not None:
            yield simple("breaker_state", {(): breaker.state})
            yield simple("breaker_openings", {(): breaker.openings})
            yield simple("breaker_probes", {(result,): count for result, count in breaker.probes.items()})

    def _of_features(self) -> Iterator[Metric]:
        simple, features = self._exposition.simple, self._contract.features
        yield simple("feature_missing", {(each.name,): each.missing for each in features})
        yield simple("feature_not_finite", {(each.name,): each.not_finite for each in features})
        yield simple("feature_outside", {(each.name,): each.outside for each in features})
        yield simple("feature_defaulted", {(each.name,): each.defaulted for each in features})
        yield simple("feature_unseen", {(each.name,): each.unseen for each in features if each.vocabulary is not None})
        yield self._exposition.histogram(
            "feature", {(each.name,): each.histogram for each in features if each.histogram is not None}
        )
        yield simple(
            "feature_category",
            {(each.name, name): count for each in features for name, count in (each.categories or {}).items()},
        )
        yield simple(
            "feature_truth",
            {(each.name, str(value).lower()): n for each in features for value, n in (each.truths or {}).items()},
        )

    def _of_outputs(self) -> Iterator[Metric]:
        simple, outputs, confidence = self._exposition.simple, self._contract.outputs, self._contract.confidence
        yield self._exposition.histogram(
            "output", {(each.name,): each.histogram for each in outputs if each.histogram is not None}
        )
        yield simple(
            "output_class", {(each.name, label): n for each in outputs for label, n in (each.classes or {}).items()}
        )
        yield simple("output_not_finite", {(each.name,): each.not_finite for each in outputs})
        yield simple(
            "output_violations",
            {(each.name, reason): count for each in outputs for reason, count in each.violations.items()},
        )
        if confidence is not None:
            yield self._exposition.histogram("confidence", {(): confidence.histogram})
            yield simple("confidence_low", {(): confidence.low})
            yield simple("confidence_answers", {(): confidence.answers})


def _named(switches: Sequence[Switch]) -> tuple[str, ...]:
    return tuple(f"kill-switch: {switch.name}" for switch in switches)
