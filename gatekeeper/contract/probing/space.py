"""Which values of an input are tried: the ends of its domain, what lies between, and what no domain holds."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from gatekeeper.contract.baseline.facts import Baseline, Feature
from gatekeeper.contract.manifest.facts import Input, Kind, Scalar

Record: TypeAlias = dict[str, object]

ABSENT: Final = object()
"""Stands for an input that a record does not have."""

_EDGES: Final = 9
"""Values between the ends: the edges of the baseline at equal shares of the rows, else equal steps."""
_CATEGORIES: Final = 64
_UNKNOWN: Final = "no-such-category"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One input and the values of its domain that are tried, from the smallest to the largest.

    `usual` is the value that a record has which is about something else: the safe default, else the median.
    """

    name: str
    kind: Kind
    values: tuple[Scalar, ...]
    usual: Scalar


def axes(inputs: Mapping[str, Input], baseline: Baseline | None) -> tuple[Axis, ...]:
    """Return one axis for each input. A number without a declared end has the one of the training data."""
    features = {feature.name: feature for feature in baseline.features} if baseline else {}
    return tuple(_axis(name, each, features.get(name)) for name, each in inputs.items())


def _axis(name: str, each: Input, feature: Feature | None) -> Axis:
    if each.of is Kind.BOOLEAN:
        values: tuple[Scalar, ...] = (False, True)
    elif each.of.measured:
        values = _numbers(each, feature)
    elif each.of is Kind.CATEGORY:
        values = each.vocabulary[:_CATEGORIES] or ("",)
    else:
        values = ("text",)
    usual = each.default if each.default is not None and _holds(values, each.default) else _middle(values, feature)
    return Axis(name=name, kind=each.of, values=values, usual=usual)


def _holds(values: Sequence[Scalar], value: Scalar) -> bool:
    """Return whether a value is one of the domain: a default that is none is told by the check, and not used."""
    if isinstance(value, str | bool) or isinstance(values[0], str | bool):
        return value in values or isinstance(values[0], str)
    return float(values[0]) <= value <= float(values[-1])


def _middle(values: Sequence[Scalar], feature: Feature | None) -> Scalar:
    """Return the value of the training data that half of the rows don't exceed, if it is one of the domain."""
    grid = feature.grid if feature else None
    if grid is not None and feature is not None:
        median = next((edge for edge, le in zip(grid.edges, grid.le, strict=True) if 2 * le >= feature.n), None)
        if median is not None and median in values:
            return median
    return values[len(values) // 2]


def _numbers(each: Input, feature: Feature | None) -> tuple[Scalar, ...]:
    grid = feature.grid if feature else None
    low = each.min if each.min is not None else float(grid.edges[0]) if grid else -1e6
    high = each.max if each.max is not None else float(grid.edges[-1]) if grid else 1e6
    between = [float(edge) for edge in grid.edges] if grid else []
    inside = [value for value in between if low < value < high] or _steps(low, high)
    picked = [inside[round(place * (len(inside) - 1) / (_EDGES - 1))] for place in range(_EDGES)] if inside else []
    extra = [value for value in (0.0, 1.0, low + 1, high - 1) if low <= value <= high]
    if each.of is Kind.INTEGER:
        return tuple(sorted({int(value) for value in (math.ceil(low), math.floor(high), *picked, *extra)}))
    near = [math.nextafter(low, math.inf), math.nextafter(high, -math.inf)] if low < high else []
    return tuple(sorted({low, high, *near, *picked, *extra}))


def _steps(low: float, high: float) -> list[float]:
    return [low + (high - low) * place / (_EDGES + 1) for place in range(1, _EDGES + 1)]


def usual(space: Sequence[Axis]) -> Record:
    """Return the record in which nothing is unusual."""
    return {axis.name: axis.usual for axis in space}


def corners(space: Sequence[Axis], most: int) -> Iterator[Record]:
    """Yield records of smallest and largest values alone: all of them, or where they are more than `most` a sample."""
    ends = [(axis.values[0], axis.values[-1]) if axis.kind.measured else axis.values for axis in space]
    count = math.prod(len(each) for each in ends)
    if count <= most:
        for values in itertools.product(*ends):
            yield {axis.name: value for axis, value in zip(space, values, strict=True)}
        return
    chance = random.Random(0)  # noqa: S311 - a sample that is the same every time, no secret
    for _ in range(most):
        yield {axis.name: chance.choice(each) for axis, each in zip(space, ends, strict=True)}


def scattered(space: Sequence[Axis], count: int, seed: int = 0) -> Iterator[Record]:
    """Yield records drawn evenly from the domain, the same every time."""
    chance = random.Random(seed)  # noqa: S311 - the same
    for _ in range(count):
        yield {axis.name: _drawn(axis, chance) for axis in space}


def _drawn(axis: Axis, chance: random.Random) -> Scalar:
    low, high = axis.values[0], axis.values[-1]
    if axis.kind is Kind.INTEGER and isinstance(low, int) and isinstance(high, int):
        return chance.randint(low, high)
    if axis.kind is Kind.NUMBER and isinstance(low, int | float) and isinstance(high, int | float):
        return chance.uniform(low, high)
    return chance.choice(axis.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """A record that no domain holds: which input is strange, in which way, and the record."""

    input: str
    way: str
    record: Record


def strange(space: Sequence[Axis]) -> Iterator[Strange]:
    """Yield records with one value that a service must refuse or replace: missing, no number, of another type."""
    base = usual(space)
    for axis in space:
        for way, value in _strange_values(axis):
            record = {name: kept for name, kept in base.items() if value is not ABSENT or name != axis.name}
            yield Strange(input=axis.name, way=way, record=record if value is ABSENT else {**record, axis.name: value})
    yield Strange(input="", way="an empty record", record={})
    yield Strange(input="", way="an input that there is not", record={**base, "no_such_input": 1})


def _strange_values(axis: Axis) -> Iterator[tuple[str, object]]:
    yield from (("absent", ABSENT), ("null", None), ("an empty text", ""), ("a list", []), ("an object", {}))
    if not axis.kind.measured:
        yield from (("an unknown category", _UNKNOWN), ("-1", -1), ("NaN", math.nan))
        return
    low, high = axis.values[0], axis.values[-1]
    yield from (("NaN", math.nan), ("infinity", math.inf), ("-infinity", -math.inf), ("a truth value", True))
    yield from (("a number as text", "12"), ("NaN as text", "nan"), ("a word", "many"), ("-1", -1), ("-0.0", -0.0))
    yield from (("the smallest number there is", 5e-324), ("1e308", 1e308), ("an integer beyond any float", 10**400))
    if isinstance(low, int | float) and isinstance(high, int | float):
        yield from (
            ("just below the domain", _beside(axis, low, -1)),
            ("just above the domain", _beside(axis, high, 1)),
        )
        far = 10**6 if axis.kind is Kind.INTEGER else 1e6
        yield from (("far below the domain", low - far), ("far above the domain", high + far))
    if axis.kind is Kind.INTEGER:
        yield "half a piece", float(axis.usual) + 0.5  # the usual value of an integer is one


def _beside(axis: Axis, end: float, direction: int) -> float:
    return end + direction if axis.kind is Kind.INTEGER else math.nextafter(end, direction * math.inf)
