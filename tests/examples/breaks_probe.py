"""Save fitted objects, or load and use what another environment saved. Runs in the environment that is measured.

    python breaks_probe.py save FOLDER     fit every object, write NAME.joblib and what it gave
    python breaks_probe.py serve FOLDER    load and use every object; print a JSON list
    python breaks_probe.py pandas          run what a pricing service does with pandas; print a JSON list

`measure_breaks.py` calls it. It needs scikit-learn, pandas, numpy and joblib, and none of gatekeeper.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SEED = 4092
ROWS = 200
CATEGORIES = ["region"]
NUMBERS = ["cost", "units"]
METHODS = ("predict", "predict_proba", "transform")
RELATIVE_TOLERANCE = 1e-9
"""Outputs that agree to nine digits are called equal: what is left is the order of summation, not the model."""


def requests() -> pd.DataFrame:
    """Return the data that every object is fitted on and used on."""
    rng = np.random.default_rng(SEED)
    region = rng.choice(["east", "north", "south", "west"], ROWS)
    return pd.DataFrame({"region": region, "cost": rng.gamma(4.0, 12.0, ROWS), "units": rng.integers(1, 25, ROWS)})


def columns(remainder: str) -> ColumnTransformer:
    """Return a column transformer that encodes the region; the numbers are the remainder or are named."""
    steps = [("region", OrdinalEncoder(), CATEGORIES)]
    if remainder == "drop":
        steps.append(("numbers", StandardScaler(), NUMBERS))
    return ColumnTransformer(steps, remainder=remainder)


def regressors() -> dict[str, Any]:
    """Return the regressors, unfitted, by the name that the measurement gives them."""
    incident = [("columns", columns("passthrough")), ("price", GradientBoostingRegressor(random_state=SEED))]
    return {
        "DecisionTreeRegressor": DecisionTreeRegressor(max_depth=4, random_state=SEED),
        "GradientBoostingRegressor": GradientBoostingRegressor(n_estimators=10, random_state=SEED),
        "HistGradientBoostingRegressor": HistGradientBoostingRegressor(max_iter=10, random_state=SEED),
        "KNeighborsRegressor": KNeighborsRegressor(),
        "LinearRegression": LinearRegression(),
        "Pipeline(ColumnTransformer(remainder='passthrough'), GradientBoostingRegressor)": Pipeline(incident),
        "RandomForestRegressor": RandomForestRegressor(n_estimators=10, random_state=SEED),
        "Ridge": Ridge(),
        "SVR": SVR(),
    }


def classifiers() -> dict[str, Any]:
    """Return the classifiers, unfitted, by name."""
    return {
        "CalibratedClassifierCV(LogisticRegression)": CalibratedClassifierCV(LogisticRegression()),
        "DecisionTreeClassifier": DecisionTreeClassifier(max_depth=4, random_state=SEED),
        "GradientBoostingClassifier": GradientBoostingClassifier(n_estimators=10, random_state=SEED),
        "HistGradientBoostingClassifier": HistGradientBoostingClassifier(max_iter=10, random_state=SEED),
        "LogisticRegression": LogisticRegression(),
        "RandomForestClassifier": RandomForestClassifier(n_estimators=10, random_state=SEED),
        "SGDClassifier(loss='log_loss')": SGDClassifier(loss="log_loss", random_state=SEED),
        "SVC": SVC(random_state=SEED),
    }


def unsupervised() -> dict[str, Any]:
    """Return what is fitted without a target: transformers, clusters and detectors, by name."""
    return {
        "ColumnTransformer(remainder='drop')": columns("drop"),
        "ColumnTransformer(remainder='passthrough')": columns("passthrough"),
        "IsolationForest": IsolationForest(n_estimators=10, random_state=SEED),
        "KMeans": KMeans(n_clusters=3, n_init=1, random_state=SEED),
        "OneHotEncoder": OneHotEncoder(sparse_output=False),
        "OrdinalEncoder": OrdinalEncoder(),
        "PCA": PCA(n_components=2, random_state=SEED),
        "SimpleImputer": SimpleImputer(),
        "StandardScaler": StandardScaler(),
    }


def features(name: str, data: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the named object is fed."""
    if "ColumnTransformer" in name:
        return data
    return data[CATEGORIES] if name.endswith("Encoder") else data[NUMBERS]


def fitted() -> dict[str, Any]:
    """Return every estimator, fitted, and some values that models hold, by name."""
    data = requests()
    price = data["cost"] * (1.2 + 0.01 * data["units"])
    dear = (price > price.median()).astype(int)
    fit = {name: model.fit(features(name, data), price) for name, model in regressors().items()}
    fit |= {name: model.fit(features(name, data), dear) for name, model in classifiers().items()}
    fit |= {name: model.fit(features(name, data)) for name, model in unsupervised().items()}
    values = {
        "numpy.ndarray": data["cost"].to_numpy(),
        "numpy.random.Generator": np.random.default_rng(SEED),
        "numpy.random.RandomState": np.random.RandomState(SEED),
        "pandas.DataFrame": data,
        "pandas.Series(dtype='category')": data["region"].astype("category"),
    }
    return fit | values


def class_of(name: str, thing: object) -> str:
    """Return the public dotted name of the object's class: what user code imports, in whatever file it lies."""
    if name.startswith(("numpy", "pandas")):
        return name.partition("(")[0]
    module = re.sub(r"\._.*", "", type(thing).__module__)
    return f"{module}.{type(thing).__qualname__}"


def use(name: str, thing: Any, method: str) -> list[Any]:
    """Call one method of an estimator; of a plain value take what can be compared."""
    if method == "draw":
        return [float(thing.normal())]
    if method == "read":
        return [str(value) for value in np.asarray(thing).ravel()]
    output = getattr(thing, method)(features(name, requests()))
    return list(np.asarray(output, dtype=float).ravel().tolist())


def methods_of(name: str, thing: object) -> list[str]:
    """Return the methods by which the object is used, in the environment that made it."""
    if name.startswith(("numpy", "pandas")):
        return ["draw" if name.startswith("numpy.random") else "read"]
    return [method for method in METHODS if hasattr(thing, method)]


def save(folder: Path) -> None:
    """Write every fitted object, and what its methods give here, into the folder."""
    index = []
    for number, (name, thing) in enumerate(sorted(fitted().items())):
        file = f"{number:02}.joblib"
        joblib.dump(thing, folder / file)
        gave = {method: use(name, thing, method) for method in methods_of(name, thing)}
        index.append({"object": name, "class": class_of(name, thing), "file": file, "gave": gave})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def failure(when: str, error: Exception) -> dict[str, str]:
    """Return where and how an object failed; the path of the environment, which varies, is left out."""
    message = re.sub(r"'[^']*(?=/site-packages/)", "'...", str(error))
    return {"when": when, "exception": type(error).__name__, "message": message}


def serve_one(folder: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Load one object and use it as it was used where it was made; tell the first thing that fails or differs."""
    try:
        thing = joblib.load(folder / entry["file"])
    except Exception as error:  # noqa: BLE001 - whatever it raises is the measurement
        return failure("load", error)
    outcome: dict[str, Any] = {"when": "never", "output": "equal"}
    for method, gave in entry["gave"].items():
        try:
            gives = use(entry["object"], thing, method)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the measurement
            return failure(method, error)
        if outcome["output"] == "equal" and not same(gives, gave):
            outcome |= {"output": "differs", "method": method, "example": example(gives, gave)}
    return outcome


def same(gives: list[Any], gave: list[Any]) -> bool:
    """Whether two outputs agree: texts exactly, numbers to `RELATIVE_TOLERANCE`."""
    if gave and isinstance(gave[0], str):
        return gives == gave
    return len(gives) == len(gave) and bool(np.allclose(gives, gave, rtol=RELATIVE_TOLERANCE, atol=0))


def example(gives: list[Any], gave: list[Any]) -> dict[str, Any]:
    """Return the first pair of values that is not the same."""
    return next({"trained": was, "served": now} for now, was in zip(gives, gave, strict=True) if not same([now], [was]))


def serve(folder: Path) -> None:
    """Print what became of every saved object here."""
    rows = []
    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = serve_one(folder, entry)
        told = sorted({warning.category.__name__ for warning in caught})
        rows.append({"object": entry["object"], "class": entry["class"], **outcome, "warnings": told})
    print(json.dumps(rows))


PRICES = pd.Series([30.0, 10.0, 20.0], index=pd.date_range("2023-10-15", periods=3))
QUOTES = pd.DataFrame({"region": ["south", "north", "west", "south"], "quote": [1, 2, 3, 4]})
RATES = pd.DataFrame({"region": ["north", "south", "west"], "rate": [1.45, 1.25, 1.38]})

PANDAS_USES: dict[str, Callable[[], object]] = {
    "list(prices.case_when([(prices > 15, 15.0)]))": lambda: list(PRICES.case_when([(PRICES > 15, 15.0)])),
    "list(prices.resample('ME').mean())": lambda: list(PRICES.resample("ME").mean()),
    "list(prices.resample('QE').mean())": lambda: list(PRICES.resample("QE").mean()),
    "list(pandas.date_range('2023-10-01', periods=1, freq='YE').year)": lambda: list(
        pd.date_range("2023-10-01", periods=1, freq="YE").year
    ),
    "list(quotes.groupby('region')['quote'].first(skipna=False))": lambda: list(
        QUOTES.groupby("region")["quote"].first(skipna=False)
    ),
    "list(quotes.merge(rates, on='region')['quote'])": lambda: list(QUOTES.merge(RATES, on="region")["quote"]),
    "pandas.array([1, None], dtype='Int64').to_numpy().dtype": lambda: str(
        pd.array([1, None], dtype="Int64").to_numpy().dtype
    ),
    "pandas.infer_freq(month_ends)": lambda: pd.infer_freq(
        pd.date_range("2023-01-31", periods=4, freq=pd.offsets.MonthEnd())
    ),
}


def pandas_uses() -> None:
    """Print what each use of pandas gives here, or how it fails."""
    rows = []
    for code, run in PANDAS_USES.items():
        try:
            rows.append({"code": code, "gives": run()})
        except Exception as error:  # noqa: BLE001 - whatever it raises is the measurement
            rows.append({"code": code, **failure("use", error)})
    print(json.dumps(rows))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["save", folder]:
            save(Path(folder))
        case ["serve", folder]:
            serve(Path(folder))
        case ["pandas"]:
            pandas_uses()
        case _:
            sys.exit(__doc__)
