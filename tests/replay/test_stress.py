"""Memory over many requests: what becomes of it, who holds what was kept, and which line made it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.replay.inside import slopes
from gatekeeper.replay.inside.variation import Variation, copied
from gatekeeper.replay.observed import Memory, Stressed
from gatekeeper.replay.outcomes import Opened, Reason, Refused
from gatekeeper.replay.worker import Worker, start

LEAKS = Path(__file__).with_name("leaks")
RECORDS = [
    {"area": 10.5 + 7.25 * i, "rooms": 1 + i % 7, "region": ["north", "east", "south"][i % 3]} for i in range(10)
]
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}

Row = tuple[str, Memory, str, str, str, int | None]
"""The handler, its verdict, and who holds what: path, class, class of what is held, and limit."""

PLAIN: list[Row] = [
    ("clean_numpy", Memory.CLEAN, "", "", "", None),
    ("counters", Memory.CLEAN, "", "", "", None),
    ("pool", Memory.CLEAN, "", "", "", None),
    ("raising", Memory.CLEAN, "", "", "", None),
    ("numpy_list", Memory.LEAK, "numpy_list.RECENT", "list", "numpy.ndarray", None),
    ("float_list", Memory.LEAK, "float_list.PRICES", "list", "float", None),
    ("small_integers", Memory.LEAK, "small_integers.ROOMS", "list", "int", None),
    ("one_in_ten", Memory.LEAK, "one_in_ten.AUDIT.entries", "list", "dict", None),
    ("closure", Memory.LEAK, "closure.factory.<locals>.seen (closure)", "list", "dict", None),
    ("chain", Memory.LEAK, "chain.Trace.last", "chain.Trace", "chain.Trace", None),
    ("thread_local", Memory.LEAK, "thread_local.STATE.log (thread-local)", "list", "list", None),
    ("memo", Memory.LEAK, "memo.ANSWERS", "dict", "float", None),
    ("cache_without_limit", Memory.LEAK, "cache_without_limit.price", "functools.lru_cache", "list", None),
    ("cache_with_limit", Memory.BOUNDED, "cache_with_limit.price", "functools.lru_cache", "tuple", 100000),
    ("evicting", Memory.BOUNDED, "evicting.ANSWERS", "dict", "float", None),
    ("window", Memory.BOUNDED, "window.LAST", "collections.deque", "tuple", 1000000),
    ("native", Memory.LEAK, "", "", "", None),
]
TENSOR = "torch.Tensor"
TORCH: list[Row] = [
    ("torch_clean", Memory.CLEAN, "", "", "", None),
    ("torch_no_guard", Memory.CLEAN, "", "", "", None),
    ("torch_training", Memory.CLEAN, "", "", "", None),
    ("torch_fine_tuning", Memory.CLEAN, "", "", "", None),
    ("torch_pool", Memory.CLEAN, "", "", "", None),
    ("pandas_clean", Memory.CLEAN, "", "", "", None),
    ("torch_cycle", Memory.CYCLE, "", "", "", None),
    ("torch_global_grad", Memory.LEAK, "torch_global_grad.DEBUG_TENSORS", "list", TENSOR, None),
    ("torch_global_inference", Memory.LEAK, "torch_global_inference.DEBUG_TENSORS", "list", TENSOR, None),
    ("torch_one_in_ten", Memory.LEAK, "torch_one_in_ten.SAMPLED", "dict", TENSOR, None),
    ("torch_closure", Memory.LEAK, "torch_closure.make.<locals>.seen (closure)", "list", TENSOR, None),
    ("torch_memo", Memory.LEAK, "torch_memo.Service.cache", "dict", TENSOR, None),
    ("torch_joined", Memory.LEAK, "torch_joined.ALL", TENSOR, TENSOR, None),
    (
        "torch_cache_without_limit",
        Memory.LEAK,
        "torch_cache_without_limit.forward",
        "functools.lru_cache",
        TENSOR,
        None,
    ),
    ("torch_cache_with_limit", Memory.BOUNDED, "torch_cache_with_limit.forward", "functools.lru_cache", TENSOR, 128),
    ("torch_evicting", Memory.BOUNDED, "torch_evicting.CACHE", "dict", TENSOR, None),
    ("torch_window", Memory.BOUNDED, "torch_window.LAST", "collections.deque", TENSOR, 100000),
]


@contextmanager
def opened(name: str, python: str = sys.executable) -> Iterator[Worker]:
    with start(python, LEAKS, environment=ENVIRONMENT) as worker:
        assert isinstance(worker, Worker), worker
        outcome = worker.open_handler(f"{name}:factory")
        assert isinstance(outcome, Opened), outcome
        yield worker


def stressed(name: str, python: str = sys.executable) -> Stressed:
    with opened(name, python) as worker:
        found = worker.stress(RECORDS, timeout=300.0)
        assert isinstance(found, Stressed), found
        return found


def check(found: Stressed, row: Row) -> None:
    _, verdict, path, kind, holds, limit = row
    assert found.verdict is verdict, found.why
    held = [(each.path, each.kind, each.holds, each.limit) for each in found.holders]
    assert held == ([(path, kind, holds, limit)] if path else []), found.why


@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row[0])
def test_the_verdict_and_who_holds_what(row: Row) -> None:
    found = stressed(row[0])
    check(found, row)
    assert found.requests >= 200
    if row[1] is Memory.LEAK and row[2]:
        assert found.holders[0].allocated_at.startswith(f"{row[0]}.py:")
        assert found.holders[0].count >= 20


def test_what_numpy_holds_is_weighed_and_the_line_that_made_it_is_named() -> None:
    (holder,) = stressed("numpy_list").holders
    assert 32768 <= holder.bytes_per_request < 33500
    assert holder.allocated_at == "numpy_list.py:9 in estimate"


def test_what_each_new_input_leaves_behind_is_found_by_new_inputs_alone() -> None:
    found = stressed("memo")
    assert "one for each new input" in found.why
    assert found.slopes["blocks"] <= slopes.RATE < found.slopes["fresh blocks"]
    with opened("memo") as worker:
        again = worker.stress(RECORDS, fresh=False)
        assert isinstance(again, Stressed), again
        assert (again.verdict, again.fresh) == (Memory.CLEAN, ())


def test_a_leak_of_native_memory_is_told_as_such() -> None:
    assert "native memory: the process grows by " in stressed("native").why


def test_requests_that_raise_are_counted_and_are_no_leak() -> None:
    found = stressed("raising")
    assert (found.faults, found.requests) == (120, 400)


def test_records_without_numbers_are_cycled_alone() -> None:
    with opened("small_integers") as worker:
        found = worker.stress([{"rooms": "three"}, {"rooms": None}])
        assert isinstance(found, Stressed), found
        assert found.fresh == ()


def test_the_worker_answers_afterwards_and_can_be_stressed_again() -> None:
    with opened("clean_numpy") as worker:
        for _ in range(2):
            found = worker.stress(RECORDS[:3], requests=40)
            assert isinstance(found, Stressed), found
            assert found.verdict is Memory.CLEAN
        assert not isinstance(worker.handle(RECORDS), Refused)


def test_there_must_be_a_handler_and_enough_requests(tmp_path: Path) -> None:
    with start(sys.executable, tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        refused = worker.stress(RECORDS)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.WRONG_ANSWER
        with pytest.raises(ValueError, match="expected at least 1 and 20"):
            worker.stress([])
        with pytest.raises(ValueError, match="expected at least 1 and 20"):
            worker.stress(RECORDS, requests=19)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=60), st.integers(-1000, 1000))
def test_a_rate_is_that_of_the_line_that_was_added(values: list[int], rate: int) -> None:
    at = list(range(0, 10 * len(values), 10))
    tilted = [value + rate * x for x, value in zip(at, values, strict=True)]
    assert slopes.theil_sen(at, tilted) == pytest.approx(slopes.theil_sen(at, values) + rate, rel=1e-6, abs=1e-3)


@given(st.integers(0, 10**6), st.integers(1, 50), st.lists(st.integers(0, 20), min_size=0, max_size=5))
def test_steady_growth_goes_on_and_growth_that_stopped_does_not(start_at: int, step: int, outliers: list[int]) -> None:
    at = list(range(0, 210, 10))
    assert slopes.growth(at, [start_at + step * i for i in range(21)]).goes_on
    assert not slopes.growth(at, [start_at + step * min(i, 14) for i in range(21)]).goes_on
    by_the_clock = [start_at + 8 * step * (i // 4) for i in range(21)]
    assert not slopes.growth(at, by_the_clock).goes_on
    noisy = [start_at] * 21
    for position in outliers:
        noisy[position] += step
    assert not slopes.growth(at, noisy).goes_on


NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-1000, 1000))


@given(st.lists(st.fixed_dictionaries({"x": NUMBERS, "deep": st.lists(NUMBERS, max_size=3)}), min_size=1, max_size=6))
def test_a_new_record_stays_in_the_range_of_the_old_ones_and_keeps_its_types(records: list[dict[str, Any]]) -> None:
    variation = Variation(records)
    low, high = min(each["x"] for each in records), max(each["x"] for each in records)
    for position in range(30):
        old, new = records[position % len(records)], variation.record(position)
        assert type(new["x"]) is type(old["x"])
        assert low == high or low <= new["x"] <= high
        assert len(new["deep"]) == len(old["deep"])
        assert variation.record(position) == new


def test_arrays_are_new_each_time_and_keep_their_type() -> None:
    record: dict[str, Any] = {
        "pixels": np.full((2, 3), 0.5, np.float32),
        "mask": np.ones(3, np.int64),
        "bias": np.float32(2.0),
    }
    variation = Variation([record])
    assert variation.varies
    first, second = variation.record(0), variation.record(1)
    assert (first["pixels"] != second["pixels"]).all()
    assert np.abs(first["pixels"] - 0.5).max() <= 0.0005
    assert [first[each].dtype for each in record] == [np.float32, np.int64, np.float32]
    assert (first["mask"] == 1).all()
    copied(record)["mask"][0] = 7
    first["mask"][0] = 7
    assert record["mask"][0] == 1


def test_a_handler_may_be_given_arrays() -> None:
    with opened("arrays") as worker:
        found = worker.stress([{"pixels": np.full(4, each + 1.0)} for each in range(3)])
        assert isinstance(found, Stressed), found
        assert (found.verdict, found.faults) == (Memory.LEAK, 0)
        assert found.holders[0].path == "arrays.SEEN"


def test_what_is_no_number_is_left_alone() -> None:
    record = {"text": "a", "flag": True, "zero": 0.0, "none": None, "nan": float("inf")}
    assert not Variation([record, {**record, "text": "b"}]).varies
    assert Variation([{"x": 1.5}]).varies
    assert Variation([{"x": 1}, {"x": 5}]).varies
    assert not Variation([{"x": 1}, {"x": 1}]).varies


def test_a_copy_shares_nothing_that_can_be_changed() -> None:
    record = {"a": [1, {"b": 2}]}
    made = copied(record)
    made["a"][1]["b"] = 3
    assert record == {"a": [1, {"b": 2}]}


@pytest.mark.slow
@pytest.mark.parametrize("row", TORCH, ids=lambda row: row[0])
def test_the_verdict_with_torch_in_twenty_fresh_processes(row: Row, torch_python: str) -> None:
    for _ in range(int(os.environ.get("GATEKEEPER_STRESS_RUNS", "20"))):
        check(stressed(row[0], torch_python), row)


@pytest.mark.slow
@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row[0])
def test_the_verdict_in_twenty_fresh_processes(row: Row) -> None:
    for _ in range(int(os.environ.get("GATEKEEPER_STRESS_RUNS", "20"))):
        check(stressed(row[0]), row)


@pytest.mark.slow
def test_a_kept_output_keeps_its_graph(torch_python: str) -> None:
    (holder,) = stressed("torch_global_grad", torch_python).holders
    assert holder.graphs == holder.count >= 200
    activations = 4 * (16 + 64 + 64) * 4
    assert holder.bytes_per_request > activations / 2
    assert holder.allocated_at.startswith("torch_global_grad.py:")
