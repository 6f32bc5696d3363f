"""Every metric that a guard exposes: guard, rules and dashboard are all written from this table, and so agree.

Each one carries the labels `model` and `version` beside its own: a canary of another version is judged by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

BASE: Final = ("model", "version")
"""Labels of every metric."""
OTHER: Final = "__other__"
"""The label of all categories that are not counted one by one."""
STATUSES: Final = ("served", "fallback", "rejected")
VIOLATIONS: Final = (
    "missing",
    "not-a-number",
    "not-finite",
    "below",
    "above",
    "ratio",
    "unknown-class",
    "exception",
)
"""What can be wrong with a value that the model gives."""
CLOSED, HALF_OPEN, OPEN = 0, 1, 2
"""The states of a breaker, as its gauge shows them."""

Type = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: what it is called, what of, and what a person reads beside it.

    Attributes:
        labels: those beyond `BASE`, and beyond the `le` of a histogram.
    """

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name without what all of them share."""
        return self.name.removeprefix("gatekeeper_").removesuffix("_total")

    @property
    def buckets(self) -> str:
        """The name of a histogram's buckets. The one at +Inf is its count: `_sum` and `_count` are never relied on."""
        return f"{self.name}_bucket"


def _counter(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"gatekeeper_{name}_total", type="counter", help=text, labels=labels)


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"gatekeeper_{name}", type="gauge", help=text, labels=labels)


def _histogram(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"gatekeeper_{name}", type="histogram", help=text, labels=labels)


INFO = _gauge("guard_info", "What the guard was generated from, by digest.", "manifest", "artifact", "baseline")
STARTED = _gauge("start_time_seconds", "When the guard was built, in seconds since 1970.")
HEARTBEAT = _gauge("heartbeat_timestamp_seconds", "When these numbers were told, in seconds since 1970.")
LAST_REQUEST = _gauge("last_request_timestamp_seconds", "When the last request was answered; 0 before the first.")

REQUESTS = _counter("requests", "Requests, by what became of them.", "status")
RECORDS = _counter("records", "Records whose values were counted, valid or not.")
DEFAULTED = _counter("feature_defaulted", "Values that the safe default stood in for.", "feature")
MISSING = _counter("feature_missing", "Records without a value: absent, null, empty or NaN.", "feature")
NOT_FINITE = _counter("feature_not_finite", "Values that are NaN or infinite; no histogram holds them.", "feature")
OUTSIDE = _counter("feature_outside", "Values outside the declared domain, or of another type.", "feature")
UNSEEN = _counter("feature_unseen", "Values of no category of the vocabulary.", "feature")
FEATURE = _histogram("feature", "Finite numbers, at the baseline's edges and those of the conditions.", "feature")
CATEGORY = _counter("feature_category", "Texts, by category.", "feature", "category")
TRUTH = _counter("feature_truth", "Truth values.", "feature", "value")

OUTPUT = _histogram("output", "Finite numbers that the model gave, before they were judged.", "output")
CLASS = _counter("output_class", "Classes that the model gave.", "output", "class")
OUTPUT_NOT_FINITE = _counter("output_not_finite", "NaN or infinite answers; no histogram holds them.", "output")
OUTPUT_VIOLATIONS = _counter("output_violations", "Values of the model that were not given on.", "output", "reason")

CONFIDENCE = _histogram("confidence", "How sure the model was, by the number that it gave with the answer.")
CONFIDENCE_LOW = _counter("confidence_low", "Answers of low, or of no, confidence.")
CONFIDENCE_SEEN = _counter("confidence_answers", "Answers whose confidence was looked at.")

BREAKER = _gauge("breaker_state", "0 closed: the model is asked; 1 half-open: it is tried; 2 open: it is not asked.")
BREAKER_OPENINGS = _counter("breaker_openings", "How often the breaker opened.")
BREAKER_PROBES = _counter("breaker_probes", "Trials of the model with the golden records.", "result")
SWITCH_TRIPS = _counter("kill_switch_trips", "Records on which a kill-switch tripped.", "switch", "action")

BASELINE_FEATURE = _histogram("baseline_feature", "The training data, at the same edges.", "feature")
BASELINE_CATEGORY = _gauge("baseline_feature_category", "The training data, by category.", "feature", "category")
BASELINE_TRUTH = _gauge("baseline_feature_truth", "The training data, by truth value.", "feature", "value")
BASELINE_OUTPUT = _histogram("baseline_output", "The model's predictions on the training data.", "output")
BASELINE_CLASS = _gauge("baseline_output_class", "The model's classes on the training data.", "output", "class")

TABLE: Final = MappingProxyType(
    {
        metric.key: metric
        for metric in (
            *(INFO, STARTED, HEARTBEAT, LAST_REQUEST, REQUESTS, RECORDS, DEFAULTED, MISSING, NOT_FINITE, OUTSIDE),
            *(UNSEEN, FEATURE, CATEGORY, TRUTH, OUTPUT, CLASS, OUTPUT_NOT_FINITE, OUTPUT_VIOLATIONS, CONFIDENCE),
            *(CONFIDENCE_LOW, CONFIDENCE_SEEN, BREAKER, BREAKER_OPENINGS, BREAKER_PROBES, SWITCH_TRIPS),
            *(BASELINE_FEATURE, BASELINE_CATEGORY, BASELINE_TRUTH, BASELINE_OUTPUT, BASELINE_CLASS),
        )
    }
)
"""Every metric, by the key that the guard's source has for it."""


def le(edge: float) -> str:
    """Return the `le` label of a bucket as Prometheus 3 spells it: Go's shortest form, and `.0` behind a whole number.

    Prometheus 2 keeps what is exposed, Prometheus 3 brings it into this form: a rule that names it fits both.
    """
    if math.isinf(edge):
        return "+Inf" if edge > 0 else "-Inf"
    if edge == 0:
        return "0.0"
    sign = "-" if edge < 0 else ""
    digits, power = _digits(abs(edge))
    if -4 <= power < 6:
        return sign + _plain(digits, power)
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _digits(value: float) -> tuple[str, int]:
    """Return the shortest digits of a positive number, and the power of ten of the first."""
    mantissa, _, exponent = f"{value!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    digits = whole + ("" if fraction == "0" else fraction)
    stripped = digits.lstrip("0")
    power -= len(digits) - len(stripped)
    return stripped.rstrip("0") or "0", power


def _plain(digits: str, power: int) -> str:
    if power < 0:
        return f"0.{'0' * (-power - 1)}{digits}"
    whole, fraction = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return f"{whole}.{fraction or '0'}"
