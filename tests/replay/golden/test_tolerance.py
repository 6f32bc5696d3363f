"""What "deviates by more than 0.01 %" means, case by case."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.replay.golden import vectors
from gatekeeper.replay.golden.facts import OutputSpec
from gatekeeper.replay.golden.tolerance import Kind, _elements, compare, rule, ulps
from gatekeeper.replay.observed import Value

FLOAT = OutputSpec(dtype="float")
Maker = Callable[..., Value]


@pytest.mark.parametrize(
    ("expected", "actual", "passes"),
    [
        (100.0, 100.0, True),
        (100.0, 100.0099, True),
        (100.0, 100.0101, False),
        (100.0, 99.9901, True),
        (-100.0, -100.0101, False),
        (100.0, -100.0, False),
        (0.0, 0.0, True),
        (0.0, -0.0, True),
        (0.0, 5e-324, False),
        (1e-9, 2e-9, False),
        (1e308, -1e308, False),
        (1.0, math.nan, False),
        (math.nan, 1.0, False),
        (math.nan, math.nan, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (1.0, math.inf, False),
        (math.inf, 1.0, False),
        (math.inf, math.nan, False),
    ],
)
def test_a_float_is_the_same_within_a_ten_thousandth_of_it(
    value: Maker, expected: float, actual: float, *, passes: bool
) -> None:
    found = compare(value(expected), value(actual), FLOAT)
    assert found.passed is passes
    assert found.above == (not passes)
    many = compare(value(np.full(100, expected)), value(np.full(100, actual)), OutputSpec(dtype="float64"))
    assert many.passed is passes
    assert many.above == 100 * (not passes)


def test_the_golden_value_is_the_reference_and_not_the_larger_of_both(value: Maker) -> None:
    spec = OutputSpec(dtype="float", relative=0.5)
    assert compare(value(2.0), value(1.0), spec).passed
    assert not compare(value(1.0), value(2.0), spec).passed


def test_beside_the_scale_what_is_next_to_nothing_is_not_compared_relatively(value: Maker) -> None:
    spec = OutputSpec(dtype="float", scale=10.0)  # the floor: 1e-4 * 0.01 * 10 = 1e-5
    assert compare(value(1e-6), value(9e-6), spec).passed
    assert not compare(value(1e-6), value(1.2e-5), spec).passed
    assert compare(value(0.0), value(1e-5), spec).passed


def test_it_is_the_larger_of_both_limits_and_not_their_sum(value: Maker) -> None:
    spec = OutputSpec(dtype="float", scale=100.0)  # both allow 1e-4 to 1.0
    assert compare(value(1.0), value(1.00009), spec).passed
    assert not compare(value(1.0), value(1.00015), spec).passed


def test_an_output_may_have_a_floor_of_its_own_and_none(value: Maker) -> None:
    assert not compare(value(0.0), value(1e-9), OutputSpec(dtype="float", scale=10.0, floor=0.0)).passed
    assert compare(value(0.0), value(0.5), OutputSpec(dtype="float", scale=10.0, floor=0.5)).passed


@pytest.mark.parametrize("bad", [OutputSpec(dtype="float", relative=-1.0), OutputSpec(dtype="float", floor=math.nan)])
def test_a_tolerance_below_zero_is_none(bad: OutputSpec, value: Maker) -> None:
    with pytest.raises(ValueError, match="expected none below 0"):
        compare(value(1.0), value(1.0), bad)


def test_a_recorded_nan_equals_a_nan_in_its_place_and_nothing_else(value: Maker) -> None:
    spec = OutputSpec(dtype="float", nonfinite=True)
    for size in (1, 60):
        held = value(np.array([math.nan, 1.0] * size))
        assert compare(held, held, spec).passed
        moved = compare(held, value(np.array([1.0, math.nan] * size)), spec)
        assert moved.above == 2 * size
        assert moved.needed == math.inf
        assert compare(held, value(np.array([0.0, 1.0] * size)), spec).above == size


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (2**53, 2**53 + 1),
        (1, 2),
        (10**400, 10**400 + 1),
        (True, False),
        ("north", "North"),
        (np.array([2**53], np.int64), np.array([2**53 + 1], np.int64)),
        (np.arange(100), np.arange(100) + (np.arange(100) == 70)),
        (np.full(100, 2**63, dtype="uint64"), np.full(100, 2**63 + 1, dtype="uint64")),
    ],
)
def test_what_is_no_float_is_exact(value: Maker, expected: Any, actual: Any) -> None:
    spec = OutputSpec(dtype=value(expected).dtype, scale=1e9, relative=1.0)
    assert compare(value(expected), value(expected), spec).passed
    found = compare(value(expected), value(actual), spec)
    assert not found.passed
    assert found.needed == math.inf


def test_integers_are_told_apart_as_integers(value: Maker) -> None:
    found = compare(value(2**53), value(2**53 + 1), OutputSpec(dtype="int"))
    assert (found.expected, found.actual, found.absolute) == (2**53, 2**53 + 1, 1)
    wide = compare(value(np.arange(100)), value(np.arange(100) + (np.arange(100) == 70)), OutputSpec(dtype="int64"))
    assert (wide.above, wide.worst, wide.expected, wide.actual) == (1, (70,), 70, 71)


@pytest.mark.parametrize(
    ("expected", "actual", "kind"),
    [
        (1, 1.0, Kind.DTYPE),
        (1.0, 1, Kind.DTYPE),
        (1, True, Kind.DTYPE),
        (1.0, np.float64(1.0), Kind.DTYPE),
        (np.array([1.0], np.float32), np.array([1.0], np.float64), Kind.DTYPE),
        (1.0, None, Kind.DTYPE),
        ("1", 1, Kind.DTYPE),
        (np.zeros(3), np.zeros(()), Kind.SHAPE),
        (np.zeros((3, 1)), np.zeros((1, 3)), Kind.SHAPE),
        (np.array([1.0], np.float16), np.array([1.0], np.float16), Kind.UNJUDGED),
    ],
)
def test_type_and_shape_are_exact(value: Maker, expected: Any, actual: Any, kind: Kind) -> None:
    found = compare(value(expected), value(actual), OutputSpec(dtype="any", scale=1.0))
    assert found.problem is kind
    assert not found.passed
    assert found.said


def test_a_value_that_has_less_than_its_shape_says_is_no_pass(value: Maker) -> None:
    short = Value(dtype="float", shape=(2,), values=(1.0,))
    assert compare(Value(dtype="float", shape=(2,), values=(1.0, 1.0)), short, FLOAT).problem is Kind.SHAPE
    cut = Value(dtype="float64", shape=(2,), values=np.zeros(1))
    assert compare(value(np.zeros(2)), cut, FLOAT).problem is Kind.SHAPE


def test_half_precision_is_judged_with_a_tolerance_of_its_own(value: Maker) -> None:
    one, other = value(np.array([1.0], np.float32), "bfloat16"), value(np.array([1.0078125], np.float32), "bfloat16")
    assert "give the output a tolerance" in compare(one, other, OutputSpec(dtype="bfloat16")).said
    assert compare(one, other, OutputSpec(dtype="bfloat16", relative=0.01)).passed
    assert not compare(one, other, OutputSpec(dtype="bfloat16", relative=0.001)).passed


def test_what_was_written_by_hand_knows_no_width(value: Maker) -> None:
    for actual in (np.float64(7.0), np.float32(7.0), 7.0):
        assert compare(value(7.0), value(actual), FLOAT, loose=True).passed
        assert compare(value(7), value(actual), FLOAT, loose=True).passed  # 7 beside 7.5 in other lines
        assert compare(value(7), value(actual), OutputSpec(dtype="int"), loose=True).problem is Kind.DTYPE
    assert compare(value(7), value(np.int64(7)), OutputSpec(dtype="int"), loose=True).passed
    assert compare(value(7.0), value(7), FLOAT, loose=True).problem is Kind.DTYPE
    assert compare(value(7.0), value(np.float16(7)), FLOAT, loose=True).problem is Kind.UNJUDGED


def test_the_figures_are_of_the_element_that_uses_most_of_what_is_allowed(value: Maker) -> None:
    spec = OutputSpec(dtype="float64", scale=10.0, noise_relative=1e-9, noise_scale=1e-6)
    expected = np.array([[10.0, 1e-6], [20.0, 0.0]])
    found = compare(value(expected), value(expected + np.array([[0.0, 3e-6], [0.004, 0.0]])), spec)
    assert (found.size, found.above, found.worst) == (4, 1, (1, 0))
    assert (found.expected, found.actual) == (20.0, 20.004)
    assert found.used == pytest.approx(2.0)
    assert found.relative == pytest.approx(2e-4)
    assert found.absolute == pytest.approx(0.004)
    assert found.scale_relative == pytest.approx(4e-4)
    assert found.noise_ratio == pytest.approx(400.0)
    assert found.needed == pytest.approx(2e-4)
    assert found.largest_relative == pytest.approx(3.0)  # of the one that is next to nothing
    assert found.largest_absolute == pytest.approx(0.004)


def test_without_measured_noise_there_is_no_ratio_to_it(value: Maker) -> None:
    assert compare(value(1.0), value(1.1), FLOAT).noise_ratio is None
    quiet = OutputSpec(dtype="float", noise_relative=0.0)
    assert compare(value(1.0), value(1.1), quiet).noise_ratio == math.inf


def test_ulp_are_steps_from_number_to_number() -> None:
    assert ulps(1.0, math.nextafter(1.0, 2.0), "float64") == 1
    assert ulps(1.0, float(np.nextafter(np.float32(1), np.float32(2))), "float32") == 1
    assert ulps(5e-324, -5e-324, "float") == 2
    assert ulps(0.0, -0.0, "float") == 0
    assert ulps(1.0, math.nan, "float") is None
    assert ulps(1, 2, "int") is None


numbers = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1.00001, 1.0002, math.nan, math.inf])
specs = st.builds(
    OutputSpec,
    dtype=st.just("float64"),
    scale=st.none() | st.floats(0, 1e6),
    relative=st.none() | st.floats(0, 1),
    floor=st.none() | st.floats(0, 1),
    nonfinite=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), spec=specs)
def test_numpy_and_python_find_the_same(pairs: list[tuple[float, float]], spec: OutputSpec) -> None:
    expected, actual = (list(each) for each in zip(*pairs, strict=True))
    allowed = rule(spec)
    few = _elements(expected, actual, allowed)
    held = [Value(dtype="float64", shape=(len(each),), values=np.array(each)) for each in (expected, actual)]
    many = vectors.compared(held[0], held[1], allowed)
    assert (few.above, few.needed, few.relative, few.absolute) == (
        *(many.above, many.needed, many.relative, many.absolute),
    )
    assert (few.worst is None) == (many.worst is None)


@given(expected=st.floats(allow_nan=False, allow_infinity=False), actual=st.floats(), spec=specs)
def test_nothing_passes_that_is_further_than_allowed_and_the_needed_tolerance_is_enough(
    expected: float, actual: float, spec: OutputSpec
) -> None:
    held, got = (Value(dtype="float64", shape=(), values=(each,)) for each in (expected, actual))
    found = compare(held, got, spec)
    allowed = rule(spec)
    is_near = abs(actual - expected) <= max(allowed.relative * abs(expected), allowed.floor)
    assert found.passed is (actual == expected or is_near)
    if math.isfinite(found.needed) and found.needed * abs(expected) < 1e300 and found.absolute > 1e-290:
        wider = OutputSpec(dtype="float64", scale=spec.scale, floor=spec.floor, relative=found.needed * (1 + 1e-9))
        assert compare(held, got, wider).passed
