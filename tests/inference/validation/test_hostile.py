"""Code that was written to be hard to read: it is told as not judged, or refused; never a traceback, never a pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.inference.validation.facts import Way
from gatekeeper_checks.input_validation.judging import judge_validation
from tests.inference.validation.reading import HEAD, model, validation
from tests.inference.validation.services import EXPECTED

CONFIG = "    model_config = ConfigDict(strict=True, extra='forbid', allow_inf_nan=False)\n"
SERVICE = """
import joblib
from fastapi import FastAPI, Request

app = FastAPI()
model = joblib.load("model.joblib")
"""
HANDLER = """

@app.post("/price")
def price(offer: Model):
    return float(model.predict([list(offer.model_dump().values())])[0])
"""


def codes(folder: Path, text: str) -> set[str]:
    seen = validation(folder, {"app.py": text})
    assert not seen.flaws
    assert any(each.asks for each in seen.endpoints)
    return {each.finding.code.partition("/")[2] for each in judge_validation(seen, EXPECTED)}


def served(body: str, before: str = "") -> str:
    return f"{HEAD}{SERVICE}{before}\n\nclass Model(BaseModel):\n{CONFIG}{body}{HANDLER}"


def test_a_file_that_does_not_parse_is_a_flaw(tmp_path: Path) -> None:
    seen = validation(tmp_path, {"app.py": "def price(:\n", "other.py": SERVICE})
    assert [each.path for each in seen.flaws] == ["app.py"] or seen.flaws[0].path.endswith("app.py")


def test_bases_in_a_circle_are_no_model_and_do_not_hang(tmp_path: Path) -> None:
    text = f"{HEAD}{SERVICE}\n\nclass Model(Other):\n    x: int\n\n\nclass Other(Model):\n    y: int\n{HANDLER}"
    validation(tmp_path, {"app.py": text})


def test_a_model_that_holds_itself_is_read_once(tmp_path: Path) -> None:
    read = model(tmp_path, "\n\nclass Model(BaseModel):\n    inner: 'Model | None' = None\n    many: list['Model']\n")
    assert [each.models for each in read.fields] == [("inputs.Model",), ("inputs.Model",)]
    assert "unjudged" not in codes(tmp_path, served("    inner: 'Model | None' = None\n"))


@pytest.mark.parametrize(
    "alias",
    [
        "X = X\n",
        "X = Optional['Y']\nY = Optional['X']\n",
        "X = Annotated['X', Field(ge=1)]\n",
        "X = Y\nY = Z\nZ = X\n",
        "X = Literal[X]\n",
    ],
)
def test_aliases_in_a_circle_are_told_as_not_judged(alias: str, tmp_path: Path) -> None:
    assert "unjudged" in codes(tmp_path, served("    x: X\n", alias))


def test_a_type_nested_without_end_is_told_as_not_judged(tmp_path: Path) -> None:
    assert "unjudged" in codes(tmp_path, served(f"    x: {'Optional[' * 60}float{']' * 60}\n"))
    deep = "".join(f"T{number} = Optional[T{number - 1}]\n" for number in range(1, 3_000))
    assert "unjudged" in codes(tmp_path, served("    x: T2999\n", f"T0 = float\n{deep}"))


def test_a_literal_of_ten_thousand_members_is_read_whole(tmp_path: Path) -> None:
    members = ", ".join(f"'w{number}'" for number in range(10_000))
    (x,) = model(tmp_path, f"\n\nclass Model(BaseModel):\n    x: Literal[{members}]\n").fields
    assert x.vocabulary is not None
    assert len(x.vocabulary) == 10_000
    assert "other-vocabulary" in codes(tmp_path, served(f"    region: Literal[{members}]\n"))


@pytest.mark.parametrize(
    "value",
    ["1" + "0" * 400, "float('nan')", "1e999", "-" * 91 + "1", "'1'", "None if X else 1", "True", "math.nan"],
)
def test_a_bound_that_is_none_bounds_nothing(value: str, tmp_path: Path) -> None:
    found = codes(tmp_path, served(f"    unit_cost: Annotated[float, Field(ge={value}, le=500)]\n", "import math\n"))
    assert {"other-range", "unjudged"} & found


@pytest.mark.parametrize(
    ("made", "way"),
    [
        ("Model = create_model('Model', **FIELDS)", Way.UNSEEN),
        ("Model = type('Model', (BaseModel,), {})", Way.MAPPING),
        ("Model = make()", Way.MAPPING),
        ("from contracts import Model", Way.UNSEEN),
        ("Model = dict", Way.MAPPING),
        ("Model = Any", Way.MAPPING),
    ],
)
def test_a_model_that_is_made_when_the_code_runs_is_never_silent(made: str, way: Way, tmp_path: Path) -> None:
    text = f"{HEAD}from pydantic import create_model\n{SERVICE}\n{made}\n{HANDLER}"
    seen = validation(tmp_path, {"app.py": text})
    (endpoint,) = seen.endpoints
    assert [each.way for each in endpoint.inputs] == [way]
    assert judge_validation(seen, EXPECTED)


def test_an_expression_of_five_thousand_operators_is_followed(tmp_path: Path) -> None:
    long = " + ".join(["body['x']"] * 5_000)
    text = f"{SERVICE}\n\n@app.post('/p')\nasync def p(request: Request):\n    body = await request.json()\n"
    assert codes(tmp_path, f"{text}    return model.predict([[{long}]])\n") == {"raw-input"}


def test_functions_that_call_each_other_are_followed_to_the_model(tmp_path: Path) -> None:
    text = f"""{SERVICE}

def ping(body, left):
    return pong(body, left - 1) if left else model.predict([[body["x"]]])


def pong(body, left):
    return ping(body, left - 1)


@app.post("/p")
def p(body: dict):
    return ping(body, 5)
"""
    assert codes(tmp_path, text) == {"raw-input"}


def test_containers_that_hold_themselves_are_followed(tmp_path: Path) -> None:
    text = f"""{SERVICE}

@app.post("/p")
def p(body: dict):
    rows = [body]
    rows.append(rows)
    table = {{"rows": rows}}
    table["table"] = table
    return model.predict(table)
"""
    assert codes(tmp_path, text) == {"raw-input"}


def test_an_endpoint_with_a_body_that_nobody_sees_is_told(tmp_path: Path) -> None:
    text = f"""{SERVICE}
from somewhere import current


@app.post("/p")
def p():
    return model.predict([current()["x"]])


@app.get("/health")
def health():
    return model.predict([[1.0]])
"""
    assert codes(tmp_path, text) == {"unjudged"}


def test_a_tree_without_an_endpoint_that_asks_a_model_is_no_pass(tmp_path: Path) -> None:
    seen = validation(tmp_path, {"app.py": f"{SERVICE}\n\n@app.post('/login')\ndef login(body: dict):\n    return 1\n"})
    assert [each.asks for each in seen.endpoints] == [False]
