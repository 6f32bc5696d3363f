"""Golden values of another device, beside those of the processor."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli.golden.devices import adds_a_device, as_answered, must_be_of, with_device
from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden import document
from gatekeeper.replay.golden.difference import difference, lines
from gatekeeper.replay.golden.facts import Golden
from gatekeeper.replay.golden.judging import judge
from gatekeeper.replay.observed import Answer, Value
from gatekeeper.replay.outcomes import Fault
from gatekeeper_checks.golden_replay import samples, trial

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

CARD = "cuda:NVIDIA H200"


@pytest.fixture
def golden(candidate: MakeCandidate) -> Golden:
    return document.read(candidate(samples.files()) / "golden.jsonl")


def answers(*prices: float, **more: Any) -> list[Answer]:
    def value(price: float) -> Value:
        return Value(**{"dtype": "float", "shape": (), "values": (price,), "device": "cuda:0", **more})

    return [Answer(outputs={"price": value(each)}, seconds=0.0) for each in prices]


def on_card(golden: Golden, given: list[Answer]) -> Golden:
    return with_device(golden, given, device=CARD, runtime={"cuda": "13.0"})


def test_what_differs_is_stored_under_the_name_of_the_device_and_nothing_else_changes(golden: Golden) -> None:
    added = on_card(golden, answers(7.0, 7.0, 25.000001))
    assert golden.header is not None
    assert added.header is not None
    assert added.header.devices == {"cpu": {}, CARD: {"cuda": "13.0"}}
    assert added.header.outputs == golden.header.outputs
    assert [list(each.devices) for each in added.records] == [[], [], [CARD]]
    assert [replace(each, devices={}) for each in added.records] == list(golden.records)


def test_it_is_written_read_and_used_for_that_device_alone(golden: Golden, tmp_path: Path) -> None:
    given = answers(7.0, 7.0, 26.0)
    document.write(on_card(golden, given), tmp_path)
    again = document.read(tmp_path)
    assert judge(again, given, device=CARD).passed
    assert judge(again, given, device=CARD).own == ("r003",)
    assert judge(again, given, device="cpu").above == ("r003",)
    assert judge(again, answers(7.0, 7.0, 25.0), device="cpu").passed


def test_recorded_once_more_the_device_has_the_new_values(golden: Golden) -> None:
    other = on_card(golden, answers(7.5, 7.0, 26.0))
    same = on_card(other, answers(7.0, 7.0, 25.0))
    assert [each.devices for each in same.records] == [{}, {}, {}]
    assert same.header == other.header


def test_the_difference_to_the_processor_is_told(golden: Golden) -> None:
    added = on_card(golden, answers(7.0, 7.0, 26.0))
    told = lines(difference(golden, as_answered(added, CARD)))
    assert told[0] == "1 of 3 records have another answer: r003"
    assert "1 beyond the tolerance" in told[1]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (answers(7.0, 7.0, float("nan")), f"NaN or infinity is answered on {CARD} as price"),
        (answers(7.0, 7.0, 25.0, dtype="float32"), "r001: price is float32"),
        (answers(7.0, 7.0, 25.0, shape=(1,)), "r001: price is float of the shape [1]"),
        (answers(7.0, 7.0), "2 answers came, expected 3"),
        ([*answers(7.0, 7.0), Answer(outputs={}, seconds=0.0)], "r003: answers nothing"),
        (
            [
                *answers(7.0, 7.0),
                Answer(outputs=None, fault=Fault(kind="raised", type="RuntimeError", message="no"), seconds=0.0),
            ],
            "r003: got RuntimeError on",
        ),
    ],
)
def test_a_device_that_answers_another_thing_is_refused(given: list[Answer], says: str, golden: Golden) -> None:
    with pytest.raises(Unreadable) as refused:
        on_card(golden, given)
    assert says in refused.value.what


def test_values_are_added_to_those_of_the_processor_and_of_the_same_model(golden: Golden) -> None:
    assert golden.header is not None
    assert adds_a_device(golden, "cuda")
    assert not adds_a_device(golden, "cpu")
    assert not adds_a_device(Golden(header=None, records=golden.records), "cuda")
    must_be_of(golden, "serve:handler", golden.header.artifacts)
    with pytest.raises(Unreadable, match="another model or predictor"):
        must_be_of(golden, "serve:handler", {"model.pkl": "sha256:00"})
    with pytest.raises(Unreadable, match="another model or predictor"):
        must_be_of(golden, "serve:other", golden.header.artifacts)


@pytest.mark.skipif(trial.has_graphics_card(), reason="this machine has a graphics card")
def test_without_a_card_nothing_is_recorded(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({**samples.files(), "rows.csv": "units\n1\n2\n"})
    done = gate("golden", "record", root, "--inputs", root / "rows.csv", "--device", "cuda", "-o", root / "golden")
    assert done.returncode == 2
    assert "--device cuda: this machine has no graphics card" in done.stderr
    assert not (root / "golden").exists()


def test_without_golden_records_requests_must_be_given(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate(samples.files())
    done = gate("golden", "record", root, "-o", root / "golden")
    assert done.returncode == 2
    assert "--inputs: not given" in done.stderr
