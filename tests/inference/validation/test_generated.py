"""What is generated from a manifest is what this check asks for: the input model and the guard are silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.contract.generation import guard_source, pydantic_source
from gatekeeper.contract.manifest.document import load
from gatekeeper.inference.validation.facts import Way
from gatekeeper_checks._expected_inputs import declared
from gatekeeper_checks.input_validation.judging import judge_validation
from gatekeeper_checks.input_validation.samples import MATCHING
from tests.inference.validation.reading import validation

MORE = """\
  express: {kind: boolean}
  note: {kind: text}
  days: {kind: integer, min: 0, max: 365}
  share: {kind: number, missing: default, default: 0.5, min: 0, max: 1}
  size: {kind: category, vocabulary: [SIZES], unknown: default, missing: default, default: "s1"}
  brand: {kind: category, vocabulary: [BRANDS], unknown: reject}
breaker: {open_after: 5, of_last: 100, fallback: {price: 100}}
"""
APP = """
import joblib
import pandas as pd
from fastapi import FastAPI, Request as Raw

app = FastAPI()
model = joblib.load("model.joblib")
"""
BY_MODEL = """
from input_model import Request


@app.post("/price")
def price(record: Request) -> float:
    return float(model.predict(pd.DataFrame([record.filled()]))[0])
"""
BY_GUARD = """
from guard import Guard

guard = Guard(lambda record: {"price": float(model.predict(pd.DataFrame([record]))[0])})


@app.post("/price")
async def price(request: Raw):
    return guard(await request.json()).outputs
"""


def manifest(sizes: int, brands: int) -> str:
    text = str(MATCHING.files["manifest.yaml"]) + MORE
    text = text.replace("[SIZES]", f"[{', '.join(f's{number}' for number in range(1, sizes + 1))}]")
    return text.replace("[BRANDS]", f"[{', '.join(f'brand{number}' for number in range(brands))}]")


@pytest.mark.parametrize(("sizes", "brands"), [(2, 2), (40, 40), (900, 900)])
@pytest.mark.parametrize("app", [BY_MODEL, BY_GUARD], ids=["model", "guard"])
def test_what_is_generated_is_silent(app: str, sizes: int, brands: int, tmp_path: Path) -> None:
    made = load(manifest(sizes, brands).encode(), "manifest.yaml")
    files = {"app.py": APP + app, "input_model.py": pydantic_source(made), "guard.py": guard_source(made, None)}
    seen = validation(tmp_path, files)
    assert [each.way for endpoint in seen.endpoints for each in endpoint.inputs] == [Way.MODEL]
    assert judge_validation(seen, declared(made)) == ()


def test_a_generated_model_that_somebody_edited_is_told(tmp_path: Path) -> None:
    made = load(manifest(2, 2).encode(), "manifest.yaml")
    edited = pydantic_source(made).replace("le=500", "le=5000").replace("'s2'", "'s3'").replace('"s2"', '"s3"')
    seen = validation(tmp_path, {"app.py": APP + BY_MODEL, "input_model.py": edited})
    codes = {each.finding.code.partition("/")[2] for each in judge_validation(seen, declared(made))}
    assert codes == {"other-range", "other-vocabulary"}
