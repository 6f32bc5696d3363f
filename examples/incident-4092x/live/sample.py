"""Write may.csv: a thousand requests as the service of incident 4092-X got them in May 2024. Needs numpy and pandas.

    python live/sample.py

Synthetic, and the same at each run. The costs are drawn as in training; what is not as in training has a share below.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 202405
ROWS = 1000
MAY = pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-31")
HOLIDAY = pd.Timestamp("2024-12-25")
REGIONS = ("east", "north", "south", "west")
UNKNOWN_REGION = "-1"
BOTS, NO_STOCK, NO_REGION = 0.40, 0.35, 0.08


def chosen(rng: np.random.Generator, share: float) -> np.ndarray:
    """Return which rows are of the share: as many as it says, anywhere among the rows."""
    return rng.permutation(ROWS) < share * ROWS


def requests_in_may() -> pd.DataFrame:
    """Return the requests in the order in which they came: a bot asks for one unit, a lost stock is empty."""
    rng = np.random.default_rng(SEED)
    first, last = MAY
    asked_on = first + pd.to_timedelta(np.sort(rng.integers(0, (last - first).days + 1, ROWS)), unit="D")
    requests = pd.DataFrame(
        {
            "region": rng.choice(REGIONS, ROWS),
            "unit_cost": (rng.gamma(4.0, 12.0, ROWS) + 5).round(2),
            "units": rng.integers(1, 25, ROWS),
            "stock": pd.array(rng.integers(0, 500, ROWS), dtype="Int64"),
            "days_to_holiday": (HOLIDAY - asked_on).days,
        }
    )
    requests.loc[chosen(rng, BOTS), "units"] = 1
    requests.loc[chosen(rng, NO_STOCK), "stock"] = pd.NA
    requests.loc[chosen(rng, NO_REGION), "region"] = UNKNOWN_REGION
    return requests


def main() -> None:
    """Write may.csv beside this file."""
    requests_in_may().to_csv(Path(__file__).resolve().with_name("may.csv"), index=False)


if __name__ == "__main__":
    main()
