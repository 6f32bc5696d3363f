"""Boosted trees of xgboost and lightgbm, from the documents that the libraries write of themselves."""

# `zip` knows `strict` since 3.10.

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from gatekeeper.replay.inside.structure_parts import Arrays, Model, Unknown, full_name, labels, library, values

EXP: list[dict[str, Any]] = [{"kind": "monotone", "name": "exp"}]
XGBOOST_LINKS: dict[str, list[dict[str, Any]]] = {
    **{key: [] for key in ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:squaredlogerror")},
    **{key: [] for key in ("reg:quantileerror",)},
    **dict.fromkeys(("reg:gamma", "count:poisson", "reg:tweedie"), EXP),
    "reg:logistic": [{"kind": "monotone", "name": "expit"}],
    "binary:logistic": [{"kind": "pair"}],
    "multi:softprob": [{"kind": "softmax"}],
}
LIGHTGBM_LINKS: dict[str, list[dict[str, Any]]] = {
    **{key: [] for key in ("regression", "regression_l1", "huber", "fair", "quantile")},
    **dict.fromkeys(("poisson", "gamma", "tweedie"), EXP),
    "binary": [{"kind": "pair"}],
    "multiclass": [{"kind": "softmax"}],
}


def described(model: Any, arrays: Arrays) -> Model | None:
    """Return the description of a model of xgboost's or lightgbm's scikit-learn interface; None for any other."""
    name = full_name(model)
    if library(model) == "xgboost" and name.startswith("xgboost.sklearn."):
        return _xgboost(model, arrays)
    if library(model) == "lightgbm" and name.startswith("lightgbm.sklearn."):
        return _lightgbm(model, arrays)
    return None


def _xgboost(model: Any, arrays: Arrays) -> Model:
    name = full_name(model)
    document = json.loads(bytes(model.get_booster().save_raw("json")))["learner"]
    booster, objective = document["gradient_booster"], document["objective"]["name"]
    if booster["name"] != "gbtree":
        raise Unknown(name, f"its booster is {booster['name']!r}, not gbtree")
    if objective not in XGBOOST_LINKS or document["learner_model_param"].get("num_target", "1") != "1":
        raise Unknown(name, f"its objective {objective!r} is not known")
    if not math.isnan(model.missing):
        raise Unknown(name, f"it takes {model.missing!r} for missing")
    trees, groups = booster["model"]["trees"], booster["model"]["tree_info"]
    count = _used(model, booster["model"], len(trees))
    outputs = max(1, int(document["learner_model_param"]["num_class"]))
    base = _base(document["learner_model_param"]["base_score"], objective, outputs)
    if len(base) != outputs:
        raise Unknown(name, "it has several targets")
    nodes = _xgboost_nodes(trees[:count], name)
    nodes["groups"] = np.asarray(groups[:count], np.int32)
    predictor = {
        "kind": "trees",
        **{key: arrays.add(found, found.dtype) for key, found in nodes.items()},
        "combine": "sum",
        "base": base,
        "compare": "lt",
        "precision": 32,
        "sums": 32,
        "missing": "native",
    }
    width = int(document["learner_model_param"]["num_feature"])
    return _finished(model, predictor, XGBOOST_LINKS[objective], width)


def _used(model: Any, document: dict[str, Any], total: int) -> int:
    """Return how many trees a prediction uses: where training was stopped early, those up to the best round."""
    try:
        best = model.best_iteration
    except AttributeError:
        return total
    ends = document.get("iteration_indptr")
    if ends is None:
        raise Unknown(full_name(model), "it was stopped early by a version that does not say which trees are a round's")
    return int(ends[int(best) + 1])


def _base(text: str, objective: str, outputs: int) -> list[float]:
    """Return the margin that every record begins with; it is written on the scale of the outputs."""
    found = [float(each) for each in text.strip("[]").split(",")]
    found = found * outputs if len(found) == 1 else found
    if objective in {"binary:logistic", "reg:logistic"}:
        return [-math.log(1.0 / each - 1.0) for each in found]
    if XGBOOST_LINKS[objective] == EXP:
        return [math.log(each) for each in found]
    return found


def _xgboost_nodes(trees: list[dict[str, Any]], owner: str) -> dict[str, Any]:
    parts: dict[str, list[Any]] = {
        key: [] for key in ("left", "right", "feature", "threshold", "missing_left", "values")
    }
    starts = [0]
    for whole in trees:
        if any(whole["split_type"]) or int(whole["tree_param"].get("size_leaf_vector", "1")) > 1:
            raise Unknown(owner, "it splits by categories, or its leaves hold vectors")
        tree = _compacted(whole)
        left = np.asarray(tree["left_children"], np.int64)
        inner, offset = left >= 0, starts[-1]
        condition = np.asarray(tree["split_conditions"], np.float32).astype(np.float64)
        parts["left"].append(np.where(inner, left + offset, -1))
        parts["right"].append(np.where(inner, np.asarray(tree["right_children"], np.int64) + offset, -1))
        parts["feature"].append(np.where(inner, np.asarray(tree["split_indices"], np.int64), 0))
        parts["threshold"].append(np.where(inner, condition, 0.0))
        parts["missing_left"].append(inner & (np.asarray(tree["default_left"], np.int64) != 0))
        parts["values"].append(np.where(inner, 0.0, condition))
        starts.append(offset + len(left))
    return _joined(parts, starts)


def _compacted(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree without the nodes that pruning took away, which its arrays still hold."""
    if int(tree["tree_param"].get("num_deleted", "0")) == 0:
        return tree
    kept, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        kept.append(node)
        if tree["left_children"][node] >= 0:
            waiting += [tree["right_children"][node], tree["left_children"][node]]
    places = {node: place for place, node in enumerate(kept)}
    names = ("split_conditions", "split_indices", "default_left")
    found: dict[str, Any] = {name: [tree[name][node] for node in kept] for name in names}
    for name in ("left_children", "right_children"):
        found[name] = [places.get(tree[name][node], -1) for node in kept]
    return found


def _joined(parts: dict[str, list[Any]], starts: list[int]) -> dict[str, Any]:
    kinds = {"threshold": np.float64, "values": np.float64, "missing_left": np.uint8}
    found = {key: np.concatenate(each).astype(kinds.get(key, np.int32)) for key, each in parts.items()}
    found["values"] = found["values"].reshape(-1, 1)
    found["starts"] = np.asarray(starts, np.int64)
    return found


def _finished(model: Any, predictor: dict[str, Any], links: list[dict[str, Any]], width: int) -> Model:
    if hasattr(model, "predict_proba"):
        if not links or links[0]["kind"] not in {"pair", "softmax"}:
            raise Unknown(full_name(model), "its objective is not one of classification")
        return Model([], predictor, list(links), labels(model.classes_), "probability", width)
    if links and links[0]["kind"] in {"pair", "softmax"}:
        raise Unknown(full_name(model), "its objective is one of classification")
    return Model([], predictor, list(links), values(1), "value", width)


def _lightgbm(model: Any, arrays: Arrays) -> Model:
    name = full_name(model)
    document = model.booster_.dump_model()
    objective, *settings = str(document.get("objective", "custom")).split()
    if objective not in LIGHTGBM_LINKS or set(settings) & {"sqrt"}:
        raise Unknown(name, f"its objective {document.get('objective')!r} is not known")
    if document.get("pandas_categorical"):
        raise Unknown(name, "it encodes the categories of pandas itself")
    links, sigmoid = list(LIGHTGBM_LINKS[objective]), [each for each in settings if each.startswith("sigmoid:")]
    if sigmoid and float(sigmoid[0].partition(":")[2]) != 1.0:
        links.insert(0, {"kind": "affine", "factor": float(sigmoid[0].partition(":")[2]), "shift": 0.0})
    outputs, trees = int(document["num_tree_per_iteration"]), document["tree_info"]
    nodes = _lightgbm_nodes(trees, name)
    nodes["groups"] = np.arange(len(trees), dtype=np.int32) % outputs
    predictor = {
        "kind": "trees",
        **{key: arrays.add(found, found.dtype) for key, found in nodes.items()},
        "combine": "mean" if document.get("average_output") else "sum",
        "base": [0.0] * outputs,
        "precision": 64,
        "missing": "native",
        "beyond": "right",
    }
    if predictor["combine"] == "mean" and outputs > 1:
        raise Unknown(name, "it averages trees of several classes")
    width = int(document["max_feature_idx"]) + 1
    if links and links[0]["kind"] == "affine" and links[-1]["kind"] == "pair":
        return _finished(model, predictor, links[1:], width)._replace(links=links)
    return _finished(model, predictor, links, width)


def _lightgbm_nodes(trees: list[dict[str, Any]], owner: str) -> dict[str, Any]:
    parts: dict[str, list[Any]] = {
        key: [] for key in ("left", "right", "feature", "threshold", "missing_left", "values")
    }
    starts = [0]
    for tree in trees:
        rows: list[list[float]] = []
        waiting: list[tuple[dict[str, Any], int, int]] = [(tree["tree_structure"], -1, 0)]
        while waiting:
            node, parent, side = waiting.pop()
            here = len(rows)
            if parent >= 0:
                rows[parent][side] = here + starts[-1]
            rows.append(_lightgbm_row(node, owner))
            if "split_index" in node:
                waiting.append((node["right_child"], here, 1))
                waiting.append((node["left_child"], here, 0))
        table = np.asarray(rows, np.float64)
        for place, key in enumerate(parts):
            parts[key].append(table[:, place])
        starts.append(starts[-1] + len(rows))
    return _joined(parts, starts)


def _lightgbm_row(node: dict[str, Any], owner: str) -> list[float]:
    if "split_index" not in node:
        if "leaf_coeff" in node:
            raise Unknown(owner, "its leaves are linear")
        return [-1, -1, 0, 0.0, 0, float(node["leaf_value"])]
    if node["decision_type"] != "<=" or node["missing_type"] not in {"None", "NaN"}:
        raise Unknown(owner, f"it splits by {node['decision_type']!r} with missing values as {node['missing_type']!r}")
    threshold = float(node["threshold"])
    # Without missing values in training a missing one is taken for zero.
    left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0.0
    return [-1, -1, int(node["split_feature"]), threshold, int(left), 0.0]
