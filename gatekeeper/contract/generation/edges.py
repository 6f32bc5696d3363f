"""Where the values of an input or an output are counted: at the baseline's edges and at the thresholds of conditions.

Prometheus counts values that are at most an edge. What is below a threshold is at most the number just before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.baseline.facts import Feature
from gatekeeper.contract.baseline.facts import Kind as BaselineKind
from gatekeeper.contract.generation import metrics
from gatekeeper.contract.manifest.conditions import Op, Test
from gatekeeper.contract.manifest.facts import Confidence, Input, Kind, Output, Scalar
from gatekeeper.errors import Unreadable

MOST_CATEGORIES: Final = 50
"""Categories that are counted one by one: those that were most frequent, and all that a condition names."""
_EVEN: Final = 20
"""Edges of what has no baseline, evenly over its range."""
_WHOLE: Final = 2**53
"""Above it not every whole number is a float."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """One edge: the number that values are compared with, and the bucket's label."""

    at: float
    le: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is counted of one input or output.

    Attributes:
        edges: for numbers; None for what is none.
        categories: those that are counted one by one, for texts and classes.
        truths: whether they are truth values.
        trained: the baseline's column, where it can be compared.
        reference: its counts by label: up to each edge of its own, or by category.
    """

    name: str
    unit: str | None = None
    edges: tuple[Edge, ...] | None = None
    categories: tuple[str, ...] | None = None
    truths: bool = False
    vocabulary: bool = False
    trained: Feature | None = None
    reference: dict[str, int] | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether its distribution may be compared with the baseline's: what follows the calendar may not."""
        return self.reference is not None and self.trained is not None and not self.trained.range_only

    @property
    def series(self) -> int:
        """How many series hold its values."""
        edges = len(self.edges) + 3 if self.edges is not None else 0
        return edges + (len(self.categories) + 1 if self.categories is not None else 0) + 2 * self.truths

    @property
    def trained_series(self) -> int:
        """How many hold the baseline's."""
        return len(self.reference) + 3 if self.reference is not None else 0


def just_below(value: float) -> Edge:
    """Return the edge that holds all numbers below a value: the float before it.

    Beyond 2**53 there are whole numbers between the two; they are compared with the whole number before the value.
    """
    before = math.nextafter(value, -math.inf)
    at = int(value) - 1 if abs(value) > _WHOLE else before
    return Edge(at=at, le=metrics.le(before))


def at_most(value: float) -> Edge:
    """Return the edge that holds all numbers up to a value."""
    return Edge(at=float(value), le=metrics.le(value))


def exact(value: Scalar, what: str) -> float:
    """Return a number of a condition as a float.

    Raises:
        Unreadable: no float is that number, so that no bucket could end there.
    """
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if number != value:
        raise Unreadable(f"{what}: got {value}, which no float is", fix="write the nearest number below 2**53")
    return number


def thresholds(test: Test) -> tuple[Edge, ...]:
    """Return the edges that a test of numbers needs."""
    if test.op.windowed or test.op is Op.MISSING or not _numeric(test):
        return ()
    values = [exact(value, f"the condition {test.op} of {test.feature}") for value in test.values]
    if test.op is Op.ABOVE:
        return (at_most(values[0]),)
    if test.op is Op.BELOW:
        return (just_below(values[0]),)
    if test.op is Op.OUTSIDE:
        return just_below(values[0]), at_most(values[1])
    return tuple(edge for value in values for edge in (just_below(value), at_most(value)))


def _numeric(test: Test) -> bool:
    return isinstance(test.values[0], int | float) and not isinstance(test.values[0], bool)


def counted_input(name: str, each: Input, feature: Feature | None, asked: Sequence[Test], most: int) -> Counted:
    """Return what is counted of an input; `asked` are the tests on it, `most` how many edges of a baseline are used."""
    if each.of.measured:
        grid = feature if feature is not None and _is_grid(feature) else None
        needed = [edge for test in asked for edge in thresholds(test)]
        edges, reference = _edges(grid, each.min, each.max, needed, most)
        return Counted(name=name, unit=each.unit, edges=edges, trained=grid, reference=reference)
    if each.of is Kind.BOOLEAN:
        trained = feature if feature is not None and feature.categories is not None and feature.n else None
        counts = trained.categories.values if trained is not None and trained.categories is not None else {}
        reference = {value: counts.get(value, 0) for value in ("false", "true")} if trained else None
        return Counted(name=name, unit=each.unit, truths=True, trained=trained, reference=reference)
    named = [value for test in asked for value in test.values if isinstance(value, str)]
    trained = feature if each.of is Kind.CATEGORY else None
    return _categories(
        Counted(name=name, unit=each.unit, vocabulary=bool(each.vocabulary)), each.vocabulary, trained, named
    )


def counted_output(name: str, each: Output, column: Feature | None, mean: float | None, most: int) -> Counted:
    """Return what is counted of an output; `column` is the baseline's, `mean` that which a ratio is a multiple of."""
    if each.type == "class":
        return _categories(Counted(name=name), each.classes, column, each.classes)
    grid = column if column is not None and _is_grid(column) else None
    ends = [each.min, each.max, mean * each.max_ratio_to_mean if mean and each.max_ratio_to_mean else None]
    # Zero is one, too: what lies below a positive first edge, `histogram_quantile` takes for positive.
    needed = [at_most(0.0), *(at_most(end) for end in ends if end is not None)]
    edges, reference = _edges(grid, each.min, each.max, needed, most)
    return Counted(name=name, unit=each.unit, edges=edges, trained=grid, reference=reference)


def counted_confidence(confidence: Confidence, column: Feature | None, most: int) -> Counted:
    """Return what is counted of the confidence."""
    grid = column if column is not None and _is_grid(column) else None
    limit = confidence.limit
    low, high = (0.0, 1.0) if confidence.metric == "max-probability" else (min(0.0, 2 * limit), max(0.0, 2 * limit))
    needed = [at_most(limit), just_below(limit)]
    edges, _ = _edges(grid, low, high, needed, most)
    return Counted(name=confidence.field, edges=edges)


def _is_grid(feature: Feature) -> bool:
    numbers = {BaselineKind.REAL, BaselineKind.INTEGER}
    return feature.kind in numbers and feature.grid is not None and feature.n > 0


def _edges(
    feature: Feature | None, low: float | None, high: float | None, needed: Iterable[Edge], most: int
) -> tuple[tuple[Edge, ...], dict[str, int] | None]:
    """Return the edges, and the baseline's counts up to each of its own."""
    found = {edge.le: edge for edge in needed}
    grid = feature.grid if feature is not None else None
    if feature is None or grid is None:
        if low is not None and high is not None and low < high:
            steps = [low + (high - low) * step / _EVEN for step in range(_EVEN + 1)]
            found |= {edge.le: edge for edge in map(at_most, steps)}
        return tuple(sorted(found.values())), None
    reference: dict[str, int] = {}
    for place in _spread(len(grid.edges), most):
        edge = grid.edges[place]
        if float(edge) == edge:
            at = at_most(edge)
            found.setdefault(at.le, at)
            reference[at.le] = grid.le[place]
    return tuple(sorted(found.values())), reference or None


def _spread(count: int, most: int) -> list[int]:
    """Return at most so many of `count` places, evenly, with the first and the last."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


def _categories(counted: Counted, known: Sequence[str], feature: Feature | None, named: Sequence[str]) -> Counted:
    trained = feature if feature is not None and feature.categories is not None and feature.n else None
    counts = trained.categories.values if trained is not None and trained.categories is not None else {}
    frequent = sorted(known, key=lambda name: -counts.get(name, 0))[:MOST_CATEGORIES]  # stable: else as they are listed
    chosen = set(frequent) | set(named)
    categories = (*(name for name in known if name in chosen), *dict.fromkeys(n for n in named if n not in known))
    reference = None
    if trained is not None:
        reference = {name: counts.get(name, 0) for name in categories}
        reference[metrics.OTHER] = trained.n - sum(reference.values())
    return Counted(
        name=counted.name,
        unit=counted.unit,
        vocabulary=counted.vocabulary,
        categories=categories,
        trained=trained,
        reference=reference,
    )
