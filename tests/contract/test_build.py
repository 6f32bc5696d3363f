"""What a baseline says of data, against the rows that were counted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import Feature
from gatekeeper.contract.baseline.arithmetic import flaws
from gatekeeper.errors import Unreadable, UsageError
from tests.contract.shared import built


def only(data: Any, **asked: Any) -> Feature:
    (feature,) = built({"x": data}, **asked).features
    return feature


def counted(values: np.ndarray, feature: Feature) -> None:
    """Hold each count of a grid against the values."""
    grid = feature.grid
    assert grid is not None
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    assert [int((finite <= edge).sum()) for edge in grid.edges] == list(grid.le)
    assert [int((finite < edge).sum()) for edge in grid.edges] == list(grid.lt)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.lognormal(0, 2, n),
        lambda rng, n: rng.standard_cauchy(n),
        lambda rng, n: rng.normal(size=n).astype(np.float32),
        lambda rng, n: rng.integers(-(10**12), 10**12, n),
        lambda rng, n: rng.poisson(3, n),
        lambda rng, n: rng.integers(0, 2**64, n, dtype=np.uint64),
        lambda rng, n: np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2, 2, n)),
        lambda rng, n: np.round(rng.normal(size=n), 1),
    ],
)
@pytest.mark.parametrize("n", [20, 221, 5000, 100_000])
def test_counts_are_exact(draw: Any, n: int, rng: np.random.Generator) -> None:
    values = draw(rng, n)
    feature = only(values)
    counted(values, feature)
    assert feature.n == n
    assert feature.min == values.min().item()
    assert feature.max == values.max().item()
    assert feature.mean == pytest.approx(values.astype(float).mean(), rel=1e-9, abs=1e-9)
    assert feature.std == pytest.approx(values.astype(float).std(ddof=1), rel=1e-6)
    assert feature.zero == int((values == 0).sum())
    assert feature.negative == int((values < 0).sum())


def test_what_is_no_number_is_counted_apart(rng: np.random.Generator) -> None:
    values = rng.normal(size=1000)
    values[:100], values[100:130], values[130:140], values[140:200] = np.nan, np.inf, -np.inf, 0.0
    feature = only(values)
    assert (feature.n, feature.nan, feature.infinite, feature.missing, feature.zero) == (860, 100, 40, 0, 60)
    counted(values, feature)


def test_integers_beyond_a_float_stay_exact() -> None:
    big = 2**53 + np.arange(1, 2001, 2, dtype=np.int64)
    feature = only(big)
    assert feature.kind.value == "integer"
    assert (feature.min, feature.max) == (2**53 + 1, 2**53 + 1999)
    counted(big, feature)
    again = lib.read(lib.write(lib.build({"x": big}))).features[0]
    assert again.grid is not None
    assert all(isinstance(edge, int) and edge % 2 == 1 for edge in again.grid.edges)
    comparison = lib.compare(built({"x": big}), {"x": big + 1})
    assert comparison.features[0].rates.outside == pytest.approx(0.001)  # the last one alone


def test_a_column_all_nan_has_no_distribution_and_no_nan() -> None:
    feature = only(np.full(500, np.nan))
    assert (feature.n, feature.nan, feature.mean, feature.std, feature.min, feature.grid) == (
        0,
        500,
        None,
        None,
        None,
        None,
    )


def test_a_column_all_missing() -> None:
    feature = built(pd.DataFrame({"x": [None] * 500, "y": range(500)})).features[0]
    assert (feature.n, feature.missing) == (0, 500)


@pytest.mark.parametrize("value", [0.0, -1.0, 5, 2**62, 1e300])
def test_a_constant_column_has_one_edge(value: float) -> None:
    feature = only(np.full(500, value))
    assert feature.grid is not None
    assert (feature.grid.edges, feature.grid.le, feature.grid.lt, feature.grid.complete) == (
        (value,),
        (500,),
        (0,),
        True,
    )
    assert feature.std == 0.0
    assert feature.distinct == 1


def test_few_values_are_all_edges_however_rare(rng: np.random.Generator) -> None:
    values = rng.integers(0, 3, 200_000)
    values[123_456] = 7  # not in the sample from which edges are chosen
    feature = only(values)
    assert feature.grid is not None
    assert feature.grid.edges == (0, 1, 2, 7)
    assert feature.grid.complete
    counted(values, feature)


def test_a_sum_beyond_any_float_is_told_as_unknown() -> None:
    feature = only(np.array([1e200, -1e200] * 100))
    assert feature.std is None
    assert feature.mean == 0.0


def test_no_value_of_one_row_is_an_inner_edge(rng: np.random.Generator) -> None:
    values = rng.normal(size=10_000)
    grid = only(values).grid
    assert grid is not None
    assert not set(grid.edges[1:-1]) & set(values.tolist())
    assert max(len(repr(edge)) for edge in grid.edges[1:-1]) < 10


def test_rare_categories_are_not_named() -> None:
    words = ["north"] * 500 + ["south"] * 300 + ["one", "two", "three"] + ["few"] * 9 + ["ten"] * 10
    feature = only(np.array(words, dtype=object))
    assert feature.categories is not None
    assert feature.categories.values == {"north": 500, "south": 300, "ten": 10}
    assert (feature.categories.other.count, feature.categories.other.distinct) == (12, 4)
    assert b"three" not in lib.write(lib.build({"x": np.array(words, dtype=object)}))
    assert only(np.array(words, dtype=object), k=9).categories.values["few"] == 9  # type: ignore[union-attr]


def test_text_that_hardly_repeats_leaves_no_word() -> None:
    words = [f"customer {number} wrote" for number in range(3000)]
    raw = lib.write(lib.build({"x": words}))
    assert b"customer" not in raw
    feature = lib.read(raw).features[0]
    assert feature.kind.value == "text"
    assert (feature.min, feature.max) == (16, 19)


def test_booleans_are_categories() -> None:
    feature = only(np.array([True, False] * 50 + [True] * 3))
    assert feature.kind.value == "boolean"
    assert feature.categories is not None
    assert feature.categories.values == {"true": 53, "false": 50}


def test_columns_have_their_roles_and_their_order(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({name: rng.normal(size=300) for name in "target b a id sure guess".split()})
    baseline = built(frame, target="target", predictions="guess", confidence="sure", ignored=("id",))
    assert [feature.name for feature in baseline.features] == ["b", "a"]
    assert baseline.data.columns == ("target", "b", "a", "id", "sure", "guess")
    assert baseline.target is not None
    assert baseline.predictions is not None
    assert baseline.confidence is not None
    assert (baseline.target.name, baseline.predictions.name, baseline.confidence.name) == ("target", "guess", "sure")


def test_time_tells_months_weekdays_and_gaps() -> None:
    days = pd.date_range("2025-01-06", "2025-03-31", freq="D").repeat(10)
    days = days[(days < "2025-02-10") | (days > "2025-02-20")]
    frame = pd.DataFrame({"day": days, "x": np.arange(len(days)) % 7})
    time = built(frame, time="day").time
    assert time is not None
    assert (time.start, time.end, time.longest_gap, time.missing) == ("2025-01-06", "2025-03-31", 11, 0)
    assert time.months == {"1": 260, "2": 170, "3": 310}
    assert sum(time.weekdays.values()) == len(days)
    assert set(time.weekdays) == set("1234567")


def test_days_are_those_of_utc() -> None:
    stamps = pd.to_datetime(["2025-01-01T00:30:00+02:00"] * 100)
    time = built(pd.DataFrame({"t": stamps, "x": range(100)}), time="t").time
    assert time is not None
    assert (time.start, time.months) == ("2024-12-31", {"12": 100})


def test_rows_without_a_time_are_counted() -> None:
    stamps = pd.Series(pd.date_range("2025-01-01", periods=400, freq="h"))
    stamps[::4] = pd.NaT
    baseline = built(pd.DataFrame({"t": stamps, "x": range(400)}), time="t")
    assert baseline.time is not None
    assert baseline.time.missing == 100
    assert not list(flaws(baseline))


def test_strongest_pairs(rng: np.random.Generator) -> None:
    a = rng.normal(size=5000)
    frame = pd.DataFrame({"a": a, "noise": rng.normal(size=5000), "b": -2 * a + 0.1 * rng.normal(size=5000)})
    frame.loc[::10, "b"] = np.nan
    pair = built(frame).pairs[0]
    assert (pair.a, pair.b) == ("a", "b")
    clean = frame.dropna()
    assert pair.pearson == pytest.approx(clean["a"].corr(clean["b"]), abs=0.003)
    assert pair.spearman == pytest.approx(clean["a"].corr(clean["b"], method="spearman"), abs=0.003)


def test_the_same_data_gives_the_same_bytes(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({"x": rng.normal(size=40_000), "c": rng.choice(list("abc"), 40_000)})
    assert lib.write(lib.build(frame)) == lib.write(lib.build(frame.copy()))


def test_the_data_is_not_changed(rng: np.random.Generator) -> None:
    matrix = rng.normal(size=(30_000, 3))
    before = matrix.copy()
    matrix.setflags(write=False)
    lib.compare(lib.build(matrix), matrix)
    assert (matrix == before).all()


def test_every_baseline_adds_up(rng: np.random.Generator) -> None:
    n = 3000
    frame = pd.DataFrame(
        {
            "t": pd.date_range("2024-01-01", periods=n, freq="3h"),
            "x": rng.normal(size=n),
            "holes": np.where(rng.random(n) < 0.2, np.nan, rng.gamma(2, 1, n)),
            "count": rng.poisson(2, n),
            "word": rng.choice(np.array(["a", "b", None], dtype=object), n),
            "truth": rng.random(n) < 0.5,
            "text": [f"no {i}" for i in range(n)],
            "when": pd.date_range("2020-01-01", periods=n, freq="7min"),
        }
    )
    baseline = built(frame, time="t", range_only=("when",))
    assert not list(flaws(baseline))
    assert baseline.blocks is not None
    assert baseline.blocks.by == "time"
    json.loads(lib.write(baseline), parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("data", "asked", "said"),
    [
        ({"x": [1.0] * 19}, {}, "19 rows, expected at least 20"),
        ({"x": [1.0] * 30}, {"target": "y"}, "no column 'y'"),
        ({"x": [1.0] * 30}, {"target": "x"}, "no column of data is left"),
        ({"x": [1.0] * 30, "y": [1.0] * 30}, {"target": "y", "predictions": "y"}, "both name 'y'"),
        ({"x": [1.0] * 30, "y": [1.0] * 30}, {"time": "y"}, "expected dates"),
        ({"x": [1, "a", 2.5] * 10}, {}, "'x' mixes types"),
        ({}, {}, "has no columns"),
    ],
)
def test_what_can_not_be_built_is_said(data: Any, asked: dict[str, Any], said: str) -> None:
    with pytest.raises((Unreadable, UsageError), match=said):
        lib.build(data, **asked)


def test_numbers_at_the_edge_of_all_floats_have_no_mean() -> None:
    feature = only(np.array([1.7e308, 1.6e308] * 50))
    assert (feature.mean, feature.std) == (None, None)
    assert feature.max == 1.7e308
