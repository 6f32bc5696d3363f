"""Fit estimators, save them, and say what becomes of them elsewhere. Runs in the environment that is measured.

    python make_prospects.py save FOLDER     fit all, write NAME.pkl, and NAME.json: its methods that work
    python make_prospects.py serve FOLDER    load and use what was saved there; print a JSON object

It needs scikit-learn, numpy and pandas, and none of gatekeeper. `corpus/prospects/` was made with scikit-learn 1.3.0
(numpy 1.26.4, pandas 2.1.4), 1.4.2 (numpy 1.26.4, pandas 2.2.1) and 1.9.1 (numpy 2.4.6, pandas 3.1.1) on Python 3.11;
`test_prospects_measured.py` does it again.
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import (
    calibration,
    cluster,
    compose,
    cross_decomposition,
    decomposition,
    discriminant_analysis,
    ensemble,
    feature_extraction,
    feature_selection,
    gaussian_process,
    impute,
    isotonic,
    linear_model,
    manifold,
    mixture,
    model_selection,
    multiclass,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples", "apply")
ROWS = 80


def data() -> tuple[pd.DataFrame, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(4092)
    region = rng.choice(["east", "north", "south", "west"], ROWS)
    table = pd.DataFrame({"region": region, "cost": rng.gamma(4.0, 12.0, ROWS), "units": rng.integers(1, 25, ROWS)})
    price = table["cost"].to_numpy() * (1.2 + 0.01 * table["units"].to_numpy())
    return table, price, (price > np.median(price)).astype(int)


def regressors() -> dict[str, Any]:
    return {
        "AdaBoostRegressor": ensemble.AdaBoostRegressor(n_estimators=3, random_state=0),
        "BaggingRegressor": ensemble.BaggingRegressor(n_estimators=3, random_state=0),
        "BayesianRidge": linear_model.BayesianRidge(),
        "DecisionTreeRegressor": tree.DecisionTreeRegressor(max_depth=3, random_state=0),
        "ElasticNet": linear_model.ElasticNet(),
        "ExtraTreesRegressor": ensemble.ExtraTreesRegressor(n_estimators=3, max_depth=3, random_state=0),
        "GaussianProcessRegressor": gaussian_process.GaussianProcessRegressor(),
        "GradientBoostingRegressor": ensemble.GradientBoostingRegressor(n_estimators=3, random_state=0),
        "GridSearchCV(Ridge)": model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [0.1, 1.0]}, cv=2),
        "HistGradientBoostingRegressor": ensemble.HistGradientBoostingRegressor(max_iter=3, random_state=0),
        "HuberRegressor": linear_model.HuberRegressor(),
        "KNeighborsRegressor": neighbors.KNeighborsRegressor(),
        "Lasso": linear_model.Lasso(),
        "LinearRegression": linear_model.LinearRegression(),
        "MLPRegressor": neural_network.MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0),
        "PLSRegression": cross_decomposition.PLSRegression(n_components=1),
        "PoissonRegressor": linear_model.PoissonRegressor(),
        "QuantileRegressor": linear_model.QuantileRegressor(alpha=0.1, solver="highs"),
        "RandomForestRegressor": ensemble.RandomForestRegressor(n_estimators=3, max_depth=3, random_state=0),
        "Ridge": linear_model.Ridge(),
        "SGDRegressor": linear_model.SGDRegressor(random_state=0),
        "SVR": svm.SVR(),
        "StackingRegressor": ensemble.StackingRegressor([("r", linear_model.Ridge()), ("s", svm.SVR())], cv=2),
        "TransformedTargetRegressor": compose.TransformedTargetRegressor(linear_model.Ridge(), func=None),
        "VotingRegressor": ensemble.VotingRegressor([("r", linear_model.Ridge()), ("s", svm.SVR())]),
    }


def classifiers() -> dict[str, Any]:
    return {
        "AdaBoostClassifier": ensemble.AdaBoostClassifier(n_estimators=3, random_state=0),
        "BaggingClassifier": ensemble.BaggingClassifier(n_estimators=3, random_state=0),
        "CalibratedClassifierCV": calibration.CalibratedClassifierCV(linear_model.LogisticRegression(), cv=2),
        "DecisionTreeClassifier": tree.DecisionTreeClassifier(max_depth=3, random_state=0),
        "ExtraTreesClassifier": ensemble.ExtraTreesClassifier(n_estimators=3, max_depth=3, random_state=0),
        "GaussianNB": naive_bayes.GaussianNB(),
        "GradientBoostingClassifier": ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
        "HistGradientBoostingClassifier": ensemble.HistGradientBoostingClassifier(max_iter=3, random_state=0),
        "KNeighborsClassifier": neighbors.KNeighborsClassifier(),
        "LinearDiscriminantAnalysis": discriminant_analysis.LinearDiscriminantAnalysis(),
        "LinearSVC": svm.LinearSVC(dual=False),
        "LogisticRegression": linear_model.LogisticRegression(),
        "MLPClassifier": neural_network.MLPClassifier(hidden_layer_sizes=(4,), max_iter=5, random_state=0),
        "MultinomialNB": naive_bayes.MultinomialNB(),
        "OneVsRestClassifier": multiclass.OneVsRestClassifier(linear_model.LogisticRegression()),
        "QuadraticDiscriminantAnalysis": discriminant_analysis.QuadraticDiscriminantAnalysis(),
        "RandomForestClassifier": ensemble.RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0),
        "RidgeClassifier": linear_model.RidgeClassifier(),
        "SGDClassifier(loss='log_loss')": linear_model.SGDClassifier(loss="log_loss", random_state=0),
        "SVC(probability=False)": svm.SVC(random_state=0),
        "StackingClassifier": ensemble.StackingClassifier([("n", naive_bayes.GaussianNB())], cv=2),
        "VotingClassifier": ensemble.VotingClassifier([("n", naive_bayes.GaussianNB())], voting="soft"),
    }


def unsupervised() -> dict[str, Any]:
    return {
        "FunctionTransformer": preprocessing.FunctionTransformer(np.log1p),
        "GaussianMixture": mixture.GaussianMixture(2, random_state=0),
        "IsolationForest": ensemble.IsolationForest(n_estimators=3, random_state=0),
        "IterativeStandard": pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler()),
        "KBinsDiscretizer": preprocessing.KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
        "KMeans": cluster.KMeans(2, n_init=1, random_state=0),
        "KNNImputer": impute.KNNImputer(),
        "KernelPCA": decomposition.KernelPCA(2),
        "LocalOutlierFactor(novelty)": neighbors.LocalOutlierFactor(novelty=True),
        "MaxAbsScaler": preprocessing.MaxAbsScaler(),
        "MinMaxScaler": preprocessing.MinMaxScaler(),
        "MiniBatchKMeans": cluster.MiniBatchKMeans(2, n_init=1, random_state=0),
        "NMF": decomposition.NMF(2, random_state=0),
        "NearestNeighborsIsomap": manifold.Isomap(n_components=1),
        "Normalizer": preprocessing.Normalizer(),
        "OneClassSVM": svm.OneClassSVM(),
        "PCA": decomposition.PCA(2),
        "PolynomialFeatures": preprocessing.PolynomialFeatures(),
        "PowerTransformer": preprocessing.PowerTransformer(),
        "QuantileTransformer": preprocessing.QuantileTransformer(n_quantiles=10),
        "RobustScaler": preprocessing.RobustScaler(),
        "SimpleImputer": impute.SimpleImputer(),
        "SplineTransformer": preprocessing.SplineTransformer(),
        "StandardScaler": preprocessing.StandardScaler(),
        "TruncatedSVD": decomposition.TruncatedSVD(2, random_state=0),
        "VarianceThreshold": feature_selection.VarianceThreshold(),
    }


def columns(remainder: str) -> Any:
    steps = [("region", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["region"])]
    if remainder == "drop":
        steps.append(("numbers", preprocessing.StandardScaler(), ["cost", "units"]))
    return compose.ColumnTransformer(steps, remainder=remainder)


def composed() -> dict[str, Any]:
    boosted = ensemble.GradientBoostingRegressor(n_estimators=3, random_state=0)
    return {
        "ColumnTransformer(remainder='drop')": columns("drop"),
        "ColumnTransformer(remainder='passthrough')": columns("passthrough"),
        "Pipeline(columns, GradientBoostingRegressor)": pipeline.Pipeline(
            [("columns", columns("passthrough")), ("price", boosted)]
        ),
        "Pipeline(columns, Ridge)": pipeline.Pipeline([("columns", columns("drop")), ("price", linear_model.Ridge())]),
        "FeatureUnion": pipeline.FeatureUnion([("columns", columns("drop"))]),
    }


def others() -> dict[str, tuple[Any, Any, Any]]:
    """Return what is fed with other data: the object, what it is fitted on, and its target."""
    table, price, _ = data()
    rows = [{"region": region, "cost": cost} for region, cost in zip(table["region"], table["cost"], strict=True)]
    return {
        "CountVectorizer": (feature_extraction.text.CountVectorizer(), table["region"].tolist(), None),
        "DictVectorizer": (feature_extraction.DictVectorizer(), rows, None),
        "IsotonicRegression": (isotonic.IsotonicRegression(), table["cost"].to_numpy(), price),
        "LabelEncoder": (preprocessing.LabelEncoder(), table["region"].to_numpy(), None),
        "OneHotEncoder": (preprocessing.OneHotEncoder(), table[["region"]], None),
        "OrdinalEncoder": (preprocessing.OrdinalEncoder(), table[["region"]], None),
        "SelectKBest": (feature_selection.SelectKBest(k=1), table[["cost", "units"]], price),
        "TargetEncoder": (preprocessing.TargetEncoder(cv=2, random_state=0), table[["region"]], price),
        "TfidfVectorizer": (feature_extraction.text.TfidfVectorizer(), table["region"].tolist(), None),
    }


def cases() -> dict[str, tuple[Any, Any, Any]]:
    table, price, dear = data()
    numbers = table[["cost", "units"]]
    # As an array, since scikit-learn 1.3.0 can't hand a DataFrame to its own neighbours.
    plain = numbers.to_numpy(float)
    made = {name: (model, plain if "eighbor" in name else numbers, price) for name, model in regressors().items()}
    made |= {name: (model, plain if "eighbor" in name else numbers, dear) for name, model in classifiers().items()}
    made |= {name: (model, plain if "eighbor" in name else numbers, None) for name, model in unsupervised().items()}
    return made | {name: (model, table, price) for name, model in composed().items()} | others()


def save(folder: Path) -> None:
    for name, (model, features, target) in cases().items():
        fitted = model.fit(features) if target is None else model.fit(features, target)
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(fitted, 4))
        works = [method for method in METHODS if fails(used, fitted, method, features) is None]
        (folder / f"{name}.json").write_text(json.dumps(works))


def used(model: Any, method: str, features: Any) -> Any:
    return getattr(model, method)(features)


def fails(step: Callable[..., object], *arguments: Any) -> str | None:
    try:
        step(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the measurement
        # What follows is the path of the module, another on each machine.
        return f"{type(error).__name__}: {str(error).partition(' on <module')[0].splitlines()[0]}"
    return None


def serve(folder: Path) -> dict[str, Any]:
    """Return what broke, and when: of each object the first failure of a method that worked where it was saved."""
    broken: dict[str, Any] = {}
    for name, (_, features, _) in cases().items():
        content = (folder / f"{name}.pkl").read_bytes()
        works = json.loads((folder / f"{name}.json").read_text())
        failure = fails(pickle.loads, content)
        if failure is not None:
            broken[name] = ["load", failure]
            continue
        model = pickle.loads(content)
        for method in works:
            failure = fails(used, model, method, features)
            if failure is not None:
                broken[name] = [method, failure]
                break
    return broken


def main() -> None:
    warnings.simplefilter("ignore")
    command, folder = sys.argv[1], Path(sys.argv[2])
    if command == "save":
        save(folder)
    else:
        print(json.dumps(serve(folder)))


if __name__ == "__main__":
    main()
