"""Write golden/records.jsonl: what the model answers to twelve requests, as it was reviewed. Run it where it is served.

python golden.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from serving.app import load_model
from serving.features import to_frame

REQUESTS = (
    ("north", 40.0, 2, 120, 5),
    ("east", 8.25, 1, 0, 0),
    ("south", 189.44, 24, 499, 365),
    ("west", 49.53, 12, 244, 179),
    ("north", 124.1, 6, 30, 1),
    ("south", 15.43, 20, 480, 300),
    ("east", 75.0, 10, 60, 14),
    ("west", 33.0, 3, 49, 28),
    ("north", 60.5, 18, 51, 90),
    ("south", 99.99, 9, 333, 60),
    ("east", 27.3, 15, 7, 7),
    ("west", 140.0, 1, 200, 240),
)
NAMES = ("region", "unit_cost", "units", "stock", "days_to_holiday")


def records() -> Iterator[str]:
    """Yield one line for each request, with the price to the cent."""
    model = load_model()
    for values in REQUESTS:
        inputs = dict(zip(NAMES, values, strict=True))
        price = round(float(model.predict(to_frame(inputs))[0]), 2)
        yield json.dumps({"inputs": inputs, "outputs": {"price": price}}) + "\n"


if __name__ == "__main__":
    Path("golden").mkdir(exist_ok=True)
    Path("golden", "records.jsonl").write_text("".join(records()), encoding="utf-8")
