"""Answers against answers: bitwise equal, within the tolerance, or beyond it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gatekeeper.replay.golden.facts import OutputSpec
from gatekeeper.replay.golden.repeating import Sameness, is_identical, noisier, repeatability
from gatekeeper.replay.observed import Answer, Value
from gatekeeper.replay.outcomes import Fault

Ask = Callable[..., Answer]


def test_the_same_answers_are_bitwise_equal_with_nan_where_nan_is(answer: Ask) -> None:
    answers = [answer(y=np.array([1.0, math.nan, -0.0]), label="a"), answer(y=np.array([2.0, 3.0, 4.0]), label="b")]
    found = repeatability(answers, answers)
    assert (found.sameness, found.differing, found.outputs, found.departures) == (Sameness.BITWISE, 0, (), ())
    assert found.noise == {"label": (0.0, 0.0), "y": (0.0, 0.0)}


def test_a_forest_whose_threads_add_in_another_order_is_within_the_tolerance(answer: Ask) -> None:
    first = np.array([[123.456], [7.0]])
    second = first.copy()
    for _ in range(4):
        second[0, 0] = np.nextafter(second[0, 0], math.inf)
    found = repeatability([answer(y=first), answer(y=first)], [answer(y=second), answer(y=first)])
    assert (found.sameness, found.differing, found.ulp) == (Sameness.WITHIN, 1, 4)
    (y,) = found.outputs
    assert y.worst_record == "r001"
    relative, scale = found.noise["y"]
    assert 4e-16 < relative < 1e-15
    assert 4e-16 < scale < 1e-15


def test_what_differs_by_more_is_beyond_and_named(answer: Ask) -> None:
    found = repeatability([answer(y=1.0)], [answer(y=1.001)], ids=["a"])
    assert found.sameness is Sameness.BEYOND
    assert found.outputs[0].worst_record == "a"


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (Answer(outputs=None, fault=Fault(kind="raised", type="KeyError", message="")), "no exception, then KeyError"),
        (Answer(outputs={"z": Value(dtype="float", shape=(), values=(1.0,))}), "outputs ['y'], then ['z']"),
        (Answer(outputs={"y": Value(dtype="int", shape=(), values=(1,))}), "is int, expected float"),
        (Answer(outputs={"y": Value(dtype="float", shape=(), values=(1.0,))}, status=500), "status None, then 500"),
    ],
)
def test_another_kind_of_answer_is_beyond(answer: Ask, second: Answer, says: str) -> None:
    found = repeatability([answer(y=1.0)], [second])
    assert found.sameness is Sameness.BEYOND
    assert any(says in each for each in found.departures), found.departures


def test_a_nan_that_comes_or_goes_and_answers_that_are_missing_are_beyond(answer: Ask) -> None:
    assert repeatability([answer(y=math.nan)], [answer(y=1.0)]).sameness is Sameness.BEYOND
    assert repeatability([answer(y=1.0)], [answer(y=math.nan)]).sameness is Sameness.BEYOND
    assert repeatability([answer(y=1.0)], []).sameness is Sameness.BEYOND


def test_half_precision_repeats_to_the_bit_or_needs_a_tolerance(answer: Ask) -> None:
    one, other = answer(y=np.array([1.0], np.float16)), answer(y=np.array([1.001], np.float16))
    assert repeatability([one], [one]).sameness is Sameness.BITWISE
    assert repeatability([one], [other]).sameness is Sameness.BEYOND
    assert repeatability([one], [other], {"y": OutputSpec(dtype="float16", relative=0.01)}).sameness is Sameness.WITHIN


def test_the_sign_of_zero_is_a_bit(value: Callable[..., Value]) -> None:
    assert not is_identical(value(0.0), value(-0.0))
    assert not is_identical(value(np.zeros(2)), value(-np.zeros(2)))
    assert not is_identical(value(1), value(1.0))
    assert is_identical(value(math.nan), value(math.nan))


def test_the_largest_noise_is_kept_and_never_an_infinite_one() -> None:
    spec = noisier(noisier(OutputSpec(dtype="float"), (1e-6, 1e-8)), (1e-7, 1e-7))
    assert (spec.noise_relative, spec.noise_scale) == (1e-6, 1e-7)
    assert noisier(OutputSpec(dtype="float"), (math.inf, 1e-8)).noise_relative is None
