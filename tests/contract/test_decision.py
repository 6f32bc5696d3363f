"""The decision about drift: quiet without it, certain with it, and never a pass on what can't be told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import Status
from gatekeeper.contract.baseline.decision import Significance
from tests.contract.shared import alarms, built, judged

Rng = np.random.Generator


def frame(rng: Rng, n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "normal": rng.normal(size=n),
            "money": rng.lognormal(3, 1, n).round(2),
            "count": rng.poisson(4, n),
            "flag": rng.random(n) < 0.3,
            "region": rng.choice(["north", "south", "west"], n, p=[0.5, 0.4, 0.1]),
            "holes": np.where(rng.random(n) < 0.05, np.nan, rng.normal(size=n)),
        }
    )


CHANGES: list[tuple[str, str, Callable[[Rng, pd.Series], Any], str]] = [
    ("30 % NaN", "normal", lambda rng, x: x.mask(rng.random(len(x)) < 0.3), "missing"),
    ("all NaN", "normal", lambda _rng, x: x * np.nan, "missing"),
    ("no more holes", "holes", lambda _rng, x: x.fillna(0.0), "missing"),
    ("infinite", "normal", lambda rng, x: x.mask(rng.random(len(x)) < 0.02, np.inf), "infinite"),
    ("a sentinel in range", "normal", lambda rng, x: x.mask(rng.random(len(x)) < 0.1, -1.0), "repeated"),
    ("a sentinel out of range", "money", lambda rng, x: x.mask(rng.random(len(x)) < 0.05, -1.0), "outside"),
    ("a sentinel among counts", "count", lambda rng, x: x.mask(rng.random(len(x)) < 0.05, -1), "outside"),
    ("+0.5 sd", "normal", lambda _rng, x: x + 0.5, "shift"),
    ("wider", "normal", lambda _rng, x: x * 1.4, "spread"),
    ("narrower", "normal", lambda _rng, x: x * 0.7, "spread"),
    ("the unit x100", "money", lambda _rng, x: x * 100, "outside"),
    ("another share", "flag", lambda rng, x: rng.random(len(x)) < 0.5, "distribution"),
    ("a category renamed", "region", lambda _rng, x: x.replace("west", "West"), "unseen"),
    ("an unknown category", "region", lambda rng, x: x.mask(rng.random(len(x)) < 0.05, "-1"), "unseen"),
    ("other shares", "region", lambda rng, x: rng.choice(["north", "south", "west"], len(x)), "distribution"),
    ("upside down", "money", lambda _rng, x: x.max() - x, "shift"),
]


@pytest.mark.parametrize(("column", "change", "statistic"), [case[1:] for case in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_change_is_told_by_name(
    column: str, change: Callable[[Rng, pd.Series], Any], statistic: str, rng: Rng
) -> None:
    baseline, other = built(frame(rng, 10_000)), frame(rng, 1000)
    other[column] = change(rng, other[column])
    comparison = lib.compare(baseline, other)
    assert comparison.drifted
    assert set(alarms(comparison)) == {column}
    assert statistic in alarms(comparison)[column]


@pytest.mark.parametrize("n", [200, 1000, 10_000])
def test_no_change_is_quiet(n: int, rng: Rng) -> None:
    drifted = 0
    for _ in range(10):
        baseline = built(frame(rng, 10_000))
        drifted += sum(lib.compare(baseline, frame(rng, n)).drifted for _ in range(6))
    assert drifted <= 7  # 5 % of 60, and what chance adds in 99 of 100 cases


def test_a_difference_that_does_not_matter_is_quiet_though_it_is_certain(rng: Rng) -> None:
    baseline = built({"x": rng.normal(size=300_000)})
    comparison = lib.compare(baseline, {"x": rng.normal(0.05, 1, 300_000)})
    (feature,) = comparison.features
    assert feature.p_adjusted < 1e-20
    assert feature.status is Status.QUIET


def test_missing_values_do_not_hide_in_the_others(rng: Rng) -> None:
    """`p = nan` is not "no drift": NaN is counted before anything is compared."""
    baseline = built({"x": rng.normal(size=2000)})
    comparison = lib.compare(baseline, {"x": np.full(1000, np.nan)})
    assert alarms(comparison) == {"x": {"missing"}}
    one = rng.normal(size=1000)
    one[7] = np.nan
    feature = lib.compare(baseline, {"x": one}).features[0]
    assert feature.status is Status.QUIET
    assert all(math.isfinite(test.p) for test in feature.tests)


@pytest.mark.parametrize("n", [1, 5, 29, 40])
def test_too_few_rows_are_no_pass(n: int, rng: Rng) -> None:
    comparison = lib.compare(built(frame(rng, 10_000)), frame(rng, n))
    assert not comparison.drifted
    assert comparison.underpowered
    feature = judged(comparison, "normal")
    assert feature.status is Status.UNDERPOWERED
    assert feature.needed is not None
    assert feature.needed > n


def test_the_rows_that_are_needed_are_enough(rng: Rng) -> None:
    """With as many rows a shift by half a standard deviation is told in 4 of 5 cases."""
    baseline = built({f"x{i}": rng.normal(size=10_000) for i in range(10)})
    needed = lib.compare(baseline, {f"x{i}": rng.normal(size=500) for i in range(10)}).features[0].needed
    assert needed is not None
    told = 0
    for _ in range(100):
        other = {f"x{i}": rng.normal(0.5 * (i == 3), 1, needed) for i in range(10)}
        told += "x3" in alarms(lib.compare(baseline, other))
    assert told >= 70


def test_a_baseline_that_is_too_small_can_tell_nothing(rng: Rng) -> None:
    comparison = lib.compare(built({"x": rng.normal(size=40)}), {"x": rng.normal(size=5000)})
    assert comparison.features[0].needed is None
    assert comparison.underpowered


def test_too_few_rows_still_tell_what_is_certain(rng: Rng) -> None:
    baseline = built({"x": rng.normal(size=5000)})
    assert lib.compare(baseline, {"x": rng.normal(50, 1, 12)}).drifted


def test_few_values_are_compared_value_by_value(rng: Rng) -> None:
    """Between ties the distance of Kolmogorov and Smirnov has no power; a Bernoulli column is categories."""
    baseline = built({"x": (rng.random(10_000) < 0.3).astype(int)})
    from scipy import stats

    other = (rng.random(1000) < 0.33).astype(int)
    test = lib.compare(baseline, {"x": other}).features[0].test("distribution")
    grid = baseline.features[0].grid
    assert test is not None
    assert grid is not None
    ones = 10_000 - grid.le[0]
    table = [[10_000 - ones, ones], [1000 - other.sum(), other.sum()]]
    assert test.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert test.value == pytest.approx(abs(ones / 10_000 - other.mean()))


def test_a_constant_column(rng: Rng) -> None:
    baseline = built({"x": np.full(1000, 7.0), "y": rng.normal(size=1000)})
    assert not lib.compare(baseline, {"x": np.full(500, 7.0), "y": rng.normal(size=500)}).drifted
    moved = lib.compare(baseline, {"x": np.full(500, 8.0), "y": rng.normal(size=500)})
    assert set(alarms(moved)) == {"x"}
    mixed = np.full(500, 7.0)
    mixed[:100] = 6.5
    assert set(alarms(lib.compare(baseline, {"x": mixed, "y": rng.normal(size=500)}))) == {"x"}


def test_a_column_without_a_value_can_not_be_told(rng: Rng) -> None:
    baseline = built({"x": np.full(1000, np.nan), "y": rng.normal(size=1000)})
    comparison = lib.compare(baseline, {"x": np.full(500, np.nan), "y": rng.normal(size=500)})
    assert judged(comparison, "x").status is Status.UNDERPOWERED
    assert not comparison.drifted
    filled = lib.compare(baseline, {"x": rng.normal(size=500), "y": rng.normal(size=500)})
    assert alarms(filled) == {"x": {"missing"}}


def test_numbers_that_became_text_are_missing(rng: Rng) -> None:
    baseline = built({"x": rng.normal(size=2000)})
    comparison = lib.compare(baseline, {"x": ["1.5", "n/a?"] * 250})
    assert "missing" in alarms(comparison)["x"]
    assert comparison.features[0].mistyped == 250


def test_an_alarm_needs_both_certainty_and_size() -> None:
    certain, large = {"p": 1e-9, "adjusted": 1e-8}, {"value": 0.5, "limit": 0.1}
    assert Significance(statistic="shift", **certain, **large).fires
    assert not Significance(statistic="shift", p=0.2, adjusted=0.4, **large).fires
    assert not Significance(statistic="shift", **certain, value=0.05, limit=0.1).fires
    assert Significance(statistic="shift", **certain, value=-0.5, limit=0.1).fires


def test_p_is_adjusted_over_all_tests(rng: Rng) -> None:
    from scipy import stats

    baseline = built({f"x{i}": rng.normal(size=3000) for i in range(8)})
    comparison = lib.compare(baseline, {f"x{i}": rng.normal(0.05 * i, 1, 400) for i in range(8)})
    tests = [test for feature in comparison.features for test in feature.tests]
    expected = stats.false_discovery_control([test.p for test in tests], method="bh")
    assert [test.adjusted for test in tests] == pytest.approx(list(expected))
    assert comparison.tests == len(tests)


def test_a_feature_of_the_calendar_is_watched_by_its_range(rng: Rng) -> None:
    days = np.arange(365).repeat(20)
    data = {"day": days, "x": rng.normal(size=len(days))}
    plain, ranged = built(data), built(data, range_only=("day",))
    may = {"day": np.arange(120, 150).repeat(20), "x": rng.normal(size=600)}
    assert not lib.compare(ranged, may).drifted
    assert judged(lib.compare(ranged, may), "day").status is Status.QUIET
    assert judged(lib.compare(plain, may), "day").status is not Status.QUIET
    later = {"day": np.arange(400, 430).repeat(20), "x": rng.normal(size=600)}
    assert alarms(lib.compare(ranged, later)) == {"day": {"outside"}}


def test_rare_categories_of_the_training_are_not_unseen(rng: Rng) -> None:
    weights = 1 / np.arange(1, 301) ** 1.3
    words = [f"w{i}" for i in range(300)]

    def draw(n: int) -> dict[str, Any]:
        return {"c": rng.choice(words, n, p=weights / weights.sum())}

    drifted = 0
    for _ in range(10):
        baseline = built(draw(20_000))
        drifted += sum(lib.compare(baseline, draw(1000)).drifted for _ in range(6))
    assert drifted <= 7


def test_predictions_are_compared_where_there_are_some(rng: Rng) -> None:
    data = {"x": rng.normal(size=2000), "p": rng.normal(size=2000), "y": rng.normal(size=2000)}
    baseline = built(data, predictions="p", target="y")
    without = lib.compare(baseline, {"x": rng.normal(size=500)})
    assert [feature.name for feature in without.features] == ["x"]
    moved = lib.compare(baseline, {"x": rng.normal(size=500), "p": rng.normal(1, 1, 500)})
    assert set(alarms(moved)) == {"p"}
