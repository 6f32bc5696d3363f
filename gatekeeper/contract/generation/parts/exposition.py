"""The metrics of a guard, as Prometheus reads them: nothing is observed here, it only tells what has been counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from gatekeeper.contract.generation.parts.counting import Histogram

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
