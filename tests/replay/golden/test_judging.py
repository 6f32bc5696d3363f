"""Golden records against answers: what is missing, new, renamed, refused or raised is named, record by record."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.replay.golden.document import from_lines
from gatekeeper.replay.golden.facts import Golden, Header, Record
from gatekeeper.replay.golden.judging import judge
from gatekeeper.replay.golden.tolerance import Kind
from gatekeeper.replay.observed import Answer, Value
from gatekeeper.replay.outcomes import Fault

Ask = Callable[..., Answer]
WRITTEN = b"""
{"inputs": {"units": 2}, "outputs": {"price": 74.31}}
{"inputs": {"units": 3}, "outputs": {"price": 21}}
"""
BROKEN = Fault(kind="raised", type="ValueError", message="x is negative")
ABSENT = Fault(kind="raised", type="KeyError", message="")
REFUSED = Fault(kind="raised", type="fastapi.exceptions.HTTPException", message="no", status=422)


def kinds(golden: Golden, *answers: Answer) -> list[tuple[str, Kind, str]]:
    found = judge(golden, answers)
    assert not found.passed
    return [(each.record, each.kind, each.output) for each in found.departures]


def test_the_same_answers_pass(golden: Callable[..., Golden], answer: Ask) -> None:
    found = judge(golden(1.0, 2.0), [answer(price=1.0), answer(price=2.0)])
    assert found.passed
    assert (found.records, found.above, found.departures, found.own) == (2, (), (), ())
    (price,) = found.outputs
    assert (price.records, price.worst, price.used) == (2, None, {"r001": 0.0, "r002": 0.0})


def test_the_worst_record_is_named(golden: Callable[..., Golden], answer: Ask) -> None:
    found = judge(golden(10.0, 20.0, 30.0), [answer(price=10.002), answer(price=20.1), answer(price=30.0)])
    assert not found.passed
    assert found.above == ("r001", "r002")
    (price,) = found.outputs
    assert (price.worst_record, price.above, price.elements_above) == ("r002", 2, 2)
    assert price.worst is not None
    assert price.worst.relative == pytest.approx(0.005)
    assert price.needed == pytest.approx(0.005)
    assert price.used["r001"] == pytest.approx(2.0)
    assert price.used["r003"] == 0.0


def test_missing_new_and_renamed_outputs_fail(golden: Callable[..., Golden], answer: Ask) -> None:
    held = golden(1.0)
    assert kinds(held, answer(cost=1.0)) == [("r001", Kind.RENAMED, "price")]
    assert kinds(held, answer(cost=5.0)) == [("r001", Kind.MISSING, "price"), ("r001", Kind.EXTRA, "cost")]
    assert kinds(held, answer(price=1.0, debug="x")) == [("r001", Kind.EXTRA, "debug")]
    assert kinds(held, Answer(outputs={})) == [("r001", Kind.MISSING, "price")]
    (renamed,) = judge(held, [answer(cost=1.0)]).departures
    assert renamed.said == "is called 'cost' now, with the same value"


def test_type_shape_and_nan_fail(golden: Callable[..., Golden], answer: Ask) -> None:
    assert kinds(golden(1.0), answer(price=1)) == [("r001", Kind.DTYPE, "price")]
    assert kinds(golden(1.0), answer(price=[1.0])) == [("r001", Kind.SHAPE, "price")]
    assert judge(golden(1.0), [answer(price=math.nan)]).above == ("r001",)
    assert judge(golden(math.nan), [answer(price=1.0)]).above == ("r001",)
    assert judge(golden(math.nan), [answer(price=math.nan)]).passed
    half = Value(dtype="float16", shape=(1,), values=np.array([1], np.float16))
    assert kinds(golden(half), answer(price=half)) == [("r001", Kind.UNJUDGED, "price")]


def test_an_answer_that_is_missing_or_too_many_fails(golden: Callable[..., Golden], answer: Ask) -> None:
    one = answer(price=1.0)
    assert kinds(golden(1.0, 1.0), one) == [("r002", Kind.NO_ANSWER, "")]
    assert kinds(golden(1.0), one, one) == [("", Kind.NO_ANSWER, "")]
    assert kinds(golden(1.0), Answer(outputs=None)) == [("r001", Kind.NO_ANSWER, "")]
    assert not judge(Golden(header=None, records=()), []).passed


def test_a_new_exception_fails_and_says_which(golden: Callable[..., Golden]) -> None:
    (found,) = judge(golden(1.0), [Answer(outputs=None, fault=BROKEN)]).departures
    assert (found.kind, found.said) == (Kind.FAULT, "raised ValueError: x is negative, expected an answer")


@pytest.mark.parametrize(
    ("record", "same", "other"),
    [
        ({"status": 200}, {"price": 1.0, "status": 200}, {"price": 1.0, "status": 201}),
        ({"status": 200}, {"price": 1.0, "status": 200}, {"price": 1.0}),
        ({}, {"price": 1.0}, {"price": 1.0, "status": 200}),
        ({"status": 422, "outputs": None}, {"status": 422, "detail": "in any words"}, {"status": 400}),
        ({"status": 422, "outputs": None}, {"fault": REFUSED}, {"price": 1.0, "status": 200}),
        ({"status": 422, "outputs": None}, {"status": 422}, {"fault": BROKEN}),
        ({"fault": "ValueError", "outputs": None}, {"fault": BROKEN}, {"price": 1.0}),
        ({"fault": "KeyError", "outputs": None}, {"fault": ABSENT}, {"fault": BROKEN}),
    ],
)  # fmt: skip
def test_status_and_exception_are_exact(
    header: Callable[..., Header], answer: Ask, record: dict[str, Any], same: dict[str, Any], other: dict[str, Any]
) -> None:
    outputs = {"price": Value(dtype="float", shape=(), values=(1.0,))}
    records = (Record(id="r1", inputs={}, **{"outputs": outputs, **record}),)
    golden = Golden(header=header(records), records=records)

    def made(said: dict[str, Any]) -> Answer:
        return Answer(outputs=None, fault=said["fault"]) if "fault" in said else answer(**said)

    assert judge(golden, [made(same)]).passed
    found = judge(golden, [made(other)])
    assert not found.passed
    assert {each.kind for each in found.departures} <= {Kind.STATUS, Kind.FAULT}


def test_a_device_is_judged_by_its_own_values_and_else_by_the_ones_of_all(
    header: Callable[..., Header], answer: Ask, value: Callable[..., Value]
) -> None:
    own = {"cuda:NVIDIA H200": {"y": value(1.5)}}
    records = (
        Record(id="r1", inputs={}, outputs={"y": value(1.0)}, devices=own),
        Record(id="r2", inputs={}, outputs={"y": value(2.0)}),
    )
    golden = Golden(header=header(records), records=records)
    on_gpu = judge(golden, [answer(y=1.5), answer(y=2.0)], device="cuda:NVIDIA H200")
    assert on_gpu.passed
    assert on_gpu.own == ("r1",)
    assert judge(golden, [answer(y=1.5), answer(y=2.0)]).above == ("r1",)


def test_a_hand_written_file_is_judged_and_a_record_that_expects_nothing_is_said(answer: Ask) -> None:
    golden = from_lines(io.BytesIO(WRITTEN), None)
    prices = (74.31, 21)
    assert judge(golden, [answer(price=float(each), status=200) for each in prices]).passed
    assert judge(golden, [answer(price=np.float64(each)) for each in prices]).passed
    assert not judge(golden, [answer(price=float(each), status=500) for each in prices]).passed
    silent = Golden(header=None, records=(Record(id="line 1", inputs={}, outputs=None, outside=True),))
    found = judge(silent, [answer(price=1.0)])
    assert found.unjudged == ("line 1",)
    assert not found.passed


def test_a_golden_set_of_plain_numbers_is_judged_without_numpy(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(WRITTEN)
    program = (
        "import sys, pathlib\n"
        "from gatekeeper.replay.golden import coverage, difference, document, judging, repeating, selection\n"
        "from gatekeeper.replay.observed import Answer\n"
        f"golden = document.read(pathlib.Path({str(tmp_path)!r}))\n"
        "answers = [Answer(outputs=each.outputs) for each in golden.records]\n"
        "assert judging.judge(golden, answers).passed\n"
        "assert repeating.repeatability(answers, answers).noise\n"
        "assert coverage.coverage(golden).outputs and not difference.difference(golden, golden.records).count\n"
        "assert 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
