"""The service done right, really run under its production lock: it prices, refuses, and its health check can fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PRICING = Path(__file__).resolve().parents[2] / "examples" / "pricing"
PRODUCTION = "1.9.1"
REQUEST = {"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}
RunIn = Callable[[str, Path, str], Any]


def serve(run_in: RunIn, request: dict[str, object]) -> Any:
    code = f"""
import json, warnings
warnings.simplefilter("error")
from serving.app import handler
print(json.dumps(handler()({request})))
"""
    return run_in(PRODUCTION, PRICING, code)


def test_a_valid_request_gets_a_price_and_no_warning(run_in: RunIn) -> None:
    status, body = serve(run_in, REQUEST)
    assert status == 200
    assert body["price"] == pytest.approx(74.31, abs=0.01)
    assert (body["served"], body["distance"]) == ("served", 0.0)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"region": "islands"}, "Input should be 'east', 'north', 'south' or 'west'"),
        ({"units": None}, "Input should be a valid integer"),
        ({"units": True}, "Input should be a valid integer"),
        ({"unit_cost": "nan"}, "Input should be a valid number"),
        ({"unit_cost": -1.0}, "Input should be greater than or equal to 1"),
        ({"days_to_holiday": 366}, "Input should be less than or equal to 365"),
        ({"season": 1}, "Extra inputs are not permitted"),
    ],
)
def test_an_invalid_request_is_refused(run_in: RunIn, change: dict[str, object], error: str) -> None:
    assert serve(run_in, {**REQUEST, **change}) == [422, {"error": [error]}]


def test_a_missing_field_is_refused_and_not_filled_in(run_in: RunIn) -> None:
    status, body = serve(run_in, {name: value for name, value in REQUEST.items() if name != "units"})
    assert (status, body) == (422, {"error": ["Field required"]})


def test_a_missing_stock_takes_the_safe_default(run_in: RunIn) -> None:
    without = {name: value for name, value in REQUEST.items() if name != "stock"}
    assert serve(run_in, without) == serve(run_in, {**REQUEST, "stock": 248})


def test_the_model_itself_refuses_an_unknown_region(run_in: RunIn) -> None:
    code = f"""
import json, pandas
from serving.app import load_model
try:
    load_model().predict(pandas.DataFrame([{ {**REQUEST, "region": "islands"} }]))
except ValueError as error:
    print(json.dumps(str(error)))
"""
    assert run_in(PRODUCTION, PRICING, code) == "Found unknown categories ['islands'] in column 0 during transform"


@pytest.mark.parametrize("days", [0, 100, 365])
def test_it_prices_on_any_day_of_the_year(run_in: RunIn, days: int) -> None:
    assert serve(run_in, {**REQUEST, "days_to_holiday": days})[0] == 200


def test_training_again_gives_the_model_and_the_data_of_the_record(run_in: RunIn, tmp_path: Path) -> None:
    code = """
import hashlib, json, os, subprocess, sys
from pathlib import Path
from build import SINGLE_THREADED
command = [sys.executable, "-B", "train.py", "--data", "training.csv"]
subprocess.run(command, env={**os.environ, **SINGLE_THREADED}, check=True)
digests = [hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in ("model.joblib", "training.csv")]
print(json.dumps(digests))
"""
    record = json.loads((PRICING / "record.json").read_text(encoding="utf-8"))
    folder = shutil.copytree(PRICING, tmp_path / "pricing")
    assert run_in(PRODUCTION, folder, code) == [record["files"][0]["sha256"], record["data"][0]["digest"]]


@pytest.mark.parametrize("amount", ["float('nan')", "-0.01", "1e9"])
def test_a_price_that_is_not_sound_is_never_given_and_fails_the_health_check(run_in: RunIn, amount: str) -> None:
    code = f"""
import json
from serving.app import guarded, health, price
class Broken:
    def predict(self, frame):
        return [{amount}]
guard = guarded(Broken())
print(json.dumps([price(guard, {REQUEST})[1]["price"], health(guard)[0]]))
"""
    assert run_in(PRODUCTION, PRICING, code) == [66.23, 503]
