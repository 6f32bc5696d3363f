"""The smallest change that a golden set detects, tried on the set itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatekeeper.replay.golden.coverage import coverage, found_share, sentences
from gatekeeper.replay.golden.describing import outputs_of
from gatekeeper.replay.golden.facts import Golden, Record
from gatekeeper.replay.golden.judging import judge
from gatekeeper.replay.observed import Answer, Value


def hand_written(*prices: Any) -> Golden:
    records = tuple(
        Record(
            id=f"line {place}",
            inputs={"x": place},
            outputs={"y": Value(dtype="float" if isinstance(each, float) else "int", shape=(), values=(each,))},
        )
        for place, each in enumerate(prices)
    )
    return Golden(header=None, records=records)


def changed(golden: Golden, change: Callable[[float], float]) -> bool:
    """Return whether the set finds that every output is changed."""
    outputs = [each.outputs["y"] for each in golden.records if each.outputs]
    new = [replace(each, values=tuple(map(change, each.values))) for each in outputs]
    return not judge(golden, [Answer(outputs={"y": each}) for each in new]).passed


@given(prices=st.lists(st.just(0.0) | st.floats(0.01, 1e6) | st.floats(-1e6, -0.01), min_size=1, max_size=5))
def test_the_smallest_factor_and_shift_are_found_and_less_is_not(prices: list[float]) -> None:
    assume(any(prices))
    golden = hand_written(*prices)
    (y,) = coverage(golden).outputs
    shift, factor = y.shift, y.relative
    assert shift is not None
    assert changed(golden, lambda each: each + shift * 1.001)
    assert not changed(golden, lambda each: each + shift * 0.999)
    assert factor is not None
    assert changed(golden, lambda each: each * (1 + factor * 1.001))
    assert not changed(golden, lambda each: each * (1 + factor * 0.999))


def test_zeros_are_found_to_shift_at_once_and_no_factor_changes_them() -> None:
    (y,) = coverage(hand_written(0.0, 0.0)).outputs
    assert (y.relative, y.shift) == (None, 0.0)


def test_integers_and_texts() -> None:
    (y,) = coverage(hand_written(1, -20)).outputs
    assert (y.relative, y.shift) == (1 / 20, 1.0)
    text = Record(id="r", inputs={}, outputs={"y": Value(dtype="text", shape=(), values=("a",))})
    (label,) = coverage(Golden(header=None, records=(text,))).outputs
    assert (label.relative, label.shift) == (None, None)


def test_nan_is_no_number_to_detect_a_change_by() -> None:
    (y,) = coverage(hand_written(math.nan)).outputs
    assert (y.relative, y.shift) == (None, None)


@pytest.mark.parametrize(("records", "share"), [(0, 1.0), (1, 0.95), (10, 0.2589), (100, 0.02951), (1000, 0.002991)])
def test_the_share_of_requests_that_must_be_met(records: int, share: float) -> None:
    assert found_share(records) == pytest.approx(share, rel=1e-3)


def test_what_of_the_inputs_no_record_has() -> None:
    rows: list[dict[str, Any]] = [
        {"units": 0, "cost": 1.5, "region": "north", "tier": "a"},
        {"units": 10, "cost": None, "region": "south", "tier": "a"},
        {"units": 4, "cost": 9.0, "region": "Atlantis", "tier": "a"},
    ]
    records = tuple(Record(id=str(place), inputs=each, outputs={}) for place, each in enumerate(rows))
    found = coverage(
        Golden(header=None, records=records),
        edges={"units": [0, 2, 4, 6, 10], "cost": [1.0, 2.0]},
        vocabularies={"region": ["north", "south", "east"], "tier": ["a"]},
    )
    units, cost, region, tier = found.inputs
    assert found.never_vary == ("tier",)
    assert (units.empty_bins, units.bins, units.zero, units.missing) == (((2, 4),), 4, True, False)
    assert (cost.missing, cost.zero, cost.empty_bins) == (True, False, ())
    assert (region.unknown, region.absent, region.categories, region.zero) == (True, ("east",), 3, None)
    assert tier.unknown is False
    told = sentences(found)
    assert "never vary: tier" in told
    assert "units: no record has 1 of 4 ranges, a missing value" in told
    assert "region: no record has 1 of 3 categories (east), a missing value" in told
    assert "tier: no record has a missing value, an unknown category" in told
    assert not any(each.startswith("cost:") for each in told)


def test_what_lies_outside_of_the_edges_is_in_no_bin() -> None:
    records = tuple(Record(id=str(each), inputs={"x": each}, outputs={}) for each in (-5, 50, 10**400, True))
    (x,) = coverage(Golden(header=None, records=records), edges={"x": [0, 1, 2]}).inputs
    assert x.empty_bins == ((0, 1), (1, 2))


def test_tensors_vary_by_their_numbers() -> None:
    def made(number: float) -> Value:
        return Value(dtype="float32", shape=(2,), values=np.array([1.0, number], np.float32))

    for second, varies in ((1.0, False), (2.0, True)):
        records = tuple(
            Record(id=str(each), inputs={"x": made(each)}, outputs={"y": made(each)}) for each in (1.0, second)
        )
        found = coverage(Golden(header=None, records=records))
        assert found.inputs[0].varies is varies
        assert found.outputs[0].shift == pytest.approx(1e-4)


def test_the_scale_does_not_overflow() -> None:
    for size in (1e-200, 1.0, 1e200):
        records = hand_written(3 * size, -4 * size).records
        assert outputs_of(records)["y"].scale == pytest.approx(size * math.sqrt(12.5))
