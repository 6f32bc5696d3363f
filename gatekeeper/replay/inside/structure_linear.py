"""Linear models of scikit-learn: weights, a bias, and the link of the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatekeeper.replay.inside.structure_parts import (
    Arrays,
    Model,
    Unknown,
    full_name,
    labels,
    library,
    short_name,
    values,
)

REGRESSORS = frozenset(
    """ARDRegression BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lars LarsCV Lasso LassoCV LassoLars
    LassoLarsCV LassoLarsIC LinearRegression LinearSVR MultiTaskElasticNet MultiTaskElasticNetCV
    MultiTaskLasso MultiTaskLassoCV OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV
    PassiveAggressiveRegressor QuantileRegressor Ridge RidgeCV SGDRegressor TheilSenRegressor""".split()
)
SCORED = frozenset("LinearSVC PassiveAggressiveClassifier Perceptron RidgeClassifier RidgeClassifierCV".split())
GENERALIZED = frozenset("GammaRegressor PoissonRegressor TweedieRegressor".split())
LINKS: dict[str, list[dict[str, Any]]] = {
    "IdentityLink": [],
    "Identity": [],
    "LogLink": [{"kind": "monotone", "name": "exp"}],
    "Log": [{"kind": "monotone", "name": "exp"}],
}


def described(model: Any, arrays: Arrays) -> Model | None:
    """Return the description of a linear model of scikit-learn; None for any other."""
    name = short_name(model)
    if library(model) != "sklearn" or not full_name(model).startswith(("sklearn.linear_model.", "sklearn.svm.")):
        return None
    if name in REGRESSORS:
        return _regressor(model, arrays, [])
    if name in GENERALIZED:
        loss = getattr(model, "_base_loss", None) or model._linear_loss.base_loss  # noqa: SLF001 -- it has no other name
        return _regressor(model, arrays, link_of(loss))
    if name in {"LogisticRegression", "LogisticRegressionCV", "SGDClassifier"} or name in SCORED:
        return _classifier(model, arrays)
    return None


def link_of(loss: Any) -> list[dict[str, Any]]:
    """Return the inverse link of a loss of scikit-learn for regression.

    Raises:
        Unknown: it is another link.
    """
    name = short_name(loss.link)
    if name not in LINKS:
        raise Unknown(full_name(loss.link), "its inverse is not known")
    return LINKS[name]


def _linear(model: Any, arrays: Arrays) -> tuple[dict[str, Any], int, int]:
    if hasattr(model, "sparsify") and not isinstance(model.coef_, np.ndarray):
        raise Unknown(full_name(model), "its coefficients are sparse")
    weights = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    bias = np.broadcast_to(np.ravel(np.asarray(model.intercept_, dtype=np.float64)), weights.shape[:1])
    found = {
        "kind": "linear",
        "weights": arrays.add(weights, np.float64),
        "bias": arrays.add(bias, np.float64),
    }
    return found, weights.shape[0], weights.shape[1]


def _regressor(model: Any, arrays: Arrays, links: list[dict[str, Any]]) -> Model:
    predictor, outputs, width = _linear(model, arrays)
    return Model([], predictor, list(links), values(outputs), "value", width)


def _classifier(model: Any, arrays: Arrays) -> Model:
    names = labels(model.classes_)
    predictor, outputs, width = _linear(model, arrays)
    if not hasattr(model, "predict_proba"):
        return Model([], predictor, [], names if outputs > 1 else names[-1:], "score", width)
    if short_name(model) == "SGDClassifier":
        if model.loss != "log_loss":
            return Model([], predictor, [], names if outputs > 1 else names[-1:], "score", width)
        one_by_one, doubled = True, False
    else:
        one_by_one, doubled = _one_by_one(model, outputs)
    links: list[dict[str, Any]] = []
    if outputs == 1:
        if doubled:
            links.append({"kind": "affine", "factor": 2.0, "shift": 0.0})
        links.append({"kind": "pair"})
    else:
        links.append({"kind": "shares" if one_by_one else "softmax"})
    return Model([], predictor, links, names, "probability", width)


def _one_by_one(model: Any, outputs: int) -> tuple[bool, bool]:
    """Return whether each class was fitted on its own, and whether a binary model is a softmax of both signs.

    The setting that says so was called `multi_class` until 1.7; without it the solver decides.
    """
    setting = getattr(model, "multi_class", "auto")
    if setting == "multinomial":
        return False, outputs == 1
    return setting == "ovr" or outputs == 1 or model.solver == "liblinear", False
