"""What the training data's own blocks say: the limits of data whose rows hang together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline.limits import SMALLEST, calibrate
from tests.contract.shared import built

Rng = np.random.Generator


def autoregressive(rng: Rng, n: int, rho: float, columns: int = 1) -> dict[str, Any]:
    """Return stretches of AR(1) with variance 1."""
    steps = rng.normal(0, np.sqrt(1 - rho**2), (n, columns))
    steps[0] = rng.normal(size=columns)
    for i in range(1, n):
        steps[i] += rho * steps[i - 1]
    return {f"x{i}": steps[:, i] for i in range(columns)}


def test_independent_rows_keep_the_smallest_limits(rng: Rng) -> None:
    baseline = built(rng.normal(size=(10_000, 20)))
    calibration = calibrate(baseline)
    assert not any(map(calibration.apart, baseline.features))
    assert all(
        calibration.limit(feature, "distribution", 500) == SMALLEST["distribution"] for feature in baseline.features
    )


@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_rows_that_hang_together_are_recognised(rho: float, rng: Rng) -> None:
    """The variance of a block's mean is (1 + rho) / (1 - rho) times that of independent rows."""
    baseline = built(autoregressive(rng, 10_000, rho))
    (feature,) = baseline.features
    assert calibrate(baseline).apart(feature)
    assert calibrate(baseline).dispersion(feature) == pytest.approx((1 + rho) / (1 - rho), rel=0.6)


@pytest.mark.parametrize(("rho", "columns", "rows"), [(0.9, 1, 500), (0.9, 5, 500), (0.5, 5, 200)])
def test_stretches_of_the_same_process_are_quiet(rho: float, columns: int, rows: int, rng: Rng) -> None:
    """A level of 1 / 21 over all columns together; of 60 new stretches at most 7 by chance (p < .02)."""
    false = 0
    for _ in range(20):
        baseline = built(autoregressive(rng, 10_000, rho, columns))
        false += sum(lib.compare(baseline, autoregressive(rng, rows, rho, columns)).drifted for _ in range(3))
    assert false <= 7


def test_a_shift_of_such_a_stretch_is_told(rng: Rng) -> None:
    told = 0
    for _ in range(10):
        baseline = built(autoregressive(rng, 10_000, 0.9))
        moved = autoregressive(rng, 500, 0.9)["x0"] + 1.0
        told += lib.compare(baseline, {"x0": moved}).drifted
    assert told >= 8


def test_a_shorter_stretch_may_lie_farther(rng: Rng) -> None:
    baseline = built(autoregressive(rng, 10_000, 0.9))
    calibration, (feature,) = calibrate(baseline), baseline.features
    limits = [calibration.limit(feature, "shift", n) for n in (125, 500, 2000)]
    assert limits[0] == pytest.approx(min(1.0, 2 * limits[1]))
    assert limits[1] == limits[2]


def test_blocks_of_time_follow_the_calendar(rng: Rng) -> None:
    days = pd.date_range("2025-01-01", "2025-12-31", freq="D").repeat(20)
    data = pd.DataFrame({"day": days, "x": rng.normal(size=len(days))})
    shuffled = data.sample(frac=1, random_state=1)
    ordered, mixed = built(data, time="day"), built(shuffled, time="day")
    assert ordered.blocks is not None
    assert (ordered.blocks.by, ordered.blocks.days) == ("time", 14)
    assert sum(ordered.blocks.rows) == len(data)
    assert [each.spans for each in ordered.features] == [each.spans for each in mixed.features]


@pytest.mark.parametrize(("rows", "blocks"), [(999, None), (1000, 10), (1999, 19), (50_000, 20)])
def test_blocks_of_rows_have_a_hundred_at_least(rows: int, blocks: int | None, rng: Rng) -> None:
    found = built({"x": rng.normal(size=rows)}).blocks
    assert (None if found is None else len(found.rows)) == blocks
    if found is not None:
        assert sum(found.rows) == rows
        assert max(found.rows) - min(found.rows) <= 1


def test_spans_are_the_measures_of_each_block_against_the_others(rng: Rng) -> None:
    values = autoregressive(rng, 3000, 0.8)["x0"]
    baseline = built({"x": values})
    (feature,) = baseline.features
    assert baseline.blocks is not None
    assert feature.spans is not None
    ends = np.cumsum((0, *baseline.blocks.rows))
    for block in range(len(baseline.blocks.rows)):
        inside = values[ends[block] : ends[block + 1]]
        rest = np.delete(values, slice(ends[block], ends[block + 1]))
        assert feature.grid is not None
        edges = np.asarray(feature.grid.edges)
        distance = max(abs((rest <= edge).mean() - (inside <= edge).mean()) for edge in edges)
        assert feature.spans.distribution[block] == pytest.approx(distance, abs=2e-3)
        pairs = (inside[:, None] > rest[None, :]).mean() + (inside[:, None] == rest[None, :]).mean() / 2 - 0.5
        assert feature.spans.shift[block] == pytest.approx(abs(pairs), abs=3e-3)


def test_data_in_the_order_of_its_values_says_that_nothing_can_be_told(rng: Rng) -> None:
    baseline = built({"x": np.sort(rng.normal(size=5000))})
    comparison = lib.compare(baseline, {"x": rng.normal(0.8, 1, 500)})
    assert comparison.underpowered
    assert comparison.features[0].blind
    free = built({"x": np.sort(rng.normal(size=5000))}, blocks="none")
    assert lib.compare(free, {"x": rng.normal(0.8, 1, 500)}).drifted


def test_weeks_without_values_are_expected_where_training_had_them(rng: Rng) -> None:
    values = rng.normal(size=10_000)
    values[3000:3400] = np.nan
    baseline = built({"x": values})
    outage = rng.normal(size=500)
    outage[:150] = np.nan
    assert not lib.compare(baseline, {"x": outage}).drifted
    outage[:] = np.nan
    assert lib.compare(baseline, {"x": outage}).drifted


def test_days_without_data_and_a_short_last_week_are_no_blocks_of_their_own(rng: Rng) -> None:
    days = pd.date_range("2025-01-01", "2025-12-20", freq="D")
    days = days[(days < "2025-05-01") | (days > "2025-06-20")]
    days = days.repeat(20).append(pd.DatetimeIndex(["2025-12-31"] * 3))
    baseline = built(pd.DataFrame({"day": days, "x": rng.normal(size=len(days))}), time="day")
    assert baseline.blocks is not None
    assert sum(baseline.blocks.rows) == len(days)
    assert min(baseline.blocks.rows) >= 100
    assert not calibrate(baseline).apart(baseline.features[0])


def test_a_column_that_is_empty_for_a_while_is_calibrated_on_the_rest(rng: Rng) -> None:
    values = autoregressive(rng, 10_000, 0.9)["x0"]
    values[2000:4000] = np.nan
    baseline = built({"x": values})
    (feature,) = baseline.features
    assert feature.spans is not None
    assert feature.spans.distribution[4:8] == (0.0, 0.0, 0.0, 0.0)
    assert calibrate(baseline).apart(feature)
    assert feature.spans.missing == pytest.approx(1 - 1500 / 9500, abs=1e-3)


def test_a_column_that_is_mostly_missing_is_not_blind_for_that(rng: Rng) -> None:
    values = autoregressive(rng, 20_000, 0.5)["x0"]
    values[rng.random(20_000) < 0.8] = np.nan
    baseline = built({"x": values})
    (feature,) = baseline.features
    assert calibrate(baseline).limit(feature, "distribution", 200) < 0.3
