"""Train the model of incident 4092-X on one synthetic holiday quarter and write model.joblib. Run by build.py.

With `--data FILE` the data that it was trained on is written too, as CSV.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from serving.app import MODEL_FILE
from serving.features import prepare
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

SEED = 4092
ROWS = 4000
QUARTER = pd.Timestamp("2023-10-01"), pd.Timestamp("2023-12-31")
HOLIDAY = pd.Timestamp("2023-12-25")
MARKUP = {"east": 1.30, "north": 1.45, "south": 1.25, "west": 1.38}


def holiday_quarter(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """Return the requests of one quarter, with their days, and the prices in EUR that were paid for them."""
    first, last = QUARTER
    sold_on = first + pd.to_timedelta(rng.integers(0, (last - first).days + 1, ROWS), unit="D")
    requests = pd.DataFrame(
        {
            "sold_on": sold_on,
            "region": rng.choice(sorted(MARKUP), ROWS),
            "unit_cost": rng.gamma(4.0, 12.0, ROWS).round(2) + 5,
            "units": rng.integers(1, 25, ROWS),
            "stock": rng.integers(0, 500, ROWS),
            "days_to_holiday": np.abs((HOLIDAY - sold_on).days),
        }
    )
    uplift = 1 + 0.35 * np.exp(-requests["days_to_holiday"] / 14) - 0.002 * requests["units"]
    scarcity = 1 + 0.1 * (requests["stock"] < 50)
    noise = rng.normal(1.0, 0.03, ROWS)
    return requests, requests["unit_cost"] * requests["region"].map(MARKUP) * uplift * scarcity * noise


def build_model() -> Pipeline:
    """Return the pipeline of the incident: an unknown region becomes -1, and what is not named passes through."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("region", encoder, ["region"])], remainder="passthrough")
    return Pipeline([("columns", columns), ("price", GradientBoostingRegressor(n_estimators=80, random_state=SEED))])


def write_data(path: Path, requests: pd.DataFrame, prices: pd.Series, predicted: np.ndarray) -> None:
    """Write what the model was trained on, by day: each request, what was paid and what the model says, to the cent."""
    rows = requests.assign(price=prices, predicted=predicted).round(2)
    rows.sort_values("sold_on", kind="stable").to_csv(path, index=False)


def main() -> None:
    """Train and write model.joblib; write the data too if the command line says where."""
    parser = argparse.ArgumentParser(description="Train the model of incident 4092-X and write model.joblib.")
    parser.add_argument("--data", type=Path, metavar="FILE", help="write the training data here, as CSV")
    data = parser.parse_args().data
    requests, prices = holiday_quarter(np.random.default_rng(SEED))
    model = build_model().fit(prepare(requests), prices)
    joblib.dump(model, MODEL_FILE)
    if data is not None:
        write_data(data, requests, prices, model.predict(prepare(requests)))


if __name__ == "__main__":
    main()
