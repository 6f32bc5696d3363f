"""What each input may be in a box, and what the features are there.

An input is an interval of numbers, some single values (categories, what is missing, what is unknown), or both. Each
feature is made of one input. So whatever is asked of all features at once can be asked input by input.

The image of an interval is that of its ends, for every operation on numbers is increasing, and stays so when it is
rounded (see `columns`). A function of numpy is taken to be right to 8 units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.box import Box, Categories, Interval, Value
from gatekeeper.contract.bounds.columns import Column, Encode, Feature, Function, apply, column_of
from gatekeeper.contract.bounds.evaluation import refuses
from gatekeeper.contract.bounds.links import TINY, UNIT
from gatekeeper.contract.bounds.structure import Structure, Trees
from gatekeeper.errors import UsageError

Numbers: TypeAlias = NDArray[np.float64]
MOST_SINGLE: Final = 4096
"""Integers of an interval that are looked at one by one, where a feature looks at single values."""
UNKNOWN: Final = "no such category"


class Unbounded(Exception):
    """Nothing can be proved over this box; says why."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Domain:
    """What one input may be.

    Attributes:
        name: of the input.
        source: its place among the inputs.
        features: places of the features that are made of it.
        ends: the least and the largest number; None where it is only single values.
        integer: whether only whole numbers are in the interval.
        image: the features at both ends (2 x features).
        single: other values that it may have, one of each kind that the features tell apart.
        table: the features for each of them.
        refused: whether there are values that the model does not answer.
    """

    name: str
    source: int
    features: NDArray[np.int64]
    ends: tuple[float, float] | None
    integer: bool
    image: Numbers
    single: tuple[Value, ...]
    table: Numbers
    refused: bool

    @property
    def hull(self) -> tuple[Numbers, Numbers]:
        """The least and the largest number of each feature; NaN of a single value does not count."""
        rows = np.concatenate([self.image, self.table])
        with np.errstate(invalid="ignore"):
            return np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Which features can be NaN."""
        return np.asarray(np.isnan(self.table).any(axis=0))


def domains(structure: Structure, box: Box) -> tuple[Domain, ...]:
    """Return what each input that the features are made of may be.

    Raises:
        UsageError: the box does not say what an input may be, or it may only be what the model refuses.
        Unbounded: a feature is not defined on all of an interval, or looks at too many single values of it.
    """
    places: dict[int, list[int]] = {}
    for place, feature in enumerate(structure.features):
        places.setdefault(feature.source, []).append(place)
    absent = [structure.inputs[each] for each in places if structure.inputs[each] not in box.inputs]
    if absent:
        raise UsageError(f"the box does not say what {absent[0]!r} may be", fix="declare each input of the model")
    return tuple(_domain(structure, box, source, np.asarray(found)) for source, found in sorted(places.items()))


def _domain(structure: Structure, box: Box, source: int, places: NDArray[np.int64]) -> Domain:
    name = structure.inputs[source]
    allowed = box.inputs[name]
    features = tuple(structure.features[each] for each in places.tolist())
    ends, single = _parts(structure, allowed, features, places, name)
    values, table, refused = _told(structure, single, features)
    if ends is None and not len(values):
        raise UsageError(f"the model refuses whatever {name!r} may be", fix="declare values that the model knows")
    return Domain(
        name=name,
        source=source,
        features=places,
        ends=ends,
        integer=isinstance(allowed, Interval) and allowed.integer,
        image=np.empty((0, len(features))) if ends is None else _image(features, ends, name),
        single=values,
        table=table,
        refused=refused,
    )


def _parts(
    structure: Structure,
    allowed: Interval | Categories,
    features: tuple[Feature, ...],
    places: NDArray[np.int64],
    name: str,
) -> tuple[tuple[float, float] | None, list[Value]]:
    """Return the interval and the single values of an input."""
    missing: list[Value] = [None] if allowed.missing else []
    if isinstance(allowed, Categories):
        unknown: list[Value] = [_unknown(allowed, features)] if allowed.unknown else []
        return None, [*_known(allowed, features), *missing, *unknown]
    ends = (float(allowed.low), float(allowed.high))
    if allowed.integer:
        ends = (float(math.ceil(allowed.low)), float(math.floor(allowed.high)))
    if not _looks_at_single(structure, features, places):
        return ends, missing
    if not allowed.integer or ends[1] - ends[0] >= MOST_SINGLE:
        raise Unbounded(f"{name!r} is an interval, and the model looks at single values of it")
    return None, [*np.arange(ends[0], ends[1] + 1).tolist(), *missing]


def _looks_at_single(structure: Structure, features: tuple[Feature, ...], places: NDArray[np.int64]) -> bool:
    if any(each.enumerates for each in features):
        return True
    predictor = structure.known
    return isinstance(predictor, Trees) and any(predictor.asks_categories(each) for each in places.tolist())


def _encoders(features: tuple[Feature, ...]) -> list[Encode]:
    return [each for feature in features for each in feature.operations if isinstance(each, Encode)]


def _known(allowed: Categories, features: tuple[Feature, ...]) -> list[Value]:
    """Return the categories; where every feature looks them up, one alone of those that no feature knows."""
    if len(allowed.values) < 100 or not all(each.enumerates for each in features):
        return list(allowed.values)
    keys = set().union(*(each.given for each in {id(each): each for each in _encoders(features)}.values()))
    strange = [each for each in allowed.values if _as_key(each) not in keys]
    return [*(each for each in allowed.values if _as_key(each) in keys), *strange[:1]]


def _as_key(value: Value) -> str | float | None:
    return value if isinstance(value, str) or value is None else float(value)


def _unknown(allowed: Categories, features: tuple[Feature, ...]) -> Value:
    """Return a value that is none of the categories, and that no feature knows: of the same kind as those."""
    keys = {key for each in _encoders(features) for key in each.given} | {_as_key(each) for each in allowed.values}
    if any(isinstance(each, str) for each in keys) or not keys - {None}:
        found = UNKNOWN
        while found in keys:
            found += "."
        return found
    return float(math.floor(max(each for each in keys if isinstance(each, float)))) + 1.0


def _told(
    structure: Structure, single: list[Value], features: tuple[Feature, ...]
) -> tuple[tuple[Value, ...], Numbers, bool]:
    """Return single values that are answered, one of each kind, what the features are, and whether one is refused."""
    if not single:
        return (), np.empty((0, len(features))), False
    column = applied(features, single)
    refused = column.refused | _refuses(structure, column.values)
    table = np.asarray(column.values[~refused])
    kept = [value for value, bad in zip(single, refused.tolist(), strict=True) if not bad]
    if not kept:
        return (), table, True
    # Compared as bytes, so that NaN equals NaN; -0.0 becomes 0.0 first.
    plain = np.ascontiguousarray(table + 0.0)
    first: dict[bytes, int] = {}
    for place, row in enumerate(plain):
        first.setdefault(row.tobytes(), place)
    places = sorted(first.values())
    return tuple(kept[each] for each in places), table[places], bool(refused.any())


def _refuses(structure: Structure, values: Numbers) -> NDArray[np.bool_]:
    return refuses(structure, values)


def applied(features: Iterable[Feature], values: Any) -> Column:
    """Return features of one input (rows x features) for values of it."""
    held = tuple(features)
    plain = isinstance(values, np.ndarray) and values.dtype == np.float64
    column = Column(values, np.zeros(len(values), bool)) if plain else column_of(values)
    return apply(held, dict.fromkeys({each.source for each in held}, column), len(column.values))


def _image(features: tuple[Feature, ...], ends: tuple[float, float], name: str) -> Numbers:
    """Return the features at both ends of an interval, rounded outward where a function was computed."""
    found = np.empty((2, len(features)))
    for place, feature in enumerate(features):
        column = column_of(ends)
        for operation in feature.operations:
            column = operation(column)
            if isinstance(operation, Function):
                away = np.abs(column.values) * (8 * UNIT) + TINY
                column = Column(column.values + np.asarray([-1.0, 1.0]) * away, column.refused)
        found[:, place] = column.numbers().values
    if np.isnan(found).any():
        raise Unbounded(f"what the model makes of {name!r} is not defined on all of {ends[0]:g} to {ends[1]:g}")
    return found
