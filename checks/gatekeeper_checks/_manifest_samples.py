"""A small candidate with a manifest for the rules' examples: a model that predicts, and what is declared of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gatekeeper_checks import _baseline_samples, _samples

MODEL = _samples.linear(["units"], [2.0], 1.0)
LOCK = _samples.SIX
POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment: {training: training.lock}
manifest: manifest.yaml
baseline: baseline.json
golden: golden.jsonl
"""
WITHOUT_GOLDEN = POLICY.replace("golden: golden.jsonl\n", "")
NOTES = {"model.pkl": "a LinearRegression: the price is 2 x units + 1"}
GOLDEN = '{"inputs": {"units": 3}, "outputs": {"price": 7.0}}\n{"inputs": {"units": 12}, "outputs": {"price": 25.0}}\n'


def files(policy: str = POLICY, **changes: Any) -> Mapping[str, str | bytes]:
    """Return a candidate whose manifest has these changes; it is made when somebody looks at it.

    Args:
        policy: gatekeeper.yaml; baseline and golden records are there if it names them.
        changes: blocks of the manifest; a name with a dot is that of a file, with what is in it.
    """
    return _samples.Later(lambda: _candidate(policy, changes))


def _candidate(policy: str, changes: Mapping[str, Any]) -> dict[str, str | bytes]:
    replaced = {name: content for name, content in changes.items() if "." in name}
    model = replaced.get("model.pkl", MODEL)
    made: dict[str, str | bytes] = {"gatekeeper.yaml": policy, "model.pkl": model, "training.lock": LOCK}
    if "baseline:" in policy:
        made["baseline.json"] = baseline(model)
    if "golden:" in policy:
        made["golden.jsonl"] = GOLDEN
    made |= {"shap.json": shap(model), **replaced}
    blocks = {name: each for name, each in changes.items() if name not in replaced}
    made["manifest.yaml"] = manifest(made, **blocks)
    return made


def manifest(made: Mapping[str, str | bytes], **changes: Any) -> str:
    """Return the manifest of a candidate as YAML (each block is JSON, which YAML reads); `changes` replaces blocks."""
    today = datetime.now(UTC).date()
    document: dict[str, Any] = {
        "schema": "gatekeeper/manifest@1",
        "model": {"name": "pricing", "version": "7", **_digests(made)},
        "owner": {"team": "pricing", "oncall": "pricing-oncall", "runbook": "https://runbooks.example.org/pricing"},
        "review": {
            "author": "ana",
            "by": "ben",
            "day": today.isoformat(),
            "expires": (today + timedelta(days=180)).isoformat(),
        },
        "outputs": {"price": OUTPUT},
        "inputs": {"units": INPUT},
        "kill_switches": SWITCHES,
        "breaker": BREAKER,
        "confidence": {"metric": "interval-width", "field": "width", "limit": 20.0},
        "explanations": [{"method": "shap", "path": "shap.json", "sha256": digest(made["shap.json"])}],
    }
    document |= changes
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items() if value is not None)


def _digests(made: Mapping[str, str | bytes]) -> dict[str, str]:
    files = {"artifact": "model.pkl", "baseline": "baseline.json", "golden": "golden.jsonl", "lock": "training.lock"}
    return {name: digest(made[file]) for name, file in files.items() if file in made}


OUTPUT: Mapping[str, Any] = {"unit": "EUR", "min": 1.0, "max": 60.0, "monotone": {"units": "increasing"}}
INPUT: Mapping[str, Any] = {
    "kind": "integer",
    "min": 1,
    "max": 24,
    "unit": "pieces",
    "missing": "default",
    "default": 6,
}
SWITCHES: Mapping[str, Any] = {
    "units-lost": {
        "when": {"feature": "units", "op": "missing-rate", "value": 0.05, "window": "5m"},
        "action": "safe-mode",
    },
    "bulk-order": {"when": {"feature": "units", "op": "above", "value": 20}, "action": "alert"},
}
BREAKER: Mapping[str, Any] = {"open_after": 5, "of_last": 100, "fallback": {"price": 25.0}}


def output(**changes: Any) -> dict[str, Any]:
    """Return the block `outputs` with these changes of the price."""
    return {"price": {**OUTPUT, **changes}}


def inputs(**changes: Any) -> dict[str, Any]:
    """Return the block `inputs` with these changes of the units."""
    return {"units": {**INPUT, **changes}}


def switch(**when: Any) -> dict[str, Any]:
    """Return the block `kill_switches` with one condition on the units."""
    return {"units": {"when": {"feature": "units", **when}, "action": "alert"}}


def baseline(model: bytes, *, feature: str = "units") -> str:
    """Return a baseline of 1,200 rows: units 1 to 12, and what the model says of them."""
    bound = {"name": "model.pkl", "sha256": digest(model)}
    predictions = {**_baseline_samples.feature([100] * 12), "name": "predicted", "kind": "real"}
    predictions["grid"] = {**predictions["grid"], "edges": [2.0 * units + 1 for units in range(1, 13)]}
    predictions |= {"mean": 14.0, "std": 6.9, "min": 3.0, "max": 25.0, "repeated": {"value": 3.0, "count": 100}}
    made = _baseline_samples.baseline(
        artifact=bound,
        lock={"name": "training.lock", "sha256": digest(LOCK)},
        features=[{**_baseline_samples.feature([100] * 12), "unit": "pieces"}],
        predictions=predictions,
    )
    return made.replace('"units"', f'"{feature}"')


def shap(model: bytes = MODEL, *, slope: float = 2.0) -> str:
    """Return the exact Shapley values of three rows beside a background of one, for a line of this slope."""
    rows = [3, 12, 7]
    document = {
        "schema": "gatekeeper/explanation@1",
        "method": "shap",
        "artifact": digest(model),
        "generator": "gatekeeper 0.1.0",
        "output": "price",
        "source": {"name": "training.csv", "sha256": digest(b"data"), "seed": 0},
        "features": ["units"],
        "rows": [[units] for units in rows],
        "base": slope * 6 + 1,
        "values": [[slope * (units - 6)] for units in rows],
        "background": [[6]],
    }
    return json.dumps(document, indent=1) + "\n"


def digest(data: str | bytes) -> str:
    """Return the sha256 of a file's content, as documents write it."""
    return f"sha256:{hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()}"


ENCODED: Mapping[str, str] = {"model.pkl": "a pipeline: OrdinalEncoder of the region, then a LinearRegression"}
_ENCODED_POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment: {training: training.lock}
manifest: manifest.yaml
"""


def encoded(
    *, unknown: str = "error", vocabulary: Sequence[str] = ("east", "north", "south", "west")
) -> Mapping[str, str | bytes]:
    """Return a candidate whose model encodes the region, with this treatment of unknown ones and this vocabulary."""
    return _samples.Later(lambda: dict(_encoded(unknown, vocabulary)))


def _encoded(unknown: str, vocabulary: Sequence[str]) -> Mapping[str, str | bytes]:
    # They are large, and no run needs them.
    from gatekeeper_checks._encoded_models import GUESSING, REJECTING  # noqa: PLC0415 - see above

    region = {"kind": "category", "vocabulary": list(vocabulary), "unknown": "reject"}
    model = REJECTING if unknown == "error" else GUESSING
    return files(
        _ENCODED_POLICY,
        inputs={"region": region, "units": INPUT},
        **{"model.pkl": model, "shap.json": _encoded_shap(model)},
    )


def _encoded_shap(model: bytes) -> str:
    """Return the exact Shapley values of one row: the price is 2 x units + the number of the region."""
    document = json.loads(shap(model))
    document |= {"features": ["region", "units"], "rows": [["north", 3]], "background": [["east", 6]]}
    return json.dumps({**document, "base": 12.0, "values": [[1.0, -6.0]]}, indent=1) + "\n"


HANDLED = POLICY + 'code: {paths: [serving.py], predictor: "serving:handler"}\n'
SERVING = '''\
"""The pricing service: what is not of the domain is refused, and a missing number of units is six."""

import pickle
from pathlib import Path


def handler():
    with Path(__file__).with_name("model.pkl").open("rb") as file:
        model = pickle.load(file)

    def price(request):
        units = request.get("units")
        units = 6 if units is None else units
        if set(request) - {"units"} or type(units) is not int or not 1 <= units <= 24:
            return 422, {"error": "units: expected 1 to 24"}
        return 200, {"price": float(model.coef_[0] * units + model.intercept_), "width": 4.0}

    return price
'''
RAISING = SERVING.replace(
    "        return 200,",
    '        if units > 20:\n            raise RuntimeError("no price for so many")\n        return 200,',
)
LAX = SERVING.replace("or not 1 <= units <= 24", "")
EDITED_GUARD = f'''\
"""The guard of pricing 7.

Generated from the manifest sha256:{"0" * 64};
do not edit it, generate it again. It needs pydantic and prometheus_client.
"""
'''
