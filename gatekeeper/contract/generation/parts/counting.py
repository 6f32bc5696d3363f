"""What is counted: values by bucket, before anything is judged, and never NaN or infinity in a histogram."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

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

    def _truth(self, value: bool) -> None:  # noqa: FBT001 - a value of a record, no flag
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
