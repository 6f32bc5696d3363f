"""What the model gives is judged: a finite number within its range, or a class that there is. NaN is never in range."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real

from gatekeeper.contract.generation.parts.answers import Scalar
from gatekeeper.contract.generation.parts.counting import Histogram

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
