"""One real model for each thing that can be shown of an output, and of a promise of monotony."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it comes without stubs

from gatekeeper_checks import _manifest_samples as samples
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from tests.interpretability.bases import Files, edited, line
from tests.interpretability.hostile import PREDICTING
from tests.interpretability.hostile import bare as statements
from tests.interpretability.trying import exit_code, shown, told, tried

CHECK: Final = InterpretabilityManifest()
RANGE: Final = "interpretability-manifest/out-of-range"
MONOTONE: Final = "interpretability-manifest/not-monotone"
NO_CODE: Final = ('code: {paths: [serve.py, guard.py], predictor: "serve:handler"}\n', "")
UNITS: Final = np.arange(1.0, 25.0).reshape(-1, 1)
"""The whole domain: every number of units that a request may have."""
PRICES: Final = 2.0 * UNITS[:, 0] + 1.0
NET: Final[dict[str, Any]] = {"hidden_layer_sizes": (8,), "solver": "lbfgs", "max_iter": 400, "random_state": 0}


def fitted(model: Any, prices: Any = PRICES) -> bytes:
    """Return the pickle of a model of the number of units."""
    with threadpool_limits(1):
        return pickle.dumps(model.fit(UNITS, prices), 4)


def answers(model: bytes, units: list[float]) -> list[float]:
    """Return what a model of ours gives."""
    with threadpool_limits(1):
        return [float(each) for each in pickle.loads(model).predict(np.array(units).reshape(-1, 1))]


def additive(model: bytes) -> str:
    """Return the exact explanation of a model of one input: what it gives, less what it gives to the background."""
    document = json.loads(samples.shap(model))
    (base,) = answers(model, [6.0])
    values = answers(model, [float(row[0]) for row in document["rows"]])
    return json.dumps({**document, "base": base, "values": [[value - base] for value in values]})


def golden(model: bytes) -> str:
    """Return two records with a model's answers."""
    lines = [{"inputs": {"units": units}, "outputs": {"price": answers(model, [units])[0]}} for units in (3, 12)]
    return "".join(f"{json.dumps(each)}\n" for each in lines)


def bare(model: bytes, **output: Any) -> Files:
    """Return a candidate without serving code: its model is all there is."""
    made = {"model.pkl": model, "shap.json": additive(model), "golden.jsonl": golden(model)}
    return edited(line(outputs=samples.output(**output), **made), "gatekeeper.yaml", *NO_CODE)


PROVED: Final = {
    "linear": (LinearRegression(), "a sum over inputs"),
    "tree": (DecisionTreeRegressor(random_state=0), "tree"),
    "forest": (RandomForestRegressor(20, random_state=0), "trees"),
    "boosted": (GradientBoostingRegressor(n_estimators=30, random_state=0), "trees"),
    "histograms": (HistGradientBoostingRegressor(max_iter=30, min_samples_leaf=2, random_state=0), "trees"),
}


@pytest.mark.parametrize("name", PROVED)
def test_a_range_is_proved(name: str, tmp_path: Path) -> None:
    model, method = PROVED[name]
    outcome = tried(CHECK, bare(fitted(model)), tmp_path)
    assert exit_code(outcome) == 0, outcome
    said = str(shown(outcome)["price, model"])
    assert said.startswith("PROVED ")
    assert method in said
    assert str(shown(outcome)["price increasing in units"]).startswith("PROVED ")


def test_the_bound_that_is_proved_holds_every_answer(tmp_path: Path) -> None:
    model = fitted(PROVED["boosted"][0])
    said = str(shown(tried(CHECK, bare(model), tmp_path))["price, model"]).split()
    reached = answers(model, [float(each) for each in range(1, 25)])
    assert float(said[1]) == pytest.approx(min(reached), rel=1e-5)
    assert float(said[3]) == pytest.approx(max(reached), rel=1e-5)


def test_a_plain_net_is_proved_where_its_bound_is_tight_enough(tmp_path: Path) -> None:
    model = fitted(MLPRegressor(**NET))
    reached = answers(model, [float(each) for each in range(1, 25)])
    outcome = tried(CHECK, bare(model, min=min(reached) - 1, max=max(reached) + 1, monotone={}), tmp_path)
    assert exit_code(outcome) == 0, outcome
    assert str(shown(outcome)["price, model"]).startswith("PROVED ")


CODE: Final = """\
class Priced:
    \"\"\"A class of the candidate's own: nobody can read what it does but by asking.\"\"\"

    def fit(self, rows, prices):
        return self

    def predict(self, rows):
        return [{} for units in (float(row[0]) for row in rows)]
"""


def own(expression: str) -> Files:
    """Return a candidate whose model is a class of its own, in priced.py, that gives this for `units`."""
    # The class lives in the candidate alone, so that its instance is written as the opcodes that name it.
    model = b"cpriced\nPriced\n)\x81."
    code = CODE.format(expression)
    space: dict[str, Any] = {}
    exec(code, space)  # our own text, two lines above
    predicted = dict(zip((3, 12, 7, 6), space["Priced"]().predict([[3], [12], [7], [6]]), strict=True))
    document = json.loads(samples.shap(model))
    values = [[predicted[row[0]] - predicted[6]] for row in document["rows"]]
    lines = [{"inputs": {"units": units}, "outputs": {"price": predicted[units]}} for units in (3, 12)]
    made = line(
        **{
            "model.pkl": model,
            "priced.py": code,
            "shap.json": json.dumps({**document, "base": predicted[6], "values": values}),
            "golden.jsonl": "".join(f"{json.dumps(each)}\n" for each in lines),
        }
    )
    return edited(made, "gatekeeper.yaml", "paths: [serve.py, guard.py]", "paths: [serve.py, guard.py, priced.py]")


def test_a_class_that_nobody_can_read_is_probed(tmp_path: Path) -> None:
    outcome = tried(CHECK, own("2.0 * units + 1.0"), tmp_path)
    assert exit_code(outcome) == 0, outcome
    said = str(shown(outcome)["price, model"])
    assert said.startswith("PROBED ")
    assert "3 to 49; not proved: " in said
    assert "priced.Priced" in said
    assert str(shown(outcome)["price increasing in units"]).startswith("PROBED ")


def test_a_hole_in_it_is_found(tmp_path: Path) -> None:
    outcome = tried(CHECK, own("-0.01 if units == 9 else 2.0 * units + 1.0"), tmp_path)
    assert any('-0.01 to {"units": 9}' in each for each in told(outcome)[RANGE])
    assert any("expected increasing in units" in each for each in told(outcome)[MONOTONE])


LINE: Final = 'return {"price": float(model.predict([[units]])[0]), "width": 4.0}'


def test_a_model_that_breaks_its_range_and_is_held_back_is_guarded(tmp_path: Path) -> None:
    held = LINE.replace("float(model.predict([[units]])[0])", "min(float(model.predict([[units]])[0]), 40.0)")
    outcome = tried(CHECK, line((LINE, held), outputs=samples.output(max=40.0)), tmp_path)
    assert exit_code(outcome) == 0, outcome
    said = str(shown(outcome)["price, model"])
    assert said.startswith("GUARDED: ")
    assert "is above 40" in said
    assert said.endswith("the service answers 40")


GUARDED: Final = """\
import pickle
from pathlib import Path

import guard
from pydantic import ValidationError


def handler():
    with Path(__file__).with_name("model.pkl").open("rb") as file:
        model = pickle.load(file)
    guarded = guard.Guard(predicting(model), probe=[({"units": 3}, {"price": 7.0})], registry=None)
    return lambda event: answered(guarded, event)


def predicting(model):
    return lambda inputs: {"price": float(model.predict([[inputs["units"]]])[0]), "width": 4.0}


def answered(guarded, event):
    try:
        request = guard.Request.model_validate(event)
    except ValidationError as error:
        return 422, {"error": str(error)}
    answer = guarded(request)
    return (422, {}) if answer.status == "rejected" else (200, {**answer.values, "width": answer.confidence})
"""


def test_the_generated_guard_holds_back_what_breaks_the_range(tmp_path: Path) -> None:
    """Its fallback follows no input, and that is no broken promise."""
    outcome = tried(CHECK, line(outputs=samples.output(max=40.0), **{"serve.py": GUARDED}), tmp_path)
    assert outcome.findings == (), outcome
    said = str(shown(outcome)["price, model"])
    assert said.startswith("GUARDED: 49 is above 40")
    assert said.endswith("the service answers 25")
    assert shown(outcome)["price increasing in units, service"] != "FAILED"


def test_a_safe_mode_breaks_no_promise(tmp_path: Path) -> None:
    switches = {"bulk": {"when": {"feature": "units", "op": "above", "value": 20}, "action": "safe-mode"}}
    given = {**samples.INPUT, "missing": "reject"}
    del given["default"]
    files = line(kill_switches=switches, inputs={"units": given}, **{"serve.py": GUARDED})
    outcome = tried(CHECK, files, tmp_path)
    assert outcome.findings == (), outcome


def test_a_model_without_its_guard_has_failed(tmp_path: Path) -> None:
    outcome = tried(CHECK, line(outputs=samples.output(max=40.0)), tmp_path)
    assert exit_code(outcome) == 1
    assert str(shown(outcome)["price, service"]).startswith("FAILED: ")
    assert any("the service answers 49" in each for each in told(outcome)[RANGE])


def test_a_bare_model_that_breaks_its_range_has_failed(tmp_path: Path) -> None:
    outcome = tried(CHECK, bare(fitted(LinearRegression()), max=40.0), tmp_path)
    assert any(each.startswith("price: FAILED: the model answers") for each in told(outcome)[RANGE])
    assert '--record \'{"units": ' in next(each.fix for each in outcome.findings if each.code == RANGE)


def test_a_service_that_refuses_everything_shows_nothing(tmp_path: Path) -> None:
    outcome = tried(CHECK, line((LINE, "return 422, {}")), tmp_path)
    assert exit_code(outcome) == 1
    assert str(shown(outcome)["price, service"]).startswith("NOT SHOWN: ")


def test_a_model_that_raises_for_all_shows_nothing(tmp_path: Path) -> None:
    outcome = tried(CHECK, statements(PREDICTING.format("raise ValueError('no')")), tmp_path)
    assert exit_code(outcome) == 1
    assert shown(outcome)["price, model"] == "NOT SHOWN: no answer"


FALLING: Final = {
    "linear": LinearRegression(),
    "tree": DecisionTreeRegressor(random_state=0),
    "forest": RandomForestRegressor(20, random_state=0),
    "boosted": GradientBoostingRegressor(n_estimators=30, random_state=0),
    "net": MLPRegressor(**NET),
}


@pytest.mark.parametrize("name", FALLING)
def test_a_promise_that_does_not_hold_is_refuted(name: str, tmp_path: Path) -> None:
    model = fitted(FALLING[name], PRICES[::-1])
    outcome = tried(CHECK, bare(model, min=-20.0, max=80.0), tmp_path)
    assert shown(outcome)["price increasing in units"] == "FAILED"
    (message,) = told(outcome)[MONOTONE]
    assert message.startswith("price: expected increasing in units; the model answers ")
