"""The production handler: found in the candidate's root, made once, called with one record after the other."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.replay.outcomes import HandledAll, Opened, Other, Reason, Refused
from gatekeeper.replay.worker import Worker, start

APP = '''\
"""A service."""
import dataclasses, datetime, math
from pathlib import Path
from serving.rules import RATE

made = 0

class Refusal(Exception):
    def __init__(self, status_code, detail):
        super().__init__(detail)
        self.status_code = status_code

class Schema:
    def model_dump(self):
        return {"price": 7.5}

def handle(record):
    kind = record.get("kind")
    if kind == "raise":
        raise KeyError("region")
    if kind == "http":
        raise Refusal(422, "no such region")
    if kind == "status":
        return 503, {"error": "sick"}
    if kind == "number":
        return 4.25
    if kind == "list":
        return [1]
    if kind == "none":
        return None
    if kind == "schema":
        return Schema()
    if kind == "odd":
        return {"nan": math.nan, "inf": -math.inf, "big": 2**80, "when": datetime.date(2026, 1, 2), "$x": 1, "t": (1,)}
    if kind == "circle":
        circle = {}
        circle["me"] = circle
        return circle
    if kind == "made":
        return {"made": made, "here": Path("data.txt").read_text()}
    if kind == "echo":
        return {"nan": math.isnan(record["value"])}
    return {"price": record["area"] * RATE}

async def later(record):
    return {"price": 1.0}

def factory():
    global made
    made += 1
    return handle

def asynchronous():
    return later

def nothing():
    return None

def breaks():
    raise RuntimeError("no database")

NUMBER = 3
'''


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    root = tmp_path_factory.mktemp("service")
    (root / "serving").mkdir()
    (root / "serving/__init__.py").write_text("")
    (root / "serving/rules.py").write_text("RATE = 3.0\n")
    (root / "serving/app.py").write_text(APP)
    (root / "serving/broken.py").write_text("import no_such_library\n")
    (root / "data.txt").write_text("here")
    with start(sys.executable, root) as started:
        assert isinstance(started, Worker), started
        yield started


@pytest.fixture
def opened(service: Worker) -> Worker:
    assert isinstance(service.open_handler("serving.app:factory"), Opened)
    return service


def outcomes(worker: Worker, *records: dict[str, object]) -> HandledAll:
    found = worker.handle(records)
    assert isinstance(found, HandledAll), found
    return found


def test_each_record_has_its_own_outcome(opened: Worker) -> None:
    good, raised, refused, status, number = outcomes(
        opened, {"area": 2.0}, {"kind": "raise"}, {"kind": "http"}, {"kind": "status"}, {"kind": "number"}
    ).outcomes
    assert (good.value, good.status, good.fault) == ({"price": 6.0}, None, None)
    assert raised.fault is not None
    assert str(raised.fault) == "KeyError: 'region'"
    assert "serving/app.py" in raised.fault.where
    assert refused.fault is not None
    assert (refused.fault.type, refused.fault.status) == ("serving.app.Refusal", 422)
    assert (status.status, status.value) == (503, {"error": "sick"})
    assert number.value == 4.25


def test_values_that_json_has_not_are_kept_apart(opened: Worker) -> None:
    (odd,) = outcomes(opened, {"kind": "odd"}).outcomes
    assert odd.value.pop("nan") != 0
    assert odd.value == {
        "inf": -math.inf,
        "big": 2**80,
        "when": Other("datetime.date", "datetime.date(2026, 1, 2)"),
        "$x": 1,
        "t": [1],
    }


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("list", "returned list, expected a mapping or a number"),
        ("none", "returned NoneType, expected"),
        ("circle", "nested more than 48 levels deep"),
    ],
)
def test_what_is_no_answer_is_that_records_fault(opened: Worker, kind: str, said: str) -> None:
    wrong, good = outcomes(opened, {"kind": kind}, {"area": 1.0}).outcomes
    assert wrong.fault is not None
    assert said in wrong.fault.message
    assert good.value == {"price": 3.0}


def test_a_schema_answers_with_what_it_dumps(opened: Worker) -> None:
    assert outcomes(opened, {"kind": "schema"}).outcomes[0].value == {"price": 7.5}


def test_the_factory_is_called_once_and_the_root_is_where_it_runs(service: Worker) -> None:
    assert isinstance(service.open_handler("serving.app:factory"), Opened)
    first, second = outcomes(service, {"kind": "made"}, {"kind": "made"}).outcomes
    assert first.value == second.value
    assert first.value["here"] == "here"


def test_nan_reaches_the_handler(opened: Worker) -> None:
    (outcome,) = outcomes(opened, {"kind": "echo", "value": math.nan}).outcomes
    assert outcome.value == {"nan": True}


def test_an_asynchronous_handler_is_awaited(service: Worker) -> None:
    assert isinstance(service.open_handler("serving.app:asynchronous"), Opened)
    assert outcomes(service, {}).outcomes[0].value == {"price": 1.0}


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("serving.app:absent", Reason.WRONG_ANSWER, "serving.app has no absent"),
        ("serving.app:NUMBER", Reason.WRONG_ANSWER, "is int, expected a factory that can be called"),
        ("serving.app:nothing", Reason.WRONG_ANSWER, "returned NoneType, expected a handler"),
        ("serving.app:breaks", Reason.RAISED, "raised RuntimeError: no database"),
        ("serving.broken:factory", Reason.MODULE_MISSING, "needs no_such_library, which is not installed in"),
        ("absent:factory", Reason.MODULE_MISSING, "needs absent, which is not installed in"),
        ("serving.app", Reason.WRONG_ANSWER, "has no"),
    ],
)
def test_a_handler_that_can_not_be_made_says_why(service: Worker, name: str, reason: Reason, said: str) -> None:
    outcome = service.open_handler(name)
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert said in outcome.what
    assert not outcome.fatal


def test_the_candidates_code_is_not_seen_before_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise RuntimeError('the wrong numpy')")
    with start(sys.executable, tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.handle([{}]), Refused)
        outcome = worker.open_handler("numpy:factory")
        assert isinstance(outcome, Refused)
        assert "the wrong numpy" in outcome.what
