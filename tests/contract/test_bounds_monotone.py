"""Monotonicity: proved where it is there, refuted by two records where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds import Box, Categories, Interval
from gatekeeper.errors import UsageError
from gatekeeper.replay.inside.structure import describe
from tests.contract import bounds_models as models

CONSTRAINED = [1, -1, 0]
BOX = Box({f"x{place}": Interval(low=-2, high=2) for place in range(3)})


@pytest.fixture(scope="module")
def data() -> tuple[Any, Any]:
    x = np.random.default_rng(1).normal(size=(200, 3))
    return x, x[:, 0] - x[:, 1] + np.sin(5 * x[:, 2]) * 2


MODELS: dict[str, Any] = {
    "linear": LinearRegression(),
    "histogram": HistGradientBoostingRegressor(max_iter=30, monotonic_cst=CONSTRAINED),
    "forest": RandomForestRegressor(8, max_depth=6, random_state=0, monotonic_cst=CONSTRAINED),
    "stumps": GradientBoostingRegressor(n_estimators=20, max_depth=1),
    "net": MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", alpha=10.0, max_iter=2000, random_state=0),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_monotone_is_proved(name: str, data: tuple[Any, Any]) -> None:
    structure = bounds.read(*describe(MODELS[name].fit(*data)))
    for feature, direction in (("x0", "increasing"), ("x1", "decreasing")):
        only = bounds.monotone(structure, BOX, feature, direction)[0]  # type: ignore[arg-type]
        assert only.standing == "proved", only
        assert only.before is None


@pytest.mark.parametrize("name", MODELS)
def test_what_is_not_is_refuted_by_two_records_of_the_model(name: str, data: tuple[Any, Any]) -> None:
    model = MODELS[name].fit(*data)
    structure = bounds.read(*describe(model))
    only = bounds.monotone(structure, BOX, "x0", "decreasing")[0]
    assert only.standing == "refuted"
    assert only.before is not None
    assert only.after is not None
    before, after = only.before.record, only.after.record
    assert float(before["x0"] or 0) < float(after["x0"] or 0)
    assert {key: each for key, each in before.items() if key != "x0"} == {
        key: each for key, each in after.items() if key != "x0"
    }
    given = model.predict([[row[f"x{place}"] for place in range(3)] for row in (before, after)])
    assert given.tolist() == pytest.approx([only.before.value, only.after.value])
    assert given[1] < given[0] or given[1] > given[0]
    assert given[1] > given[0]


def test_one_fall_on_a_narrow_step_is_found_between_the_records_that_are_looked_at() -> None:
    """The target falls on a tenth of a percent of the interval alone: no record of a coarse grid is there."""
    x = np.linspace(0, 1, 4001).reshape(-1, 1)
    y = x[:, 0] - 0.5 * ((x[:, 0] > 0.6300) & (x[:, 0] < 0.6310))
    model = GradientBoostingRegressor(n_estimators=60, max_depth=3, learning_rate=0.3).fit(x, y)
    structure = bounds.read(*describe(model))
    only = bounds.monotone(structure, Box({"x0": Interval(low=0, high=1)}), "x0", "increasing")[0]
    assert only.standing == "refuted"
    assert only.before is not None
    assert only.after is not None
    given = model.predict([[only.before.record["x0"]], [only.after.record["x0"]]])
    assert given[1] < given[0]


def test_trees_that_fall_one_by_one_may_rise_together() -> None:
    """The second tree takes back a part of what the first one gave: their sum still rises."""
    x = np.linspace(0, 1, 64).reshape(-1, 1)
    model = GradientBoostingRegressor(n_estimators=30, max_depth=2, learning_rate=1.5).fit(x, x[:, 0])
    falls = [(np.diff(tree.predict(x)) < -1e-12).any() for tree in model.estimators_[:, 0]]
    assert any(falls)
    structure = bounds.read(*describe(model))
    only = bounds.monotone(structure, Box({"x0": Interval(low=0, high=1)}), "x0", "increasing")[0]
    every = model.predict(np.linspace(0, 1, 20_001).reshape(-1, 1))
    rises = bool((np.diff(every) >= -1e-9).all())
    assert only.standing == ("proved" if rises else "refuted")


def test_a_narrower_box_may_be_monotone(data: tuple[Any, Any]) -> None:
    structure = bounds.read(*describe(HistGradientBoostingRegressor(max_iter=30).fit(*data)))
    wide = bounds.monotone(structure, BOX, "x2", "increasing")[0]
    thin = Box({**BOX.inputs, "x2": Interval(low=0.0, high=1e-6)})
    assert wide.standing == "refuted"
    assert bounds.monotone(structure, thin, "x2", "increasing")[0].standing == "proved"


def test_both_shares_of_two_classes_go_opposite_ways(data: tuple[Any, Any]) -> None:
    x, y = data
    structure = bounds.read(*describe(LogisticRegression().fit(x, y > 0)))
    first, second = bounds.monotone(structure, BOX, "x0", "increasing")
    assert (first.output, first.standing) == ("False", "refuted")
    assert (second.output, second.standing) == ("True", "proved")


def test_with_categories_and_missing_values_around_it() -> None:
    model, structure = models.fitted("linear")
    box = Box(
        {
            "size": Interval(low=-3, high=3, missing=True),
            "rooms": Interval(low=0, high=9, integer=True),
            "region": Categories(values=("north", "south"), missing=True, unknown=True),
            "age": Interval(low=0, high=12),
        }
    )
    assert bounds.monotone(structure, box, "rooms", "increasing")[0].standing == "proved"
    only = bounds.monotone(structure, box, "rooms", "decreasing")[0]
    assert only.standing == "refuted"
    assert only.before is not None
    assert only.after is not None
    given = models.predicted(model, models.frame_of([only.before.record, only.after.record]))[:, 0]
    assert given.tolist() == pytest.approx([only.before.value, only.after.value])


def test_without_work_nothing_is_proved(data: tuple[Any, Any]) -> None:
    structure = bounds.read(*describe(HistGradientBoostingRegressor(max_iter=30, monotonic_cst=CONSTRAINED).fit(*data)))
    assert bounds.monotone(structure, BOX, "x0", "increasing", budget=0)[0].standing == "unknown"


def test_what_has_no_order_or_is_not_known_is_said(data: tuple[Any, Any]) -> None:
    _, structure = models.fitted("forest")
    box = models.drawn_box(np.random.default_rng(0))
    with pytest.raises(UsageError, match="is no interval"):
        bounds.monotone(structure, box, "region", "increasing")
    with pytest.raises(UsageError, match="no input 'colour'"):
        bounds.monotone(structure, box, "colour", "increasing")
    opaque = bounds.read(*describe(SVR().fit(*data)))
    only = bounds.monotone(opaque, BOX, "x0", "increasing")[0]
    assert only.standing == "unknown"
    assert "SVR" in only.method
