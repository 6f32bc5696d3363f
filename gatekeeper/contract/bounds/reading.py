"""A document and its arrays, as a structure; or what is wrong with it.

They were made in the candidate's interpreter, so they are taken for hostile: every array has the type and shape that
its place asks for, all numbers are finite, each node of a tree has one parent at most, in its own tree, and the columns
of each step are as many as the step before gives.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds import document as doc
from gatekeeper.contract.bounds import trees_reading
from gatekeeper.contract.bounds.checked import numbers, refuse
from gatekeeper.contract.bounds.columns import (
    FUNCTIONS,
    Clip,
    Encode,
    Feature,
    Fill,
    Flag,
    Function,
    Key,
    Operation,
    Pick,
    Scale,
    Single,
    key_of,
)
from gatekeeper.contract.bounds.structure import Layer, Linear, Net, Opaque, Predictor, Structure

MOST_FEATURES = 100_000
MOST_WEIGHTS = 50_000_000
RISING = FUNCTIONS | {"expit"}


def read(description: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Structure:
    """Return the structure that a document and its arrays describe.

    Raises:
        Unreadable: something in it is not what it must be: an unknown key, a shape, a child out of range, a NaN.
    """
    try:
        found = msgspec.convert(description, doc.Document)
    except (msgspec.ValidationError, RecursionError) as error:
        refuse(f"the document is not one of a structure: {str(error)[:300]}")
    if found.opaque is not None or found.predictor is None:
        opaque = found.opaque or doc.Opaque(name="document", why="it has no predictor")
        return _structure(found, (), Opaque(opaque.name, opaque.why))
    features: list[Feature] = [Feature(place, ()) for place in range(len(found.inputs))]
    try:
        for step in found.steps:
            features = _stepped(step, features, arrays)
    except RecursionError:
        refuse("its steps are nested too deeply")
    predictor, width, outputs = _predictor(found.predictor, arrays)
    if width is not None and width != len(features):
        refuse(f"its predictor takes {width} columns, and the steps before it give {len(features)}")
    if isinstance(found.predictor, doc.Trees):
        trees_reading.check_width(predictor, len(features))
    if not isinstance(found.predictor, doc.Linear) and found.predictor.precision == 32:
        single = Single()
        features = [Feature(each.source, (*each.operations, single)) for each in features]
    _check_links(found, outputs)
    return _structure(found, tuple(features), predictor)


def _structure(found: doc.Document, features: tuple[Feature, ...], predictor: Predictor | Opaque) -> Structure:
    if len(set(found.inputs)) != len(found.inputs):
        refuse("two inputs have one name")
    return Structure(
        inputs=tuple(found.inputs),
        named=found.named,
        outputs=tuple(found.outputs),
        says=found.says,
        features=features,
        predictor=predictor,
        links=tuple(found.links),
    )


def _stepped(step: doc.Step, before: list[Feature], arrays: Mapping[str, NDArray[Any]]) -> list[Feature]:
    match step:
        case doc.Scale():
            after = _scaled(step, before, arrays)
        case doc.Clip():
            after = _clipped(step, before)
        case doc.Impute():
            after = _imputed(step, before)
        case doc.OneHot() | doc.Ordinal():
            after = _encoded(step, before)
        case doc.Function():
            after = _all(before, _function(step))
        case doc.Select():
            after = _selected(step.columns, before)
        case doc.Columns():
            after = _parts(step, before, arrays)
    if len(after) > MOST_FEATURES:
        refuse(f"it has {len(after):,} columns, and at most {MOST_FEATURES:,} are read")
    return after


def _parts(step: doc.Columns, before: list[Feature], arrays: Mapping[str, NDArray[Any]]) -> list[Feature]:
    after: list[Feature] = []
    for part in step.parts:
        here = _selected(part.columns, before)
        for inner in part.steps:
            here = _stepped(inner, here, arrays)
        after.extend(here)
        if len(after) > MOST_FEATURES:
            break
    return after


def _function(step: doc.Function) -> Function:
    if step.name not in FUNCTIONS:
        refuse(f"function {step.name[:50]!r} is not known")
    return Function(step.name)


def _with(feature: Feature, operation: Operation) -> Feature:
    return Feature(feature.source, (*feature.operations, operation))


def _all(before: list[Feature], operation: Operation) -> list[Feature]:
    return [_with(each, operation) for each in before]


def _selected(columns: Sequence[int], before: list[Feature]) -> list[Feature]:
    if any(each >= len(before) for each in columns):
        refuse(f"a step takes column {max(columns)} of {len(before)}")
    return [before[each] for each in columns]


def _scaled(step: doc.Scale, before: list[Feature], arrays: Mapping[str, NDArray[Any]]) -> list[Feature]:
    shifts, factors = (numbers(arrays, name, (len(before),)) for name in (step.shift, step.factor))
    if not (factors > 0).all():
        refuse("a scaler divides by a number that is not positive")
    rows = zip(before, shifts.tolist(), factors.tolist(), strict=True)
    return [_with(each, Scale(step.how, shift, factor)) for each, shift, factor in rows]


def _clipped(step: doc.Clip, before: list[Feature]) -> list[Feature]:
    if not (math.isfinite(step.low) and math.isfinite(step.high) and step.low <= step.high):
        refuse(f"values are clipped to {step.low} to {step.high}")
    return _all(before, Clip(step.low, step.high))


def _imputed(step: doc.Impute, before: list[Feature]) -> list[Feature]:
    if step.width != len(before) or len(step.keep) != len(step.fill):
        refuse(f"an imputer of {step.width} columns is given {len(before)}")
    filled = [_fill(each) for each in step.fill]
    kept = [_with(each, Fill(value)) for each, value in zip(_selected(step.keep, before), filled, strict=True)]
    return [*kept, *_all(_selected(step.flags, before), Flag())]


def _fill(value: Any) -> Key:
    key = key_of(value)
    if key is None or (isinstance(key, float) and not math.isfinite(key)):
        refuse("an imputer fills in what is missing itself")
    return key


def _encoded(step: doc.OneHot | doc.Ordinal, before: list[Feature]) -> list[Feature]:
    if len(step.columns) != len(before):
        refuse(f"an encoder of {len(step.columns)} columns is given {len(before)}")
    after: list[Feature] = []
    for feature, column in zip(before, step.columns, strict=True):
        hot = isinstance(step, doc.OneHot)
        encoded = _with(feature, _encode(column, hot=hot))
        if hot:
            if len(after) + column.width > MOST_FEATURES:
                refuse(f"an encoder gives more than {MOST_FEATURES:,} columns")
            after.extend(_with(encoded, Pick(place)) for place in range(column.width))
        else:
            after.append(encoded)
    return after


def _encode(column: doc.Encoded, *, hot: bool) -> Encode:
    keys = [key_of(each) for each in column.categories]
    if len(set(keys)) != len(keys) or len(keys) != len(column.given):
        refuse("an encoder names a category twice, or does not say what it gives for each")
    given = [_given(each, column, hot=hot) for each in column.given]
    unknown = None if column.unknown.refuse else _given(column.unknown.given, column, hot=hot)
    return Encode(dict(zip(keys, given, strict=True)), unknown)


def _given(value: float | None, column: doc.Encoded, *, hot: bool) -> float:
    if hot and (value is None or not float(value).is_integer() or not -1 <= value < column.width):
        refuse(f"an encoder gives column {value} of {column.width}")
    if value is None:
        return math.nan
    if not math.isfinite(value):
        refuse("an encoder gives a number that is not finite")
    return float(value)


def _predictor(found: doc.Predictor, arrays: Mapping[str, NDArray[Any]]) -> tuple[Predictor, int | None, int]:
    """Return the predictor, how many columns it takes (None: any), and how many raw outputs it has."""
    match found:
        case doc.Linear():
            weights, bias = _weights(found, arrays, None)
            return Linear(weights, bias), weights.shape[1], weights.shape[0]
        case doc.Trees():
            trees = trees_reading.read(found, arrays)
            return trees, None, len(trees.base)
        case doc.Net():
            return _net(found, arrays)


def _weights(
    found: doc.Linear, arrays: Mapping[str, NDArray[Any]], width: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weights = numbers(arrays, found.weights, (None, width))
    if not 0 < weights.size <= MOST_WEIGHTS:
        refuse(f"it has {weights.size:,} weights, and 1 to {MOST_WEIGHTS:,} are read")
    return weights, numbers(arrays, found.bias, (weights.shape[0],))


def _net(found: doc.Net, arrays: Mapping[str, NDArray[Any]]) -> tuple[Predictor, int, int]:
    layers: list[Layer] = []
    width: int | None = None
    first: int | None = None
    for layer in found.layers:
        match layer:
            case doc.Linear():
                weights, bias = _weights(layer, arrays, width)
                first, width = first or weights.shape[1], weights.shape[0]
                layers.append(Layer("linear", weights, bias))
            case doc.Shifted():
                factor, shift = (numbers(arrays, name, (width,)) for name in (layer.factor, layer.shift))
                if factor.shape != shift.shape:
                    refuse("a layer scales and shifts different numbers of units")
                first, width = first or len(factor), len(factor)
                layers.append(Layer("scale", factor, shift))
            case doc.Leaky():
                if not 0.0 <= layer.slope <= 1.0:
                    refuse(f"a leaky activation has slope {layer.slope}")
                layers.append(Layer("leaky", slope=layer.slope))
            case doc.Relu() | doc.Tanh() | doc.Sigmoid() | doc.Softplus():
                layers.append(Layer(_activation(layer)))
    if first is None or width is None:
        refuse("a net has no layer with weights")
    return Net(tuple(layers), single=found.sums == 32), first, width


def _activation(layer: doc.Relu | doc.Tanh | doc.Sigmoid | doc.Softplus) -> Any:
    return str(type(layer).__struct_config__.tag)


def _check_links(found: doc.Document, outputs: int) -> None:
    for link in found.links:
        outputs = _link_outputs(link, outputs)
    if outputs != len(found.outputs):
        refuse(f"it has {outputs} outputs, and names {len(found.outputs)}")


def _link_outputs(link: doc.Link, outputs: int) -> int:
    """Return how many outputs a link gives."""
    match link:
        case doc.Affine():
            if not (0.0 < link.factor < math.inf and math.isfinite(link.shift)):
                refuse("a link has a factor that is not positive, or is not finite")
        case doc.Rising():
            if link.name not in RISING:
                refuse(f"link {link.name[:50]!r} is not known")
        case doc.Pair():
            if outputs != 1:
                refuse(f"a link makes two shares of {outputs} scores")
            return 2
        case doc.Softmax() | doc.Shares():
            if outputs < 2:
                refuse("a link makes shares of one score")
    return outputs
