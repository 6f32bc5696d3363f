"""What a fitted model computes, taken out of it: a description that is JSON, and raw arrays.

    description, arrays = describe(model)

It runs in the candidate's interpreter: standard library and numpy alone, CPython 3.8 and newer. The libraries of the
models are not imported: a class is told by its module and name, exactly, and what it computes is read from its
attributes or asked of it (an encoder is applied to its own categories). A class that is not known exactly, a subclass
of one that is, and a setting that changes what is computed in a way that is not described here make the whole
description opaque, with the name of the class and the reason. Nothing is guessed; and what is described is compared
with the model's real predictions before anybody believes it (`gatekeeper.contract.bounds.evaluate`).

The document (`gatekeeper/structure@1`) is read and checked by `gatekeeper.contract.bounds.reading`:

    inputs      names of the columns that the model takes, in order; `named` says whether the model knows them
    steps       transformers, each from columns to columns
    predictor   linear | trees | net, from the columns of the last step to raw outputs
    links       functions from raw outputs to outputs
    outputs     one name an output; `says` is value, probability (one output a class) or score
    opaque      in place of all but the inputs: which class, and why
"""

# `zip` knows `strict` since 3.10.

from __future__ import annotations

from typing import Any

import numpy as np

from gatekeeper.replay.inside import structure_boosters as boosters
from gatekeeper.replay.inside import structure_columns as columns
from gatekeeper.replay.inside import structure_linear as linear
from gatekeeper.replay.inside import structure_nets as nets
from gatekeeper.replay.inside import structure_trees as trees
from gatekeeper.replay.inside.structure_parts import Arrays, Model, Unknown, full_name, labels, library

SCHEMA = "gatekeeper/structure@1"

MONOTONE = {
    **{name: name for name in ("exp", "expm1", "log", "log1p", "sqrt", "sinh", "arcsinh", "cbrt", "exp2")},
    "log2": "log2",
    "log10": "log10",
    "tanh": "tanh",
    "arctan": "arctan",
}
"""Functions of numpy that are increasing where they are defined, by their names."""


def describe(model: Any) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Return what the fitted model computes: a document, and the arrays that it names.

    Args:
        model: a fitted estimator of scikit-learn, xgboost or lightgbm, or a torch module.

    A model that is not known exactly gives a document with `opaque`, and no arrays. Nothing is raised for it.
    """
    arrays = Arrays()
    inputs, named = _inputs(model)
    head: dict[str, Any] = {"schema": SCHEMA, "inputs": inputs, "named": named}
    try:
        found = _model(model, arrays)
    except Unknown as unknown:
        return {**head, "opaque": {"name": unknown.name, "why": unknown.why}}, {}
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        # An attribute that this version of the library has not, or has otherwise: as unknown as an unknown class.
        why = f"its attributes are not those that are known: {type(error).__name__}: {str(error)[:200]}"
        return {**head, "opaque": {"name": full_name(model), "why": why}}, {}
    document = {
        **head,
        "outputs": found.outputs,
        "says": found.says,
        "steps": found.steps,
        "predictor": found.predictor,
        "links": found.links,
    }
    if not inputs:
        document["inputs"] = [f"x{place}" for place in range(found.width or 0)]
    return document, arrays.found


def _inputs(model: Any) -> tuple[list[str], bool]:
    """Return the names of the columns that the model takes, and whether it knows them itself."""
    for each in _and_inner(model):
        names = getattr(each, "feature_names_in_", None)
        if names is not None:
            return [str(name) for name in names], True
    for each in _and_inner(model):
        count = getattr(each, "n_features_in_", None)
        if count is not None:
            return [f"x{place}" for place in range(int(count))], False
    return [], False


def _and_inner(model: Any) -> list[Any]:
    found = [model]
    for name in ("best_estimator_", "regressor_"):
        inner = getattr(model, name, None) if library(model) == "sklearn" else None
        if inner is not None:
            found.append(inner)
    if full_name(model) == "sklearn.pipeline.Pipeline" and model.steps:
        found.append(model.steps[0][1])
    return found


def _model(model: Any, arrays: Arrays) -> Model:
    name = full_name(model)
    if name == "sklearn.pipeline.Pipeline":
        return _pipeline(model, arrays)
    if name.startswith("sklearn.model_selection.") and name.endswith("SearchCV"):
        return _model(model.best_estimator_, arrays)
    if name == "sklearn.compose._target.TransformedTargetRegressor":
        return _transformed_target(model, arrays)
    for family in (linear, trees, nets, boosters):
        found: Model | None = family.described(model, arrays)
        if found is not None:
            return found
    raise Unknown(name, "its class is not one whose computation is known")


def _pipeline(model: Any, arrays: Arrays) -> Model:
    steps: list[dict[str, Any]] = []
    for _, step in model.steps[:-1]:
        steps.extend(columns.steps(step, arrays))
    last = _model(model.steps[-1][1], arrays)
    return last.after(steps)


def _transformed_target(model: Any, arrays: Arrays) -> Model:
    inner = _model(model.regressor_, arrays)
    if inner.says != "value" or len(inner.outputs) != 1:
        raise Unknown(full_name(model), "it transforms a target that is not one number")
    return inner.then(_inverse(model.transformer_))


def _inverse(transformer: Any) -> list[dict[str, Any]]:
    """Return the inverse of what was done to the target, as links."""
    name = full_name(transformer)
    if name == "sklearn.preprocessing._function_transformer.FunctionTransformer":
        function = transformer.inverse_func
        if function is None:
            return []
        return [{"kind": "monotone", "name": monotone(function, name)}]
    if name == "sklearn.preprocessing._data.StandardScaler":
        factor = 1.0 if transformer.scale_ is None else float(transformer.scale_[0])
        shift = 0.0 if not transformer.with_mean else float(transformer.mean_[0])
        return [{"kind": "affine", "factor": factor, "shift": shift}]
    if name == "sklearn.preprocessing._data.MinMaxScaler":
        factor = 1.0 / float(transformer.scale_[0])
        return [{"kind": "affine", "factor": factor, "shift": -float(transformer.min_[0]) * factor}]
    raise Unknown(name, "it transforms the target in a way whose inverse is not known")


def monotone(function: Any, owner: str) -> str:
    """Return the name of an increasing function of numpy, told by identity.

    Raises:
        Unknown: it is another function.
    """
    for name, ours in MONOTONE.items():
        if function is getattr(np, name):
            return ours
    raise Unknown(owner, f"its function {getattr(function, '__name__', function)!r} is not known to be increasing")


__all__ = ["describe", "labels", "monotone"]
