"""What a model computes, taken out of it: it is what the library predicts, or it is said to be unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import AdaBoostRegressor, GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVR

from gatekeeper.contract import bounds
from gatekeeper.errors import UsageError
from gatekeeper.replay.inside.structure import describe
from tests.contract import bounds_models as models

CORPUS = sorted((Path(__file__).parent / "structures").glob("*.npz"))


@pytest.mark.parametrize("name", models.NAMES)
def test_a_structure_gives_what_the_library_predicts(name: str, rng: np.random.Generator) -> None:
    model, structure = models.fitted(name)
    frame = models.data()[0].copy()
    frame.loc[::13, "region"] = "mars"
    frame["rooms"] = frame["rooms"] + rng.integers(-3, 4, len(frame))
    given = bounds.evaluate(structure, models.columns_of(frame))
    assert given == pytest.approx(models.predicted(model, frame), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_structure_gives_what_other_libraries_and_versions_predicted(path: Path) -> None:
    """Those of 32 bits, whose sums are rounded at each step, to 1e-6 of the largest prediction."""
    structure, records, predictions = corpus(path)
    given = bounds.evaluate(structure, records)
    single = path.name.startswith(("xgboost", "torch"))
    assert np.abs(given - predictions).max() <= (1e-6 if single else 1e-12) * np.abs(predictions).max()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_other_libraries_predicted_is_within_the_bounds(path: Path) -> None:
    structure, records, predictions = corpus(path)
    box = bounds.Box(
        {
            name: bounds.Interval(
                low=np.nanmin(each),
                high=np.nanmax(each),
                missing=bool(np.isnan(each).any()),
                integer=bool((each == np.round(each)).all()),
            )
            for name, each in records.items()
        }
    )
    for place, each in enumerate(bounds.bound(structure, box, 100_000)):
        assert each.lower <= predictions[:, place].min()
        assert predictions[:, place].max() <= each.upper


def corpus(path: Path) -> tuple[Any, dict[str, Any], Any]:
    held = dict(np.load(path))
    document = json.loads(bytes(held.pop("document")))
    records, predictions = held.pop("records"), held.pop("predictions")
    structure = bounds.read(document, held)
    return structure, {name: records[:, place] for place, name in enumerate(structure.inputs)}, predictions


def test_the_corpus_is_of_each_library() -> None:
    assert {each.name.rsplit("-", 1)[0].split("-")[0] for each in CORPUS} == {"lightgbm", "sklearn", "torch", "xgboost"}
    assert {each.name.split("-")[1] for each in CORPUS if each.name.startswith("sklearn")} == {"1.3.2", "1.9.1"}


class Cheaper(LinearRegression):  # type: ignore[misc]
    """Somebody's own class, which may compute anything."""

    def predict(self, x: Any) -> Any:
        return super().predict(x) - 1000


def odd(x: Any) -> Any:
    return x**2


OPAQUE = {
    "sklearn.svm._classes.SVR": SVR(),
    "sklearn.ensemble._weight_boosting.AdaBoostRegressor": AdaBoostRegressor(n_estimators=3),
    f"{__name__}.Cheaper": Cheaper(),
    "sklearn.decomposition._pca.PCA": make_pipeline(PCA(2), Ridge()),
    "sklearn.preprocessing._function_transformer.FunctionTransformer": make_pipeline(FunctionTransformer(odd), Ridge()),
    "sklearn.linear_model._base.LinearRegression": GradientBoostingRegressor(n_estimators=3, init=LinearRegression()),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_what_is_not_known_exactly_is_said_to_be_unknown(name: str, rng: np.random.Generator) -> None:
    x = rng.normal(size=(60, 3))
    document, arrays = describe(OPAQUE[name].fit(x, x[:, 0] + x[:, 1]))
    assert document["opaque"]["name"] == name
    assert not arrays
    structure = bounds.read(document, arrays)
    with pytest.raises(UsageError, match="is not known"):
        bounds.evaluate(structure, {"x0": [1.0]})
    only = bounds.bound(structure, bounds.Box({}))[0]
    assert (only.lower, only.upper, only.exact) == (-np.inf, np.inf, False)
    assert name in only.method


def test_a_model_that_was_not_fitted_or_is_no_model_is_unknown() -> None:
    for thing in (RandomForestRegressor(), LinearRegression(), object(), None, "a model"):
        document, arrays = describe(thing)
        assert document["opaque"]["why"]
        assert not arrays


def test_the_best_of_a_search_is_described(rng: np.random.Generator) -> None:
    x = rng.normal(size=(60, 3))
    model = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(x, x[:, 0])
    structure = bounds.read(*describe(model))
    given = bounds.evaluate(structure, {f"x{place}": x[:, place] for place in range(3)})
    assert given[:, 0] == pytest.approx(model.predict(x), rel=1e-12)


def test_what_the_library_refuses_has_no_number() -> None:
    """A linear model raises for NaN, and this encoder for a category that it does not know."""
    frame, target = models.data()
    model = make_pipeline(models.encoded(), LinearRegression()).fit(frame, target)
    structure = bounds.read(*describe(model))
    row: dict[str, Any] = {"size": [0.0], "rooms": [3.0], "region": ["north"], "age": [1.0]}
    assert np.isfinite(bounds.evaluate(structure, row)).all()
    changes: list[dict[str, Any]] = [{"region": ["mars"]}, {"rooms": [None]}, {"age": [np.inf]}, {"age": ["old"]}]
    for change in changes:
        assert np.isnan(bounds.evaluate(structure, {**row, **change})).all()
    with pytest.raises(ValueError, match="unknown categories"):
        model.predict(models.frame_of([{"size": 0.0, "rooms": 3, "region": "mars", "age": 1.0}]))


def test_columns_that_are_not_there_or_differ_in_length_are_said() -> None:
    _, structure = models.fitted("linear")
    with pytest.raises(UsageError, match="no column 'age'"):
        bounds.evaluate(structure, {"size": [1.0], "rooms": [1], "region": ["north"]})
    with pytest.raises(UsageError, match="1 to 2 rows"):
        bounds.evaluate(structure, {"size": [1.0, 2.0], "rooms": [1], "region": ["north"], "age": [1.0]})
