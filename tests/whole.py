"""A small candidate that every built-in check passes: a real model, a service, and a contract between the two."""

from __future__ import annotations

import functools
import json

from gatekeeper.contract.baseline.document import read
from gatekeeper.contract.generation import generate
from gatekeeper.contract.manifest.document import load
from gatekeeper_checks import _manifest_samples as samples
from gatekeeper_checks import _samples
from gatekeeper_checks._baseline_samples import fresh_baseline
from gatekeeper_checks.artifact_integrity.samples import training_record
from gatekeeper_checks.golden_replay.samples import digests, golden

MODEL = _samples.linear(["units"], [2.0], 1.0)
_HASH = "--hash=sha256:436aaaae2c916ad16631142488e4c82f4296af2404f480e031d866863425d2a2"
LOCK = f"numpy==2.4.6 {_HASH}\nscikit-learn==1.9.1 {_HASH}\n"
"""What requirements.lock has, where this candidate is executed; nobody looks for files of these hashes."""
POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
artifact: {record: record.json}
environment:
  training: training.lock
  production: production.lock
  target: cp311-linux_x86_64
code: {paths: [serve.py], predictor: "serve:handler"}
manifest: manifest.yaml
baseline: baseline.json
golden: golden.jsonl
replay: {min_records: 2, stress: 20}
deployment: [rules.yaml, dashboard.json]
"""
ANSWERS = (({"units": 3}, {"price": 7.0, "width": 4.0}), ({"units": 12}, {"price": 25.0, "width": 4.0}))
SERVING = """\
import functools
import pickle
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Offer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    units: Annotated[int, Field(ge=1, le=24)] | None = None


@functools.cache
def load():
    with Path(__file__).with_name("model.pkl").open("rb") as file:
        return pickle.load(file)


def lambda_handler(event, context):
    offer = Offer.model_validate(event)
    units = 6 if offer.units is None else offer.units
    model = load()
    return {"price": float(model.predict([[units]])[0]), "width": 4.0}


def handler():
    return lambda event: lambda_handler(event, None)
"""


def whole(predictor: str = "serve:handler") -> dict[str, str | bytes]:
    """Return the files, of today; what answers may be another predictor."""
    made: dict[str, str | bytes] = {
        "gatekeeper.yaml": POLICY.replace('"serve:handler"', json.dumps(predictor)),
        "model.pkl": MODEL,
        "record.json": training_record({"model.pkl": MODEL}, {"numpy": "2.4.6", "scikit-learn": "1.9.1"}),
        "training.lock": LOCK,
        "production.lock": LOCK,
        "serve.py": SERVING,
        "baseline.json": fresh_baseline(MODEL, LOCK.encode()),
        "golden.jsonl": golden(ANSWERS, artifacts=digests({"model.pkl": MODEL}), predictor=predictor),
        "shap.json": samples.shap(MODEL),
    }
    made["manifest.yaml"] = samples.manifest(made)
    return made | _generated(str(made["manifest.yaml"]), str(made["baseline.json"]))


@functools.cache
def _generated(manifest: str, baseline: str) -> dict[str, str | bytes]:
    declared, counted = load(manifest.encode(), "manifest.yaml"), read(baseline.encode())
    return dict(generate(declared, counted, ("prometheus-rules", "grafana")))
