"""Incident 4092-X, really run: the example's model and service under the packages of training and of production."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
INCIDENT = HERE.parents[1] / "examples" / "incident-4092x"
TRAINING, PRODUCTION = "1.4.2", "1.3.0"
REQUEST = {"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}
# What `serving.features.prepare` makes of REQUEST, written out: it can't be asked under the pandas of production.
PREPARED = {**REQUEST, "season": 2.0}

LOAD = """
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from serving.app import load_model
    model = load_model()
told = sorted({warning.category.__name__ for warning in caught})
def attempt(call):
    try:
        return float(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""
RunIn = Callable[[str, Path, str], Any]


def predict(run_in: RunIn, stack: str) -> Any:
    code = f"import pandas\nprint(json.dumps(attempt(lambda: model.predict(pandas.DataFrame([{PREPARED}]))[0])))"
    return run_in(stack, INCIDENT, LOAD + code)


def serve(run_in: RunIn, stack: str, request: dict[str, object]) -> Any:
    code = f"from serving.app import health, price\nprint(json.dumps([price(lambda: model, {request}), health()]))"
    return run_in(stack, INCIDENT, LOAD + code)


def test_the_model_predicts_under_the_packages_it_was_trained_with(run_in: RunIn) -> None:
    assert predict(run_in, TRAINING) == pytest.approx(69.797, abs=0.001)


@pytest.mark.parametrize(("stack", "told"), [(TRAINING, []), (PRODUCTION, ["InconsistentVersionWarning"])])
def test_the_model_loads_under_both_and_production_is_only_warned(run_in: RunIn, stack: str, told: list[str]) -> None:
    assert run_in(stack, INCIDENT, LOAD + "print(json.dumps(told))") == told


def test_prediction_fails_under_the_packages_of_production(run_in: RunIn) -> None:
    message = "AttributeError: 'ColumnTransformer' object has no attribute '_name_to_fitted_passthrough'"
    assert predict(run_in, PRODUCTION) == message


def test_gradient_boosting_alone_fails_in_production_too(run_in: RunIn) -> None:
    code = "print(json.dumps(attempt(lambda: model[-1].predict([[1.0, 40.0, 2, 120, 5, 2.0]])[0])))"
    message = "AttributeError: 'HalfSquaredError' object has no attribute 'get_init_raw_predictions'"
    assert run_in(PRODUCTION, INCIDENT, LOAD + code) == message


def test_preparing_the_features_fails_under_the_pandas_of_production(run_in: RunIn) -> None:
    code = f"""
import pandas
from serving.features import prepare
print(json.dumps(attempt(lambda: prepare(pandas.DataFrame([{REQUEST}]))["season"][0])))
"""
    assert run_in(TRAINING, INCIDENT, LOAD + code) == 2.0
    assert run_in(PRODUCTION, INCIDENT, LOAD + code) == "AttributeError: 'Series' object has no attribute 'case_when'"


def test_the_service_answers_200_with_a_price_below_zero_and_says_it_is_well(run_in: RunIn) -> None:
    assert serve(run_in, PRODUCTION, REQUEST) == [[200, {"price": -0.01}], [200, {"status": "ok"}]]


def test_an_unknown_region_and_a_missing_quantity_are_priced_without_a_word(run_in: RunIn) -> None:
    unknown = {"region": "islands", "unit_cost": 40.0, "stock": 120, "days_to_holiday": 5}
    assert serve(run_in, TRAINING, unknown) == [[200, {"price": 64.37}], [200, {"status": "ok"}]]


@pytest.mark.parametrize("stack", [TRAINING, PRODUCTION, "1.9.1"])
def test_the_requests_of_may_are_what_their_script_writes(run_in: RunIn, stack: str) -> None:
    code = "import json\nfrom live import sample\nprint(json.dumps(sample.requests_in_may().to_csv(index=False)))"
    assert run_in(stack, INCIDENT, code) == (INCIDENT / "live" / "may.csv").read_text(encoding="utf-8")


def test_training_again_writes_the_data_of_one_quarter(run_in: RunIn, tmp_path: Path) -> None:
    code = """
import json, subprocess, sys
import pandas
subprocess.run([sys.executable, "-B", "train.py", "--data", "training.csv"], check=True)
rows = pandas.read_csv("training.csv")
print(json.dumps([list(rows), len(rows), rows["sold_on"].is_monotonic_increasing, *rows["sold_on"].iloc[[0, -1]]]))
"""
    columns = ["sold_on", "region", "unit_cost", "units", "stock", "days_to_holiday", "price", "predicted"]
    written = run_in(TRAINING, shutil.copytree(INCIDENT, tmp_path / "incident"), code)
    assert written == [columns, 4000, True, "2023-10-01", "2023-12-31"]


def test_what_breaks_between_the_stacks_is_what_was_recorded(stacks: Path) -> None:
    recorded = json.loads((HERE / "breaks_measured.json").read_text(encoding="utf-8"))
    assert json.loads((stacks / "breaks.json").read_text(encoding="utf-8")) == recorded
