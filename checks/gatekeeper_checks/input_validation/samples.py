"""The candidates of the rules' examples: one small service, and the manifest that it answers to."""

from __future__ import annotations

from gatekeeper.model import Example

_POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
code:
  paths: [serving]
"""
_HEAD = """\
from typing import Annotated, Any, Literal

import joblib
import pandas as pd
from fastapi import FastAPI, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

app = FastAPI()
model = joblib.load("model.joblib")
"""
_ZEROS = "0" * 64
_MANIFEST = f"""\
schema: gatekeeper/manifest@1
model: {{name: pricing, version: "1", artifact: "sha256:{_ZEROS}"}}
owner: {{team: pricing, oncall: pricing-oncall, runbook: "https://runbooks.example/pricing"}}
review: {{author: Ada Byron, by: Grace Hopper, day: "2026-01-05", expires: "2027-01-05"}}
outputs:
  price: {{unit: EUR, min: 1, max: 1500}}
inputs:
  region: {{kind: category, vocabulary: [east, north], unknown: reject}}
  unit_cost: {{kind: number, unit: EUR, min: 1, max: 500}}
  stock: {{kind: integer, unit: "{{units}}", min: 0, max: 500, missing: default, default: 120}}
"""

NO_CODE = Example(files={"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\n"})

CONFIG = '    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)\n'
REGION = '    region: Literal["east", "north"]\n'
UNIT_COST = "    unit_cost: Annotated[float, Field(ge=1.0, le=500.0)]\n"
STOCK = "    stock: Annotated[int, Field(ge=0, le=500)] | None = None\n"

HANDLER = """\

@app.post("/price")
def price(request: PricingInput) -> float:
    return float(model.predict(pd.DataFrame([request.model_dump()]))[0])
"""
RAW = """\

@app.post("/price")
async def price(request: Request) -> float:
    return float(model.predict(pd.DataFrame([await request.json()]))[0])
"""


def service(code: str) -> Example:
    """Return a candidate whose service loads a model and then says `code`."""
    return Example(files={"gatekeeper.yaml": _POLICY, "serving/app.py": f"{_HEAD}{code}"})


def model(fields: str = REGION + UNIT_COST + STOCK, config: str = CONFIG, handler: str = HANDLER) -> Example:
    """Return a candidate whose endpoint takes a model with that configuration and these fields."""
    return service(f"\n\nclass PricingInput(BaseModel):\n{config}\n{fields}\n{handler}")


def declared(fields: str) -> Example:
    """Return the same with a manifest beside it, which declares `region`, `unit_cost` and `stock`."""
    files = dict(model(fields).files)
    files |= {"gatekeeper.yaml": f"{_POLICY}manifest: manifest.yaml\n", "manifest.yaml": _MANIFEST}
    return Example(files=files)


MATCHING = declared(REGION + UNIT_COST + STOCK)
STRICT = model()
