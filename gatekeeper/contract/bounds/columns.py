"""What happens to one column before the predictor sees it, operation by operation, as the library does it.

A column is an array of numbers, where NaN is a missing one, or an array of category keys (text, float, or None for a
missing one); beside it a mask of the rows that the library refuses: it would raise for them.

Every operation on numbers is increasing, and so it is in floating point: a subtraction, a division, a multiplication
and an addition are each rounded correctly, and rounding keeps the order. So the images of an interval's ends bound the
image of all between them, with no allowance for rounding. Functions (log1p ...) are increasing but for their last
digit: `gatekeeper.contract.bounds.domains` allows for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Key: TypeAlias = str | float | None
Numbers: TypeAlias = NDArray[np.float64]
FUNCTIONS: Final = frozenset("exp expm1 log log1p sqrt sinh arcsinh cbrt exp2 log2 log10 tanh arctan".split())


@dataclass(frozen=True, slots=True)
class Column:
    """The values of some rows: numbers, or keys of categories, and which rows are refused."""

    values: Numbers | NDArray[Any]
    refused: NDArray[np.bool_]

    @property
    def keyed(self) -> bool:
        """Whether the values are keys of categories."""
        return bool(self.values.dtype == object)

    def numbers(self) -> Column:
        """Return the column as numbers; text is refused, as a library does that wants numbers."""
        if not self.keyed:
            return self
        text = np.fromiter((isinstance(each, str) for each in self.values), bool, len(self.values))
        plain = [np.nan if each is None or bad else each for each, bad in zip(self.values, text, strict=True)]
        return Column(np.asarray(plain, np.float64), self.refused | text)

    def keys(self) -> list[Key]:
        """Return the values as keys of categories."""
        if self.keyed:
            return list(self.values)
        return [None if each != each else each for each in self.values.tolist()]  # noqa: PLR0124 -- NaN alone


def key_of(value: Any) -> Key:
    """Return a value as the key of a category: numbers and truth values are one kind, and missing is None."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return None if number != number else number  # noqa: PLR0124 -- NaN alone differs from itself


def column_of(values: Any) -> Column:
    """Return raw values, one a row, as a column."""
    keys = [key_of(each) for each in values]
    none = np.zeros(len(keys), bool)
    if any(isinstance(each, str) for each in keys):
        held = np.empty(len(keys), object)
        held[:] = keys
        return Column(held, none)
    return Column(np.asarray([np.nan if each is None else each for each in keys], np.float64), none)


@dataclass(frozen=True, slots=True)
class Scale:
    """`(x - shift) / factor`, or `x * factor + shift`; the factor is positive."""

    how: Literal["subtract_divide", "multiply_add"]
    shift: float
    factor: float

    def __call__(self, column: Column) -> Column:
        """Return the column scaled."""
        plain = column.numbers()
        with np.errstate(over="ignore", invalid="ignore"):
            if self.how == "subtract_divide":
                return Column((plain.values - self.shift) / self.factor, plain.refused)
            return Column(plain.values * self.factor + self.shift, plain.refused)


@dataclass(frozen=True, slots=True)
class Clip:
    """No less than `low`, no more than `high`."""

    low: float
    high: float

    def __call__(self, column: Column) -> Column:
        """Return the column clipped."""
        plain = column.numbers()
        return Column(np.clip(plain.values, self.low, self.high), plain.refused)


@dataclass(frozen=True, slots=True)
class Fill:
    """A value for the missing ones."""

    value: Key

    def __call__(self, column: Column) -> Column:
        """Return the column without missing values."""
        if isinstance(self.value, float) and not column.keyed:
            return Column(np.where(np.isnan(column.values), self.value, column.values), column.refused)
        keys, held = column.keys(), np.empty(len(column.values), object)
        held[:] = [self.value if each is None else each for each in keys]
        return Column(held, column.refused)


@dataclass(frozen=True, slots=True)
class Flag:
    """1 where a value is missing, 0 where there is one."""

    def __call__(self, column: Column) -> Column:
        """Return the flags."""
        keys = column.keys()
        gone = np.fromiter((each is None for each in keys), np.float64, len(keys))
        return Column(gone, column.refused)


@dataclass(frozen=True, slots=True)
class Function:
    """An increasing function of numpy; NaN where it is not defined."""

    name: str

    def __call__(self, column: Column) -> Column:
        """Return the function's values."""
        plain = column.numbers()
        with np.errstate(all="ignore"):
            return Column(getattr(np, self.name)(plain.values), plain.refused)


@dataclass(frozen=True, slots=True)
class Single:
    """The nearest number of 32 bits; what has none is refused."""

    def __call__(self, column: Column) -> Column:
        """Return the rounded numbers, still as numbers of 64 bits."""
        plain = column.numbers()
        with np.errstate(over="ignore"):
            return Column(plain.values.astype(np.float32).astype(np.float64), plain.refused)


@dataclass(frozen=True, slots=True)
class Encode:
    """What a category becomes: a code, or the place of a 1; `unknown` for any other, None where that is refused."""

    given: dict[Key, float] = field(hash=False)
    unknown: float | None

    def __call__(self, column: Column) -> Column:
        """Return what each category becomes."""
        other = np.nan if self.unknown is None else self.unknown
        keys = column.keys()
        values = np.asarray([self.given.get(each, other) for each in keys], np.float64)
        if self.unknown is not None:
            return Column(values, column.refused)
        strange = np.fromiter((each not in self.given for each in keys), bool, len(keys))
        return Column(values, column.refused | strange)


@dataclass(frozen=True, slots=True)
class Pick:
    """1 where the place of the 1 is this one, else 0."""

    place: int

    def __call__(self, column: Column) -> Column:
        """Return the ones."""
        return Column((column.values == self.place).astype(np.float64), column.refused)


Operation: TypeAlias = Scale | Clip | Fill | Flag | Function | Single | Encode | Pick


@dataclass(frozen=True, slots=True)
class Feature:
    """A column that the predictor takes: made of one input, by operations."""

    source: int
    operations: tuple[Operation, ...]

    @property
    def enumerates(self) -> bool:
        """Whether it looks at single values, so that a larger value need not give a larger result."""
        return any(isinstance(each, Encode) for each in self.operations)


def apply(features: tuple[Feature, ...], inputs: dict[int, Column], rows: int) -> Column:
    """Return what all features are, as one table of numbers (rows x features), and the rows that are refused.

    What several features have in common, such as the encoder of a category, is computed once.
    """
    table = np.empty((rows, len(features)))
    refused = np.zeros(rows, bool)
    done: dict[tuple[int, ...], Column] = {}
    for place, feature in enumerate(features):
        path: tuple[int, ...] = (feature.source,)
        column = inputs[feature.source]
        for operation in feature.operations:
            path = (*path, id(operation))
            known = done.get(path)
            column = operation(column) if known is None else known
            done[path] = column
        plain = column.numbers()
        table[:, place] = plain.values
        refused |= plain.refused
    return Column(table, refused)
