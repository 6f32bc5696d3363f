"""Trees, forests and boosted trees of scikit-learn, as flat arrays of nodes.

One array an attribute, over the nodes of all trees: `left` is -1 at a leaf, children are numbered within all nodes,
`starts` says where each tree begins. A number goes left where it is at most the threshold, a missing one where
`missing_left` says. `values` holds what each leaf gives, one column an output; where `groups` is there, a tree gives
one number, for the output that it names.
"""

# `zip` knows `strict` since 3.10.
# ruff: noqa: B905

from __future__ import annotations

from typing import Any

import numpy as np

from gatekeeper.replay.inside import structure_columns as columns
from gatekeeper.replay.inside.structure_linear import LINKS, link_of
from gatekeeper.replay.inside.structure_parts import (
    Arrays,
    Model,
    Unknown,
    allows_nan,
    full_name,
    labels,
    short_name,
    values,
)

SINGLE = frozenset("DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor".split())
AVERAGED = frozenset("ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor".split())
PAIRED = frozenset("BinomialDeviance HalfBinomialLoss".split())
SOFTMAX = frozenset("HalfMultinomialLoss MultinomialDeviance".split())


def described(model: Any, arrays: Arrays) -> Model | None:
    """Return the description of a tree model of scikit-learn; None for any other."""
    name, module = short_name(model), full_name(model)
    if not module.startswith(("sklearn.tree.", "sklearn.ensemble.")):
        return None
    if name in SINGLE:
        return _averaged(model, [model], arrays)
    if name in AVERAGED:
        return _averaged(model, model.estimators_, arrays)
    if name in {"GradientBoostingClassifier", "GradientBoostingRegressor"}:
        return _boosted(model, arrays)
    if name in {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}:
        return _histogram_boosted(model, arrays)
    return None


def _nodes(trees: list[Any]) -> dict[str, Any]:
    """Return the nodes of `sklearn.tree._tree.Tree` objects, one after the other; `values` are not among them."""
    sizes = [tree.node_count for tree in trees]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    total = int(starts[-1])
    left, right = np.empty(total, np.int32), np.empty(total, np.int32)
    feature, threshold = np.empty(total, np.int32), np.empty(total, np.float64)
    missing = np.zeros(total, np.uint8)
    for tree, start, size in zip(trees, starts, sizes):
        here = slice(start, start + size)
        inner = tree.children_left >= 0
        left[here] = np.where(inner, tree.children_left + start, -1)
        right[here] = np.where(inner, tree.children_right + start, -1)
        feature[here] = np.where(inner, tree.feature, 0)
        threshold[here] = np.where(inner, tree.threshold, 0.0)
        known = getattr(tree, "missing_go_to_left", None)
        missing[here] = 0 if known is None else np.asarray(known, dtype=bool) & inner
    return {
        "starts": starts,
        "left": left,
        "right": right,
        "feature": feature,
        "threshold": threshold,
        "missing_left": missing,
    }


def _kept(nodes: dict[str, Any], arrays: Arrays) -> dict[str, str]:
    """Keep the arrays of the nodes, and return their names in the document."""
    return {name: arrays.add(found, found.dtype) for name, found in nodes.items()}


def _averaged(model: Any, trees: list[Any], arrays: Arrays) -> Model:
    found = [each.tree_ for each in trees]
    nodes = _nodes(found)
    given = np.concatenate([tree.value for tree in found])
    classes = getattr(model, "classes_", None)
    if classes is None:
        outputs, says = values(given.shape[1]), "value"
        given = given[:, :, 0]
    else:
        outputs, says = labels(classes), "probability"
        given = given[:, 0, :]
        # Counts until 1.3, shares since: shares of shares are the same.
        total = given.sum(axis=1, keepdims=True)
        given = given / np.where(total == 0.0, 1.0, total)
    nodes["values"] = np.ascontiguousarray(given, dtype=np.float64)
    predictor = {
        "kind": "trees",
        **_kept(nodes, arrays),
        "combine": "mean",
        "base": [0.0] * len(outputs),
        "precision": 32,
        "missing": "native" if allows_nan(model) else "refuse",
    }
    return Model([], predictor, [], outputs, says, int(model.n_features_in_))


def _boosted(model: Any, arrays: Arrays) -> Model:
    initial = model.init_
    if not isinstance(initial, str) and full_name(initial) not in {
        "sklearn.dummy.DummyClassifier",
        "sklearn.dummy.DummyRegressor",
    }:
        raise Unknown(full_name(initial), "it is the model that boosting began with, and is not constant")
    width = int(model.n_features_in_)
    # With a constant beginning it is the same for every record: asked for once, as each version computes it.
    base = np.ravel(model._raw_predict_init(np.zeros((1, width), np.float32)))  # noqa: SLF001 -- it has no other name
    found = [each.tree_ for stage in model.estimators_ for each in stage]
    nodes = _nodes(found)
    nodes["values"] = float(model.learning_rate) * np.concatenate([tree.value[:, 0, :1] for tree in found])
    nodes["groups"] = np.tile(np.arange(len(base), dtype=np.int32), len(model.estimators_))
    predictor = {
        "kind": "trees",
        **_kept(nodes, arrays),
        "combine": "sum",
        "base": [float(each) for each in base],
        "precision": 32,
        "missing": "native" if allows_nan(model) else "refuse",
    }
    if short_name(model) == "GradientBoostingRegressor":
        return Model([], predictor, [], values(1), "value", width)
    links: list[dict[str, Any]] = []
    loss = short_name(model._loss)  # noqa: SLF001 -- the only place that says which
    if loss == "ExponentialLoss":
        links = [{"kind": "affine", "factor": 2.0, "shift": 0.0}, {"kind": "pair"}]
    elif loss in PAIRED:
        links = [{"kind": "pair"}]
    elif loss in SOFTMAX:
        links = [{"kind": "softmax"}]
    else:
        raise Unknown(full_name(model._loss), "its link is not known")  # noqa: SLF001 -- the same
    return Model([], predictor, links, labels(model.classes_), "probability", width)


def _histogram_boosted(model: Any, arrays: Arrays) -> Model:
    preprocessor = getattr(model, "_preprocessor", None)
    steps = [] if preprocessor is None else columns.steps(preprocessor, arrays)
    stages = model._predictors  # noqa: SLF001 -- its trees have no other name
    predictors = [each for stage in stages for each in stage]
    base = np.ravel(model._baseline_prediction)  # noqa: SLF001 -- the same
    nodes = _histogram_nodes(predictors, model)
    nodes["groups"] = np.tile(np.arange(len(base), dtype=np.int32), len(stages))
    predictor = {
        "kind": "trees",
        **_kept(nodes, arrays),
        "combine": "sum",
        "base": [float(each) for each in base],
        "precision": 64,
        "missing": "native",
        "beyond": "wraps",
    }
    width = int(model.n_features_in_)
    loss = model._loss  # noqa: SLF001 -- the only place that says which
    if short_name(model) == "HistGradientBoostingRegressor":
        links = link_of(loss) if short_name(loss.link) in LINKS else []
        if short_name(loss.link) not in LINKS:
            raise Unknown(full_name(loss.link), "its inverse is not known")
        return Model(steps, predictor, list(links), values(1), "value", width)
    if short_name(loss) not in PAIRED | SOFTMAX:
        raise Unknown(full_name(loss), "its link is not known")
    links = [{"kind": "pair" if short_name(loss) in PAIRED else "softmax"}]
    return Model(steps, predictor, links, labels(model.classes_), "probability", width)


def _histogram_nodes(predictors: list[Any], model: Any) -> dict[str, Any]:
    """Return the nodes of the trees of histogram boosting; `bits` are the categories that go left, `known` all."""
    sizes = [len(each.nodes) for each in predictors]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    nodes = np.concatenate([each.nodes for each in predictors])
    first = np.repeat(starts[:-1], sizes)
    inner = nodes["is_leaf"] == 0
    found: dict[str, Any] = {
        "starts": starts,
        "left": np.where(inner, nodes["left"].astype(np.int64) + first, -1).astype(np.int32),
        "right": np.where(inner, nodes["right"].astype(np.int64) + first, -1).astype(np.int32),
        "feature": np.where(inner, nodes["feature_idx"].astype(np.int64), 0).astype(np.int32),
        "threshold": np.where(inner, nodes["num_threshold"], 0.0),
        "missing_left": (np.where(inner, nodes["missing_go_to_left"], 0)).astype(np.uint8),
        "values": np.where(inner, 0.0, nodes["value"]).reshape(-1, 1),
    }
    categorical = inner & (nodes["is_categorical"] != 0)
    if categorical.any():
        known, places = model._bin_mapper.make_known_categories_bitsets()  # noqa: SLF001 -- as its predict does
        offsets = np.concatenate([[0], np.cumsum([len(each.raw_left_cat_bitsets) for each in predictors])])
        rows = nodes["bitset_idx"].astype(np.int64) + np.repeat(offsets[:-1], sizes)
        found["category"] = np.where(categorical, rows, -1).astype(np.int32)
        found["bits"] = np.concatenate([each.raw_left_cat_bitsets for each in predictors]).astype(np.uint32)
        held = np.zeros_like(found["bits"])
        held[rows[categorical]] = known[places[found["feature"][categorical]]]
        found["known"] = held
        found["threshold"] = np.where(categorical, 0.0, found["threshold"])
    return found
