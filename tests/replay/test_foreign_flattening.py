"""Named values from JSON and back: the same rule in the gate, for programs and servers, as in the worker."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper import strict_json
from gatekeeper.replay.flattening import Unflattenable, flattened, sayable
from gatekeeper.replay.inside.calls import Unfit
from gatekeeper.replay.inside.forms import Budget, formed
from gatekeeper.replay.observed import Value

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("a b a.b 0".split()), inner)
)


@settings(max_examples=400)
@given(JSON)
def test_the_gate_names_what_json_says_as_the_worker_does(said: Any) -> None:
    try:
        theirs = formed(said, Budget()).forms
    except Unfit as error:
        with pytest.raises(Unflattenable):
            flattened(said)
        assert "two outputs" in str(error)
        return
    if not theirs:
        with pytest.raises(Unflattenable, match="names no output"):
            flattened(said)
        return
    found = flattened(said)
    assert [(name, each.dtype, list(each.shape)) for name, each in found.items()] == [each[:3] for each in theirs]
    for each in theirs:
        values = found[each.name].values
        assert list(values) == [_untagged(one) for one in each.values]
        assert len({type(one) for one in values}) <= 1


def _untagged(value: Any) -> Any:
    return int(value["$int"]) if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([1, 2.5], {"output": ("float", (2,))}),
        ([2**53 + 1, 2.5], {"output.0": ("int", ()), "output.1": ("float", ())}),
        ([1, True], {"output.0": ("int", ()), "output.1": ("bool", ())}),
        ([[1, 2], [3]], {"output.0": ("int", (2,)), "output.1": ("int", (1,))}),
        ([1.0, None], {"output.0": ("float", ()), "output.1": ("null", ())}),
        ([], {"output": ("null", (0,))}),
        ([[], []], {"output": ("null", (2, 0))}),
        ({"a": {}}, {"a": ("null", (0,))}),
        ({"a": [{"b": 1}, {"b": "x"}]}, {"a.0.b": ("int", ()), "a.1.b": ("text", ())}),
    ],
)
def test_what_is_one_value_and_what_is_many(said: Any, expected: Any) -> None:
    assert {name: (each.dtype, each.shape) for name, each in flattened(said).items()} == expected


SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(SHAPES, st.sampled_from(["float64", "float32", "int64", "uint8", "bool"]))
def test_an_array_comes_back_from_json_with_its_shape_and_values(shape: tuple[int, ...], kind: str) -> None:
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(kind)
    value = Value(dtype=kind, shape=shape, values=array)
    for given_value in (array, value):
        said = strict_json.loads(json.dumps(sayable({"x": given_value})))
        found = flattened(said)["x"]
        assert list(found.values) == array.reshape(-1).tolist()
        # JSON has no shape beyond a size of zero: [[], []] is all that is left of (2, 0, 3).
        assert found.shape == (shape[: shape.index(0) + 1] if 0 in shape else shape)


def test_what_is_too_much_is_refused() -> None:
    deep: Any = 1
    for _ in range(60):
        deep = {"a": deep}
    with pytest.raises(Unflattenable, match="nested more than 48 levels deep"):
        flattened(deep)
    with pytest.raises(Unflattenable, match=r"more than 2,000,000 values"):
        flattened({str(each): [0] * 300_000 for each in range(7)})
    with pytest.raises(Unflattenable, match=r"a name of over 1,000 characters"):
        flattened({"a" * 1001: 1})
