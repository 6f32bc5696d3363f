"""What is read of a model is what pydantic does: real models, probed with everything that matters."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.inference.validation.facts import Extra, Field, InputModel, Type
from gatekeeper.inference.validation.schema import from_json_schema
from tests.inference.validation.reading import HEAD, model, model_in, write

CONFIGS = [
    "",
    "    model_config = ConfigDict(strict=True)\n",
    "    model_config = ConfigDict(extra='forbid', allow_inf_nan=False)\n",
    "    model_config = ConfigDict(strict=True, extra='forbid', frozen=True, allow_inf_nan=False)\n",
    "    model_config = {'extra': 'allow', 'strict': True}\n",
]
NUMBERS = ["float", "StrictFloat", "FiniteFloat", "NonNegativeFloat", "confloat(gt=0, le=9, allow_inf_nan=False)"]
WHOLE = ["int", "StrictInt", "PositiveInt", "conint(ge=1, le=9)", "Annotated[int, Strict()]"]
OTHERS = ["bool", "StrictBool", "str", "Literal['a', 'b']", "Literal[1, 2]", "Colour", "Size", "Cost", "int | float"]
MARKERS = [
    "Field(ge=1, lt=5)",
    "Field(gt=1, strict=True)",
    "Field(allow_inf_nan=False, le=5)",
    "Interval(ge=1, le=4)",
    "Ge(2)",
    "AllowInfNan(False)",
    "Strict(True)",
]
DEFAULTS = ["", " = None", " = Field(default=None)", " = Field(...)"]
TYPES = """

class Colour(StrEnum):
    RED = "a"
    BLUE = "b"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


Cost = Annotated[float, Field(ge=1, le=5)]
"""


@st.composite
def fields(draw: st.DrawFn) -> str:
    numeric = st.sampled_from([*NUMBERS, *WHOLE]).flatmap(
        lambda type_: st.sampled_from([type_, *(f"Annotated[{type_}, {marker}]" for marker in MARKERS)])
    )
    annotation = draw(st.one_of(numeric, st.sampled_from(OTHERS)))
    form = draw(st.sampled_from(["{}", "Optional[{}]", "{} | None", "Union[None, {}]", "'{}'"]))
    if "'" in annotation and form == "'{}'":
        form = "{}"
    return form.format(annotation) + draw(st.sampled_from(DEFAULTS))


def real(text: str) -> type[pydantic.BaseModel]:
    names: dict[str, Any] = {"__name__": "inputs"}
    exec(compile(text, "<inputs>", "exec"), names)
    found: type[pydantic.BaseModel] = names["Model"]
    found.model_rebuild(_types_namespace=names)
    return found


def takes(made: type[pydantic.BaseModel], value: object) -> bool:
    try:
        made.model_validate({"x": value})
    except pydantic.ValidationError:
        return False
    return True


def inside(field: Field, value: float) -> bool:
    low = field.low is None or value > field.low or (value == field.low and not field.low_open)
    high = field.high is None or value < field.high or (value == field.high and not field.high_open)
    return low and high


@settings(max_examples=300, deadline=None)
@given(field=fields(), config=st.sampled_from(CONFIGS))
def test_what_is_read_is_what_pydantic_takes(field: str, config: str) -> None:
    text = f"{HEAD}{TYPES}\n\nclass Model(BaseModel):\n{config}    x: {field}\n"
    made = real(text)
    with TemporaryDirectory() as folder:
        write(Path(folder), {"inputs.py": text})
        read = model_in(Path(folder), "Model")
    (x,) = read.fields
    assert not x.unjudged
    annotation = field.partition(" = ")[0]
    assert takes(made, None) == ("None" in annotation or "Optional" in annotation)
    assert made.model_fields["x"].is_required() == x.required
    if x.vocabulary is not None:
        assert all(takes(made, each) for each in x.vocabulary) or "Colour" in field or "Size" in field
        assert not takes(made, "neither")
        return
    if not {Type.NUMBER, Type.INTEGER} & set(x.types):
        assert takes(made, "no") == (Type.TEXT in x.types or not x.strict)
        return
    for value in (-1, 0, 1, 2, 3, 4, 5, 9, 10):
        assert takes(made, value) == inside(x, value)
    assert takes(made, "3") == (not x.strict and inside(x, 3))
    assert takes(made, True) == (not x.strict and inside(x, 1))  # noqa: FBT003 - the value that is validated
    if x.numeric and x.finite:
        assert not any(takes(made, each) for each in (math.nan, math.inf, -math.inf))
    elif x.numeric:
        assert any(takes(made, each) for each in (math.nan, math.inf, -math.inf)) or x.high is not None


@pytest.mark.parametrize("config", CONFIGS)
def test_extra_fields_are_what_pydantic_makes_of_them(config: str, tmp_path: Path) -> None:
    text = f"\n\nclass Model(BaseModel):\n{config}    x: int\n"
    read = model(tmp_path, text)
    made = real(HEAD + text)
    try:
        kept = "y" in made.model_validate({"x": 1, "y": 2}).model_dump()
    except pydantic.ValidationError:
        assert read.extra is Extra.FORBID
    else:
        assert read.extra is (Extra.ALLOW if kept else Extra.IGNORE)


@settings(max_examples=150, deadline=None)
@given(field=fields(), config=st.sampled_from(CONFIGS))
def test_the_schema_says_the_same_as_the_source(field: str, config: str) -> None:
    text = f"{HEAD}{TYPES}\n\nclass Model(BaseModel):\n{config}    x: {field}\n"
    with TemporaryDirectory() as folder:
        write(Path(folder), {"inputs.py": text})
        read = model_in(Path(folder), "Model")
    told = from_json_schema(real(text).model_json_schema())
    assert shared(told) == shared(read)


def shared(read: InputModel) -> list[object]:
    extra = Extra.IGNORE if read.extra is Extra.IGNORE else read.extra
    return [
        extra,
        *((each.name, each.types, each.nullable, each.required, each.vocabulary, bounds(each)) for each in read.fields),
    ]


def bounds(field: Field) -> tuple[object, ...]:
    return field.low, field.low_open, field.high, field.high_open, field.multiple_of


def test_bases_nested_classes_and_configuration_are_followed_across_files(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from .base import Strict\n",
        "shop/base.py": "from pydantic import BaseModel, ConfigDict\n\nCOMMON = {'extra': 'forbid'}\n\n\n"
        "class Strict(BaseModel, strict=True):\n    model_config = ConfigDict(**COMMON)\n    y: float = 1.0\n",
        "shop/inputs.py": "import pydantic as p\n\nfrom shop import Strict\n\nfrom .limits import MOST\n\n\n"
        "class Model(Strict, allow_inf_nan=False):\n    x: 'p.confloat(le=MOST)'\n    y: p.StrictInt\n",
        "shop/limits.py": "MOST = -LEAST if False else 7\n_M = 7\nMOST = _M\n",
    }
    write(tmp_path, files)
    read = model_in(tmp_path, "Model")
    assert (read.extra, read.strict, read.finite, read.unjudged) == (Extra.FORBID, True, True, ())
    y, x = read.fields
    assert (x.high, x.types) == (7.0, (Type.NUMBER,))
    assert (y.types, y.required) == ((Type.INTEGER,), True)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        ("    x: Annotated[int, BeforeValidator(int)]\n", "BeforeValidator runs before its checks"),
        ("    x: int = Field(ge=len('abc'))\n", "ge=len('abc') is no constant"),
        ("    x: int = Field(default_factory=int)\n", "its default is made by code"),
        ("    x: int = Field(**OPTIONS)\n", "Field takes **OPTIONS"),
        ("    x: make_type()\n", "its type is made when the code runs: make_type()"),
        ("    x: Annotated[int, Own(3)]\n", "Own is a marker of its own"),
        ("    x: Literal[tuple(NAMES)]\n", "tuple(NAMES) of its Literal can't be told"),
    ],
)
def test_what_code_makes_is_told_as_not_judged(body: str, doubt: str, tmp_path: Path) -> None:
    (x,) = model(tmp_path, f"\n\nclass Model(BaseModel):\n{body}").fields
    assert x.unjudged == (doubt,)


_VALIDATOR = "@{}\n    @classmethod\n    def f(cls, v): return v"


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (_VALIDATOR.format("field_validator('x', mode='before')"), ('field_validator(mode="before")', ("x",))),
        (_VALIDATOR.format("field_validator('*', mode='wrap')"), ('field_validator(mode="wrap")', ())),
        (_VALIDATOR.format("field_validator('x', mode=MODE)"), ('field_validator(mode="?")', ("x",))),
        (_VALIDATOR.format("model_validator(mode='before')"), ('model_validator(mode="before")', ())),
        ("def __init__(self, **data): super().__init__(**data)", ("its own __init__", ())),
    ],
)
def test_what_runs_before_the_checks_is_told(method: str, told: tuple[str, tuple[str, ...]], tmp_path: Path) -> None:
    read = model(tmp_path, f"\n\nclass Model(BaseModel):\n    x: int\n\n    {method}\n")
    assert [(each.what, each.fields) for each in read.loosened] == [told]


@pytest.mark.parametrize("mode", ["mode='after'", ""])
def test_what_runs_after_the_checks_undoes_none(mode: str, tmp_path: Path) -> None:
    text = (
        f"\n\nclass Model(BaseModel):\n    x: int\n\n    @field_validator('x', {mode})\n    def f(cls, v): return v\n"
    )
    assert model(tmp_path, text).loosened == ()


def test_words_that_code_demands_or_maps_are_a_vocabulary(tmp_path: Path) -> None:
    text = """
WORDS = frozenset(("a", "b"))


def known(value: str) -> str:
    if value not in WORDS:
        raise ValueError("unknown")
    return value


class Model(BaseModel):
    x: Annotated[str, AfterValidator(known)]
    y: str
    z: str

    @field_validator("y")
    @classmethod
    def listed(cls, value):
        if value not in ("c", "d"):
            raise ValueError("unknown")
        return value

    def filled(self):
        return self.z if self.z in WORDS else "a"
"""
    x, y, z = model(tmp_path, text).fields
    assert x.vocabulary is not None
    assert set(x.vocabulary) == {"a", "b"}
    assert y.vocabulary == ("c", "d")
    assert z.vocabulary is None
    assert z.mapped is not None
    assert set(z.mapped) == {"a", "b"}


def test_every_pair_of_configurations_is_read_as_the_last_one_says(tmp_path: Path) -> None:
    for number, (below, above) in enumerate(itertools.product(CONFIGS[1:], repeat=2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = f"\n\nclass Base(BaseModel):\n{below}    x: float\n\n\nclass Model(Base):\n{above}    y: float\n"
        read = model(folder, text)
        config = real(HEAD + text).model_config
        assert read.strict == config.get("strict", False)
        assert read.finite == (not config.get("allow_inf_nan", True))
        assert read.extra == config.get("extra", "ignore")
