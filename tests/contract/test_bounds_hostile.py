"""A structure that was tampered with is refused, whatever was done to it: it never loops, and never gives a bound."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.neural_network import MLPRegressor

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds import Box, Interval
from gatekeeper.errors import Unreadable
from gatekeeper.replay.inside.structure import describe
from tests.contract import bounds_models as models

X = np.random.default_rng(0).normal(size=(80, 3))
BOOSTED = describe(GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=0).fit(X, X.sum(axis=1)))
NET = describe(MLPRegressor(hidden_layer_sizes=(4,), max_iter=50, n_iter_no_change=3, tol=1e9).fit(X, X[:, 0]))
BOX = Box({f"x{place}": Interval(low=-1, high=1) for place in range(3)})


def tampered(made: tuple[Any, Any], change: Callable[[Any, Any], None]) -> None:
    document, arrays = copy.deepcopy(made[0]), {name: each.copy() for name, each in made[1].items()}
    bounds.read(copy.deepcopy(document), arrays)
    change(document, arrays)
    with pytest.raises(Unreadable, match="the model's structure: "):
        bounds.read(document, arrays)


def node(key: str, place: int, value: Any) -> Callable[[Any, Any], None]:
    def change(document: Any, arrays: Any) -> None:
        arrays[document["predictor"][key]][place] = value

    return change


def set_to(*path: Any, value: Any) -> Callable[[Any, Any], None]:
    def change(document: Any, arrays: Any) -> None:
        del arrays
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return change


def shaped(key: str, change_of: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    def change(document: Any, arrays: Any) -> None:
        name = document["predictor"][key]
        arrays[name] = change_of(arrays[name])

    return change


TREES: dict[str, Callable[[Any, Any], None]] = {
    "a cycle": node("left", 0, 0),
    "a cycle further down": node("left", 1, 0),
    "two parents": node("right", 0, 1),
    "a child of another tree": node("left", 0, 8),
    "a child out of range": node("left", 0, 10_000),
    "a child far below": node("left", 0, -7),
    "one child": node("right", 0, -1),
    "a column that is not there": node("feature", 0, 3),
    "a column below": node("feature", 0, -1),
    "a threshold that is no number": node("threshold", 0, np.nan),
    "a threshold of minus infinity": node("threshold", 0, -np.inf),
    "a leaf of NaN": node("values", 3, np.nan),
    "a leaf without end": node("values", 3, np.inf),
    "a tree that begins elsewhere": node("starts", 1, 2),
    "trees without an end": node("starts", -1, 99),
    "a group that is not there": node("groups", 0, 5),
    "other numbers": shaped("threshold", lambda each: each.astype(np.float32)),
    "objects": shaped("values", lambda each: each.astype(object)),
    "too short": shaped("right", lambda each: each[:-1]),
    "another shape": shaped("feature", lambda each: each.reshape(-1, 1)),
    "no array": shaped("left", lambda _: [1, 2, 3]),
    "nothing": shaped("left", lambda each: each[:0]),
    "an array that is not there": set_to("predictor", "left", value="a99"),
    "another base": set_to("predictor", "base", value=[float("nan")]),
    "more outputs": set_to("outputs", value=["one", "two"]),
    "an unknown key": set_to("predictor", "trust", value="me"),
    "an unknown kind": set_to("predictor", "kind", value="oracle"),
    "a schema of the future": set_to("schema", value="gatekeeper/structure@2"),
    "two inputs of one name": set_to("inputs", value=["x0", "x0", "x2"]),
    "fewer inputs": set_to("inputs", value=["x0"]),
    "a column twice removed": set_to("steps", value=[{"kind": "select", "columns": [0, 1, 7]}]),
    "a function that is not known": set_to("steps", value=[{"kind": "function", "name": "__import__"}]),
    "a function that falls": set_to("links", value=[{"kind": "monotone", "name": "negative"}]),
    "a link that turns it round": set_to("links", value=[{"kind": "affine", "factor": -1.0, "shift": 0.0}]),
    "a clip without order": set_to("steps", value=[{"kind": "clip", "low": 1.0, "high": 0.0}]),
}


@pytest.mark.parametrize("name", TREES)
def test_trees_that_were_tampered_with_are_refused(name: str) -> None:
    tampered(BOOSTED, TREES[name])


NETS: dict[str, Callable[[Any, Any], None]] = {
    "another width": set_to("inputs", value=["a", "b"]),
    "a layer left out": lambda document, _: document["predictor"]["layers"].pop(0),
    "no layers": set_to("predictor", "layers", value=[]),
    "no weights": set_to("predictor", "layers", value=[{"kind": "relu"}]),
    "a slope that falls": set_to("predictor", "layers", 1, value={"kind": "leaky", "slope": -2.0}),
    "a weight of NaN": lambda _, arrays: arrays["a0"].__setitem__((0, 0), np.nan),
}


@pytest.mark.parametrize("name", NETS)
def test_nets_that_were_tampered_with_are_refused(name: str) -> None:
    tampered(NET, NETS[name])


def test_encoders_and_scalers_that_were_tampered_with_are_refused() -> None:
    frame, target = models.data()
    made = describe(models.REGRESSORS["linear"]().fit(frame, target))

    def parts(document: Any) -> Any:
        return document["steps"][0]["parts"]

    def zero(document: Any, arrays: Any) -> None:
        arrays[parts(document)[0]["steps"][1]["factor"]][:] = 0.0

    tampered(made, zero)
    tampered(made, lambda document, _: parts(document)[1]["steps"][1]["columns"][0]["given"].__setitem__(0, 50))
    tampered(made, lambda document, _: parts(document)[1]["steps"][1]["columns"][0]["categories"].append("north"))
    tampered(made, lambda document, _: parts(document)[0]["steps"][0]["fill"].__setitem__(0, None))
    tampered(made, lambda document, _: parts(document)[2].__setitem__("columns", [99]))


def test_steps_nested_without_end_are_refused() -> None:
    document, arrays = copy.deepcopy(BOOSTED)
    inner: list[Any] = []
    for _ in range(100_000):
        inner = [{"kind": "columns", "parts": [{"columns": [0, 1, 2], "steps": inner}]}]
    document["steps"] = inner
    with pytest.raises(Unreadable):
        bounds.read(document, arrays)
    # Taken apart from outside in: Python's own way of freeing it is as deep as it is.
    while inner:
        inner = inner[0]["parts"][0].pop("steps")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["starts", "left", "right", "feature", "threshold", "values", "missing_left", "category"]),
    st.integers(0, 10_000),
    st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 60),
)
def test_whatever_one_number_is_changed_to_it_is_refused_or_still_bounded(key: str, place: int, value: int) -> None:
    document, held = HISTOGRAM
    arrays = {name: each.copy() for name, each in held.items()}
    array = arrays[document["predictor"][key]].reshape(-1)
    array[place % len(array)] = np.asarray(value).astype(array.dtype)
    try:
        structure = bounds.read(document, arrays)
    except Unreadable:
        return
    only = bounds.bound(structure, HISTOGRAM_BOX, 20_000)[0]
    random = np.random.default_rng(0)
    records = {"x0": random.integers(0, 5, 200).astype(float), "x1": random.uniform(-1, 1, 200)}
    given_for = bounds.evaluate(structure, records)
    assert only.lower <= given_for.min() <= given_for.max() <= only.upper


_TWO = np.column_stack([np.random.default_rng(0).integers(0, 5, 80), X[:, 0]])
HISTOGRAM = describe(
    HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=5, min_samples_leaf=5, categorical_features=[0]).fit(
        _TWO, (_TWO[:, 0] == 2) * 3 + _TWO[:, 1]
    )
)
HISTOGRAM_BOX = Box({"x0": Interval(low=0, high=4, integer=True), "x1": Interval(low=-1, high=1)})


def test_a_net_of_a_million_units_is_not_bounded_and_takes_no_memory() -> None:
    weights = {
        "a0": np.ones((1_000_000, 1)),
        "a1": np.zeros(1_000_000),
        "a2": np.ones((1, 1_000_000)),
        "a3": np.zeros(1),
    }
    layers = [{"kind": "linear", "weights": "a0", "bias": "a1"}, {"kind": "relu"}]
    net = {"kind": "net", "layers": [*layers, {"kind": "linear", "weights": "a2", "bias": "a3"}]}
    document = {**copy.deepcopy(NET[0]), "inputs": ["x0"], "predictor": {**net, "precision": 64, "sums": 64}}
    structure = bounds.read(document, weights)
    only = bounds.bound(structure, BOX)[0]
    assert only.upper == np.inf
    assert "1,000,000 units" in only.method
    assert bounds.monotone(structure, Box({"x0": Interval(low=0, high=1)}), "x0", "increasing")[0].standing == "unknown"
