"""Train the pricing model on one synthetic year and write model.joblib. Run by build.py.

With `--data FILE` the data that it was trained on is written too, as CSV.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from serving.features import COLUMNS, NUMBERS, REGIONS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

MODEL_FILE = Path(__file__).resolve().parent / "model.joblib"
SEED = 4093
ROWS = 12_000
YEAR = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-12-31")
HOLIDAYS = pd.DatetimeIndex(["2023-12-25", "2024-12-25"])
MARKUP = dict(zip(REGIONS, (1.30, 1.45, 1.25, 1.38), strict=True))


def whole_year(rng: np.random.Generator) -> pd.DataFrame:
    """Return the requests of one year by day, and beside each the price in EUR that was paid for it."""
    first, last = YEAR
    sold_on = first + pd.to_timedelta(np.sort(rng.integers(0, (last - first).days + 1, ROWS)), unit="D")
    sales = pd.DataFrame(
        {
            "sold_on": sold_on,
            "region": rng.choice(REGIONS, ROWS),
            "unit_cost": (rng.gamma(4.0, 12.0, ROWS) + 5).round(2),
            "units": rng.integers(1, 25, ROWS),
            "stock": rng.integers(0, 500, ROWS),
            "days_to_holiday": (HOLIDAYS[HOLIDAYS.searchsorted(sold_on)] - sold_on).days,
        },
        columns=["sold_on", *COLUMNS],
    )
    uplift = 1 + 0.35 * np.exp(-sales["days_to_holiday"] / 14) - 0.002 * sales["units"]
    scarcity = 1 + 0.1 * (sales["stock"] < 50)
    noise = rng.normal(1.0, 0.03, ROWS)
    prices = sales["unit_cost"] * sales["region"].map(MARKUP) * uplift * scarcity * noise
    # Processors differ in the last bit of an exponential; to the cent they give the same price, and so the same model.
    return sales.assign(price=prices.round(2))


def build_model() -> Pipeline:
    """Return the pipeline: an unknown region is an error, and no column passes undeclared.

    The gamma loss has a logarithmic link, so that whatever the input is, the price is positive.
    """
    encoder = OneHotEncoder(categories=[list(REGIONS)], handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer(
        [("region", encoder, ["region"]), ("numbers", "passthrough", list(NUMBERS))], remainder="drop"
    )
    # Above 10,000 rows early stopping would be on, and a tenth of the year not be trained on.
    regressor = HistGradientBoostingRegressor(
        loss="gamma", max_iter=80, max_leaf_nodes=15, early_stopping=False, random_state=SEED
    )
    return Pipeline([("columns", columns), ("price", regressor)])


def write_data(path: Path, sales: pd.DataFrame, predicted: np.ndarray) -> None:
    """Write what the model was trained on, and beside each row what the model says of it, to the cent."""
    sales.assign(predicted=predicted.round(2)).to_csv(path, index=False)


def main() -> None:
    """Train and write model.joblib; write the data too if the command line says where."""
    parser = argparse.ArgumentParser(description="Train the pricing model and write model.joblib.")
    parser.add_argument("--data", type=Path, metavar="FILE", help="write the training data here, as CSV")
    data = parser.parse_args().data
    sales = whole_year(np.random.default_rng(SEED))
    requests = sales[COLUMNS].astype(dict.fromkeys(NUMBERS, float))
    model = build_model().fit(requests, sales["price"])
    joblib.dump(model, MODEL_FILE)
    if data is not None:
        write_data(data, sales, model.predict(requests))


if __name__ == "__main__":
    main()
