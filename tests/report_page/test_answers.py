"""Golden answers as strokes on a scale: within the range that was declared, and beyond it."""

from __future__ import annotations

import math
import re

import pytest

from gatekeeper.report.page.answers import Answers, draw, told
from gatekeeper.report.page.svg import inline
from tests.report_page.reader import Page


def answers(*values: float, low: float | None = 0.0, high: float | None = 10.0, name: str = "price") -> Answers:
    return Answers(name=name, unit="EUR", low=low, high=high, values=values)


def drawn(*outputs: Answers) -> str:
    found = inline(draw(outputs), prefix="p0", title="x", alt="y")
    assert found is not None
    Page(found.text)
    return found.text


def strokes(source: str) -> list[float]:
    return [float(each) for each in re.findall(r"M([\d.]+) \d+v28", source)]


def test_each_answer_is_a_stroke_and_stands_between_the_ends() -> None:
    low, middle, high = strokes(drawn(answers(0.0, 5.0, 10.0)))
    assert middle == pytest.approx((low + high) / 2, abs=0.5)


@pytest.mark.parametrize("value", [-0.01, 10.5])
def test_what_is_beyond_the_range_is_a_cross_and_is_counted(value: float) -> None:
    source = drawn(answers(1.0, value))
    assert source.count("l10 10m0 -10l-10 10") == 1
    assert len(strokes(source)) == 1
    assert "1 outside" in told(answers(1.0, value))


def test_within_the_range_there_is_no_cross() -> None:
    assert "l10 10" not in drawn(answers(0.0, 10.0))
    assert "none outside" in told(answers(0.0, 10.0))


def test_an_end_that_is_open_is_told() -> None:
    assert "declared from 0 on, and no highest" in drawn(answers(1.0, high=None))
    assert "declared up to 10, and no lowest" in drawn(answers(1.0, low=None))
    assert "no range is declared" in drawn(answers(1.0, low=None, high=None))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_outside_and_is_not_drawn(value: float) -> None:
    assert "1 outside" in told(answers(1.0, value))
    assert "nan" not in drawn(answers(value))
    assert "inf" not in drawn(answers(value)).replace("font", "")


@pytest.mark.parametrize("values", [(), (3.0,), (-1.7e308, 1.7e308), (5e-324, 1.0)])
def test_any_numbers_can_be_drawn(values: tuple[float, ...]) -> None:
    source = drawn(answers(*values, low=None, high=None))
    assert len(strokes(source)) == len(values)
    assert all(0 <= each <= 880 for each in strokes(source))


def test_a_million_answers_are_no_larger_than_what_can_be_told_apart() -> None:
    assert len(drawn(answers(*(number / 1e5 for number in range(1_000_000))))) < 40_000


def test_a_name_stays_a_name() -> None:
    source = drawn(answers(1.0, name='<script>"x\u202e' + "n" * 200))
    assert "&lt;script&gt;" in source
    assert "\u202e" not in source
    assert "n" * 61 not in source
