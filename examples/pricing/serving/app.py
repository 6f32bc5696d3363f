"""The pricing service, done right: a price is either sound or it is refused, and the health check asks the model.

From the folder above this package:

    python -m serving.app '{"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}'
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import joblib
from sklearn.pipeline import Pipeline

from serving.features import InvalidRequest, to_frame

MODEL_FILE = Path(__file__).resolve().parent.parent / "model.joblib"
LOWEST_PRICE, HIGHEST_PRICE = 1.0, 1500.0
CANARY = {"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}

Answer = tuple[int, dict[str, float | str]]


def load_model() -> Pipeline:
    """Load the model that lies beside this package."""
    return joblib.load(MODEL_FILE)


def price(model: Pipeline, request: Mapping[str, object]) -> Answer:
    """Return the HTTP status and the body: 422 for a request that is not valid, 503 for a price that is not sound.

    What the model raises is not caught: the server makes 500 of it, and the monitoring sees it.
    """
    try:
        frame = to_frame(request)
    except InvalidRequest as error:
        return 422, {"error": str(error)}
    amount = float(model.predict(frame)[0])
    if not math.isfinite(amount) or not LOWEST_PRICE <= amount <= HIGHEST_PRICE:
        return 503, {"error": f"got a price of {amount}, expected {LOWEST_PRICE} to {HIGHEST_PRICE}"}
    return 200, {"price": round(amount, 2)}


def health(model: Pipeline) -> Answer:
    """Price a known request: the service is well if, and only if, the model is."""
    return price(model, CANARY)


def main() -> None:
    """Answer the request given on the command line, then the health check."""
    model = load_model()
    print(*price(model, json.loads(sys.argv[1])))
    print(*health(model))


if __name__ == "__main__":
    main()
