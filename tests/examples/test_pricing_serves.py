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
from serving.app import load_model, price
print(json.dumps(price(load_model(), {request})))
"""
    return run_in(PRODUCTION, PRICING, code)


def test_a_valid_request_gets_a_price_and_no_warning(run_in: RunIn) -> None:
    status, body = serve(run_in, REQUEST)
    assert status == 200
    assert body["price"] == pytest.approx(74.31, abs=0.01)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"region": "islands"}, "region: got 'islands', expected one of east, north, south, west"),
        ({"units": None}, "units: got None, expected a finite number"),
        ({"units": True}, "units: got True, expected a finite number"),
        ({"unit_cost": -1.0}, "unit_cost: got -1.0, expected 1.0 to 500.0"),
        ({"days_to_holiday": 366}, "days_to_holiday: got 366, expected 0 to 365"),
    ],
)
def test_an_invalid_request_is_refused_by_name(run_in: RunIn, change: dict[str, object], error: str) -> None:
    assert serve(run_in, {**REQUEST, **change}) == [422, {"error": error}]


def test_a_missing_field_is_refused_and_not_filled_in(run_in: RunIn) -> None:
    status, body = serve(run_in, {name: value for name, value in REQUEST.items() if name != "units"})
    assert status == 422
    assert body["error"].startswith("got the fields ['days_to_holiday', 'region', 'stock', 'unit_cost'], expected ")


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
def test_a_price_that_is_not_sound_fails_the_request_and_the_health_check(run_in: RunIn, amount: str) -> None:
    code = f"""
import json
from serving.app import health
class Broken:
    def predict(self, frame):
        return [{amount}]
print(json.dumps(health(Broken())[0]))
"""
    assert run_in(PRODUCTION, PRICING, code) == 503
