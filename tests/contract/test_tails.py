"""Tail probabilities against scipy's."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from gatekeeper.contract.baseline import tails


@given(st.floats(-12, 12))
def test_normal(z: float) -> None:
    assert tails.normal_two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


@given(st.floats(1e-6, 1 - 1e-6))
def test_normal_quantile(p: float) -> None:
    assert tails.normal_quantile(p) == pytest.approx(stats.norm.ppf(p), abs=1e-7)


@given(st.floats(0, 1), st.floats(1, 1e7))
@example(0.0, 1.0)
@example(1.0, 1e7)
def test_kolmogorov(distance: float, effective: float) -> None:
    root = math.sqrt(effective)
    expected = stats.kstwobign.sf((root + 0.12 + 0.11 / root) * distance)
    assert tails.kolmogorov(distance, effective) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.floats(0, 5000), st.integers(1, 2000))
@example(1e-300, 1)
@example(0.0, 3)
def test_chi_square(value: float, degrees: int) -> None:
    assert tails.chi_square(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees), rel=1e-8, abs=1e-13)


@given(st.sampled_from([0.5, 0.9, 0.95, 0.99]), st.integers(1, 300))
def test_chi_square_quantile(p: float, degrees: int) -> None:
    assert tails.chi_square_quantile(p, degrees) == pytest.approx(stats.chi2.ppf(p, degrees), rel=1e-6)


@pytest.mark.parametrize("degrees", [5, 9, 19, 31])
def test_student_quantile(degrees: int) -> None:
    assert tails.student_quantile(0.95, degrees) == pytest.approx(stats.t.ppf(0.95, degrees), rel=1e-3)


@given(st.data())
def test_more_than_by_chance_is_fishers_exact_test(data: st.DataObject) -> None:
    rows, other = data.draw(st.integers(1, 3000)), data.draw(st.integers(1, 3000))
    here, there = data.draw(st.integers(0, rows)), data.draw(st.integers(0, other))
    p = tails.more_than_by_chance(here, rows, there, other)
    table = [[here, rows - here], [there, other - there]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    if here * (rows + other) <= rows * (here + there):
        assert p == 1.0  # not more than expected: nobody asks how little it is more
    else:
        assert p == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_more_than_by_chance_of_millions() -> None:
    assert tails.more_than_by_chance(3_000_000, 10_000_000, 100_000, 10_000_000) == 0.0
    assert 0 < tails.more_than_by_chance(1_010_000, 10_000_000, 1_000_000, 10_000_000) < 1e-10


def test_beyond_all_of_the_others_is_a_matter_of_order_alone() -> None:
    """The largest of 100 new values is beyond 900 others in one case of ten."""
    assert tails.more_than_by_chance(1, 100, 0, 900) == pytest.approx(0.1)
