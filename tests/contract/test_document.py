"""`baseline.json`: read as it was written, or not at all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline.arithmetic import checked, flaws
from gatekeeper.errors import Unreadable

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "x": np.where(RNG.random(3000) < 0.1, np.nan, RNG.normal(size=3000)),
        "n": RNG.integers(0, 500, 3000),
        "few": RNG.integers(0, 5, 3000),
        "c": RNG.choice(["north", "south", "naïve\u202e"], 3000),
        "t": pd.date_range("2025-01-01", periods=3000, freq="3h"),
    }
)
BASELINE = lib.build(FRAME, time="t")
RAW = lib.write(BASELINE)
COUNTS = [
    (place, path)
    for place, feature in enumerate(json.loads(RAW)["features"])
    for path in ("n", "missing", "nan", "infinite")
    if feature["kind"] != "category" or path == "n"
]


def test_written_and_read_is_the_same() -> None:
    assert lib.read(RAW) == BASELINE
    assert lib.write(lib.read(RAW)) == RAW
    assert not list(flaws(BASELINE))


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_what_is_no_number_of_json_is_refused(token: str) -> None:
    mean = json.dumps(BASELINE.features[0].mean)
    with pytest.raises(Unreadable, match=r"JSON does not have|largest float"):
        lib.read(RAW.replace(mean.encode(), token.encode()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "gatekeeper/baseline@2"}, "this gate reads gatekeeper/baseline@1"),
        ({"schema": "other"}, "expected 'gatekeeper/baseline@1'"),
        ({"features": "none"}, r"\$.features"),
        ({"k": 0}, r"\$.k"),
        ({"surplus": 1}, "surplus"),
        ({"data": None}, r"\$.data"),
    ],
)
def test_another_document_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        lib.read(json.dumps({**json.loads(RAW), **change}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"schema": 1}', b"[" * 100_000, RAW[:-20]])
def test_what_is_no_baseline_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        lib.read(raw)
    assert caught.value.fix


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(COUNTS), st.integers(1, 2000), st.booleans())
def test_a_count_that_was_edited_does_not_add_up(where: tuple[int, str], by: int, less: bool) -> None:
    document = json.loads(RAW)
    feature = document["features"][where[0]]
    changed = feature[where[1]] + (-by if less else by)
    if changed < 0:
        return
    feature[where[1]] = changed
    with pytest.raises(Unreadable, match=r"column|features"):
        checked(lib.read(json.dumps(document).encode()))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_count_of_a_grid_that_falls_does_not_add_up(data: st.DataObject) -> None:
    document = json.loads(RAW)
    feature = document["features"][data.draw(st.sampled_from([0, 1, 2]))]
    grid = feature["grid"]
    place = data.draw(st.integers(1, len(grid["le"]) - 1))
    grid["le"][place] = grid["le"][place - 1] - 1 if grid["le"][place - 1] else feature["n"] + 1
    assert list(flaws(lib.read(json.dumps(document).encode())))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d["features"].reverse(), "another order"),
        (lambda d: d["features"].append(d["features"][0]), "twice"),
        (lambda d: d["features"].clear(), "there are none"),
        (lambda d: d["features"][0]["grid"]["edges"].reverse(), "do not grow"),
        (lambda d: d["features"][0]["grid"]["edges"].pop(), "edges"),
        (lambda d: d["features"][0].update(mean=99.0), "outside its"),
        (lambda d: d["features"][0].update(std=-1.0), "standard deviation"),
        (lambda d: d["features"][0].update(min=3.0, max=-3.0), "above max"),
        (lambda d: d["features"][0].update(max=99.0), "no value there"),
        (lambda d: d["features"][0].update(zero=3000), "zero and negative"),
        (lambda d: d["features"][0].update(grid=None), "no grid"),
        (lambda d: d["features"][0]["spans"]["distribution"].pop(), "other blocks"),
        (lambda d: d["features"][0]["spans"]["shift"].__setitem__(0, 7.0), "no distance"),
        (lambda d: d["features"][2]["grid"].update(complete=True, lt=d["features"][2]["grid"]["le"]), "every value"),
        (lambda d: d["features"][3]["categories"]["values"].update(north=1), "in its categories"),
        (lambda d: d["time"]["months"].update({"1": 1}), "months have"),
        (lambda d: d["time"]["months"].update({"13": 0}), "expected 1 to 12"),
        (lambda d: d["time"].update(start="2026-12-31"), "after its end"),
        (lambda d: d["blocks"]["rows"].__setitem__(0, 1), "blocks"),
    ],
)
def test_an_edit_is_named(edit: Any, said: str) -> None:
    document = json.loads(RAW)
    edit(document)
    with pytest.raises(Unreadable, match=said):
        checked(lib.read(json.dumps(document).encode()))
