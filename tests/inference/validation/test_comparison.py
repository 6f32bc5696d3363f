"""A model against what is declared: each difference is told, and nothing else is."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.inference.validation.comparison import Difference, Expected, compare
from gatekeeper.inference.validation.facts import Extra, Field, InputModel, Scalar, Type
from tests.inference.validation.reading import model

REGION = Expected(kind="category", vocabulary=("east", "north"))
COST = Expected(kind="number", low=1, high=500)
UNITS = Expected(kind="integer", low=1, high=24)
STOCK = Expected(kind="integer", low=0, high=500, missing="default", default=120)
CONFIG = "    model_config = ConfigDict(strict=True, extra='forbid', frozen=True, allow_inf_nan=False)\n"


def told(folder: Path, field: str, expected: Expected, config: str = CONFIG) -> list[Difference]:
    read = model(folder, f"\n\nclass Model(BaseModel):\n{config}    x: {field}\n")
    return [each.kind for each in compare(read, {"x": expected})]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Literal['east', 'north']", REGION),
        ("Annotated[float, Field(ge=1, le=500)]", COST),
        ("Annotated[int | float, Field(ge=1, le=500)]", COST),
        ("Annotated[int, Field(ge=1, le=24)]", UNITS),
        ("Annotated[int, Field(gt=0, lt=25)]", UNITS),
        (f"Literal[{', '.join(map(str, range(1, 25)))}]", UNITS),
        ("Annotated[int, Field(ge=0, le=500)] | None = None", STOCK),
        ("Annotated[int, Field(ge=0, le=500)] = 120", STOCK),
        ("bool", Expected(kind="boolean")),
        ("str", Expected(kind="text")),
        ("Literal[1, 2]", Expected(kind="category", vocabulary=("1", "2"))),
        ("float", Expected(kind="number")),
    ],
)
def test_a_model_that_matches_is_silent(field: str, expected: Expected, tmp_path: Path) -> None:
    assert told(tmp_path, field, expected) == []


D = Difference


@pytest.mark.parametrize(
    ("field", "expected", "kinds"),
    [
        ("Annotated[float, Field(ge=0, le=500)]", COST, [D.WIDER]),
        ("Annotated[float, Field(ge=1)]", COST, [D.WIDER]),
        ("Annotated[float, Field(ge=1, le=499)]", COST, [D.NARROWER]),
        ("Annotated[float, Field(gt=1, le=500)]", COST, [D.NARROWER]),
        ("Annotated[float, Field(ge=1, le=500, multiple_of=0.5)]", COST, [D.NARROWER]),
        ("Annotated[float, Field(ge=0, le=100)]", COST, [D.WIDER, D.NARROWER]),
        ("Annotated[int, Field(ge=1, le=500)]", COST, [D.OTHER_TYPE]),
        ("Annotated[float, Field(ge=1, le=24)]", UNITS, [D.OTHER_TYPE]),
        ("Annotated[int, Field(ge=1, le=24)] | bool", UNITS, [D.BOOLEAN_TAKEN]),
        ("Literal[1, 2, 25]", UNITS, [D.WIDER, D.NARROWER]),
        ("str", UNITS, [D.OTHER_TYPE, D.WIDER]),
        ("str", REGION, [D.OPEN_VOCABULARY]),
        ("Literal['east', 'north', 'mars']", REGION, [D.WORDS_MORE]),
        ("Literal['east']", REGION, [D.WORDS_LESS]),
        ("Literal['east', 'mars']", REGION, [D.WORDS_MORE, D.WORDS_LESS]),
        ("Annotated[int, Field(ge=0, le=500)]", STOCK, [D.MISSING_REFUSED]),
        ("Annotated[int, Field(ge=0, le=500)] = 7", STOCK, [D.OTHER_DEFAULT]),
        ("Annotated[int, Field(ge=1, le=24)] | None", UNITS, [D.MISSING_TAKEN]),
        ("Annotated[int, Field(ge=1, le=24)] = 2", UNITS, [D.MISSING_TAKEN]),
        ("Literal['east', 'north']", replace(REGION, unknown="default", default="east"), [D.UNKNOWN_REFUSED]),
        ("str", replace(REGION, unknown="default", default="east"), [D.OPEN_VOCABULARY]),
    ],
)
def test_each_difference_is_told(field: str, expected: Expected, kinds: list[Difference], tmp_path: Path) -> None:
    assert told(tmp_path, field, expected) == kinds


def test_a_validator_may_map_unknown_words_to_the_promised_default_and_is_told_as_promised(tmp_path: Path) -> None:
    declared = replace(REGION, unknown="default", default="east")
    text = f"\n\nclass Model(BaseModel):\n{CONFIG}    x: Annotated[Literal['east', 'north'], BeforeValidator(known)]\n"
    (only,) = compare(model(tmp_path, text), {"x": declared})
    assert (only.kind, only.promised) == (D.UNJUDGED, True)


@pytest.mark.parametrize(
    ("config", "kinds"),
    [
        ("", [D.EXTRA_ALLOWED, D.NOT_STRICT, D.NOT_FINITE]),
        ("    model_config = ConfigDict(strict=True, allow_inf_nan=False)\n", [D.EXTRA_ALLOWED]),
        ("    model_config = ConfigDict(strict=True, extra='forbid')\n", [D.NOT_FINITE]),
        ("    model_config = ConfigDict(extra='forbid', allow_inf_nan=False)\n", [D.NOT_STRICT]),
        ("    model_config = ConfigDict(strict=FLAG, extra='forbid', allow_inf_nan=False)\n", [D.UNJUDGED]),
    ],
)
def test_the_configuration_is_judged(config: str, kinds: list[Difference], tmp_path: Path) -> None:
    assert told(tmp_path, "Annotated[float, Field(ge=1, le=500)]", COST, config) == kinds


def test_fields_are_matched_by_their_name_in_the_request(tmp_path: Path) -> None:
    units = "    units_: Annotated[int, Field(ge=1, le=24, alias='units')]\n"
    text = f"\n\nclass Model(BaseModel):\n{CONFIG}{units}    y: bool\n"
    found = compare(model(tmp_path, text), {"units": UNITS, "cost": COST})
    assert [(each.kind, each.field) for each in found] == [(D.FIELD_MISSING, "cost"), (D.FIELD_UNKNOWN, "y")]


def whole(low: float | None, high: float | None) -> InputModel:
    field = Field(name="x", attribute="x", types=(Type.NUMBER,), low=low, high=high, strict=True, finite=True)
    return InputModel(name="Model", fields=(field,), extra=Extra.FORBID, strict=True, finite=True)


bound = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(low=bound, high=bound, least=bound, most=bound)
def test_a_range_differs_exactly_if_some_number_is_taken_by_one_alone(
    low: float | None, high: float | None, least: float | None, most: float | None
) -> None:
    kinds = {each.kind for each in compare(whole(low, high), {"x": Expected(kind="number", low=least, high=most)})}
    wider = (least is not None and (low is None or low < least)) or (most is not None and (high is None or high > most))
    narrower = (least is not None and low is not None and low > least) or (
        most is not None and high is not None and high < most
    )
    assert kinds == ({D.WIDER} if wider else set()) | ({D.NARROWER} if narrower else set())


@given(low=bound)
def test_a_nan_among_the_bounds_never_matches(low: float | None) -> None:
    expected = {"x": Expected(kind="number", low=0, high=1)}
    assert compare(whole(math.nan, 1), expected)
    assert compare(whole(low, math.nan), expected)


@given(words=st.sets(st.text(max_size=3), min_size=1), others=st.sets(st.text(max_size=3), min_size=1))
def test_vocabularies_match_as_sets_do(words: set[str], others: set[str]) -> None:
    listed: tuple[Scalar, ...] = tuple(words)
    field = Field(name="x", types=(Type.TEXT,), vocabulary=listed, strict=True, finite=True)
    made = InputModel(name="Model", fields=(field,), extra=Extra.FORBID, strict=True, finite=True)
    kinds = {each.kind for each in compare(made, {"x": Expected(kind="category", vocabulary=tuple(others))})}
    assert kinds == ({D.WORDS_MORE} if words - others else set()) | ({D.WORDS_LESS} if others - words else set())
