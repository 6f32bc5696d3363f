"""Distances from counts at edges, against the rows that were counted."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import measures
from tests.contract.shared import built

VALUES = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.integers(-5, 5).map(float),
    st.sampled_from([0.0, -0.0, 1e-300, 1e300, -1.0]),
)
SAMPLES = arrays.arrays(np.float64, st.integers(20, 400), elements=VALUES)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(SAMPLES, SAMPLES)
def test_the_interval_contains_the_distance_of_the_rows(a: np.ndarray, b: np.ndarray) -> None:
    baseline = built({"x": a})
    (sample,) = lib.counts(baseline, {"x": b})
    grid = baseline.features[0].grid
    assert grid is not None
    found = measures.distance(grid, baseline.features[0].n, sample.le, sample.lt, sample.n)
    exact = stats.ks_2samp(a, b, method="asymp").statistic
    gap = max((lt - le for le, lt in zip(grid.le, grid.lt[1:], strict=False)), default=0) / len(a)
    assert found.low - 1e-12 <= exact <= found.high + 1e-12
    assert found.high <= found.low + gap + 1e-12


@pytest.mark.parametrize("n", [500, 5000, 50_000])
@pytest.mark.parametrize("draw", ["normal", "lognormal", "standard_cauchy", "poisson"])
def test_the_interval_is_narrow(n: int, draw: str, rng: np.random.Generator) -> None:
    def sample() -> Any:
        return rng.poisson(30, n).astype(float) if draw == "poisson" else getattr(rng, draw)(size=n)

    a, b = sample(), sample()
    comparison = lib.compare(built({"x": a}), {"x": b})
    (feature,) = comparison.features
    assert feature.distance is not None
    exact = stats.ks_2samp(a, b, method="asymp").statistic
    assert feature.distance.low - 1e-15 <= exact <= feature.distance.high + 1e-15
    assert feature.distance.high - feature.distance.low <= 1 / 40


def test_shift_is_the_probability_to_be_larger(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=20_000), rng.normal(0.5, 1, 20_000)
    feature = lib.compare(built({"x": a}), {"x": b}).features[0]
    test = feature.test("shift")
    assert test is not None
    exact = stats.mannwhitneyu(b, a).statistic / len(a) / len(b) - 0.5
    assert test.value == pytest.approx(exact, abs=0.002)
    assert test.value == pytest.approx(stats.norm.cdf(0.5 / math.sqrt(2)) - 0.5, abs=0.01)


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.2247, 1.5, 3.0])
def test_spread_is_the_angle_of_the_scale(scale: float, rng: np.random.Generator) -> None:
    a, b = rng.normal(size=40_000), rng.normal(0, scale, 40_000)
    test = lib.compare(built({"x": a}), {"x": b}).features[0].test("spread")
    assert test is not None
    assert test.value == pytest.approx(math.atan(scale) / math.pi - 0.25, abs=0.005)


def test_cells_are_the_differences_of_the_running_counts() -> None:
    assert measures.cells((2, 5, 9), (1, 5, 7), 10) == [1, 1, 3, 0, 2, 2, 1]
    assert measures.running((2, 5), (1, 5)) == [1, 2, 5, 5]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=40))
def test_chi_square_is_that_of_the_table(pairs: list[tuple[int, int]]) -> None:
    a, b = [x + 30 for x, _ in pairs], [y + 30 for _, y in pairs]
    value, degrees = measures.chi_square_of(a, sum(a), b, sum(b))
    expected = stats.chi2_contingency([a, b], correction=False)
    assert degrees == expected.dof
    assert value == pytest.approx(expected.statistic, rel=1e-9)


def test_rare_cells_are_pooled() -> None:
    _, degrees = measures.chi_square_of([1000, *[1] * 50], 1050, [1000, *[1] * 50], 1050)
    assert degrees < 11


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=30))
def test_divergences_are_finite_and_not_negative(pairs: list[tuple[int, int]]) -> None:
    pairs = [*pairs, (1, 1)]
    found = measures.divergence(pairs)
    for value in (found.js, found.kl, found.psi):
        assert math.isfinite(value)
        assert value >= 0
    assert found.js <= 1 + 1e-12


def test_divergences_are_those_of_the_definitions() -> None:
    pairs = [(50, 10), (30, 30), (20, 60)]
    found = measures.divergence(pairs)
    p = [(a + 0.5) / 101.5 for a, _ in pairs]
    q = [(b + 0.5) / 101.5 for _, b in pairs]
    assert found.kl == pytest.approx(stats.entropy(q, p, base=2))
    assert found.psi == pytest.approx(sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)))
    from scipy.spatial.distance import jensenshannon

    assert found.js == pytest.approx(jensenshannon([0.5, 0.3, 0.2], [0.1, 0.3, 0.6], base=2) ** 2)


def test_the_limit_of_psi_depends_on_the_rows(rng: np.random.Generator) -> None:
    baseline = built({"x": rng.normal(size=5000)})

    def limit(n: int) -> float | None:
        divergence = lib.compare(baseline, {"x": rng.normal(size=n)}).features[0].divergence
        assert divergence is not None
        return divergence.psi_limit

    assert limit(150) is None
    few, many = limit(400), limit(4000)
    assert few is not None
    assert many is not None
    assert few > 3 * many


def test_psi_stays_below_its_limit_without_drift(rng: np.random.Generator) -> None:
    baseline = built({f"x{i}": rng.normal(size=4000) for i in range(10)})
    above = 0
    for _ in range(20):
        for feature in lib.compare(baseline, {f"x{i}": rng.normal(size=400) for i in range(10)}).features:
            assert feature.divergence is not None
            assert feature.divergence.psi_limit is not None
            above += feature.divergence.psi > feature.divergence.psi_limit
    assert above <= 0.09 * 200


def test_coarse_cells_hold_their_share(rng: np.random.Generator) -> None:
    counts = rng.integers(0, 40, 129).tolist()
    n = sum(counts)
    pairs = measures.coarse(counts, n, counts)
    assert len(pairs) <= measures.COARSE_CELLS
    assert sum(a for a, _ in pairs) == n
    assert all(a >= n / measures.COARSE_CELLS - max(counts) for a, _ in pairs)


def test_edges_grow(rng: np.random.Generator) -> None:
    for size in (20, 100, 1000, 30_000, 100_000):
        for values in (rng.normal(size=size), rng.lognormal(0, 3, size), rng.poisson(3, size).astype(float)):
            grid = built({"x": values}).features[0].grid
            assert grid is not None
            assert all(a < b for a, b in pairwise(grid.edges))
            assert len(grid.edges) <= 64
            assert grid.complete or len(grid.edges) >= 20
