"""The pricing service, done right: the guard that was generated from manifest.yaml stands between it and the model.

From the folder above this package:

    python -m serving.app '{"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}'
    python -m serving.app --golden
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import joblib
from pydantic import ValidationError
from sklearn.pipeline import Pipeline

from serving.features import distance, to_frame
from serving.guard import Guard, Request

HOME = Path(__file__).resolve().parent.parent
MODEL_FILE = HOME / "model.joblib"
GOLDEN_FILE = HOME / "golden" / "records.jsonl"

Answer = tuple[int, dict[str, object]]


def load_model() -> Pipeline:
    """Load the model that lies beside this package."""
    return joblib.load(MODEL_FILE)


def golden() -> list[tuple[dict[str, object], dict[str, float]]]:
    """Return the golden records that have a price: what is asked when the breaker is half open, never a customer."""
    rows = [json.loads(line) for line in GOLDEN_FILE.read_text(encoding="utf-8").splitlines()]
    answered = [row for row in rows if row.get("outputs") and row["outputs"].get("served", "served") == "served"]
    return [(row["inputs"], {"price": row["outputs"]["price"]}) for row in answered]


def guarded(model: Pipeline) -> Guard:
    """Return the guard of the model; what the model raises is counted by it, and answered with the fallback."""

    def predict(record: Mapping[str, float]) -> dict[str, float]:
        return {"price": round(float(model.predict(to_frame(record))[0]), 2), "distance": distance(record)}

    return Guard(predict, probe=golden(), registry=None)


def price(guard: Guard, body: Mapping[str, object]) -> Answer:
    """Return the HTTP status and the body: 422 for a request that is not valid, else a price that may be given."""
    try:
        request = Request.model_validate(body)
    except ValidationError as error:
        return 422, {"error": [each["msg"] for each in error.errors()]}
    answer = guard(request)
    if answer.status == "rejected":
        return 422, {"error": list(answer.reasons)}
    return 200, {**answer.values, "distance": answer.confidence, "served": answer.status}


def health(guard: Guard) -> Answer:
    """Price a golden record: the service is well if, and only if, the model answers as it did."""
    record, expected = golden()[0]
    status, body = price(guard, record)
    is_well = status == 200 and body["served"] == "served" and body["price"] == expected["price"]
    return (200 if is_well else 503), body


def handler() -> Callable[[Mapping[str, object]], Answer]:
    """Return what the server calls for each request."""
    guard = guarded(load_model())
    return lambda body: price(guard, body)


def main() -> None:
    """Answer the request given on the command line, then the health check; or ask the golden records."""
    guard = guarded(load_model())
    if sys.argv[1] == "--golden":
        for record, expected in golden():
            print(*price(guard, record), "expected", expected)
        return
    print(*price(guard, json.loads(sys.argv[1])))
    print(*health(guard))


if __name__ == "__main__":
    main()
