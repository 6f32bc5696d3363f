"""Which records a bound is about, and what is said of them: plain frozen types, standard library alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gatekeeper.errors import UsageError

Value: TypeAlias = str | float | bool | None
"""Of one input of a record; None where it is missing."""
Record: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """All numbers from `low` to `high`, both included; whole numbers alone if `integer`; or none at all if `missing`.

    Raises:
        UsageError: the ends are no finite numbers, or in the wrong order, or there is no integer between them.
    """

    low: float
    high: float
    integer: bool = False
    missing: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise UsageError(
                f"an interval goes from {self.low} to {self.high}", fix="give two finite numbers, the lower one first"
            )
        if self.integer and math.ceil(self.low) > math.floor(self.high):
            raise UsageError(
                f"there is no integer from {self.low} to {self.high}", fix="widen the interval, or allow all numbers"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """One of the values; or none if `missing`; or one that is not among those that anybody knows if `unknown`.

    Raises:
        UsageError: there is no value at all, or a number that is not finite.
    """

    values: tuple[str | float | bool, ...]
    missing: bool = False
    unknown: bool = False

    def __post_init__(self) -> None:
        if not (self.values or self.missing or self.unknown):
            raise UsageError("an input has no category at all", fix="list its categories")
        if any(isinstance(each, float) and not math.isfinite(each) for each in self.values):
            raise UsageError("a category is not finite", fix="set `missing` instead of listing NaN")


@dataclass(frozen=True, slots=True)
class Box:
    """What each input may be, by its name; every record whose inputs are each allowed is in the box."""

    inputs: Mapping[str, Interval | Categories]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A record of the box, and what the structure gives for it."""

    record: dict[str, Value]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What one output is at least and at most, for every record of the box that the model answers.

    Attributes:
        output: its name.
        lower: no record gives less; -inf where nothing is proved.
        upper: no record gives more; inf where nothing is proved.
        lowest: the record that gives the least of those that were looked at.
        highest: the record that gives the most of them.
        exact: the bounds are attained, but for rounding: the witnesses lie on them.
        method: how it was proved, in words.
        refused: inputs whose missing or unknown values the model does not answer: the bounds say nothing of those.
    """

    output: str
    lower: float
    upper: float
    lowest: Witness | None
    highest: Witness | None
    exact: bool
    method: str
    refused: tuple[str, ...] = ()


Direction: TypeAlias = Literal["increasing", "decreasing"]
Standing: TypeAlias = Literal["proved", "refuted", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Monotone:
    """Whether an output never falls (or never rises) when one input grows and all others stay.

    Attributes:
        output: its name.
        feature: the input that grows; its missing value is not compared with the others.
        direction: in which the output is said to go.
        standing: proved for the whole box, refuted by two records, or neither.
        method: how it was proved, or why it was not.
        before: where it is refuted, the record with the smaller value of the feature.
        after: the same record but for a larger value of the feature.
    """

    output: str
    feature: str
    direction: Direction
    standing: Standing
    method: str
    before: Witness | None = None
    after: Witness | None = None
