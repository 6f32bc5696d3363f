"""Baselines of shards: their sum is the baseline of all rows at the same edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import Baseline
from gatekeeper.contract.baseline.arithmetic import flaws
from gatekeeper.contract.baseline.merging import merge
from gatekeeper.errors import Unreadable
from tests.contract.shared import alarms, built


def data(rng: np.random.Generator, n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "t": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 200, n), unit="D"),
            "x": np.where(rng.random(n) < 0.1, np.nan, rng.normal(3, 2, n)),
            "n": rng.poisson(3, n),
            "c": rng.choice(["a", "b", "c"], n, p=[0.6, 0.38, 0.02]),
        }
    )


def shards(rng: np.random.Generator) -> tuple[pd.DataFrame, list[Baseline]]:
    parts = [data(rng, n) for n in (4000, 2000, 3000)]
    first = built(parts[0], time="t")
    return pd.concat(parts), [first, *(built(part, time="t", like=first) for part in parts[1:])]


def test_counts_add_up_to_those_of_all_rows(rng: np.random.Generator) -> None:
    whole, parts = shards(rng)
    merged = merge(parts)
    expected = built(whole, time="t", like=parts[0])
    assert not list(flaws(merged))
    assert merged.data.rows == 9000
    assert merged.time == expected.time
    for got, want in zip(merged.features, expected.features, strict=True):
        assert got.grid == want.grid
        assert got.categories is None or got.categories.values == want.categories.values  # type: ignore[union-attr]
        assert (got.n, got.missing, got.nan, got.zero, got.negative) == (
            want.n,
            want.missing,
            want.nan,
            want.zero,
            want.negative,
        )
        if want.mean is not None and want.std is not None:
            assert got.mean == pytest.approx(want.mean, rel=1e-10)
            assert got.std == pytest.approx(want.std, rel=1e-10)


def test_a_merged_baseline_tells_drift(rng: np.random.Generator) -> None:
    _, parts = shards(rng)
    merged = lib.read(lib.write(merge(parts)))
    other = data(rng, 1000)
    assert not lib.compare(merged, other).drifted
    other["x"] += 1.5
    assert set(alarms(lib.compare(merged, other))) == {"x"}


def test_the_order_of_the_shards_does_not_change_the_counts(rng: np.random.Generator) -> None:
    _, parts = shards(rng)
    one, other = merge(parts), merge([parts[0], parts[2], parts[1]])
    assert [each.grid for each in one.features] == [each.grid for each in other.features]


def test_what_can_not_be_added_is_refused(rng: np.random.Generator) -> None:
    first, second = built(data(rng, 2000)), built(data(rng, 2000))
    with pytest.raises(Unreadable, match="other edges"):
        merge([first, second])
    with pytest.raises(Unreadable, match="two or more"):
        merge([first])
    with pytest.raises(Unreadable, match="another columns"):
        merge([first, built(data(rng, 2000).drop(columns="c"), like=first)])
