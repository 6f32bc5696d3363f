"""The closed vocabulary of kill-switches: nothing is evaluated but these operators, and NaN trips every one of them.

A condition is brought into a form without `not`: it moves down to the operators, each of which has an opposite. An
operator never asks "is it bad?" but "is it surely safe?", so that a value which can't be compared (absent, NaN,
infinite, of another type) trips it, and its opposite too. That is Kleene's logic with "unknown" counted as a trip.

    operator        value           trips unless
    above           number          the value is a number and at most that
    below           number          the value is a number and at least that
    outside         [low, high]     the value is a number within both
    equal           value           the value is of the same type and another one
    one-of          [values]        the value is of their type and none of them
    not-one-of      [values]        the value is one of them
    missing         -               there is a value
    missing-rate    share           within the window at most this share of the records has no value
    outside-rate    share           ... lies outside the input's domain or is of another type
    unseen-rate     share           ... is of no category of the vocabulary
    distance        0 to 1          within the window the Kolmogorov-Smirnov distance from the baseline is at most
                                    this

The last four look at a window. With fewer than `at_least` records (100) they hold still, and so do their opposites:
that nothing comes at all is told by the alerts.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from gatekeeper.contract.manifest.facts import Condition, Scalar, is_proper, seconds

AT_LEAST: Final = 100
"""Records within a window before it is judged."""


class Op(enum.StrEnum):
    """The operators; see the module."""

    ABOVE = "above"
    BELOW = "below"
    OUTSIDE = "outside"
    EQUAL = "equal"
    ONE_OF = "one-of"
    NOT_ONE_OF = "not-one-of"
    MISSING = "missing"
    MISSING_RATE = "missing-rate"
    OUTSIDE_RATE = "outside-rate"
    UNSEEN_RATE = "unseen-rate"
    DISTANCE = "distance"

    @property
    def windowed(self) -> bool:
        """Whether it looks at the records of a window, not at one."""
        return self in {Op.MISSING_RATE, Op.OUTSIDE_RATE, Op.UNSEEN_RATE, Op.DISTANCE}


class Test(Struct, frozen=True, kw_only=True):
    """One operator on one feature.

    Attributes:
        values: what it compares with: one value, both limits, or a list; none for `missing`.
        opposite: whether it stands under `not`: it trips unless the operator surely holds.
        window: seconds, for what looks at a window.
        at_least: records within the window before it is judged.
    """

    feature: str
    op: Op
    values: tuple[Scalar, ...] = ()
    opposite: bool = False
    window: int | None = None
    at_least: int = AT_LEAST


class Every(Struct, frozen=True, kw_only=True):
    """Trips when every part does."""

    parts: tuple[Formula, ...]


class Some(Struct, frozen=True, kw_only=True):
    """Trips when a part does."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Test | Every | Some


def formula(condition: Condition, *, opposite: bool = False) -> Formula:
    """Return a condition in the form that is compiled: without `not`.

    Args:
        condition: one that `gatekeeper.contract.manifest.document` has found to be well formed.
        opposite: whether it stands under `not`.
    """
    if condition.not_ is not None:
        return formula(condition.not_, opposite=not opposite)
    if condition.all or condition.any:
        parts = tuple(formula(each, opposite=opposite) for each in condition.all or condition.any)
        return Every(parts=parts) if bool(condition.all) is not opposite else Some(parts=parts)
    return Test(
        feature=condition.feature or "",
        op=Op(condition.op or ""),
        values=_values(condition),
        opposite=opposite,
        window=seconds(condition.window) if condition.window else None,
        at_least=condition.at_least or AT_LEAST,
    )


def _values(condition: Condition) -> tuple[Scalar, ...]:
    value = condition.value
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def tests(of: Formula) -> Iterator[Test]:
    """Yield the tests of a formula, in the order in which they are written."""
    if isinstance(of, Test):
        yield of
    else:
        for part in of.parts:
            yield from tests(part)


def is_windowed(of: Formula) -> bool:
    """Return whether a formula needs more than the record at hand."""
    return any(test.op.windowed for test in tests(of))


def trips(of: Formula, record: Mapping[str, object], windows: Mapping[Test, bool] | None = None) -> bool:
    """Return whether a formula trips on a record. This is the definition that every compiler is held against.

    Args:
        of: the formula.
        record: input to value; what is absent is missing.
        windows: for each test that looks at a window, whether it trips now; one that is not given does not.
    """
    if isinstance(of, Every):
        return all(trips(part, record, windows) for part in of.parts)
    if isinstance(of, Some):
        return any(trips(part, record, windows) for part in of.parts)
    if of.op.windowed:
        return (windows or {}).get(of, False)
    return not _surely_safe(of, record.get(of.feature))


def _surely_safe(test: Test, value: object) -> bool:
    if test.op is Op.MISSING:
        return _is_missing(value) is test.opposite
    if not _comparable(value, test.values):
        return False
    return _holds(test, value) is test.opposite


def _is_missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _comparable(value: object, values: tuple[Scalar, ...]) -> bool:
    """Return whether a value is proper and of the type of what it is compared with. A truth value is no number."""
    return is_proper(value) and sort(value) == sort(values[0])


def sort(value: object) -> type:
    """Return what a value counts as: a truth value, a number or a text."""
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else str


def _holds(test: Test, value: object) -> bool:
    """Return what the operator says of a value that can be compared."""
    if test.op is Op.ABOVE:
        return bool(value > test.values[0])  # type: ignore[operator]  # both are numbers, see `_comparable`
    if test.op is Op.BELOW:
        return bool(value < test.values[0])  # type: ignore[operator]  # the same
    if test.op is Op.OUTSIDE:
        return not test.values[0] <= value <= test.values[1]  # type: ignore[operator]  # the same
    return (value in test.values) is not (test.op is Op.NOT_ONE_OF)


def exceeds(share: float | None, test: Test) -> bool:
    """Return whether a share or distance measured in a window trips a test; None: there are too few records."""
    if share is None:
        return False
    return not (share > test.values[0] if test.opposite else share <= test.values[0])  # type: ignore[operator]  # one number
