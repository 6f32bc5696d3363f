"""What a structure gives for records: held against the model's own predictions before a proof about it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.columns import Column, apply, column_of
from gatekeeper.contract.bounds.links import linked
from gatekeeper.contract.bounds.structure import Layer, Linear, Net, Opaque, Structure, Trees
from gatekeeper.errors import UsageError

Numbers: TypeAlias = NDArray[np.float64]
AT_ONCE = 2_000_000
"""Pairs of a tree and a row that are walked at once, or of a unit and a row."""


def evaluate(structure: Structure, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> Numbers:
    """Return what the structure gives: one row a record, one column an output; NaN where the library would raise.

    Args:
        structure: of the model.
        columns: the values of each input, by its name: numbers, text, truth values; None or NaN where missing.

    Raises:
        UsageError: an input is not there, columns differ in length, or the structure is opaque.
    """
    if isinstance(structure.predictor, Opaque):
        raise UsageError(
            f"what {structure.predictor.name} computes is not known: {structure.predictor.why}",
            fix="probe the model itself",
        )
    used = structure.used()
    absent = [structure.inputs[each] for each in used if structure.inputs[each] not in columns]
    if absent:
        raise UsageError(f"there is no column {absent[0]!r}", fix="give each input of the model")
    rows = {len(columns[structure.inputs[each]]) for each in used}
    if len(rows) > 1:
        raise UsageError(f"the columns have {min(rows)} to {max(rows)} rows", fix="give all columns the same length")
    count = rows.pop() if rows else len(next(iter(columns.values()), ()))
    inputs = {each: column_of(columns[structure.inputs[each]]) for each in used}
    return outputs(structure, apply(structure.features, inputs, count))


def outputs(structure: Structure, features: Column) -> Numbers:
    """Return the outputs for rows of features; NaN where the library would raise."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = linked(structure.links, raw(structure, features.values))
    found[features.refused | refuses(structure, features.values)] = np.nan
    return found


def refuses(structure: Structure, features: Numbers) -> NDArray[np.bool_]:
    """Return for which rows of features the predictor raises: it wants finite numbers, or none that is infinite."""
    predictor = structure.known
    if isinstance(predictor, Trees) and predictor.native:
        return np.asarray(np.isinf(features).any(axis=1))
    return np.asarray(~np.isfinite(features).all(axis=1))


def raw(structure: Structure, features: Numbers) -> Numbers:
    """Return the raw outputs of the predictor for rows of features."""
    match structure.known:
        case Linear() as linear:
            return np.asarray(features @ linear.weights.T + linear.bias)
        case Trees() as trees:
            return _trees(trees, features)
        case Net() as net:
            return forward(net, features)


def _trees(trees: Trees, features: Numbers) -> Numbers:
    found = np.empty((len(features), len(trees.base)))
    step = max(1, AT_ONCE // trees.count)
    for start in range(0, len(features), step):
        found[start : start + step] = _added(trees, leaves(trees, features[start : start + step]))
    return found


def leaves(trees: Trees, features: Numbers) -> NDArray[np.int32]:
    """Return the leaf (trees x rows) that each tree leads each row to."""
    node = np.repeat(trees.starts[:-1].astype(np.int32)[:, None], len(features), axis=1).ravel()
    row = np.tile(np.arange(len(features), dtype=np.int32), trees.count)
    waiting = np.flatnonzero(trees.left[node] >= 0)
    while len(waiting):
        here = node[waiting]
        goes = goes_left(trees, here, features[row[waiting], trees.feature[here]])
        after = np.where(goes, trees.left[here], trees.right[here])
        node[waiting] = after
        waiting = waiting[trees.left[after] >= 0]
    return node.reshape(trees.count, len(features))


def goes_left(trees: Trees, nodes: NDArray[Any], values: Numbers) -> NDArray[np.bool_]:
    """Return whether a value goes left at a node, for pairs of them."""
    threshold = trees.threshold[nodes]
    with np.errstate(invalid="ignore"):
        goes: NDArray[np.bool_] = values <= threshold if trees.compare == "le" else values < threshold
    absent = np.isnan(values)
    if absent.any():
        goes = np.where(absent, trees.missing_left[nodes], goes)
    if trees.category is None or trees.bits is None:
        return goes
    row = trees.category[nodes]
    asked = np.flatnonzero((row >= 0) & ~absent)
    if len(asked):
        goes[asked] = _category_left(trees, nodes[asked], values[asked])
    return goes


def _category_left(trees: Trees, nodes: NDArray[Any], values: Numbers) -> NDArray[np.bool_]:
    assert trees.category is not None
    assert trees.bits is not None
    row, most = trees.category[nodes], trees.bits.shape[1] * 32
    negative = values < 0
    number = np.where(negative, 0.0, np.minimum(values, 2.0**31)).astype(np.int64)
    if trees.wraps:
        number %= 256
    beyond = number >= most
    number = np.where(beyond, 0, number)
    word, bit = number // 32, (number % 32).astype(np.uint32)
    left: NDArray[np.bool_] = ((trees.bits[row, word] >> bit) & 1).astype(bool) & ~beyond & ~negative
    if trees.known is None:
        return left
    strange = negative | ~(((trees.known[row, word] >> bit) & 1).astype(bool) | left)
    return np.asarray(np.where(strange, trees.missing_left[nodes], left))


def _added(trees: Trees, reached: NDArray[np.int32]) -> Numbers:
    base = np.asarray(trees.base)
    if trees.groups is None:
        total = np.zeros((reached.shape[1], len(base)))
        for tree in reached:
            total += trees.values[tree]
    else:
        given, total = trees.values[reached, 0], np.zeros((reached.shape[1], len(base)))
        for group in range(len(base)):
            total[:, group] = given[trees.groups == group].sum(axis=0)
    return total / trees.count if trees.combine == "mean" else total + base


def forward(net: Net, values: Numbers) -> Numbers:
    """Return what the layers of a net give for rows of features, computed with numbers of 64 bits."""
    widest = max([values.shape[1], *(len(each.bias) for each in net.layers if each.bias is not None)])
    step = max(1, AT_ONCE // widest)
    parts = [_forward(net, values[start : start + step]) for start in range(0, max(1, len(values)), step)]
    return np.concatenate(parts)


def _forward(net: Net, values: Numbers) -> Numbers:
    with np.errstate(over="ignore"):
        for layer in net.layers:
            values = _layered(layer, values)
    return values


def _layered(layer: Layer, values: Numbers) -> Numbers:
    if layer.weights is not None and layer.bias is not None:
        return values @ layer.weights.T + layer.bias if layer.kind == "linear" else values * layer.weights + layer.bias
    return activated(layer, values)


def activated(layer: Layer, values: Numbers) -> Numbers:
    """Return an activation's values."""
    match layer.kind:
        case "relu":
            return np.maximum(values, 0.0)
        case "leaky":
            return np.where(values > 0.0, values, layer.slope * values)
        case "tanh":
            return np.tanh(values)
        case "sigmoid":
            return np.exp(-np.logaddexp(0.0, -values))
        case "softplus":
            return np.logaddexp(0.0, values)
        case "linear" | "scale":
            return values
