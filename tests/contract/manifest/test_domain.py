"""What a manifest says of one value, and of an answer."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.contract.manifest.domain import ABSENT, Due, due, limits, record_due, wrong
from gatekeeper.contract.manifest.facts import Input, Output

NUMBER = Input(kind="number", min=1.0, max=500.0)
INTEGER = Input(kind="integer", min=0, max=24, missing="default", default=6)
REGION = Input(kind="category", vocabulary=("east", "north"), unknown="default", missing="reject", default="east")


@pytest.mark.parametrize(
    ("each", "value", "expected"),
    [
        (NUMBER, 1.0, Due.ACCEPT),
        (NUMBER, 500, Due.ACCEPT),
        (NUMBER, 500.00000000000006, Due.REJECT),
        (NUMBER, math.nan, Due.REJECT),
        (NUMBER, math.inf, Due.REJECT),
        (NUMBER, 10**400, Due.REJECT),
        (NUMBER, True, Due.REJECT),
        (NUMBER, "12", Due.REJECT),
        (NUMBER, None, Due.REJECT),
        (NUMBER, [], Due.REJECT),
        (INTEGER, 0, Due.ACCEPT),
        (INTEGER, -0.0, Due.EITHER),
        (INTEGER, 3.0, Due.EITHER),
        (INTEGER, 3.5, Due.REJECT),
        (INTEGER, None, Due.DEFAULT),
        (INTEGER, ABSENT, Due.DEFAULT),
        (INTEGER, math.nan, Due.REJECT),
        (REGION, "east", Due.ACCEPT),
        (REGION, "mars", Due.DEFAULT),
        (REGION, "", Due.REJECT),
        (REGION, -1, Due.REJECT),
        (REGION, ABSENT, Due.REJECT),
        (Input(kind="boolean"), False, Due.ACCEPT),
        (Input(kind="boolean"), 0, Due.REJECT),
        (Input(kind="text"), "anything", Due.ACCEPT),
    ],
)
def test_each_value_has_its_due(each: Input, value: Any, expected: Due) -> None:
    assert due(each, value) is expected


def test_a_record_is_refused_for_one_value_or_one_input_too_many() -> None:
    inputs = {"cost": NUMBER, "units": INTEGER}
    assert record_due(inputs, {"cost": 3.0, "units": 2}) is Due.ACCEPT
    assert record_due(inputs, {"cost": 3.0}) is Due.DEFAULT
    assert record_due(inputs, {"cost": 0.5}) is Due.REJECT
    assert record_due(inputs, {"cost": 3.0, "units": 2, "more": 1}) is Due.REJECT


@pytest.mark.parametrize("value", [-0.01, 0.99, 500.01, math.nan, math.inf, -math.inf, None, "7", True, [7.0]])
def test_an_answer_that_is_not_surely_in_range_is_wrong(value: Any) -> None:
    assert wrong(Output(min=1.0, max=500.0), value)


def test_an_answer_in_range_is_not() -> None:
    assert [wrong(Output(min=1.0, max=500.0), value) for value in (1.0, 500.0, 7, 1)] == [""] * 4
    assert wrong(Output(type="class", classes=("a", "b")), "a") == ""
    assert wrong(Output(type="class", classes=("a", "b")), "c")


@given(value=st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_outside_is_ever_right(value: float) -> None:
    assert (wrong(Output(min=-1.0, max=1.0), value) == "") is (-1.0 <= value <= 1.0)


def test_the_ratio_to_the_mean_is_a_bound() -> None:
    output = Output(min=0.0, max_ratio_to_mean=5.0)
    assert limits(output, 70.0) == (0.0, 350.0)
    assert limits(output, None) == (0.0, None)
    assert limits(Output(min=0.0, max=100.0, max_ratio_to_mean=5.0, mean=70.0), None) == (0.0, 100.0)
