"""Is the alarm alive? Each fault is told by a baseline of sound data, and by none whose limits were spoilt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from gatekeeper.contract.baseline import Baseline
from gatekeeper.contract.baseline.facts import Spans
from gatekeeper.contract.baseline.faults import Silence, inject, silence
from tests.contract.shared import built


def sound(rng: np.random.Generator, n: int = 6000) -> Baseline:
    return built(
        pd.DataFrame(
            {
                "normal": rng.normal(size=n),
                "money": rng.lognormal(2, 1, n),
                "count": rng.poisson(3, n),
                "truth": rng.random(n) < 0.2,
                "region": rng.choice(["north", "south", "west"], n, p=[0.5, 0.4, 0.1]),
                "holes": np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
                "zero": np.zeros(n),
            }
        )
    )


def test_every_fault_is_told(rng: np.random.Generator) -> None:
    faults = inject(sound(rng))
    assert [fault for fault in faults if not fault.fired] == []
    names = {fault.fault for fault in faults if fault.feature == "normal"}
    assert names == {"30 % NaN", "a sentinel of -1", "+0.5 sd", "the unit x100"}
    assert "the category 'west' renamed" in {fault.fault for fault in faults if fault.feature == "region"}
    assert {fault.fault for fault in faults if fault.feature == "zero"} == {"30 % NaN", "a sentinel of -1"}


def test_its_own_blocks_are_silent(rng: np.random.Generator) -> None:
    for _ in range(10):
        assert not silence(sound(rng)).noisy


def spoilt(baseline: Baseline, distance: float, dispersion: float) -> Baseline:
    assert baseline.blocks is not None
    series = (distance,) * len(baseline.blocks.rows)
    spans = Spans(distribution=series, shift=series, spread=series, dispersion=dispersion, missing=0.0, unseen=0.0)
    features = tuple(replace(each, spans=spans) if each.grid else each for each in baseline.features)
    return replace(baseline, features=features)


def test_limits_that_are_too_wide_are_a_dead_alarm(rng: np.random.Generator) -> None:
    dead = {(fault.feature, fault.fault) for fault in inject(spoilt(sound(rng), 0.9, 900.0)) if not fault.fired}
    assert ("normal", "+0.5 sd") in dead
    assert ("normal", "30 % NaN") not in dead


def test_limits_that_are_too_narrow_are_a_noisy_alarm(rng: np.random.Generator) -> None:
    found = silence(spoilt(sound(rng), 0.3, 1.0))
    assert found.noisy
    assert "normal" in found.features


@pytest.mark.parametrize(("alarms", "noisy"), [(0, False), (2, False), (4, False), (5, True), (20, True)])
def test_one_in_twenty_is_chance(alarms: int, noisy: bool) -> None:
    assert Silence(blocks=20, alarms=alarms, features=()).noisy is noisy


def test_without_blocks_nothing_is_noisy() -> None:
    assert not Silence(blocks=0, alarms=0, features=()).noisy
