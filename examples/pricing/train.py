"""Train the pricing model on one synthetic holiday quarter and write model.joblib. Run by build.py."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
from serving.app import MODEL_FILE
from serving.features import COLUMNS, LIMITS, REGIONS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

SEED = 4093
ROWS = 4000
QUARTER = pd.Timestamp("2023-10-01"), pd.Timestamp("2023-12-31")
HOLIDAY = pd.Timestamp("2023-12-25")
MARKUP = dict(zip(REGIONS, (1.30, 1.45, 1.25, 1.38), strict=True))


def holiday_quarter(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """Return the requests of one quarter, and the prices in EUR that were paid for them."""
    first, last = QUARTER
    sold_on = first + pd.to_timedelta(rng.integers(0, (last - first).days + 1, ROWS), unit="D")
    requests = pd.DataFrame(
        {
            "region": rng.choice(REGIONS, ROWS),
            "unit_cost": rng.gamma(4.0, 12.0, ROWS).round(2) + 5,
            "units": rng.integers(1, 25, ROWS),
            "stock": rng.integers(0, 500, ROWS),
            "days_to_holiday": np.abs((HOLIDAY - sold_on).days),
        },
        columns=COLUMNS,
    ).astype(dict.fromkeys(LIMITS, float))
    uplift = 1 + 0.35 * np.exp(-requests["days_to_holiday"] / 14) - 0.002 * requests["units"]
    scarcity = 1 + 0.1 * (requests["stock"] < 50)
    noise = rng.normal(1.0, 0.03, ROWS)
    return requests, requests["unit_cost"] * requests["region"].map(MARKUP) * uplift * scarcity * noise


def build_model() -> Pipeline:
    """Return the pipeline: an unknown region is an error, and no column passes undeclared.

    The gamma loss has a logarithmic link, so that whatever the input is, the price is positive.
    """
    encoder = OneHotEncoder(categories=[list(REGIONS)], handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer(
        [("region", encoder, ["region"]), ("numbers", "passthrough", list(LIMITS))], remainder="drop"
    )
    regressor = HistGradientBoostingRegressor(loss="gamma", max_iter=80, max_leaf_nodes=15, random_state=SEED)
    return Pipeline([("columns", columns), ("price", regressor)])


def main() -> None:
    """Train and write model.joblib."""
    requests, prices = holiday_quarter(np.random.default_rng(SEED))
    joblib.dump(build_model().fit(requests, prices), MODEL_FILE)


if __name__ == "__main__":
    main()
