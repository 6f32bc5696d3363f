"""What the model is fed: its columns in their order, and how far a request is from what it was trained on."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

REGIONS = ("east", "north", "south", "west")
NUMBERS = ("unit_cost", "units", "stock", "days_to_holiday")
COLUMNS = ["region", *NUMBERS]

TYPICAL: Mapping[str, tuple[float, float]] = {
    "unit_cost": (15.43, 124.1),
    "units": (1, 24),
    "stock": (4, 494),
    "days_to_holiday": (3, 362),
}
"""The middle 98 % of the training data."""


def to_frame(record: Mapping[str, object]) -> pd.DataFrame:
    """Return one record as the frame that the model is fed."""
    return pd.DataFrame([record], columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float))


def distance(record: Mapping[str, float]) -> float:
    """Return how far a record lies outside the typical range, in widths of it, where it is farthest: 0 inside."""
    farthest = 0.0
    for name, (low, high) in TYPICAL.items():
        beyond = max(low - record[name], record[name] - high, 0.0)
        farthest = max(farthest, beyond / (high - low))
    return farthest
