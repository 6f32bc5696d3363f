"""What is seen besides while records are answered: inputs and weights that change. Of torch, see test_frameworks.py."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import SGDRegressor
from sklearn.tree import DecisionTreeRegressor

from gatekeeper.replay.observed import Predictor, Replayed, Watched
from gatekeeper.replay.worker import Worker, start

APP = '''\
"""Handlers that change what they should not, and some that do not."""
from functools import lru_cache
import joblib
import numpy as np

model = joblib.load("model.joblib")
tree = joblib.load("tree.joblib")
kept = []

@lru_cache
def late():
    return joblib.load("late.joblib")

def row(record):
    return np.array([[record["area"], 1.0]])

def clean(record):
    copy = {**record, "seen": True}
    kept.append(copy)
    return float(model.predict(row(record))[0])

def learns(record):
    model.partial_fit(row(record), [record["area"]])
    return float(model.predict(row(record))[0])

def learns_late(record):
    price = float(late().predict(row(record))[0])
    late().partial_fit(row(record), [record["area"]])
    return price

def prunes(record):
    tree.tree_.value[:] += 1.0
    return float(tree.predict(row(record))[0])

def fills(record):
    record.setdefault("region", "north")
    return 1.0

def sorts(record):
    record["list"].sort()
    return 1.0

def scales(record):
    if record["array"][0] == 2.0:
        record["array"] *= 2
    return 1.0

def raises(record):
    record["seen"] = True
    raise KeyError("seen")

def __getattr__(name):
    return lambda: globals()[name.removeprefix("make_")]
'''
RECORD: dict[str, Any] = {"area": 3.0, "list": [2, 1]}

Seen = Callable[..., Watched]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Return a function that replays records with a handler of a fresh state, and gives what was seen."""
    root: Path = tmp_path_factory.mktemp("service")
    (root / "app.py").write_text(APP)
    data = np.random.default_rng(0).normal(size=(40, 2))
    for name in ("model", "late"):
        joblib.dump(SGDRegressor().fit(data, data[:, 0]), root / f"{name}.joblib")
    joblib.dump(DecisionTreeRegressor(max_depth=2).fit(data, data[:, 0]), root / "tree.joblib")
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker), worker

        def see(handler: str, *records: dict[str, Any], times: int = 1) -> Watched:
            assert isinstance(worker.open_predictor(f"app:make_{handler}"), Predictor)
            for _ in range(times):
                found = worker.replay(records or [RECORD, RECORD])
            assert isinstance(found, Replayed), found
            return found.watched

        yield see


def test_a_handler_that_changes_nothing_is_seen_to_change_nothing(seen: Seen) -> None:
    assert seen("clean") == Watched()


def test_online_learning_is_found(seen: Seen) -> None:
    assert seen("learns").changed_weights == ("sklearn.linear_model._stochastic_gradient.SGDRegressor",)


def test_it_is_found_again_the_next_time(seen: Seen) -> None:
    assert seen("learns", times=3).changed_weights == ("sklearn.linear_model._stochastic_gradient.SGDRegressor",)


def test_a_model_that_the_first_record_loads_is_found(seen: Seen) -> None:
    assert seen("learns_late").changed_weights == ("sklearn.linear_model._stochastic_gradient.SGDRegressor",)


def test_the_numbers_of_a_tree_are_weights(seen: Seen) -> None:
    assert seen("prunes").changed_weights == ("sklearn.tree._classes.DecisionTreeRegressor",)


def test_records_that_are_changed_are_named_by_position(seen: Seen) -> None:
    with_region = {**RECORD, "region": "west"}
    assert seen("fills", RECORD, with_region, RECORD).mutated_inputs == (0, 2)
    assert seen("sorts", {"list": [1, 2]}, {"list": [2, 1]}).mutated_inputs == (1,)
    assert seen("scales", {"array": np.array([1.0])}, {"array": np.array([2.0])}).mutated_inputs == (1,)
    assert seen("raises").mutated_inputs == (0, 1)
