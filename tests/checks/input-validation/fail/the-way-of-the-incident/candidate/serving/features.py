"""What the model is fed: one frame, prepared in the same way for training and for serving."""

from __future__ import annotations

import pandas as pd

COLUMNS = ["region", "unit_cost", "units", "stock", "days_to_holiday"]
PEAK_DAYS = 7
RUN_UP_DAYS = 28


def prepare(requests: pd.DataFrame) -> pd.DataFrame:
    """Return the model's columns; what a request does not name is NaN first and -1 after that.

    `Series.case_when` is new in pandas 2.2: under the 2.1.4 of production this function raises AttributeError.
    """
    frame = requests.reindex(columns=COLUMNS).fillna(-1)
    days = frame["days_to_holiday"].astype(float)
    return frame.assign(season=days.case_when([(days <= PEAK_DAYS, 2.0), (days <= RUN_UP_DAYS, 1.0), (days >= 0, 0.0)]))
