"""A JSON Schema of a model: real ones are compared as the source is, hostile ones are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from gatekeeper.errors import Unreadable
from gatekeeper.inference.validation.comparison import Difference, Expected, compare
from gatekeeper.inference.validation.facts import InputModel
from gatekeeper.inference.validation.schema import from_json_schema

EXPECTED = {
    "region": Expected(kind="category", vocabulary=("east", "north")),
    "unit_cost": Expected(kind="number", low=1, high=500),
    "stock": Expected(kind="integer", low=0, high=500, missing="default", default=120),
}


class PricingInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    region: Literal["east", "north"]
    unit_cost: Annotated[float, Field(ge=1.0, le=500.0)]
    stock: Annotated[int, Field(ge=0, le=500)] | None = None


class Loose(BaseModel):
    region: str
    unit_cost: Annotated[float, Field(ge=0)]
    stock: int = 7


def test_a_schema_that_matches_is_silent() -> None:
    assert compare(from_json_schema(PricingInput.model_json_schema()), EXPECTED) == ()


def test_a_schema_that_does_not_is_told_but_for_what_no_schema_says() -> None:
    kinds = {(each.kind, each.field) for each in compare(from_json_schema(Loose.model_json_schema()), EXPECTED)}
    assert kinds == {
        (Difference.EXTRA_ALLOWED, ""),
        (Difference.OPEN_VOCABULARY, "region"),
        (Difference.WIDER, "unit_cost"),
        (Difference.WIDER, "stock"),
        (Difference.OTHER_DEFAULT, "stock"),
    }


LOOP = {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}, "$ref": "#/$defs/A"}


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        "{}",
        {"properties": []},
        {"properties": {"x": 1}},
        {"properties": {}, "required": "x"},
        {"properties": {"x": {"minimum": "1"}}},
        {"properties": {"x": {"minimum": float("nan")}}},
        {"properties": {"x": {"maximum": 10**400}}},
        {"properties": {"x": {"maximum": True}}},
        {"$ref": "https://elsewhere.example/schema"},
        {"$ref": "#/$defs/none"},
        LOOP,
        {"properties": {"x": {"anyOf": [{"anyOf": 1}, 3]}}},
        {"properties": {str(number): {} for number in range(10_001)}},
    ],
)
def test_what_is_no_schema_is_an_error(schema: object) -> None:
    with pytest.raises(Unreadable) as told:
        from_json_schema(schema)
    assert told.value.fix


def test_a_schema_nested_without_end_is_an_error() -> None:
    node: dict[str, Any] = {"type": "number"}
    for _ in range(5_000):
        node = {"anyOf": [node]}
    with pytest.raises(Unreadable, match="nested too deeply"):
        from_json_schema({"properties": {"x": node}})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "type anyOf enum const $ref properties required minimum default multipleOf $defs x".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(schema=json_values, inner=json_values)
def test_whatever_json_is_given_is_read_or_refused(schema: object, inner: object) -> None:
    for each in (schema, {"properties": {"x": schema, "y": inner}, "required": ["x"]}):
        try:
            read = from_json_schema(each)
        except Unreadable:
            continue
        assert isinstance(read, InputModel)
        assert all(found.kind for found in compare(read, EXPECTED))
