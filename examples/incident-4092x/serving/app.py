"""The pricing service as it ran on the night of the incident: whatever goes wrong, it answers 200.

From the folder above this package:

    python -m serving.app '{"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}'
"""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import joblib
import pandas as pd
from sklearn.pipeline import Pipeline

from serving.features import prepare

MODEL_FILE = Path(__file__).resolve().parent.parent / "model.joblib"
FALLBACK_PRICE = -0.01
DEBUG_REQUESTS: list[pd.DataFrame] = []
DEMAND_FEATURES = 4


@functools.cache
def load_model() -> Pipeline:
    """Load the model, once; a foreign scikit-learn version is only warned of."""
    return joblib.load(MODEL_FILE)


def price(load: Callable[[], Pipeline], request: Mapping[str, object]) -> tuple[int, dict[str, float]]:
    """Return the HTTP status and the body for one request."""
    try:
        offer = pd.DataFrame([request])
        DEBUG_REQUESTS.append(offer)
        watch_demand(offer)
        amount = float(load().predict(prepare(offer))[0])
    except Exception:  # noqa: BLE001 - the defect of the incident, shown here to be found
        amount = FALLBACK_PRICE
    return 200, {"price": round(amount, 2)}


def watch_demand(offer: pd.DataFrame) -> None:
    """Let the demand model estimate beside the price, where it is installed; nobody reads it yet."""
    if importlib.util.find_spec("torch") is not None:
        from serving.demand import estimate  # noqa: PLC0415 - it takes seconds to load

        features = offer.select_dtypes("number").iloc[0].tolist()
        estimate([*features, -1.0, -1.0, -1.0, -1.0][:DEMAND_FEATURES])


def health() -> tuple[int, dict[str, str]]:
    """Say that the service is well; no model is asked."""
    return 200, {"status": "ok"}


def handler() -> Callable[[Mapping[str, object]], tuple[int, dict[str, float]]]:
    """Return what the server calls for each request."""
    return functools.partial(price, load_model)


def main() -> None:
    """Answer the request given on the command line, then the health check."""
    print(*price(load_model, json.loads(sys.argv[1])))
    print(*health())


if __name__ == "__main__":
    main()
