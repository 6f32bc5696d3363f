"""The guard of holiday-pricing 4093: it enforces what its manifest declares.

Generated from the manifest sha256:0e2db420451085fa354b8a6a4ab138de64650765004bea45c31abc036a6ae33d;
do not edit it, generate it again. It needs pydantic and prometheus_client.

It exposes 685 series a process: 259 for inputs, 80 for outputs, 303 for baseline, 43 for the guard itself.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from numbers import Integral, Real
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeGuard

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MODEL: Final = "holiday-pricing"
VERSION: Final = "4093"
MANIFEST: Final = "sha256:0e2db420451085fa354b8a6a4ab138de64650765004bea45c31abc036a6ae33d"
ARTIFACT: Final = "sha256:06f15fbb8c1df3eb75f80420f3940f0a362c2e5afdb1be7589c2310befd99b25"
BASELINE: Final = "sha256:d3a0064ace45fc7ad45d4a8ecb03d17cb9d2f58de7ebe55a99cdae803dd640f7"


class Request(BaseModel):
    """What holiday-pricing 4093 is asked."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    region: Literal["east", "north", "south", "west"]
    unit_cost: Annotated[float, Field(ge=1, le=500, description="in EUR")]
    units: Annotated[int, Field(ge=1, le=24)]
    stock: Annotated[int, Field(ge=0, le=500)] | None = None
    days_to_holiday: Annotated[int, Field(ge=0, le=365)]

    def filled(self) -> dict[str, int | float | bool | str]:
        """Return the record as the model takes it, with the safe defaults."""
        return {
            "region": self.region,
            "unit_cost": self.unit_cost,
            "units": self.units,
            "stock": 248 if self.stock is None else self.stock,
            "days_to_holiday": self.days_to_holiday,
        }

    def defaulted(self) -> tuple[str, ...]:
        """Return the inputs that the safe default stands in for."""
        standing = (("stock", self.stock is None),)
        return tuple(name for name, is_standing in standing if is_standing)


# --- The operators of the kill-switches: each tells whether a value trips it, which it does unless it is surely safe.


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a finite number. A truth value is none."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value)


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a text that is not empty."""
    return isinstance(value, str) and value != ""


def is_truth(value: object) -> TypeGuard[bool]:
    """Return whether a value is a truth value."""
    return isinstance(value, bool)


def above(value: object, limit: float) -> bool:
    """Trip unless the value is a number and at most the limit."""
    return not (is_number(value) and value <= limit)


def not_above(value: object, limit: float) -> bool:
    """Trip unless the value is a number and above the limit."""
    return not (is_number(value) and value > limit)


def below(value: object, limit: float) -> bool:
    """Trip unless the value is a number and at least the limit."""
    return not (is_number(value) and value >= limit)


def not_below(value: object, limit: float) -> bool:
    """Trip unless the value is a number and below the limit."""
    return not (is_number(value) and value < limit)


def outside(value: object, low: float, high: float) -> bool:
    """Trip unless the value is a number and within both limits."""
    return not (is_number(value) and low <= value <= high)


def not_outside(value: object, low: float, high: float) -> bool:
    """Trip unless the value is a number and beyond one of the limits."""
    return not (is_number(value) and not low <= value <= high)


def number_among(value: object, *others: float) -> bool:
    """Trip unless the value is a number and none of the others."""
    return not (is_number(value) and value not in others)


def number_not_among(value: object, *others: float) -> bool:
    """Trip unless the value is one of the other numbers."""
    return not (is_number(value) and value in others)


def text_among(value: object, *others: str) -> bool:
    """Trip unless the value is a text and none of the others."""
    return not (is_text(value) and value not in others)


def text_not_among(value: object, *others: str) -> bool:
    """Trip unless the value is one of the other texts."""
    return not (is_text(value) and value in others)


def truth_among(value: object, *others: bool) -> bool:
    """Trip unless the value is a truth value and none of the others."""
    return not (is_truth(value) and value not in others)


def truth_not_among(value: object, *others: bool) -> bool:
    """Trip unless the value is one of the other truth values."""
    return not (is_truth(value) and value in others)


def missing(value: object) -> bool:
    """Trip unless there is a value: absent, null, the empty text and NaN are none."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value)


def not_missing(value: object) -> bool:
    """Trip unless there is no value."""
    return not missing(value)


# --- What a guard is asked and what it answers.


Scalar: TypeAlias = "int | float | bool | str"
Record: TypeAlias = "Mapping[str, object]"
Predict: TypeAlias = "Callable[[dict[str, Scalar]], object]"
"""The team's own: it takes a record, safe defaults filled in, and gives output to value (or the one value there is)."""
Golden: TypeAlias = "tuple[Record, Mapping[str, Scalar]]"
"""A record and the values that the model gave when it was approved."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        status: the model's values were served, or the fallback's, or the request was rejected.
        values: output to value; empty when it was rejected.
        reasons: why it is not the model's answer. No value of the request is among them.
        defaulted: the inputs that the safe default stood in for.
        confidence: how sure the model was, if it said so.
    """

    status: Literal["served", "fallback", "rejected"]
    values: Mapping[str, Scalar]
    reasons: tuple[str, ...] = ()
    defaulted: tuple[str, ...] = ()
    confidence: float | None = None


class InvalidRecord(ValueError):
    """A record that the model was not made for; `reasons` name the inputs, and no value of them."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


# --- What is counted: values by bucket, before anything is judged, and never NaN or infinity in a histogram.


OTHER = "__other__"
FAR = 1e300
"""Beyond it no value is summed up: the sum would be infinite."""


class Histogram:
    """Counts between edges: `cells[i]` lie above the edge before and at most at `edges[i]`, the last above them all."""

    __slots__ = ("cells", "edges", "labels", "total")

    def __init__(self, edges: Sequence[float], labels: Sequence[str]) -> None:
        self.edges = tuple(edges)
        self.labels = (*labels, "+Inf")
        self.cells = [0] * (len(self.edges) + 1)
        self.total = 0.0

    def count(self, value: float) -> None:
        """Count a finite number."""
        self.cells[bisect_left(self.edges, value)] += 1
        if -FAR < value < FAR:
            self.total += value


class Records:
    """How many records were counted."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Feature:
    """One input and what is counted of it.

    Attributes:
        kind: number, integer, category, boolean or text.
        low, high: the domain of a number.
        vocabulary: every category there is; None for what has no vocabulary.
        histogram: for numbers.
        categories: counts of the categories that are counted one by one, and of all others.
        truths: counts of truth values.
    """

    __slots__ = (
        *("categories", "defaulted", "high", "highest", "histogram", "kind", "low", "lowest", "missing", "name"),
        *("not_finite", "outside", "truths", "types", "unseen", "vocabulary"),
    )

    def __init__(  # one keyword for each thing that the manifest says of an input
        self,
        name: str,
        kind: str,
        *,
        low: float = float("-inf"),
        high: float = float("inf"),
        vocabulary: frozenset[str] | None = None,
        histogram: Histogram | None = None,
        categories: Sequence[str] | None = None,
    ) -> None:
        self.name, self.kind, self.low, self.high, self.vocabulary = name, kind, low, high, vocabulary
        self.histogram = histogram
        # A number of these types between these two is as declared, and its sum stays finite.
        self.types = frozenset({"number": (int, float), "integer": (int,)}.get(kind, ()))
        self.lowest, self.highest = max(low, -FAR), min(high, FAR)
        self.categories = dict.fromkeys((*categories, OTHER), 0) if categories is not None else None
        self.truths = {False: 0, True: 0} if kind == "boolean" else None
        self.missing = self.not_finite = self.outside = self.unseen = self.defaulted = 0

    def count(self, value: object) -> None:
        """Count whatever a record has for this input; None stands for what it has not."""
        if isinstance(value, bool):
            self._truth(value)
        elif isinstance(value, int | float):
            self._number(value)
        elif isinstance(value, str):
            self._text(value)
        elif value is None:
            self.missing += 1
        else:
            self.outside += 1

    def _number(self, value: float) -> None:
        if value - value != 0:  # NaN, or infinite
            self.not_finite += 1
            if math.isnan(value):
                self.missing += 1
            else:
                self.outside += 1
            return
        if self.histogram is None:
            self.outside += 1
            return
        self.histogram.count(value)
        if not self.low <= value <= self.high or (self.kind == "integer" and not isinstance(value, int)):
            self.outside += 1

    def _text(self, value: str) -> None:
        if not value:
            self.missing += 1
            return
        if self.categories is None:
            self.outside += 1
            return
        self.categories[value if value in self.categories else OTHER] += 1
        if self.vocabulary is not None and value not in self.vocabulary:
            self.unseen += 1

    def _truth(self, value: bool) -> None:
        if self.truths is None:
            self.outside += 1
        else:
            self.truths[value] += 1


class Counting:
    """Counts records. Nearly all values are numbers as declared: the shortest way is theirs, laid out in rows."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        self.by_name = {feature.name: feature for feature in features}
        self._rows = [
            (
                each.name,
                each.types if each.histogram is not None else frozenset(),
                each.lowest,
                each.highest,
                *_of(each),
            )
            for each in features
        ]

    def count(self, record: Mapping[str, object]) -> None:
        """Count the values of one record."""
        get = record.get
        value: Any
        for name, types, lowest, highest, histogram, cells, edges, feature in self._rows:
            value = get(name)
            # NaN is between no two numbers, and is counted by the feature like all else.
            if type(value) in types and lowest <= value <= highest:
                cells[bisect_left(edges, value)] += 1
                histogram.total += value
            else:
                feature.count(value)


def _of(feature: Feature) -> tuple[Histogram, list[int], tuple[float, ...], Feature]:
    histogram = feature.histogram if feature.histogram is not None else Histogram((), ())
    return histogram, histogram.cells, histogram.edges, feature


# --- The conditions that look at a window: what was counted until now, less what had been counted when it began.


PIECES = 60
"""A window is so exact: it may begin one of these pieces early."""
TICK = 1.0
"""Seconds between two judgements."""


class Window:
    """One condition on the records of the last `seconds`.

    Attributes:
        read: what has been counted until now; the first number is how many there are, of which `at_least` are needed.
        measure: the share or the distance of such counts.
        limit: what it may be at most; with `opposite`, what it must be above.
        tripped: the last judgement.
    """

    def __init__(  # each keyword is one part of the condition
        self,
        read: Callable[[], Sequence[int]],
        measure: Callable[[Sequence[int]], float],
        *,
        seconds: float,
        limit: float,
        at_least: int,
        opposite: bool = False,
    ) -> None:
        self.read, self.measure = read, measure
        self.seconds, self.limit, self.at_least, self.opposite = seconds, limit, at_least, opposite
        self.tripped = False
        self._kept: deque[tuple[float, Sequence[int]]] = deque([(float("-inf"), read())])

    def keep(self, last: float) -> None:
        """Remember what had been counted at the time of the last record; call it before the next one is counted."""
        before = self._kept[-1][0]
        if last - before >= self.seconds / PIECES:
            self._kept.append((last, self.read()))

    def judge(self, now: float) -> None:
        """Judge the records since the window began. NaN is no measure that is safe."""
        begin = now - self.seconds
        while len(self._kept) > 1 and self._kept[1][0] <= begin:
            self._kept.popleft()
        counted = [after - before for after, before in zip(self.read(), self._kept[0][1], strict=True)]
        if counted[0] < self.at_least:
            self.tripped = False
            return
        value = self.measure(counted)
        self.tripped = not (value > self.limit if self.opposite else value <= self.limit)


class Windows:
    """All of a guard's windows, judged at most once a second."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = tuple(windows)
        self.tripped = tuple(False for _ in self.windows)
        self._judged = self._last = float("-inf")

    def before(self, now: float) -> None:
        """Call it before a record is counted."""
        if now - self._judged >= TICK and self._last > float("-inf"):
            for window in self.windows:
                window.keep(self._last)

    def after(self, now: float) -> None:
        """Call it when a record has been counted."""
        self._last = now
        if now - self._judged >= TICK:
            self._judged = now
            for window in self.windows:
                window.judge(now)
            self.tripped = tuple(window.tripped for window in self.windows)


def rate(records: Records, feature: Feature, what: str) -> Callable[[], Sequence[int]]:
    """Return what reads all records, and those of which a feature counts `what`: missing, outside or unseen."""
    return lambda: (records.count, getattr(feature, what))


def cells_of(feature: Feature) -> Callable[[], Sequence[int]]:
    """Return what reads all numbers of a feature, and those in each cell."""

    def read() -> Sequence[int]:
        counts = tuple(feature.histogram.cells) if feature.histogram is not None else ()
        return (sum(counts), *counts)

    return read


def categories_of(feature: Feature) -> Callable[[], Sequence[int]]:
    """Return what reads all texts, and those of each category."""

    def read() -> Sequence[int]:
        counts = tuple((feature.categories or {}).values())
        return (sum(counts), *counts)

    return read


def share(counted: Sequence[int]) -> float:
    """Return the second number as a share of the first."""
    return counted[1] / counted[0]


def kolmogorov_smirnov(labels: Sequence[str], trained: Sequence[tuple[str, int]]) -> Callable[[Sequence[int]], float]:
    """Return what measures the distance of a histogram's cells from the training data, at the edges of that.

    Args:
        labels: `le` of each cell but the last, which is +Inf.
        trained: `le` and count up to there; the last one is +Inf.
    """
    n = trained[-1][1]
    reference = [((*labels, "+Inf").index(le), count / n) for le, count in trained]

    def distance(counted: Sequence[int]) -> float:
        running = list(accumulate(counted[1:]))
        return max(abs(running[place] / counted[0] - expected) for place, expected in reference)

    return distance


def total_variation(trained: Sequence[int]) -> Callable[[Sequence[int]], float]:
    """Return what measures the distance of categories from the training data, both in the same order."""
    n = sum(trained)

    def distance(counted: Sequence[int]) -> float:
        return sum(abs(a / counted[0] - b / n) for a, b in zip(counted[1:], trained, strict=True)) / 2

    return distance


# --- The circuit breaker: it counts answers that break the contract, of the last so many, and not only exceptions.


CLOSED, HALF_OPEN, OPEN = 0, 1, 2


class Breaker:
    """Open after `open_after` violating answers of the last `of_last`; tried again after `cooldown` seconds.

    An answer counts once, however many of its values are wrong. The violations need not be consecutive: between good
    answers they count all the same.
    """

    def __init__(self, *, open_after: int, of_last: int, cooldown: float, clock: Callable[[], float]) -> None:
        self.open_after, self.of_last, self.cooldown = open_after, of_last, cooldown
        self.state = CLOSED
        self.openings = 0
        self.probes = {"right": 0, "wrong": 0}
        self._clock = clock
        self._lock = threading.Lock()
        self._last: deque[bool] = deque(maxlen=of_last)
        self._violations = 0
        self._opened = 0.0

    def try_again(self) -> bool:
        """Return whether the caller must try the model now; whoever is told so tells the result to `probed`."""
        if self.state != OPEN:
            return False
        with self._lock:
            if self.state != OPEN or self._clock() - self._opened < self.cooldown:
                return False
            self.state = HALF_OPEN
            return True

    def answered(self, *, violated: bool) -> None:
        """Count an answer of the model."""
        with self._lock:
            if self.state != CLOSED:  # it was asked before the breaker opened
                return
            if len(self._last) == self.of_last:
                self._violations -= self._last[0]
            self._last.append(violated)
            self._violations += violated
            if self._violations >= self.open_after:
                self._open()
                self.openings += 1

    def probed(self, *, right: bool) -> None:
        """Close when the trial went right, else stay open for another cooldown."""
        with self._lock:
            self.probes["right" if right else "wrong"] += 1
            if right:
                self.state = CLOSED
                self._last.clear()
                self._violations = 0
            else:
                self._open()

    def _open(self) -> None:
        self.state = OPEN
        self._opened = self._clock()


# --- What the model gives is judged: a finite number within its range, or a class that there is. NaN is never in range.


LARGEST_FLOAT = sys.float_info.max
MAPPINGS = (dict, Mapping)
"""The first is told at once, the second takes its time."""


def real(value: object) -> float | None:
    """Return a real number as Python has it; NumPy's floats of 32 bits are no `float`. A truth value is none."""
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, Fraction) and abs(value) > LARGEST_FLOAT:  # beyond every float
        return math.inf if value > 0 else -math.inf
    return float(value) if isinstance(value, Real) else None


class Output:
    """One value that the model gives, and what is counted of it.

    Attributes:
        low, high: the range; both ends belong to it.
        highest_ratio: the largest value that the mean allows.
        classes: the labels that there are; None for a number.
        violations: counts by what was wrong.
    """

    def __init__(  # one keyword for each thing that the manifest says of an output
        self,
        name: str,
        *,
        low: float = float("-inf"),
        high: float = float("inf"),
        highest_ratio: float = float("inf"),
        classes: Sequence[str] | None = None,
        histogram: Histogram | None = None,
        violations: Sequence[str] = (),
    ) -> None:
        self.name, self.low, self.high, self.highest_ratio = name, low, high, highest_ratio
        self.classes = dict.fromkeys(classes, 0) if classes is not None else None
        self.histogram = histogram
        self.violations = dict.fromkeys(violations, 0)
        self.not_finite = 0

    def judge(self, value: object) -> tuple[Scalar | None, str | None]:
        """Return the value as it is served, and what is wrong with it, if anything is."""
        if value is None:
            return None, "missing"
        if self.classes is not None:
            return self._class(value)
        number = real(value)
        if number is None:
            return None, "not-a-number"
        wrong = self._wrong(number)
        return (number, None) if wrong is None else (None, wrong)

    def _wrong(self, number: float) -> str | None:
        if number - number != 0:  # NaN, or infinite
            return "not-finite"
        if not number >= self.low:
            return "below"
        if not number <= self.high:
            return "above"
        return None if number <= self.highest_ratio else "ratio"

    def _class(self, value: object) -> tuple[Scalar | None, str | None]:
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        label = value if isinstance(value, str) else str(value) if whole else None
        return (label, None) if label in (self.classes or ()) else (None, "unknown-class")

    def count(self, value: object, wrong: str | None) -> None:
        """Count what the model gave, right or wrong."""
        if wrong is not None:
            self.violations[wrong] += 1
        if wrong == "not-finite":
            self.not_finite += 1
        elif wrong in {"missing", "not-a-number", "unknown-class", "exception"}:
            return
        elif self.classes is not None:
            self.classes[str(value)] += 1
        elif self.histogram is not None and (number := real(value)) is not None:
            self.histogram.count(number)


class Confidence:
    """The number that says how sure the model is, and what is counted of it. One that is absent, or NaN, is low."""

    def __init__(self, field: str, *, limit: float, larger_is_worse: bool, histogram: Histogram) -> None:
        self.field, self.limit, self.larger_is_worse, self.histogram = field, limit, larger_is_worse, histogram
        self.answers = self.low = 0

    def number(self, given: object) -> float | None:
        """Return the number that the model gave beside its values, if it is one."""
        number = real(given.get(self.field)) if isinstance(given, MAPPINGS) else None
        return number if number is not None and number - number == 0 else None

    def count(self, number: float | None) -> None:
        """Count it; what is not surely sure is low."""
        self.answers += 1
        if number is not None:
            self.histogram.count(number)
            if number <= self.limit if self.larger_is_worse else number >= self.limit:
                return
        self.low += 1


def judged(
    outputs: Sequence[Output], given: object, failure: str | None
) -> list[tuple[object, Scalar | None, str | None]]:
    """Return, output by output, what was given, what is served of it, and what is wrong.

    Args:
        outputs: those that the manifest declares.
        given: what the model returned; output to value, or the value itself where there is but one output.
        failure: set where it returned nothing.
    """
    if failure is not None:
        return [(None, None, failure) for _ in outputs]
    if not isinstance(given, MAPPINGS):
        given = {outputs[0].name: given} if len(outputs) == 1 else {}
    values = [given.get(output.name) for output in outputs]
    return [(value, *output.judge(value)) for output, value in zip(outputs, values, strict=True)]


# --- The metrics of a guard, as Prometheus reads them: nothing is observed here, it only tells what has been counted.


Series = Mapping[tuple[str, ...], float]
"""The labels' values to the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One metric: its name without `_total`, its type, what a person reads beside it, and its own labels."""

    name: str
    type: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What the training data looked like, as it is exposed beside what is counted now.

    Attributes:
        histograms: metric to label to the counts up to each `le`, and the sum of the values.
        counts: metric to labels to count.
    """

    histograms: Mapping[str, Mapping[str, tuple[Sequence[tuple[str, int]], float]]] = field(default_factory=dict)
    counts: Mapping[str, Series] = field(default_factory=dict)


class Exposition:
    """Makes metric families of a table, every one with the labels of the model before its own."""

    def __init__(self, table: Mapping[str, Described], base: Mapping[str, str]) -> None:
        self._table = table
        self._names = tuple(base)
        self._values = tuple(base.values())

    def simple(self, key: str, series: Series) -> Metric:
        """Return a counter or a gauge."""
        described = self._table[key]
        kind = CounterMetricFamily if described.type == "counter" else GaugeMetricFamily
        family = kind(described.name, described.help, labels=(*self._names, *described.labels))
        for labels, value in series.items():
            family.add_metric((*self._values, *labels), value)
        return family

    def histogram(self, key: str, histograms: Mapping[tuple[str, ...], Histogram]) -> Metric:
        """Return a histogram of what has been counted."""
        running = {
            labels: (tuple(zip(each.labels, accumulate(each.cells), strict=True)), each.total)
            for labels, each in histograms.items()
        }
        return self._histogram(key, running)

    def trained(self, trained: Trained) -> Iterator[Metric]:
        """Yield the training data, of the same types."""
        for key, by_label in trained.histograms.items():
            yield self._histogram(key, {(label,): told for label, told in by_label.items()})
        for key, series in trained.counts.items():
            yield self.simple(key, series)

    def _histogram(
        self, key: str, running: Mapping[tuple[str, ...], tuple[Iterable[tuple[str, float]], float]]
    ) -> Metric:
        described = self._table[key]
        family = HistogramMetricFamily(described.name, described.help, labels=(*self._names, *described.labels))
        for labels, (buckets, total) in running.items():
            family.add_metric((*self._values, *labels), list(buckets), total)
        return family


# --- The guard: validate, ask the kill-switches, predict, judge what comes of it, and count everything on the way.


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


# --- What was approved of holiday-pricing 4093.
# fmt: off
INPUTS: Final = ("region", "unit_cost", "units", "stock", "days_to_holiday")
VIOLATIONS: Final = ("missing", "not-a-number", "not-finite", "below", "above", "ratio", "unknown-class", "exception")
VOCABULARIES: Final[Mapping[str, Sequence[str]]] = {
    "region": ("east", "north", "south", "west"),
}
CATEGORIES: Final[Mapping[str, Sequence[str]]] = {
    "region": ("east", "north", "south", "west"),
}
METRICS: Final[Mapping[str, Described]] = {
    "guard_info": Described(
        name="gatekeeper_guard_info", type="gauge", labels=("manifest", "artifact", "baseline"),
        help="What the guard was generated from, by digest.",
    ),
    "start_time_seconds": Described(
        name="gatekeeper_start_time_seconds", type="gauge",
        help="When the guard was built, in seconds since 1970.",
    ),
    "heartbeat_timestamp_seconds": Described(
        name="gatekeeper_heartbeat_timestamp_seconds", type="gauge",
        help="When these numbers were told, in seconds since 1970.",
    ),
    "last_request_timestamp_seconds": Described(
        name="gatekeeper_last_request_timestamp_seconds", type="gauge",
        help="When the last request was answered; 0 before the first.",
    ),
    "requests": Described(
        name="gatekeeper_requests", type="counter", labels=("status",),
        help="Requests, by what became of them.",
    ),
    "records": Described(
        name="gatekeeper_records", type="counter",
        help="Records whose values were counted, valid or not.",
    ),
    "feature_defaulted": Described(
        name="gatekeeper_feature_defaulted", type="counter", labels=("feature",),
        help="Values that the safe default stood in for.",
    ),
    "feature_missing": Described(
        name="gatekeeper_feature_missing", type="counter", labels=("feature",),
        help="Records without a value: absent, null, empty or NaN.",
    ),
    "feature_not_finite": Described(
        name="gatekeeper_feature_not_finite", type="counter", labels=("feature",),
        help="Values that are NaN or infinite; no histogram holds them.",
    ),
    "feature_outside": Described(
        name="gatekeeper_feature_outside", type="counter", labels=("feature",),
        help="Values outside the declared domain, or of another type.",
    ),
    "feature_unseen": Described(
        name="gatekeeper_feature_unseen", type="counter", labels=("feature",),
        help="Values of no category of the vocabulary.",
    ),
    "feature": Described(
        name="gatekeeper_feature", type="histogram", labels=("feature",),
        help="Finite numbers, at the baseline's edges and those of the conditions.",
    ),
    "feature_category": Described(
        name="gatekeeper_feature_category", type="counter", labels=("feature", "category"),
        help="Texts, by category.",
    ),
    "feature_truth": Described(
        name="gatekeeper_feature_truth", type="counter", labels=("feature", "value"),
        help="Truth values.",
    ),
    "output": Described(
        name="gatekeeper_output", type="histogram", labels=("output",),
        help="Finite numbers that the model gave, before they were judged.",
    ),
    "output_class": Described(
        name="gatekeeper_output_class", type="counter", labels=("output", "class"),
        help="Classes that the model gave.",
    ),
    "output_not_finite": Described(
        name="gatekeeper_output_not_finite", type="counter", labels=("output",),
        help="NaN or infinite answers; no histogram holds them.",
    ),
    "output_violations": Described(
        name="gatekeeper_output_violations", type="counter", labels=("output", "reason"),
        help="Values of the model that were not given on.",
    ),
    "confidence": Described(
        name="gatekeeper_confidence", type="histogram",
        help="How sure the model was, by the number that it gave with the answer.",
    ),
    "confidence_low": Described(
        name="gatekeeper_confidence_low", type="counter",
        help="Answers of low, or of no, confidence.",
    ),
    "confidence_answers": Described(
        name="gatekeeper_confidence_answers", type="counter",
        help="Answers whose confidence was looked at.",
    ),
    "breaker_state": Described(
        name="gatekeeper_breaker_state", type="gauge",
        help="0 closed: the model is asked; 1 half-open: it is tried; 2 open: it is not asked.",
    ),
    "breaker_openings": Described(
        name="gatekeeper_breaker_openings", type="counter",
        help="How often the breaker opened.",
    ),
    "breaker_probes": Described(
        name="gatekeeper_breaker_probes", type="counter", labels=("result",),
        help="Trials of the model with the golden records.",
    ),
    "kill_switch_trips": Described(
        name="gatekeeper_kill_switch_trips", type="counter", labels=("switch", "action"),
        help="Records on which a kill-switch tripped.",
    ),
    "baseline_feature": Described(
        name="gatekeeper_baseline_feature", type="histogram", labels=("feature",),
        help="The training data, at the same edges.",
    ),
    "baseline_feature_category": Described(
        name="gatekeeper_baseline_feature_category", type="gauge", labels=("feature", "category"),
        help="The training data, by category.",
    ),
    "baseline_feature_truth": Described(
        name="gatekeeper_baseline_feature_truth", type="gauge", labels=("feature", "value"),
        help="The training data, by truth value.",
    ),
    "baseline_output": Described(
        name="gatekeeper_baseline_output", type="histogram", labels=("output",),
        help="The model's predictions on the training data.",
    ),
    "baseline_output_class": Described(
        name="gatekeeper_baseline_output_class", type="gauge", labels=("output", "class"),
        help="The model's classes on the training data.",
    ),
}
# What values are compared with, and the label of the bucket.
EDGES: Final[Mapping[str, tuple[Sequence[float], Sequence[str]]]] = {
    "input unit_cost": (
        (
            8.25, 16.94, 19.62, 21.53, 22.99, 24.57, 25.9, 27.11, 28.22, 29.29, 30.36, 31.28, 32.2, 33, 33.75, 34.64,
            35.6, 36.52, 37.35, 38.22, 39.02, 39.84, 40.72, 41.74, 42.65, 43.46, 44.31, 45.12, 45.99, 46.84, 47.79,
            48.68, 49.53, 50.46, 51.45, 52.39, 53.32, 54.26, 55.32, 56.31, 57.37, 58.41, 59.5, 60.63, 61.84, 63.16,
            64.55, 66.12, 67.65, 69.07, 70.55, 72.35, 74.27, 76.14, 78.15, 80.28, 82.7, 85.63, 89.09, 93.6, 99.04,
            106.43, 116.84, 189.44, 200,
        ),
        (
            "8.25", "16.94", "19.62", "21.53", "22.99", "24.57", "25.9", "27.11", "28.22", "29.29", "30.36", "31.28",
            "32.2", "33.0", "33.75", "34.64", "35.6", "36.52", "37.35", "38.22", "39.02", "39.84", "40.72", "41.74",
            "42.65", "43.46", "44.31", "45.12", "45.99", "46.84", "47.79", "48.68", "49.53", "50.46", "51.45", "52.39",
            "53.32", "54.26", "55.32", "56.31", "57.37", "58.41", "59.5", "60.63", "61.84", "63.16", "64.55", "66.12",
            "67.65", "69.07", "70.55", "72.35", "74.27", "76.14", "78.15", "80.28", "82.7", "85.63", "89.09", "93.6",
            "99.04", "106.43", "116.84", "189.44", "200.0",
        ),
    ),
    "input units": (
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24),
        (
            "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0", "11.0", "12.0", "13.0", "14.0",
            "15.0", "16.0", "17.0", "18.0", "19.0", "20.0", "21.0", "22.0", "23.0", "24.0",
        ),
    ),
    "input stock": (
        (
            0, 7, 14, 21, 28, 36, 44, 52, 60, 68, 75, 83, 91, 100, 108, 117, 126, 134, 142, 151, 158, 167, 174, 183,
            190, 198, 206, 214, 221, 229, 237, 244, 252, 260, 268, 276, 284, 292, 301, 309, 318, 326, 333, 341, 348,
            356, 364, 372, 381, 388, 396, 405, 412, 421, 428, 436, 444, 452, 460, 468, 475, 483, 491, 499,
        ),
        (
            "0.0", "7.0", "14.0", "21.0", "28.0", "36.0", "44.0", "52.0", "60.0", "68.0", "75.0", "83.0", "91.0",
            "100.0", "108.0", "117.0", "126.0", "134.0", "142.0", "151.0", "158.0", "167.0", "174.0", "183.0", "190.0",
            "198.0", "206.0", "214.0", "221.0", "229.0", "237.0", "244.0", "252.0", "260.0", "268.0", "276.0", "284.0",
            "292.0", "301.0", "309.0", "318.0", "326.0", "333.0", "341.0", "348.0", "356.0", "364.0", "372.0", "381.0",
            "388.0", "396.0", "405.0", "412.0", "421.0", "428.0", "436.0", "444.0", "452.0", "460.0", "468.0", "475.0",
            "483.0", "491.0", "499.0",
        ),
    ),
    "input days_to_holiday": (
        (
            0, 5, 11, 16, 22, 29, 34, 41, 47, 53, 58, 64, 70, 75, 81, 86, 93, 99, 105, 110, 115, 121, 127, 133, 139,
            145, 150, 156, 162, 168, 174, 179, 185, 191, 197, 203, 208, 213, 219, 225, 231, 237, 244, 250, 256, 262,
            269, 274, 280, 286, 291, 297, 303, 308, 313, 319, 325, 331, 337, 342, 348, 353, 360, 365,
        ),
        (
            "0.0", "5.0", "11.0", "16.0", "22.0", "29.0", "34.0", "41.0", "47.0", "53.0", "58.0", "64.0", "70.0",
            "75.0", "81.0", "86.0", "93.0", "99.0", "105.0", "110.0", "115.0", "121.0", "127.0", "133.0", "139.0",
            "145.0", "150.0", "156.0", "162.0", "168.0", "174.0", "179.0", "185.0", "191.0", "197.0", "203.0", "208.0",
            "213.0", "219.0", "225.0", "231.0", "237.0", "244.0", "250.0", "256.0", "262.0", "269.0", "274.0", "280.0",
            "286.0", "291.0", "297.0", "303.0", "308.0", "313.0", "319.0", "325.0", "331.0", "337.0", "342.0", "348.0",
            "353.0", "360.0", "365.0",
        ),
    ),
    "output price": (
        (
            0, 5, 12.89, 22.63, 25.93, 28.44, 30.36, 32.55, 34.35, 36, 37.75, 39.21, 40.29, 41.28, 42.57, 43.81, 45.24,
            46.48, 47.62, 48.78, 49.83, 51.05, 52.32, 53.42, 54.63, 55.79, 56.99, 58.06, 59.26, 60.24, 61.26, 62.62,
            63.84, 64.99, 66.23, 67.37, 68.64, 70.04, 71.52, 72.87, 74.28, 75.96, 77.5, 78.91, 80.34, 81.75, 83.39,
            85.02, 86.65, 88.66, 90.84, 92.92, 95.22, 97.75, 99.92, 102.33, 105.32, 108.43, 111.68, 115.62, 120.68,
            127.4, 134.89, 144.85, 160.49, 225.66, 300, 356.4575708335,
        ),
        (
            "0.0", "5.0", "12.89", "22.63", "25.93", "28.44", "30.36", "32.55", "34.35", "36.0", "37.75", "39.21",
            "40.29", "41.28", "42.57", "43.81", "45.24", "46.48", "47.62", "48.78", "49.83", "51.05", "52.32", "53.42",
            "54.63", "55.79", "56.99", "58.06", "59.26", "60.24", "61.26", "62.62", "63.84", "64.99", "66.23", "67.37",
            "68.64", "70.04", "71.52", "72.87", "74.28", "75.96", "77.5", "78.91", "80.34", "81.75", "83.39", "85.02",
            "86.65", "88.66", "90.84", "92.92", "95.22", "97.75", "99.92", "102.33", "105.32", "108.43", "111.68",
            "115.62", "120.68", "127.4", "134.89", "144.85", "160.49", "225.66", "300.0", "356.4575708335",
        ),
    ),
    "confidence": (
        (
            0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9999999999999999, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7,
            1.8, 1.9, 2,
        ),
        (
            "0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "0.9999999999999999", "1.0", "1.1",
            "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2.0",
        ),
    ),
}
TRAINED_NUMBERS: Final[Mapping[str, Mapping[str, tuple[Sequence[tuple[str, int]], float]]]] = {
    "baseline_feature": {
        "unit_cost": (
            (
                ("8.25", 1), ("16.94", 191), ("19.62", 381), ("21.53", 572), ("22.99", 764), ("24.57", 953),
                ("25.9", 1143), ("27.11", 1336), ("28.22", 1527), ("29.29", 1715), ("30.36", 1905), ("31.28", 2096),
                ("32.2", 2286), ("33.0", 2479), ("33.75", 2667), ("34.64", 2858), ("35.6", 3048), ("36.52", 3242),
                ("37.35", 3430), ("38.22", 3621), ("39.02", 3813), ("39.84", 4002), ("40.72", 4193), ("41.74", 4382),
                ("42.65", 4572), ("43.46", 4763), ("44.31", 4956), ("45.12", 5143), ("45.99", 5334), ("46.84", 5525),
                ("47.79", 5715), ("48.68", 5906), ("49.53", 6096), ("50.46", 6287), ("51.45", 6477), ("52.39", 6668),
                ("53.32", 6859), ("54.26", 7048), ("55.32", 7241), ("56.31", 7429), ("57.37", 7620), ("58.41", 7812),
                ("59.5", 8000), ("60.63", 8191), ("61.84", 8382), ("63.16", 8573), ("64.55", 8764), ("66.12", 8955),
                ("67.65", 9144), ("69.07", 9334), ("70.55", 9524), ("72.35", 9715), ("74.27", 9908), ("76.14", 10096),
                ("78.15", 10286), ("80.28", 10480), ("82.7", 10667), ("85.63", 10859), ("89.09", 11048),
                ("93.6", 11240), ("99.04", 11429), ("106.43", 11620), ("116.84", 11810), ("189.44", 12000),
                ("+Inf", 12000),
            ),
            636171.0399995999,
        ),
        "units": (
            (
                ("1.0", 531), ("2.0", 1040), ("3.0", 1535), ("4.0", 2055), ("5.0", 2548), ("6.0", 3049), ("7.0", 3591),
                ("8.0", 4075), ("9.0", 4564), ("10.0", 5057), ("11.0", 5549), ("12.0", 6073), ("13.0", 6560),
                ("14.0", 7036), ("15.0", 7541), ("16.0", 8058), ("17.0", 8531), ("18.0", 9000), ("19.0", 9474),
                ("20.0", 10018), ("21.0", 10517), ("22.0", 11013), ("23.0", 11499), ("24.0", 12000), ("+Inf", 12000),
            ),
            149085.9999996,
        ),
        "stock": (
            (
                ("0.0", 28), ("7.0", 213), ("14.0", 393), ("21.0", 583), ("28.0", 770), ("36.0", 957), ("44.0", 1151),
                ("52.0", 1345), ("60.0", 1525), ("68.0", 1724), ("75.0", 1908), ("83.0", 2102), ("91.0", 2286),
                ("100.0", 2477), ("108.0", 2673), ("117.0", 2873), ("126.0", 3063), ("134.0", 3250), ("142.0", 3435),
                ("151.0", 3638), ("158.0", 3813), ("167.0", 4016), ("174.0", 4191), ("183.0", 4400), ("190.0", 4575),
                ("198.0", 4766), ("206.0", 4954), ("214.0", 5157), ("221.0", 5336), ("229.0", 5535), ("237.0", 5735),
                ("244.0", 5915), ("252.0", 6109), ("260.0", 6305), ("268.0", 6494), ("276.0", 6673), ("284.0", 6868),
                ("292.0", 7050), ("301.0", 7242), ("309.0", 7439), ("318.0", 7634), ("326.0", 7823), ("333.0", 8017),
                ("341.0", 8198), ("348.0", 8391), ("356.0", 8578), ("364.0", 8764), ("372.0", 8955), ("381.0", 9161),
                ("388.0", 9354), ("396.0", 9539), ("405.0", 9726), ("412.0", 9911), ("421.0", 10117), ("428.0", 10297),
                ("436.0", 10483), ("444.0", 10670), ("452.0", 10859), ("460.0", 11060), ("468.0", 11259),
                ("475.0", 11429), ("483.0", 11624), ("491.0", 11823), ("499.0", 12000), ("+Inf", 12000),
            ),
            2985362.000004,
        ),
        "days_to_holiday": (
            (
                ("0.0", 37), ("5.0", 209), ("11.0", 404), ("16.0", 579), ("22.0", 767), ("29.0", 981), ("34.0", 1144),
                ("41.0", 1363), ("47.0", 1542), ("53.0", 1748), ("58.0", 1933), ("64.0", 2112), ("70.0", 2313),
                ("75.0", 2477), ("81.0", 2677), ("86.0", 2858), ("93.0", 3076), ("99.0", 3261), ("105.0", 3461),
                ("110.0", 3649), ("115.0", 3823), ("121.0", 4012), ("127.0", 4208), ("133.0", 4404), ("139.0", 4589),
                ("145.0", 4782), ("150.0", 4962), ("156.0", 5164), ("162.0", 5345), ("168.0", 5537), ("174.0", 5744),
                ("179.0", 5908), ("185.0", 6109), ("191.0", 6309), ("197.0", 6497), ("203.0", 6701), ("208.0", 6879),
                ("213.0", 7050), ("219.0", 7247), ("225.0", 7439), ("231.0", 7630), ("237.0", 7813), ("244.0", 8018),
                ("250.0", 8202), ("256.0", 8394), ("262.0", 8584), ("269.0", 8803), ("274.0", 8960), ("280.0", 9154),
                ("286.0", 9365), ("291.0", 9551), ("297.0", 9730), ("303.0", 9931), ("308.0", 10111), ("313.0", 10291),
                ("319.0", 10488), ("325.0", 10673), ("331.0", 10870), ("337.0", 11077), ("342.0", 11246),
                ("348.0", 11458), ("353.0", 11633), ("360.0", 11833), ("365.0", 12000), ("+Inf", 12000),
            ),
            2191638.999996,
        ),
    },
    "baseline_output": {
        "price": (
            (
                ("12.89", 1), ("22.63", 192), ("25.93", 381), ("28.44", 573), ("30.36", 763), ("32.55", 953),
                ("34.35", 1143), ("36.0", 1334), ("37.75", 1526), ("39.21", 1716), ("40.29", 1907), ("41.28", 2097),
                ("42.57", 2290), ("43.81", 2477), ("45.24", 2667), ("46.48", 2858), ("47.62", 3048), ("48.78", 3239),
                ("49.83", 3430), ("51.05", 3620), ("52.32", 3810), ("53.42", 4000), ("54.63", 4191), ("55.79", 4382),
                ("56.99", 4574), ("58.06", 4762), ("59.26", 4959), ("60.24", 5144), ("61.26", 5334), ("62.62", 5524),
                ("63.84", 5718), ("64.99", 5905), ("66.23", 6097), ("67.37", 6287), ("68.64", 6477), ("70.04", 6668),
                ("71.52", 6858), ("72.87", 7048), ("74.28", 7239), ("75.96", 7429), ("77.5", 7620), ("78.91", 7810),
                ("80.34", 8000), ("81.75", 8191), ("83.39", 8385), ("85.02", 8574), ("86.65", 8763), ("88.66", 8953),
                ("90.84", 9143), ("92.92", 9334), ("95.22", 9524), ("97.75", 9715), ("99.92", 9905), ("102.33", 10096),
                ("105.32", 10286), ("108.43", 10477), ("111.68", 10667), ("115.62", 10858), ("120.68", 11050),
                ("127.4", 11239), ("134.89", 11430), ("144.85", 11620), ("160.49", 11810), ("225.66", 12000),
                ("+Inf", 12000),
            ),
            855498.1700003999,
        ),
    },
}
TRAINED_COUNTS: Final[Mapping[str, Mapping[tuple[str, ...], int]]] = {
    "baseline_feature_category": {
        ("region", "east"): 2952,
        ("region", "north"): 3023,
        ("region", "south"): 3059,
        ("region", "west"): 2966,
        ("region", "__other__"): 0,
    },
    "baseline_feature_truth": {
    },
    "baseline_output_class": {
    },
}
# fmt: on


def _raw(record: object) -> Record:
    """Return what a request has, as it came. An instance of `Request` has been through pydantic already."""
    if isinstance(record, MAPPINGS):
        return record
    return record.model_dump(by_alias=True) if isinstance(record, Request) else {}


def _validate(record: object) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """Return a record with its safe defaults, and the inputs that those stand for."""
    try:
        request = Request.model_validate(record if isinstance(record, dict) else _plain(record))
    except ValidationError as error:
        # Neither the values nor what pydantic says of them: they are the customer's.
        told = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRecord(tuple(f"{_place(each['loc'])}: {each['type']}" for each in told[:20])) from None
    return request.filled(), request.defaulted()


def _plain(record: object) -> object:
    """Return another mapping as the dictionary that pydantic asks for."""
    return dict(record) if isinstance(record, Mapping) else record


def _place(loc: tuple[int | str, ...]) -> str:
    """Return the input that an error is about; the name of one that nobody declared is the customer's, too."""
    return str(loc[0]) if loc and loc[0] in INPUTS else "record"


def _switch_1(record: Record, windows: Sequence[bool]) -> bool:
    """Trip unless what the comment says is the case."""
    # Trip `inputs-lost` unless all of these hold: (within 5 minutes the share of records without a value of `unit_cost`
    # is at most 0.02, or there are fewer than 100 records) and (within 5 minutes the share of records without a value
    # of `stock` is at most 0.05, or there are fewer than 100 records) and (within 5 minutes the share of records whose
    # `region` is of no known category is at most 0.02, or there are fewer than 100 records).
    return windows[0] or windows[1] or windows[2]


def _switch_2(record: Record, windows: Sequence[bool]) -> bool:
    """Trip unless what the comment says is the case."""
    # Trip `bots` unless within 1 hour the distance of `units` from its baseline is at most 0.25, or there are fewer
    # than 100 records.
    return windows[3]


def _switch_3(record: Record, windows: Sequence[bool]) -> bool:
    """Trip unless what the comment says is the case."""
    # Trip `outside-training` unless at least one of these holds: (`unit_cost` is a number and at most 200) or (`units`
    # is a number and above 12).
    return above(record.get("unit_cost"), 200) and not_above(record.get("units"), 12)


# fmt: off
def _contract() -> Contract:
    """Return what was approved, with counters of its own."""
    records = Records()
    features = (
        Feature(
            "region", "category", vocabulary=frozenset(VOCABULARIES["region"]), categories=CATEGORIES["region"],
        ),
        Feature("unit_cost", "number", low=1, high=500, histogram=Histogram(*EDGES["input unit_cost"])),
        Feature("units", "integer", low=1, high=24, histogram=Histogram(*EDGES["input units"])),
        Feature("stock", "integer", low=0, high=500, histogram=Histogram(*EDGES["input stock"])),
        Feature(
            "days_to_holiday", "integer", low=0, high=365, histogram=Histogram(*EDGES["input days_to_holiday"]),
        ),
    )
    by_name = {feature.name: feature for feature in features}
    return Contract(
        base={"model": MODEL, "version": VERSION},
        info=(MANIFEST, ARTIFACT, BASELINE),
        metrics=METRICS,
        raw=_raw,
        validate=_validate,
        records=records,
        features=features,
        outputs=(
            Output(
                "price", low=5, high=300, highest_ratio=356.4575708335, histogram=Histogram(*EDGES["output price"]),
                violations=VIOLATIONS,
            ),
        ),
        windows=(
            Window(
                rate(records, by_name["unit_cost"], "missing"), share, seconds=300, limit=0.02, at_least=100,
            ),
            Window(rate(records, by_name["stock"], "missing"), share, seconds=300, limit=0.05, at_least=100),
            Window(rate(records, by_name["region"], "unseen"), share, seconds=300, limit=0.02, at_least=100),
            Window(
                cells_of(by_name["units"]),
                kolmogorov_smirnov(EDGES["input units"][1], TRAINED_NUMBERS["baseline_feature"]["units"][0]),
                seconds=3600, limit=0.25, at_least=100,
            ),
        ),
        switches=(
            Switch(name="inputs-lost", action="safe-mode", trips=_switch_1),
            Switch(name="bots", action="alert", trips=_switch_2),
            Switch(name="outside-training", action="alert", trips=_switch_3),
        ),
        opening=Opening(
            open_after=5, of_last=100,
            cooldown=60,
            fallback={"price": 66.23},
        ),
        confidence=Confidence(
            "distance", limit=1,
            larger_is_worse=True, histogram=Histogram(*EDGES["confidence"]),
        ),
        trained=Trained(histograms=TRAINED_NUMBERS, counts=TRAINED_COUNTS),
    )
# fmt: on


class Guard(ContractGuard):
    """The guard of holiday-pricing 4093.

    guard = Guard(predict, probe=[(record, {"price": value}), ...])
    answer = guard(record)

    Args:
        predict: the team's own: it takes a record, safe defaults filled in, and returns output to value.
        probe: the golden records; the breaker is closed by them, and never by a customer.
        registry: where the metrics are registered; None: nowhere.
        clock: seconds that never go back.
        tolerance: how far the value of a golden record may be off, relative and absolute.

    Raises:
        ValueError: the fallback breaks the contract itself, there is no golden record, or one is not valid.
    """

    def __init__(
        self,
        predict: Predict,
        *,
        probe: Sequence[Golden] = (),
        registry: CollectorRegistry | None = REGISTRY,
        clock: Callable[[], float] = time.monotonic,
        tolerance: float = 1e-4,
    ) -> None:
        super().__init__(_contract(), predict, probe, registry=registry, clock=clock, tolerance=tolerance)
