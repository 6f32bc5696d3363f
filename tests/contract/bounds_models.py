"""Models of scikit-learn that the tests of the bounds train, the data, and records drawn from a box."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import GammaRegressor, LinearRegression, LogisticRegression, PoissonRegressor, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it comes without stubs

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds.structure import Structure
from gatekeeper.replay.inside.structure import describe

ROWS = 300


@cache
def data() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return records with missing numbers and categories, and a positive target."""
    random = np.random.default_rng(4092)
    frame = pd.DataFrame(
        {
            "size": random.normal(size=ROWS),
            "rooms": random.integers(0, 9, ROWS),
            "region": random.choice(["north", "south", "west"], ROWS),
            "age": random.lognormal(size=ROWS),
        }
    )
    region = {"north": 5.0, "south": 1.0, "west": 0.0}
    target = np.abs(frame["size"] * 3 + frame["rooms"] + frame["region"].map(region) + frame["age"]) + 0.1
    frame.loc[::7, "size"] = np.nan
    frame.loc[::11, "region"] = np.nan
    return frame, target.to_numpy()


def encoded(**hot: Any) -> ColumnTransformer:
    """Return a preparation with an imputer, flags, scalers and an encoder."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    categories = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**hot))
    return ColumnTransformer(
        [("numbers", numbers, ["size", "age"]), ("region", categories, ["region"]), ("rest", MinMaxScaler(), ["rooms"])]
    )


def coded() -> ColumnTransformer:
    """Return a preparation that gives a category a number, and passes the rest through."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return ColumnTransformer([("region", encoder, ["region"])], remainder="passthrough")


def scaled() -> ColumnTransformer:
    """Return a preparation by other scalers, a logarithm, a column by place, and one that is dropped."""
    grown = make_pipeline(FunctionTransformer(np.log1p), RobustScaler())
    filled = make_pipeline(SimpleImputer(strategy="constant", fill_value=-3.0), MaxAbsScaler())
    return ColumnTransformer(
        [("age", grown, [3]), ("size", filled, [0]), ("gone", "drop", [2])], remainder="passthrough"
    )


IGNORED: dict[str, Any] = {"handle_unknown": "ignore", "drop": "first"}
HIST: dict[str, Any] = {"max_iter": 15, "max_leaf_nodes": 8, "random_state": 0}
NET: dict[str, Any] = {
    "hidden_layer_sizes": (10, 6),
    "max_iter": 60,
    "n_iter_no_change": 40,
    "random_state": 0,
    "tol": 1e9,
}

REGRESSORS: dict[str, Callable[[], Any]] = {
    "linear": lambda: make_pipeline(encoded(**IGNORED), LinearRegression()),
    "scaled": lambda: make_pipeline(scaled(), LinearRegression()),
    "poisson": lambda: make_pipeline(encoded(handle_unknown="ignore"), PoissonRegressor()),
    "gamma": lambda: make_pipeline(encoded(handle_unknown="infrequent_if_exist", max_categories=2), GammaRegressor()),
    "target": lambda: make_pipeline(
        encoded(**IGNORED), TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    ),
    "tree": lambda: make_pipeline(scaled(), DecisionTreeRegressor(max_depth=4, random_state=0)),
    "forest": lambda: make_pipeline(coded(), RandomForestRegressor(12, max_depth=6, random_state=0)),
    "extra": lambda: make_pipeline(encoded(**IGNORED), ExtraTreesRegressor(8, max_depth=5, random_state=0)),
    "boosted": lambda: make_pipeline(encoded(**IGNORED), GradientBoostingRegressor(n_estimators=25, random_state=0)),
    "histogram": lambda: make_pipeline(coded(), HistGradientBoostingRegressor(**HIST)),
    "histogram-categories": lambda: HistGradientBoostingRegressor(categorical_features=["region"], **HIST),
    "histogram-gamma": lambda: make_pipeline(coded(), HistGradientBoostingRegressor(loss="gamma", **HIST)),
    "net": lambda: make_pipeline(encoded(**IGNORED), MLPRegressor(**NET)),
    "net-smooth": lambda: make_pipeline(encoded(**IGNORED), MLPRegressor(activation="tanh", **NET)),
}
CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: make_pipeline(encoded(**IGNORED), LogisticRegression()),
    "descent": lambda: make_pipeline(encoded(**IGNORED), SGDClassifier(loss="log_loss", random_state=0)),
    "forest-classes": lambda: make_pipeline(coded(), RandomForestClassifier(8, max_depth=5, random_state=0)),
    "boosted-classes": lambda: make_pipeline(encoded(**IGNORED), GradientBoostingClassifier(n_estimators=8)),
    "histogram-classes": lambda: make_pipeline(coded(), HistGradientBoostingClassifier(**HIST)),
    "net-classes": lambda: make_pipeline(encoded(**IGNORED), MLPClassifier(**NET)),
}
NAMES = [*REGRESSORS, *(f"{name}:{classes}" for name in CLASSIFIERS for classes in ("two", "three"))]


@cache
def fitted(name: str) -> tuple[Any, Structure]:
    """Return a trained model and its structure, as the gate reads it."""
    kind, _, classes = name.partition(":")
    frame, target = data()
    if classes:
        limits = [0.5] if classes == "two" else [0.33, 0.66]
        target = np.digitize(target, np.quantile(target, limits))
    with threadpool_limits(1):
        model = {**REGRESSORS, **CLASSIFIERS}[kind]().fit(frame, target)
    document, arrays = describe(model)
    assert "opaque" not in document, document
    return model, bounds.read(document, arrays)


def predicted(model: Any, frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return what the library gives: one column an output."""
    predict = getattr(model, "predict_proba", None) or model.predict
    # Threads for so few rows cost far more than they bring, most of all where the cores are busy.
    with warnings.catch_warnings(), threadpool_limits(1):
        # scikit-learn warns of each unknown category that it encodes as it was told to.
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        return np.asarray(predict(frame), np.float64).reshape(len(frame), -1)


def frame_of(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return records as a frame, as a service would."""
    columns = ("size", "rooms", "region", "age")
    plain = {key: [np.nan if each[key] is None else each[key] for each in records] for key in columns}
    return pd.DataFrame(
        {key: pd.Series(each, dtype=object if key == "region" else None) for key, each in plain.items()}
    )


def columns_of(frame: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(key): frame[key].tolist() for key in frame}


def drawn_box(random: np.random.Generator) -> bounds.Box:
    """Return a random box; often narrow, sometimes a point, with and without what is missing and unknown."""

    def ends(low: float, high: float) -> tuple[float, float]:
        first, second = sorted(random.uniform(low, high, 2).tolist())
        return (first, first) if random.random() < 0.15 else (first, second)

    size, age = ends(-3, 3), ends(0, 12)
    rooms = sorted(random.integers(-2, 12, 2).tolist())
    count = int(random.integers(1, 4))
    regions = random.choice(["north", "south", "west"], count, replace=False).tolist()
    missing, unknown, gone = (bool(each) for each in random.random(3) < 0.4)
    return bounds.Box(
        {
            "size": bounds.Interval(low=size[0], high=size[1], missing=missing),
            "rooms": bounds.Interval(low=rooms[0], high=rooms[1], integer=True),
            "region": bounds.Categories(values=tuple(regions), missing=gone, unknown=unknown),
            "age": bounds.Interval(low=age[0], high=age[1]),
        }
    )


def records_of(box: bounds.Box, random: np.random.Generator, count: int) -> pd.DataFrame:
    """Return random records of a box: inside, at the ends, missing and unknown where it allows that."""
    columns: dict[str, Any] = {}
    for name, allowed in box.inputs.items():
        if isinstance(allowed, bounds.Categories):
            values = [*allowed.values, *([np.nan] if allowed.missing else []), *(["mars"] if allowed.unknown else [])]
            columns[name] = pd.Series([values[each] for each in random.integers(0, len(values), count)], dtype=object)
            continue
        drawn = random.uniform(allowed.low, allowed.high, count)
        drawn = np.round(drawn) if allowed.integer else drawn
        at = random.random(count)
        drawn = np.where(at < 0.1, allowed.low, np.where(at < 0.2, allowed.high, drawn))
        columns[name] = np.where(random.random(count) < 0.3, np.nan, drawn) if allowed.missing else drawn
    return pd.DataFrame(columns)
