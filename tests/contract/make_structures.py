"""Make the corpus of real structures: `python tests/contract/make_structures.py`, from the root.

Run it once in an environment with xgboost, lightgbm and torch, and once in one with scikit-learn 1.3 (Python 3.8):
what each has is made. A case is one file in `structures/`: the document and arrays that `describe` gave, records, and
what the library itself predicted for them. The files here are of xgboost 3.2.0, lightgbm 4.7.0, torch 2.13.0 (CPU),
scikit-learn 1.3.2 and 1.9.1.
"""

# What is called at run time must be what Python 3.8 can call.
# ruff: noqa: UP006

from __future__ import annotations

import json
import sys
import types
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Tuple  # noqa: UP035 -- Python 3.8 runs it too

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/contract/structures"
ROWS, TOLD = 400, 120


def inside(name: str) -> Any:
    """Import a module that the gate sends to the candidate's interpreter, without the gate around it."""
    for package in ("gatekeeper", "gatekeeper.replay", "gatekeeper.replay.inside"):
        if package not in sys.modules:
            module = types.ModuleType(package)
            module.__path__ = [str(ROOT.joinpath(*package.split(".")))]
            sys.modules[package] = module
    return import_module(f"gatekeeper.replay.inside.{name}")


def data() -> Tuple[Any, Any, Any]:
    """Return records with missing values, a positive target, and a class of three."""
    random = np.random.default_rng(7)
    columns = random.normal(size=(ROWS, 4))
    columns[:, 1] = random.integers(0, 6, ROWS)
    columns[::7, 0] = np.nan
    target = np.exp(np.nan_to_num(columns[:, 0]) * 0.5) + columns[:, 1] + random.random(ROWS)
    return columns, target, np.digitize(target, np.quantile(target, [0.33, 0.66]))


def boosted(library: str) -> Iterator[Tuple[str, Any, Callable[[Any], Any], Any]]:
    """Yield models of xgboost or lightgbm."""
    x, y, k = data()
    module = import_module(library)
    small: Dict[str, Any] = {"n_estimators": 12, "random_state": 0}
    if library == "xgboost":
        regressor, classifier, small["max_depth"] = module.XGBRegressor, module.XGBClassifier, 3
        objectives = ("reg:squarederror", "reg:gamma", "count:poisson", "reg:logistic")
    else:
        regressor, classifier, small["num_leaves"], small["verbose"] = (
            module.LGBMRegressor,
            module.LGBMClassifier,
            6,
            -1,
        )
        objectives = ("regression", "gamma", "poisson", "quantile")
    for objective in objectives:
        target = y / (y.max() + 1) if objective == "reg:logistic" else y
        model = regressor(objective=objective, **small).fit(x, target)
        yield objective.replace(":", "-"), model, model.predict, x
    yield from more(library, regressor, small)
    full = regressor(**small).fit(np.nan_to_num(x), y)
    yield "no-missing-in-training", full, full.predict, x
    for name, target in (("binary", k > 1), ("three", k)):
        model = classifier(**small).fit(x, target)
        yield name, model, model.predict_proba, x


def more(library: str, regressor: Any, small: Dict[str, Any]) -> Iterator[Tuple[str, Any, Callable[[Any], Any], Any]]:
    """Yield models whose trees were pruned, stopped early or averaged."""
    x, y, _ = data()
    if library == "lightgbm":
        model = regressor(boosting_type="rf", bagging_freq=1, bagging_fraction=0.5, **small).fit(x, y)
        yield "averaged", model, model.predict, x
        return
    pruned = {**small, "max_depth": 5, "n_estimators": 5, "gamma": 3.0, "tree_method": "exact"}
    model = regressor(**pruned).fit(x, y)
    yield "pruned", model, model.predict, x
    model = regressor(early_stopping_rounds=2, learning_rate=1.0, **small)
    model.fit(x[:200], y[:200], eval_set=[(x[200:], y[200:])], verbose=False)
    yield "stopped-early", model, model.predict, x


def nets() -> Iterator[Tuple[str, Any, Callable[[Any], Any], Any]]:
    """Yield nets of torch."""
    torch = import_module("torch")
    nn = torch.nn
    torch.manual_seed(0)
    x = np.nan_to_num(data()[0])
    shapes = {
        "relu": nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 1)),
        "smooth": nn.Sequential(
            nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Softplus(), nn.Linear(8, 2), nn.Sigmoid()
        ),
        "normalized": nn.Sequential(
            nn.BatchNorm1d(4), nn.Linear(4, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.1), nn.Linear(8, 1)
        ),
    }
    for name, net in shapes.items():
        net.train()
        for _ in range(3):
            net(torch.tensor(x, dtype=torch.float32) * 2 + 1)
        net.eval()

        def predicted(rows: Any, net: Any = net) -> Any:
            with torch.no_grad():
                return net(torch.tensor(rows, dtype=torch.float32)).numpy()

        yield name, net, predicted, x


def estimators() -> Iterator[Tuple[str, Any, Callable[[Any], Any], Any]]:
    """Yield estimators of scikit-learn."""
    ensemble, linear = import_module("sklearn.ensemble"), import_module("sklearn.linear_model")
    x, y, k = data()
    full = np.nan_to_num(x)
    hist: Dict[str, Any] = {"max_iter": 12, "max_leaf_nodes": 6, "categorical_features": [1]}
    models: Dict[str, Tuple[Any, Any, Any]] = {
        "histogram": (ensemble.HistGradientBoostingRegressor(**hist), x, y),
        "histogram-poisson": (ensemble.HistGradientBoostingRegressor(loss="poisson", **hist), x, y),
        "histogram-three": (ensemble.HistGradientBoostingClassifier(**hist), x, k),
        "forest": (ensemble.RandomForestRegressor(6, max_depth=4, random_state=0), full, y),
        "forest-three": (ensemble.RandomForestClassifier(6, max_depth=4, random_state=0), full, k),
        "boosted": (ensemble.GradientBoostingRegressor(n_estimators=10, random_state=0), full, y),
        "boosted-three": (ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0), full, k),
        "gamma": (linear.GammaRegressor(), full, y),
        "logistic-three": (linear.LogisticRegression(max_iter=500), full, k),
    }
    for name, (model, rows, target) in models.items():
        model.fit(rows, target)
        yield name, model, getattr(model, "predict_proba", model.predict), rows


def main() -> None:
    """Make what the libraries of this environment can make."""
    describe = inside("structure").describe
    HERE.mkdir(exist_ok=True)
    sources: Dict[str, Callable[[], Iterator[Tuple[str, Any, Callable[[Any], Any], Any]]]] = {
        "xgboost": lambda: boosted("xgboost"),
        "lightgbm": lambda: boosted("lightgbm"),
        "torch": nets,
        "sklearn": estimators,
    }
    for library, made in sources.items():
        if find_spec(library) is None:
            continue
        version = import_module(library).__version__.partition("+")[0]
        for name, model, predicted, rows in made():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                document, arrays = describe(model)
                told = rows[:TOLD]
                given = np.asarray(predicted(told), np.float64).reshape(TOLD, -1)
            assert "opaque" not in document, (library, name, document["opaque"])
            text = np.frombuffer(json.dumps(document, allow_nan=False).encode(), np.uint8)
            path = HERE / f"{library}-{version}-{name}.npz"
            np.savez_compressed(path, document=text, records=told, predictions=given, **arrays)
            print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
