"""Records and outputs as the tensors of KServe's open inference protocol, version 2, in JSON.

A tensor is `{"name", "shape", "datatype", "data"}`, its data flat in C order or nested by its shape
(https://kserve.github.io/website/latest/reference/rest-v2/, "Tensor Data"). Half-precision brain floats have no JSON
there, and binary data is not asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatekeeper.replay.flattening import Unflattenable, Unsayable, check_texts, flattened, sayable
from gatekeeper.replay.observed import Value

NUMBERS = {
    **{f"{sign}INT{bits}": f"{sign.lower()}int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"float{bits}" for bits in (16, 32, 64)},
}
"""numpy's name for each of the protocol's numbers."""

_DATATYPES = {**{kind: name for name, kind in NUMBERS.items()}, "bool": "BOOL", "text": "BYTES"}
_PLAIN = {"float": "FP64", "int": "INT64"}
_MAX_DIMENSIONS = 16
_MAX_LENGTH = 1 << 40

Declared = Mapping[str, tuple[str, Sequence[int]]]
"""What a server says of its inputs: by name, the datatype and the shape (-1 for any size)."""


def inputs(record: Mapping[str, Any], declared: Declared) -> list[dict[str, Any]]:
    """Return a record as the tensors of a request.

    What has a width keeps it and its shape. What JSON has is given the type and the number of dimensions that the
    server declares for it, where it does; else FP64, INT64, BOOL or BYTES, a bare value as a vector of one.

    Raises:
        Unsayable: something is no tensor, or holds what JSON does not have.
    """
    return [_input(str(name), each, declared.get(str(name))) for name, each in record.items()]


def needs_declaration(record: Mapping[str, Any]) -> bool:
    """Return whether a record has an input without a width."""
    return any(
        not isinstance(each, np.ndarray | np.generic | Value) or _kind(each) in _PLAIN for each in record.values()
    )


def _kind(given: Any) -> str:
    return given.dtype if isinstance(given, Value) else given.dtype.name


def _input(name: str, given: Any, declared: tuple[str, Sequence[int]] | None) -> dict[str, Any]:
    said = sayable({name: given})[name]
    try:
        value = flattened({name: said}).get(name)
    except Unflattenable as error:
        raise Unsayable(f"the input {name[:100]!r}: {error}") from error
    if value is None:
        raise Unsayable(f"the input {name[:100]!r} is no tensor: its items differ in type or length")
    kind, shape = value.dtype, value.shape
    if isinstance(given, np.ndarray | np.generic | Value):
        kind, shape = _kind(given), tuple(given.shape)
        kind = "text" if kind.startswith("str") or kind == "object" else kind
    datatype = _DATATYPES.get(_PLAIN.get(kind, kind), _PLAIN.get(kind, ""))
    if kind in _PLAIN and declared is not None:
        datatype, shape = _as_declared(value, datatype, *declared)
    if not datatype:
        raise Unsayable(f"the input {name[:100]!r} is of type {kind}, which the protocol does not have")
    return {"name": name, "shape": list(shape) or [1], "datatype": datatype, "data": list(value.values)}


def _as_declared(value: Value, datatype: str, wanted: str, dimensions: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """Return the datatype and the shape that plain numbers are sent with."""
    shape = (1,) * (len(dimensions) - len(value.shape)) + value.shape
    whole = value.dtype == "int" or all(float(each).is_integer() for each in value.values)
    fits = wanted in NUMBERS and (whole or wanted.startswith("FP"))
    return wanted if fits else datatype, shape


def outputs(said: Any) -> dict[str, Value]:
    """Return the tensors of a response by name.

    Raises:
        Unflattenable: it has none, or one is not what its type and shape say.
    """
    tensors = said.get("outputs") if isinstance(said, dict) else None
    if not isinstance(tensors, list) or not tensors:
        raise Unflattenable('it has no "outputs", which the protocol has as a list of tensors')
    found: dict[str, Value] = {}
    for each in tensors:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            raise Unflattenable("an output has no name")
        if name in found:
            raise Unflattenable(f"two of its outputs are called {name[:100]!r}")
        check_texts([name])
        found[name] = _output(f"the output {name[:100]!r}", each)
    return found


def _output(which: str, tensor: Mapping[str, Any]) -> Value:
    datatype, shape = tensor.get("datatype"), tensor.get("shape")
    if not isinstance(shape, list) or not all(type(each) is int and 0 <= each < _MAX_LENGTH for each in shape):
        raise Unflattenable(f"{which} has the shape {str(shape)[:80]}, expected a list of sizes")
    if len(shape) > _MAX_DIMENSIONS:
        raise Unflattenable(f"{which} has {len(shape)} dimensions, expected at most {_MAX_DIMENSIONS}")
    data = tensor.get("data")
    if not isinstance(data, list):
        raise Unflattenable(f"{which} has no data in JSON")
    values = _flat(data)
    if len(values) != math.prod(shape):
        raise Unflattenable(f"{which} has {len(values)} values, expected {math.prod(shape)} for the shape {shape}")
    if datatype == "BOOL" and all(type(each) is bool for each in values):
        return Value(dtype="bool", shape=tuple(shape), values=tuple(values))
    if datatype == "BYTES" and all(type(each) is str for each in values):
        check_texts(values)
        return Value(dtype="text", shape=tuple(shape), values=tuple(values))
    if datatype not in NUMBERS:
        raise Unflattenable(f"{which} has the datatype {str(datatype)[:40]}, whose values are none of these in JSON")
    return Value(dtype=NUMBERS[datatype], shape=tuple(shape), values=_numbers(which, datatype, values, shape))


def _flat(data: list[Any]) -> list[Any]:
    for _ in range(_MAX_DIMENSIONS):
        if not any(isinstance(each, list) for each in data):
            break
        data = [item for each in data for item in (each if isinstance(each, list) else [each])]
    return data


def _numbers(which: str, datatype: str, values: list[Any], shape: list[int]) -> np.ndarray[Any, Any]:
    kind = np.dtype(NUMBERS[datatype])
    allowed = {int, float} if kind.kind == "f" else {int}
    for each in values:
        if type(each) not in allowed:
            hint = ": a NaN that JSON does not have?" if each is None else ""
            raise Unflattenable(f"{which} holds {str(each)[:40]!r}, expected {datatype}{hint}")
    if kind.kind == "f":
        try:
            wide = np.array(values, dtype=np.float64)
        except OverflowError as error:
            raise Unflattenable(f"{which} holds a number beyond any float") from error
        with np.errstate(over="ignore"):
            found = wide.astype(kind)
        if not bool(np.isfinite(found).all()):
            raise Unflattenable(f"{which} holds a number beyond the largest {datatype}")
    else:
        limits = np.iinfo(kind)
        if values and not limits.min <= min(values) <= max(values) <= limits.max:
            raise Unflattenable(f"{which} holds a number beyond {datatype}")
        found = np.array(values, dtype=kind)
    return found.reshape(shape).reshape(-1)
