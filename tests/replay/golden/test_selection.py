"""Which rows become golden records."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import UsageError
from gatekeeper.replay.golden.keys import record_key
from gatekeeper.replay.golden.selection import UNKNOWN, choose, told
from gatekeeper.replay.observed import Value

ROWS: list[dict[str, Any]] = [
    {
        "units": place % 37,
        "cost": (place * 7919 % 1000) / 10,
        "region": ["north", "south", "east"][place % 3],
        "stock": None if place % 50 == 7 else [5, 9, -999][place % 3],
    }
    for place in range(1, 1000)
]
CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=2)
    | st.lists(st.integers(), max_size=2)
)
TABLES = st.lists(st.dictionaries(st.sampled_from("abc"), CELLS, max_size=3), min_size=1, max_size=15)


@settings(max_examples=100, deadline=None)
@given(
    rows=TABLES,
    n=st.integers(1, 30),
    seed=st.integers(0, 3),
    vocabularies=st.none() | st.just({"a": ["x", UNKNOWN]}),
    edges=st.none() | st.just({"b": [0.0, 1.5]}),
)
def test_no_two_are_the_same_and_the_same_seed_gives_the_same(
    rows: list[dict[str, Any]], n: int, seed: int, vocabularies: Any, edges: Any
) -> None:
    chosen = choose(rows, n, seed=seed, vocabularies=vocabularies, known_edges=edges)
    assert 1 <= len(chosen) <= n
    keys = [record_key(each.record) for each in chosen]
    assert len(set(keys)) == len(keys)
    given_keys = {record_key(each) for each in rows}
    for each, key in zip(chosen, keys, strict=True):
        assert each.why
        assert each.made_up is (key not in given_keys)
        assert each.made_up is all(why.startswith("made up: ") for why in each.why)
        if each.source is not None:
            assert each.record is rows[each.source]
    if n - n // 5 >= len(given_keys):
        assert given_keys <= set(keys)
    again = choose(rows, n, seed=seed, vocabularies=vocabularies, known_edges=edges)
    assert [record_key(each.record) for each in again] == keys


def reasons(n: int, **known: Any) -> set[str]:
    return {why for each in choose(ROWS, n, **known) for why in each.why}


def test_what_is_special_is_picked() -> None:
    found = reasons(100)
    assert {"smallest units", "largest units", "smallest cost", "largest cost", "units is 0"} <= found
    assert {"region is north", "region is south", "region is east", "stock is missing"} <= found
    assert "stock is -999, as for unknown" in found
    assert {f"cost at its {each}% quantile" for each in (5, 25, 50, 75, 95)} <= found
    assert any(each.startswith("rare: ") for each in found)
    assert "at random" in found


def test_a_reason_names_a_row_that_has_it() -> None:
    for each in choose(ROWS, 100):
        for why in each.why:
            match why.split():
                case ["largest", name]:
                    assert each.record[name] == max(row[name] for row in ROWS if row[name] is not None)
                case ["units", "is", "0"]:
                    assert each.record["units"] == 0
                case ["region", "is", region]:
                    assert each.record["region"] == region
                case ["stock", "is", "missing"]:
                    assert each.record["stock"] is None
                case _:  # the other reasons are not looked at here
                    pass


def test_made_up_variants_are_flagged() -> None:
    chosen = [each for each in choose(ROWS, 100, vocabularies={"region": ["north", "south", "east"]}) if each.made_up]
    assert [each.why for each in chosen] == [
        ("made up: region is an unknown category",),
        *((f"made up: {name} is missing",) for name in ("units", "cost", "region", "stock")),
    ]
    assert chosen[0].record["region"] == UNKNOWN
    assert chosen[1].record["units"] is None


def test_an_unknown_category_is_unknown_indeed() -> None:
    chosen = choose([{"a": UNKNOWN}, {"a": f"{UNKNOWN}!"}], 5, vocabularies={"a": [f"{UNKNOWN}!!"]})
    assert [each.record["a"] for each in chosen if each.made_up] == [f"{UNKNOWN}!!!", None]


def test_a_third_at_least_is_drawn_from_what_is_ordinary() -> None:
    chosen = choose(ROWS, 30)
    assert len(chosen) == 30
    assert sum(each.why == ("at random",) for each in chosen) >= 8


def test_another_seed_draws_others() -> None:
    drawn = [{each.source for each in choose(ROWS, 60, seed=seed)} for seed in (0, 1)]
    assert drawn[0] != drawn[1]


def test_what_is_drawn_is_spread_over_the_strata() -> None:
    rows = [{"region": "big" if place < 900 else "small", "x": place} for place in range(1000)]
    drawn = [each.record["region"] for each in choose(rows, 100) if each.why == ("at random",)]
    assert 0.05 < drawn.count("small") / len(drawn) < 0.15


def test_known_edges_are_near_a_record() -> None:
    chosen = choose(ROWS, 50, known_edges={"cost": [0.0, 33.33, 66.66, 120.0]})
    near = {why: each.record["cost"] for each in chosen for why in each.why if why.startswith("cost near")}
    assert near == {"cost near 0": 0.1, "cost near 33.33": 33.3, "cost near 66.66": 66.7, "cost near 120": 99.9}


def test_fewer_rows_than_asked_for_is_said() -> None:
    chosen = choose(ROWS[:3], 100)
    assert {each.source for each in chosen if not each.made_up} == {0, 1, 2}
    assert told(chosen, 3, 100)[-1] == f"100 were asked for; there are {len(chosen)} different ones"
    assert len(told(choose(ROWS, 50), len(ROWS), 50)) == 1


def test_one_record_is_a_real_one() -> None:
    (only,) = choose(ROWS, 1)
    assert not only.made_up


def test_the_same_row_twice_is_one_record_and_int_float_and_bool_differ() -> None:
    rows: list[dict[str, Any]] = [{"a": 1}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": math.nan}, {"a": math.nan}]
    assert [each.source for each in choose(rows, 50) if not each.made_up].count(1) == 0
    assert len([each for each in choose(rows, 50) if not each.made_up]) == 4


def test_tensors_are_rows_too() -> None:
    rows = [{"image": Value(dtype="float32", shape=(2,), values=np.array([each, 1], np.float32))} for each in (1, 2, 1)]
    chosen = choose(rows, 10)
    assert sorted(each.source for each in chosen if each.source is not None) == [0, 1]


@pytest.mark.parametrize(("rows", "n"), [([], 5), (ROWS, 0), (ROWS, -1)])
def test_nothing_to_choose_is_an_error(rows: list[dict[str, Any]], n: int) -> None:
    with pytest.raises(UsageError, match="to choose"):
        choose(rows, n)
