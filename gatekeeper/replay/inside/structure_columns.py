"""Transformers of scikit-learn, each as what it does to a column.

An encoder is not read but asked: it is applied to each of its own categories and to one that it can't know, so that
what is described is what it does, whichever way its version keeps dropped and infrequent categories.
"""

# `zip` knows `strict` since 3.10.

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from gatekeeper.replay.inside.structure_parts import Arrays, Unknown, full_name, number

FUNCTIONS = (
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "sinh",
    "arcsinh",
    "cbrt",
    "exp2",
    "log2",
    "log10",
    "tanh",
    "arctan",
)
UNSEEN_TEXT = "\x00no such category\x00"
UNSEEN_NUMBER = -9.87654321e30


def steps(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return what a transformer does, as steps of the document.

    Raises:
        Unknown: its class, or a setting of it, is not known exactly.
    """
    if transformer is None or transformer == "passthrough":
        return []
    name = full_name(transformer)
    if name == "sklearn.pipeline.Pipeline":
        return [each for _, step in transformer.steps for each in steps(step, arrays)]
    if name not in KINDS:
        raise Unknown(name, "its class is not one whose transformation is known")
    return list(KINDS[name](transformer, arrays))


def _columns(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    places = transformer._transformer_to_input_indices  # noqa: SLF001 -- columns by name, place, mask or slice, resolved
    parts = []
    for name, inner, _ in transformer.transformers_:
        indices = [int(each) for each in places[name]]
        if isinstance(inner, str) and inner == "drop":
            continue
        if indices:
            parts.append({"columns": indices, "steps": steps(inner, arrays)})
    return [{"kind": "columns", "parts": parts}]


def _standard(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    shift = transformer.mean_ if transformer.with_mean else None
    factor = transformer.scale_ if transformer.with_std else None
    return [_scale("subtract_divide", shift, factor, transformer, arrays)]


def _robust(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    shift = transformer.center_ if transformer.with_centering else None
    factor = transformer.scale_ if transformer.with_scaling else None
    return [_scale("subtract_divide", shift, factor, transformer, arrays)]


def _largest(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    scaled = _scale("subtract_divide", None, transformer.scale_, transformer, arrays)
    if getattr(transformer, "clip", False):
        return [scaled, {"kind": "clip", "low": -1.0, "high": 1.0}]
    return [scaled]


def _smallest_largest(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    scaled = _scale("multiply_add", transformer.min_, transformer.scale_, transformer, arrays)
    if transformer.clip:
        low, high = transformer.feature_range
        return [scaled, {"kind": "clip", "low": float(low), "high": float(high)}]
    return [scaled]


def _scale(how: str, shift: Any, factor: Any, transformer: Any, arrays: Arrays) -> dict[str, Any]:
    width = int(transformer.n_features_in_)
    none = np.zeros(width) if shift is None else shift
    one = np.ones(width) if factor is None else factor
    if np.asarray(none).dtype == np.float32 or np.asarray(one).dtype == np.float32:
        raise Unknown(full_name(transformer), "it was fitted on float32, and computes otherwise on it than on float64")
    return {
        "kind": "scale",
        "how": how,
        "shift": arrays.add(none, np.float64),
        "factor": arrays.add(one, np.float64),
    }


def _imputed(transformer: Any, _: Arrays) -> list[dict[str, Any]]:
    name = full_name(transformer)
    marker = transformer.missing_values
    if not (marker is None or (isinstance(marker, float) and marker != marker)):  # noqa: PLR0124 -- NaN alone
        raise Unknown(name, f"it fills in what is {marker!r}, and not NaN")
    found = np.asarray(transformer.statistics_, dtype=object)
    keeps_empty = bool(getattr(transformer, "keep_empty_features", False))
    fill, keep = [], []
    for place, value in enumerate(found.tolist()):
        empty = value is None or value != value  # noqa: PLR0124 -- NaN alone differs from itself
        if empty and keeps_empty:
            raise Unknown(name, "it keeps a column that was empty in training")
        if not empty:
            keep.append(place)
            fill.append(value if isinstance(value, (str, bool)) else float(value))
    flags = []
    if transformer.add_indicator:
        indicator = transformer.indicator_
        if indicator.features not in {"missing-only", "all"}:
            raise Unknown(name, f"its indicator is for {indicator.features!r} features")
        flags = [int(each) for each in indicator.features_]
    return [{"kind": "impute", "width": len(found), "keep": keep, "fill": fill, "flags": flags}]


def _encoded(transformer: Any, _: Arrays) -> list[dict[str, Any]]:
    """Return what an encoder gives for each category: the place of the one, or a code."""
    hot = full_name(transformer).endswith("OneHotEncoder")
    categories = [np.asarray(each, dtype=object).tolist() for each in transformer.categories_]
    widths = [int(each) for each in transformer._n_features_outs] if hot else [1] * len(categories)  # noqa: SLF001
    offsets = np.concatenate([[0], np.cumsum(widths)]).astype(int)
    firsts = [each[0] for each in categories]
    found = []
    for place, known in enumerate(categories):
        _check_categories(known, transformer)
        here = slice(offsets[place], offsets[place + 1])
        rows = [[*firsts[:place], category, *firsts[place + 1 :]] for category in known]
        given = [_given(row, hot) for row in _applied(transformer, rows)[:, here]]
        column = {"categories": [_plain(each) for each in known], "given": given, "width": widths[place]}
        column["unknown"] = _unseen(transformer, (firsts, place, here), hot)
        found.append(column)
    return [{"kind": "onehot" if hot else "ordinal", "columns": found}]


def _unseen(transformer: Any, where: tuple[list[Any], int, slice], hot: bool) -> Any:  # noqa: FBT001 -- one of two kinds
    """Return what an encoder gives for a category that it can't know: "refuse" where it raises."""
    firsts, place, here = where
    text = any(isinstance(each, str) for each in transformer.categories_[place].tolist())
    row = [*firsts[:place], UNSEEN_TEXT if text else UNSEEN_NUMBER, *firsts[place + 1 :]]
    try:
        return {"given": _given(_applied(transformer, [row])[0, here], hot)}
    except ValueError:
        return {"refuse": True}


def _applied(transformer: Any, rows: list[list[Any]]) -> Any:
    table = np.empty((len(rows), len(rows[0])), dtype=object)
    for place, row in enumerate(rows):
        table[place] = row
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = transformer.transform(table)
    if hasattr(given, "toarray"):
        given = given.toarray()
    return np.asarray(given, dtype=np.float64)


def _given(row: Any, hot: bool) -> Any:  # noqa: FBT001 -- one of two kinds
    if not hot:
        return number(row[0])
    places = np.flatnonzero(row)
    return int(places[0]) if len(places) else -1


def _check_categories(known: list[Any], transformer: Any) -> None:
    missing = [each for each in known if each is None or each != each]  # noqa: PLR0124 -- NaN alone
    if len(missing) > 1:
        raise Unknown(full_name(transformer), "None and NaN are two categories of one column")
    if len(known) * len(transformer.categories_) > 5_000_000 or len(known) > 20_000:
        raise Unknown(full_name(transformer), f"it has {len(known)} categories in one column")


def _plain(category: Any) -> Any:
    """Return a category for JSON: a missing one is None."""
    if category is None or category != category:  # noqa: PLR0124 -- NaN alone differs from itself
        return None
    if isinstance(category, (bool, np.bool_)):
        return bool(category)
    if isinstance(category, (int, np.integer)):
        return int(category)
    if isinstance(category, (float, np.floating)):
        return float(category)
    if isinstance(category, str):
        return str(category)
    raise Unknown(full_name(category), "it is a category, and neither text nor a number")


def _target(transformer: Any, arrays: Arrays) -> list[dict[str, Any]]:
    if getattr(transformer, "target_type_", None) == "multiclass":
        raise Unknown(full_name(transformer), "it encodes by several classes")
    return _encoded(transformer, arrays)


def _function(transformer: Any, _: Arrays) -> list[dict[str, Any]]:
    function = transformer.func
    if function is None:
        return []
    if transformer.kw_args:
        raise Unknown(full_name(transformer), "its function takes arguments")
    if getattr(function, "func", function).__module__ == "sklearn.utils.validation":
        return []  # The numerical half of histogram boosting's own preprocessing: it checks, and changes nothing.
    for name in FUNCTIONS:
        if function is getattr(np, name):
            return [{"kind": "function", "name": name}]
    raise Unknown(full_name(transformer), f"its function {getattr(function, '__name__', function)!r} is not known")


def _selected(transformer: Any, _: Arrays) -> list[dict[str, Any]]:
    return [{"kind": "select", "columns": [int(each) for each in np.flatnonzero(transformer.get_support())]}]


KINDS = {
    "sklearn.compose._column_transformer.ColumnTransformer": _columns,
    "sklearn.preprocessing._data.StandardScaler": _standard,
    "sklearn.preprocessing._data.MinMaxScaler": _smallest_largest,
    "sklearn.preprocessing._data.MaxAbsScaler": _largest,
    "sklearn.preprocessing._data.RobustScaler": _robust,
    "sklearn.impute._base.SimpleImputer": _imputed,
    "sklearn.preprocessing._encoders.OneHotEncoder": _encoded,
    "sklearn.preprocessing._encoders.OrdinalEncoder": _encoded,
    "sklearn.preprocessing._target_encoder.TargetEncoder": _target,
    "sklearn.preprocessing._function_transformer.FunctionTransformer": _function,
    "sklearn.feature_selection._univariate_selection.SelectKBest": _selected,
    "sklearn.feature_selection._univariate_selection.SelectPercentile": _selected,
    "sklearn.feature_selection._variance_threshold.VarianceThreshold": _selected,
    "sklearn.feature_selection._from_model.SelectFromModel": _selected,
    "sklearn.feature_selection._rfe.RFE": _selected,
    "sklearn.feature_selection._rfe.RFECV": _selected,
}
