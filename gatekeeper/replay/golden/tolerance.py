"""How far an output may be from its golden value: what "deviates by more than 0.01 %" means.

Floats are compared in float64, and the golden value e is the reference: a is the same if a = e, or
|a - e| <= max(relative * |e|, floor). By default `relative` is 1e-4, and `floor` is relative * 0.01 * scale, where
`scale` is the root mean square of the output over the golden set: a purely relative rule trips over outputs that cross
zero, where the same weights on another processor differ by 7e-4 of a number that is next to nothing, and by 4e-7 of the
scale. It is the larger of the two and not their sum, which would allow twice as much.

Integers, truth values and texts are exact, and integers are never turned into floats. A NaN equals a NaN that was
recorded in its place, and nothing else; an infinity equals one of its sign. Type and shape are exact. float16 and
bfloat16 can't hold 1e-4 (their steps are 1e-3 and 8e-3): without a tolerance of their own they are not judged.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from gatekeeper.replay.golden import values
from gatekeeper.replay.golden.describing import is_float
from gatekeeper.replay.golden.facts import WIDE, OutputSpec
from gatekeeper.replay.observed import Value

RELATIVE = 1e-4
FLOOR_SHARE = 0.01
"""Of the scale: golden values below it are compared as if they were it."""
HALVES = frozenset({"float16", "bfloat16"})
_FEW = 24
"""Elements up to which Python is faster than numpy."""


class Kind(StrEnum):
    """What is another than it was, where no number says by how much."""

    DTYPE = "dtype"
    SHAPE = "shape"
    UNJUDGED = "not judged"
    MISSING = "missing output"
    EXTRA = "extra output"
    RENAMED = "renamed output"
    STATUS = "status"
    FAULT = "fault"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An output beside its golden value.

    `expected`, `actual` and the figures after them are of one element: the worst, which uses most of what is allowed
    to it. They are None where everything is equal, or nothing can be compared.

    Attributes:
        problem: why the numbers are not compared, or None; `said` has it in words.
        size: how many elements there are; `above` of them deviate by more than is allowed.
        worst: the index of the worst element.
        used: its deviation divided by what is allowed: above 1 is too much.
        relative: its deviation as a share of the golden value; infinite where that is 0, NaN or infinite.
        absolute: its deviation.
        ulp: how many numbers of its type lie between; None for what is no float of 32 or 64 bits.
        scale_relative: its deviation divided by the scale.
        noise_ratio: its deviation divided by the noise that was measured when it was recorded; None if it was not.
        needed: the relative tolerance with which all elements would pass.
        largest_relative, largest_absolute: over all elements.
    """

    problem: Kind | None = None
    said: str = ""
    size: int = 0
    above: int = 0
    worst: tuple[int, ...] | None = None
    expected: Any = None
    actual: Any = None
    used: float = 0.0
    relative: float = 0.0
    absolute: float = 0.0
    ulp: int | None = None
    scale_relative: float | None = None
    noise_ratio: float | None = None
    needed: float = 0.0
    largest_relative: float = 0.0
    largest_absolute: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether it is the same."""
        return self.problem is None and self.above == 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed to the floats of one output.

    Attributes:
        relative: of the golden value.
        floor: in the output's own unit.
        fixed: whether the floor was given as such, and does not move with `relative`.
        base: the golden value below which the floor is the larger one, if it is not fixed.
        nonfinite: whether NaN may be recorded.
    """

    relative: float
    floor: float
    fixed: bool
    base: float
    nonfinite: bool

    def limit(self, expected: float) -> float:
        """Return how far from a golden value its number may be."""
        return max(self.relative * abs(expected), self.floor)


@lru_cache(maxsize=1024)
def rule(spec: OutputSpec) -> Rule:
    """Return what is allowed to the floats of an output.

    Raises:
        ValueError: a tolerance is negative or NaN.
    """
    relative = RELATIVE if spec.relative is None else spec.relative
    base = FLOOR_SHARE * (spec.scale or 0.0)
    floor = relative * base if spec.floor is None else spec.floor
    if not (relative >= 0 and floor >= 0):
        raise ValueError(f"got the tolerance {relative} with the floor {floor}, expected none below 0")
    return Rule(relative, floor, spec.floor is not None, base, spec.nonfinite)


@dataclass(frozen=True, slots=True)
class Found:
    """The elements of one output, compared: how many are above, where the worst is, and the largest figures."""

    above: int = 0
    worst: int | None = None
    needed: float = 0.0
    relative: float = 0.0
    absolute: float = 0.0


def compare(expected: Value, actual: Value, spec: OutputSpec, *, loose: bool = False) -> Compared:
    """Return how far an output is from its golden value.

    Args:
        expected: The golden value.
        actual: The output.
        spec: What the header says of it.
        loose: Whether the golden value was written by hand, in a file without a header, which knows of types only what
            JSON has: any float will then do for a float, and any integer for an integer.
    """
    if loose and expected.dtype == "int" and is_float(spec.dtype) and is_float(actual.dtype):
        expected = Value(dtype="float", shape=expected.shape, values=tuple(map(float, expected.values)))
    if not _is_type(expected.dtype, actual.dtype, loose=loose):
        return _problem(Kind.DTYPE, f"is {actual.dtype}, expected {expected.dtype}")
    if expected.shape != actual.shape:
        return _problem(Kind.SHAPE, f"has the shape {list(actual.shape)}, expected {list(expected.shape)}")
    size = math.prod(expected.shape)
    if (got := _count(actual)) != size:
        return _problem(Kind.SHAPE, f"has {got} values, and the shape {list(actual.shape)}")
    if actual.dtype in HALVES and spec.relative is None:
        said = f"is {actual.dtype}, which can't hold {RELATIVE:g}: give the output a tolerance of its own"
        return _problem(Kind.UNJUDGED, said)
    allowed = rule(spec)
    if size <= _FEW or expected.dtype not in WIDE:
        found = _elements(values.exact(expected), values.exact(actual), allowed)
        return _figured(found, expected, actual, spec, allowed)
    from gatekeeper.replay.golden import vectors  # noqa: PLC0415 - numpy is loaded when there are arrays

    return _figured(vectors.compared(expected, actual, allowed), expected, actual, spec, allowed)


def _count(value: Value) -> int:
    return len(value.values) if isinstance(value.values, tuple) else int(value.values.size)


def _problem(kind: Kind, said: str) -> Compared:
    return Compared(problem=kind, said=said, used=math.inf, needed=math.inf)


def _is_type(expected: str, actual: str, *, loose: bool) -> bool:
    if expected == actual:
        return True
    if not loose:
        return False
    return (expected == "float" and is_float(actual)) or (
        expected == "int" and "int" in actual and not is_float(actual)
    )


def _elements(expected: Sequence[Any], actual: Sequence[Any], allowed: Rule) -> Found:
    above, worst, most = 0, None, 0.0
    needed = relative = absolute = 0.0
    for place, (one, other) in enumerate(zip(expected, actual, strict=True)):
        if type(one) is type(other) and one == other:
            continue
        used, passes, deviation, share, asks = element(one, other, allowed)
        if passes and not deviation:
            continue  # a NaN that was recorded
        above += not passes
        if worst is None or used > most:
            worst, most = place, used
        needed, relative, absolute = max(needed, asks), max(relative, share), max(absolute, deviation)
    return Found(above, worst, needed, relative, absolute)


def element(one: Any, other: Any, allowed: Rule) -> tuple[float, bool, float, float, float]:
    """Return what one element makes of its tolerance.

    Args:
        one: The golden one.
        other: Its counterpart; they are not equal.
        allowed: To floats.

    Returns:
        The share used, whether it passes, how far it is, the same as a share of the golden one, and the relative
        tolerance with which it would pass.
    """
    if type(one) is not float or type(other) is not float:
        return _exactly(one, other)
    if math.isnan(one) and math.isnan(other) and allowed.nonfinite:
        return 0.0, True, 0.0, 0.0, 0.0
    deviation = abs(other - one)
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf, False, math.inf, math.inf, math.inf
    limit, size = allowed.limit(one), abs(one)
    passes = deviation <= limit
    least = size if allowed.fixed else max(size, allowed.base)
    needed = 0.0 if allowed.fixed and deviation <= allowed.floor else _ratio(deviation, least)
    return _ratio(deviation, limit), passes, deviation, _ratio(deviation, size), needed


def _exactly(one: Any, other: Any) -> tuple[float, bool, float, float, float]:
    far = math.inf
    if type(one) is int and type(other) is int:
        far = _ratio(abs(other - one), 1)
        return math.inf, False, far, _ratio(abs(other - one), abs(one)), math.inf
    return math.inf, False, far, math.inf, math.inf


def _ratio(part: float, whole: float) -> float:
    """Return a share; infinite where nothing is allowed, or it is beyond any float."""
    try:
        return part / whole if whole else math.inf
    except OverflowError:
        return math.inf


def _figured(found: Found, expected: Value, actual: Value, spec: OutputSpec, allowed: Rule) -> Compared:
    size = math.prod(expected.shape)
    if found.worst is None:
        return Compared(size=size)
    one, other = _at(expected, found.worst), _at(actual, found.worst)
    used, _, absolute, relative, _ = element(one, other, allowed)
    by_scale = _ratio(absolute, spec.scale) if spec.scale else None
    return Compared(
        size=size,
        above=found.above,
        worst=_index(found.worst, expected.shape),
        expected=one,
        actual=other,
        used=used,
        relative=relative,
        absolute=absolute,
        ulp=ulps(one, other, expected.dtype),
        scale_relative=by_scale,
        noise_ratio=_noise_ratio(relative, by_scale, spec),
        needed=found.needed,
        largest_relative=found.relative,
        largest_absolute=found.absolute,
    )


def _at(value: Value, place: int) -> Any:
    if isinstance(value.values, tuple):
        return value.values[place]
    return value.values.reshape(-1)[place].item()


def _index(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    found = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        found.append(at)
    return tuple(reversed(found))


def _noise_ratio(relative: float, by_scale: float | None, spec: OutputSpec) -> float | None:
    if spec.noise_scale is not None and by_scale is not None:
        return _ratio(by_scale, spec.noise_scale)
    if spec.noise_relative is not None:
        return _ratio(relative, spec.noise_relative)
    return None


def ulps(one: Any, other: Any, dtype: str) -> int | None:
    """Return how many steps from number to number lie between two floats of a type; None where that says nothing."""
    if type(one) is not float or type(other) is not float or not (math.isfinite(one) and math.isfinite(other)):
        return None
    forms = {"float": ("<d", "<q", 63), "float64": ("<d", "<q", 63), "float32": ("<f", "<i", 31)}
    if dtype not in forms:
        return None
    number, bits, width = forms[dtype]

    def place(each: float) -> int:
        (raw,) = struct.unpack(bits, struct.pack(number, each))
        return int(raw) if raw >= 0 else -(int(raw) + (1 << width))

    return abs(place(one) - place(other))
