"""The candidates that the lies are planted in: each passes, with a real model, its contract, and what is deployed.

`line` is `tests.whole` with predictions in the baseline, the guard beside the service, and rules and dashboard
deployed. `regional` has a region, a cost and a number of units, boosted trees, and an explanation by each method.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it comes without stubs

from gatekeeper.contract import baseline as baselines
from gatekeeper.contract.explanations.facts import Cell, Explanation, Row, Source, write
from gatekeeper.contract.explanations.methods import fidelity, importances, shapley, surrogate
from gatekeeper.contract.generation import KINDS, generate
from gatekeeper.contract.manifest.document import load
from gatekeeper_checks import _manifest_samples as samples
from tests.whole import LOCK, MODEL, whole

Files: TypeAlias = dict[str, str | bytes]

GUARDED_PATHS: Final = "code: {paths: [serve.py, guard.py]"
REGIONS: Final = ("east", "north", "south", "west")
NAMES: Final = ("region", "cost", "units")


def line(serving: tuple[str, str] | None = None, /, **changes: Any) -> Files:
    """Return the files of the line, with what is told in the manifest and in the service changed.

    Args:
        serving: a text of serve.py, and what stands in its place.
        changes: blocks of the manifest; a name with a dot is that of a file.
    """
    made: Files = whole()
    made["gatekeeper.yaml"] = str(made["gatekeeper.yaml"]).replace("code: {paths: [serve.py]", GUARDED_PATHS)
    drawn, kept = json.loads(samples.baseline(MODEL)), json.loads(made["baseline.json"])
    made["baseline.json"] = json.dumps({**kept, "features": drawn["features"], "predictions": drawn["predictions"]})
    return finished(made, {}, serving, changes)


def finished(
    made: Files, blocks: Mapping[str, Any], serving: tuple[str, str] | None, changes: Mapping[str, Any]
) -> Files:
    """Return a candidate whose manifest is of its files, and whose generated files are of that manifest."""
    made |= {name: content for name, content in changes.items() if "." in name}
    if serving is not None:
        made["serve.py"] = replaced(str(made["serve.py"]), *serving)
    stated = {name: each for name, each in changes.items() if "." not in name}
    made["manifest.yaml"] = changes.get("manifest.yaml", samples.manifest(made, **{**blocks, **stated}))
    return generated(made)


def generated(made: Files) -> Files:
    """Return a candidate with what is generated from its manifest, if that is one."""
    manifest = load(_bytes(made["manifest.yaml"]), "manifest.yaml")
    kinds = [kind for kind, (name, _) in KINDS.items() if name in {"guard.py", "rules.yaml", "dashboard.json"}]
    return {**made, **generate(manifest, baselines.read(_bytes(made["baseline.json"])), kinds)}


def edited(files: Files, name: str, old: str, new: str, count: int = 1) -> Files:
    """Return a candidate in one of whose files a text stands for another, without anything else changed after it."""
    content = files[name]
    return {**files, name: replaced(content if isinstance(content, str) else content.decode(), old, new, count)}


def replaced(text: str, old: str, new: str, count: int = 1) -> str:
    """Return a text in which `new` stands for `old`, which must be there."""
    assert old in text, (old, text)
    return text.replace(old, new, count)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


SERVING: Final = """\
import functools
import pickle
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field


class Offer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    region: Literal["east", "north", "south", "west"]
    cost: Annotated[float, Field(ge=1.0, le=500.0)]
    units: Annotated[int, Field(ge=1, le=24)] | None = None


@functools.cache
def load():
    with Path(__file__).with_name("model.pkl").open("rb") as file:
        return pickle.load(file)


def lambda_handler(event, context):
    offer = Offer.model_validate(event)
    units = 6 if offer.units is None else offer.units
    model = load()
    row = pd.DataFrame([[offer.region, offer.cost, units]], columns=["region", "cost", "units"])
    price = float(model.predict(row)[0])
    return {"price": price, "width": 4.0}


def handler():
    return lambda event: lambda_handler(event, None)
"""


@cache
def data() -> pd.DataFrame:
    """Return 1,000 sales; the price grows with cost and units, and hangs on the region."""
    random = np.random.default_rng(4092)
    frame = pd.DataFrame(
        {
            "region": random.choice(REGIONS, 1000),
            "cost": random.uniform(1.0, 500.0, 1000).round(2),
            "units": random.integers(1, 25, 1000),
        }
    )
    extra = frame["region"].map({"east": 0.0, "north": 60.0, "south": 20.0, "west": 90.0})
    return frame.assign(price=frame["cost"] * 1.5 + frame["units"] * 8.0 + extra + random.normal(0, 15, 1000) + 60.0)


@cache
def trained(*, unknown: bool = False, bound: bool = True, rows: int = 1000, shift: float = 0.0) -> bytes:
    """Return the pickle of boosted trees.

    Args:
        unknown: whether a region that the encoder does not know becomes -1.
        bound: whether they are held to grow with cost and units.
        rows: how many sales they learned from.
        shift: what was added to the prices.
    """
    guess: dict[str, Any] = {"handle_unknown": "use_encoded_value", "unknown_value": -1} if unknown else {}
    columns = ColumnTransformer([("region", OrdinalEncoder(**guess), ["region"])], remainder="passthrough")
    held = [0, 1, 1] if bound else None
    trees = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=8, monotonic_cst=held, random_state=0)
    sales = data()[:rows]
    with threadpool_limits(1):  # on a busy machine threads that wait for each other take a hundred times as long
        model = Pipeline([("columns", columns), ("price", trees)]).fit(sales[list(NAMES)], sales["price"] + shift)
    return pickle.dumps(model, protocol=4)


def answers(model: bytes, rows: Sequence[Row]) -> list[float]:
    """Return what a model of ours gives."""
    frame = pd.DataFrame([list(row) for row in rows], columns=list(NAMES))
    with threadpool_limits(1):
        return [float(each) for each in pickle.loads(model).predict(frame)]


@cache
def explained(model: bytes, method: str) -> bytes:
    """Return the explanation of a model on 40 sales, as `gatekeeper manifest explain` writes it."""
    table: list[Row] = [tuple(_cell(each) for each in row) for row in data()[list(NAMES)].values.tolist()]
    rows, wanted = table[:40], tuple(float(each) for each in data()["price"][:40])

    def predict(asked: Sequence[Row]) -> list[float]:
        return answers(model, asked)

    document = Explanation(
        schema="gatekeeper/explanation@1",
        method=method,  # type: ignore[arg-type]  # one of the three
        artifact=samples.digest(model),
        generator="gatekeeper 0.1.0",
        output="price",
        source=Source(name="sales.csv", sha256=built(trained())[1], seed=0),
        features=NAMES,
        rows=tuple(rows),
    )
    replace = msgspec.structs.replace
    if method == "shap":
        base, values = shapley(predict, rows, table[40:60])
        return write(replace(document, base=base, values=tuple(map(tuple, values)), background=tuple(table[40:60])))
    if method == "permutation":
        found = importances(predict, rows, wanted, repeats=document.repeats, seed=0)
        return write(replace(document, target=wanted, importances=tuple(found)))
    tree = surrogate(NAMES, rows, predict(rows), depth=4)
    return write(replace(document, tree=tree, fidelity=fidelity(tree, NAMES, rows, predict(rows))))


def _cell(value: object) -> Cell:
    assert isinstance(value, str | int | float)
    return value


@cache
def built(model: bytes) -> tuple[bytes, str]:
    """Return the baseline of the sales with this model's predictions, and the digest of the data in it."""
    table: list[Row] = [tuple(_cell(each) for each in row) for row in data()[list(NAMES)].values.tolist()]
    made = baselines.build(
        data().assign(predicted=answers(model, table)),
        name="sales.csv",
        target="price",
        predictions="predicted",
        units={"cost": "EUR", "units": "pieces", "predicted": "EUR"},
        artifact=baselines.Named(name="model.pkl", sha256=samples.digest(model)),
        lock=baselines.Named(name="training.lock", sha256=samples.digest(LOCK)),
    )
    return baselines.write(made), made.data.sha256


def golden(model: bytes) -> str:
    """Return three records with a model's answers."""
    rows: list[Row] = [("east", 20.0, 3), ("south", 260.5, 12), ("west", 480.0, 20)]
    lines = [
        {"inputs": dict(zip(NAMES, row, strict=True)), "outputs": {"price": price}}
        for row, price in zip(rows, answers(model, rows), strict=True)
    ]
    return "".join(f"{json.dumps(each)}\n" for each in lines)


REGION: Final[Mapping[str, Any]] = {"kind": "category", "vocabulary": list(REGIONS), "unknown": "reject"}
COST: Final[Mapping[str, Any]] = {"kind": "number", "min": 1.0, "max": 500.0, "unit": "EUR"}
INPUTS: Final[Mapping[str, Any]] = {"region": REGION, "cost": COST, "units": samples.INPUT}
OUTPUT: Final[Mapping[str, Any]] = {
    "unit": "EUR",
    "min": 0.0,
    "max": 1500.0,
    "monotone": {"cost": "increasing", "units": "increasing"},
}


def regional(serving: tuple[str, str] | None = None, model: bytes | None = None, /, **changes: Any) -> Files:
    """Return the files of the sales by region; the arguments are those of `line`, and another model than the usual."""
    kept = trained() if model is None else model
    made: Files = line()
    made |= {
        "model.pkl": kept,
        "serve.py": SERVING,
        "baseline.json": built(kept)[0],
        "golden.jsonl": golden(kept),
        **{f"{method}.json": explained(kept, method) for method in ("shap", "permutation", "surrogate")},
        **{name: content for name, content in changes.items() if "." in name},
    }
    blocks: dict[str, Any] = {
        "outputs": {"price": OUTPUT},
        "inputs": INPUTS,
        "kill_switches": {
            **samples.SWITCHES,
            "bulk-order": {"when": {"feature": "units", "op": "above", "value": 23}, "action": "alert"},
        },
        "breaker": {"open_after": 5, "of_last": 100, "fallback": {"price": 500.0}},
        "explanations": [
            {"method": method, "path": f"{method}.json", "sha256": samples.digest(made[f"{method}.json"])}
            for method in ("shap", "permutation", "surrogate")
        ],
    }
    return finished(made, blocks, serving, changes)


CLASSES: Final = ("cheap", "dear", "middling")
_GRADE: Final = (
    'return {"price": float(model.predict([[units]])[0]), "width": 4.0}',
    'return {"grade": str(model.predict([[units]])[0]), "width": 4.0}',
)


def graded(serving: tuple[str, str] | None = None, /, **changes: Any) -> Files:
    """Return the files of a classifier of the units: cheap up to 8, middling up to 16, dear above."""
    grades = ["cheap"] * 8 + ["middling"] * 8 + ["dear"] * 8
    model = pickle.dumps(DecisionTreeClassifier(random_state=0).fit([[each] for each in range(1, 25)], grades), 4)
    made: Files = line(_GRADE)
    bound = {"name": "model.pkl", "sha256": samples.digest(model)}
    explanation = {**json.loads(made["shap.json"]), "artifact": samples.digest(model), "output": "grade"}
    made |= {
        "model.pkl": model,
        "baseline.json": json.dumps({**json.loads(made["baseline.json"]), "artifact": bound, "predictions": None}),
        "golden.jsonl": '{"inputs": {"units": 3}, "outputs": {"grade": "cheap"}}\n',
        "shap.json": json.dumps(explanation),
    }
    blocks: dict[str, Any] = {
        "outputs": {"grade": {"type": "class", "classes": list(CLASSES)}},
        "breaker": {"open_after": 5, "of_last": 100, "fallback": {"grade": "middling"}},
    }
    return finished(made, blocks, serving, changes)
