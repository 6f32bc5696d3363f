"""The bounds hold for the library's own predictions, and are as tight as is said."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeRegressor

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds import Box, Categories, Interval
from gatekeeper.errors import UsageError
from gatekeeper.replay.inside.structure import describe
from tests.contract import bounds_models as models

BOXES, RECORDS = 6, 600


@pytest.mark.parametrize("name", models.NAMES)
def test_no_prediction_of_a_record_in_the_box_is_outside_of_the_bounds(name: str) -> None:
    model, structure = models.fitted(name)
    random = np.random.default_rng(len(name))
    for _ in range(BOXES):
        box = models.drawn_box(random)
        given = models.predicted(model, models.records_of(box, random, RECORDS))
        for place, each in enumerate(bounds.bound(structure, box, 60_000)):
            assert each.lower <= given[:, place].min(), (box, each)
            assert given[:, place].max() <= each.upper, (box, each)


@pytest.mark.parametrize("name", models.NAMES)
def test_a_witness_is_in_the_box_and_the_library_gives_its_value(name: str) -> None:
    model, structure = models.fitted(name)
    box = models.drawn_box(np.random.default_rng(3))
    found = bounds.bound(structure, box, 60_000)
    for place, each in enumerate(found):
        assert each.lowest is not None
        assert each.highest is not None
        for witness in (each.lowest, each.highest):
            _is_in(box, witness.record)
            given = models.predicted(model, models.frame_of([witness.record]))[0, place]
            assert given == pytest.approx(witness.value, rel=1e-9, abs=1e-15)
        assert each.lower <= each.lowest.value <= each.highest.value <= each.upper


def _is_in(box: Box, record: dict[str, bounds.Value]) -> None:
    assert record.keys() == box.inputs.keys()
    for name, value in record.items():
        allowed = box.inputs[name]
        if value is None:
            assert allowed.missing
        elif isinstance(allowed, Interval):
            assert isinstance(value, int | float)
            assert allowed.low <= value <= allowed.high
            assert not allowed.integer or float(value).is_integer()
        else:
            assert value in allowed.values or allowed.unknown


@pytest.mark.parametrize("name", ["boosted", "forest", "histogram", "net", "histogram-classes:three"])
def test_more_work_never_gives_looser_bounds(name: str) -> None:
    _, structure = models.fitted(name)
    box = Box(
        {
            "size": Interval(low=-3, high=3, missing=True),
            "rooms": Interval(low=0, high=9, integer=True),
            "region": Categories(values=("north", "south", "west"), unknown=True),
            "age": Interval(low=0, high=12),
        }
    )
    before = [(-np.inf, np.inf)] * len(structure.outputs)
    for budget in (0, 1_000, 20_000, 100_000, 400_000):
        now = [(each.lower, each.upper) for each in bounds.bound(structure, box, budget)]
        for (low, high), (lower, upper) in zip(now, before, strict=True):
            assert low >= lower
            assert high <= upper
        before = now


def test_the_same_question_has_the_same_answer() -> None:
    _, structure = models.fitted("boosted")
    box = models.drawn_box(np.random.default_rng(8))
    assert bounds.bound(structure, box, 50_000) == bounds.bound(structure, box, 50_000)


def test_a_linear_model_is_exact(rng: np.random.Generator) -> None:
    x = rng.normal(size=(50, 3))
    structure = bounds.read(*describe(LinearRegression().fit(x, x @ [2.0, -3.0, 0.5] + 1)))
    only = bounds.bound(structure, Box({f"x{place}": Interval(low=-1, high=2) for place in range(3)}))[0]
    assert only.lower == pytest.approx(1 - 2 - 6 - 0.5, abs=1e-9)
    assert only.upper == pytest.approx(1 + 4 + 3 + 1, abs=1e-9)
    assert only.exact
    assert only.lowest is not None
    assert only.lowest.record == {"x0": -1.0, "x1": 2.0, "x2": -1.0}


def test_trees_that_add_up_are_bounded_together_and_not_one_by_one() -> None:
    """One stump rises with x, the other falls: their sum is what it is at one end, never both extremes at once."""
    x = np.linspace(0, 1, 40).reshape(-1, 1)
    structure = bounds.read(
        *describe(GradientBoostingRegressor(n_estimators=40, max_depth=2).fit(x, np.sin(9 * x[:, 0])))
    )
    model = GradientBoostingRegressor(n_estimators=40, max_depth=2).fit(x, np.sin(9 * x[:, 0]))
    every = model.predict(np.linspace(0, 1, 5001).reshape(-1, 1))
    box = Box({"x0": Interval(low=0, high=1)})
    loose, tight = bounds.bound(structure, box, 0)[0], bounds.bound(structure, box)[0]
    assert tight.exact
    assert tight.lower == pytest.approx(every.min(), abs=1e-9)
    assert tight.upper == pytest.approx(every.max(), abs=1e-9)
    assert loose.lower < tight.lower - 0.1
    assert "each tree's own" in loose.method


def test_whole_numbers_reach_only_the_leaves_of_whole_numbers() -> None:
    """At 0.25 the tree gives 100; no whole number comes there."""
    x = np.asarray([[0.0], [0.25], [1.0]] * 5)
    structure = bounds.read(*describe(DecisionTreeRegressor().fit(x, np.asarray([1.0, 100.0, 2.0] * 5))))
    real, whole = (
        bounds.bound(structure, Box({"x0": Interval(low=0, high=1, integer=integer)}))[0] for integer in (False, True)
    )
    assert real.upper == pytest.approx(100)
    assert whole.upper == pytest.approx(2)
    assert whole.exact


def test_an_interval_ends_between_two_neighbouring_numbers_of_32_bits() -> None:
    """A forest rounds what it is given to 32 bits: just above a threshold may be at it."""
    x = np.asarray([[0.1], [0.3]] * 5)
    model = DecisionTreeRegressor().fit(x, np.asarray([0.0, 1.0] * 5))
    structure = bounds.read(*describe(model))
    threshold = float(model.tree_.threshold[0])
    for steps in range(-3, 4):
        at = threshold + steps * 2.0**-30
        only = bounds.bound(structure, Box({"x0": Interval(low=at, high=at)}))[0]
        assert only.lower <= model.predict([[at]])[0] <= only.upper
        assert only.exact


def test_what_is_missing_or_unknown_counts_only_where_it_is_allowed() -> None:
    _, structure = models.fitted("forest")
    inputs = dict(models.drawn_box(np.random.default_rng(1)).inputs)
    allowed: list[dict[str, Interval | Categories]] = [
        {"region": Categories(values=("north",), unknown=unknown), "size": Interval(low=0, high=0.1, missing=missing)}
        for unknown in (False, True)
        for missing in (False, True)
    ]
    plain, missing, unknown, both = (bounds.bound(structure, Box({**inputs, **each}))[0] for each in allowed)
    assert both.lower <= min(missing.lower, unknown.lower) <= plain.lower
    assert both.upper >= max(missing.upper, unknown.upper) >= plain.upper
    assert (both.lower, both.upper) != (plain.lower, plain.upper)


def test_what_the_model_refuses_is_named_and_not_bounded() -> None:
    frame, target = models.data()
    structure = bounds.read(*describe(make_pipeline(models.encoded(), LinearRegression()).fit(frame, target)))
    inputs = dict(models.drawn_box(np.random.default_rng(2)).inputs)
    inputs["region"] = Categories(values=("north",), unknown=True)
    only = bounds.bound(structure, Box(inputs))[0]
    assert only.refused == ("region",)
    assert np.isfinite([only.lower, only.upper]).all()
    inputs["region"] = Categories(values=("mars",))
    with pytest.raises(UsageError, match="refuses whatever 'region'"):
        bounds.bound(structure, Box(inputs))


def test_a_logarithm_over_what_it_is_not_defined_for_is_not_bounded() -> None:
    _, structure = models.fitted("scaled")
    inputs = dict(models.drawn_box(np.random.default_rng(2)).inputs)
    inputs["age"] = Interval(low=-2, high=5)
    only = bounds.bound(structure, Box(inputs))[0]
    assert (only.lower, only.upper) == (-np.inf, np.inf)
    assert "not defined on all of -2 to 5" in only.method


@pytest.mark.parametrize("name", ["boosted", "histogram-gamma", "forest", "net", "target"])
def test_the_work_ends_when_it_is_known_whether_an_output_lies_within(name: str) -> None:
    _, structure = models.fitted(name)
    box = models.drawn_box(np.random.default_rng(5))
    free = bounds.bound(structure, box, 400_000)[0]
    assert free.lowest is not None
    assert free.highest is not None
    span = free.upper - free.lower
    wide = bounds.bound(structure, box, 400_000, within={"value": (free.lower - span, free.upper + span)})[0]
    assert free.lower - span <= wide.lower <= free.lower
    assert free.upper + span >= wide.upper >= free.upper
    narrow = (free.lowest.value + 0.3 * span, free.highest.value - 0.3 * span)
    refuted = bounds.bound(structure, box, 400_000, within={"value": narrow})[0]
    assert refuted.lowest is not None
    assert refuted.highest is not None
    assert refuted.lowest.value < narrow[0]
    assert refuted.highest.value > narrow[1]


def test_a_forest_that_is_too_large_for_a_search_is_bounded_tree_by_tree(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2000, 4))
    model = RandomForestRegressor(40, random_state=0).fit(x, x[:, 0] + np.sin(x[:, 1]))
    structure = bounds.read(*describe(model))
    only = bounds.bound(structure, Box({f"x{place}": Interval(low=-4, high=4) for place in range(4)}), 200_000)[0]
    given = model.predict(rng.uniform(-4, 4, (2000, 4)))
    assert only.lower <= given.min() <= given.max() <= only.upper
    assert "leaves can be reached" in only.method


def test_a_vocabulary_of_a_hundred_thousand_is_bounded() -> None:
    _, structure = models.fitted("boosted")
    inputs = dict(models.drawn_box(np.random.default_rng(2)).inputs)
    few = bounds.bound(structure, Box({**inputs, "region": Categories(values=("north", "mars"))}))[0]
    many = ("north", *(f"region {place}" for place in range(100_000)))
    assert bounds.bound(structure, Box({**inputs, "region": Categories(values=many)}))[0].upper == few.upper


def test_a_box_that_says_nothing_of_an_input_is_refused() -> None:
    _, structure = models.fitted("linear")
    with pytest.raises(UsageError, match="does not say what 'size' may be"):
        bounds.bound(structure, Box({"age": Interval(low=0, high=1)}))


@pytest.mark.parametrize(("low", "high"), [(1, 0), (float("nan"), 1), (0, float("nan")), (0, float("inf"))])
def test_an_interval_has_two_finite_ends_in_order(low: float, high: float) -> None:
    with pytest.raises(UsageError, match="an interval goes"):
        Interval(low=low, high=high)


def test_an_input_has_some_value() -> None:
    with pytest.raises(UsageError, match="no integer from"):
        Interval(low=0.2, high=0.8, integer=True)
    with pytest.raises(UsageError, match="no category"):
        Categories(values=())
    with pytest.raises(UsageError, match="not finite"):
        Categories(values=(float("nan"),))
