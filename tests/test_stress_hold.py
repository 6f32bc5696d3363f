"""A version of torch that is held is let go by a recorded stress of the new version, and by nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.candidate import Candidate
from gatekeeper.environment.identity import environment_hash
from gatekeeper.environment.requirements.parser import parse_requirements
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Examined, Unable
from gatekeeper.policy import load
from gatekeeper.profiles import PROFILES
from gatekeeper.replay.observed import Memory
from gatekeeper.replay.stress_record import StressRecord, dumped, read_stress
from gatekeeper_checks.version_pinning import VersionPinning

MakeCandidate = Callable[..., Path]
TARGET = "cp311-linux_x86_64"
LOCK = f"torch==2.13.0 --hash=sha256:{'ab' * 32}\n"
MODEL = b"\x80\x04]."
POLICY = f"""\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment:
  production: production.lock
  target: {TARGET}
  holds:
    torch: {{version: "2.1.2", until: "2026-12-31", reason: "the leak of 2.2", stress: stress.json}}
"""
RECORD = StressRecord(
    recorder="0.1.0",
    recorded="2026-11-30",
    python="3.11.7",
    versions={"torch": "2.13.0+cpu"},
    environment=environment_hash(parse_requirements(LOCK), parse_target(TARGET)),
    artifacts={"model.pkl": f"sha256:{hashlib.sha256(MODEL).hexdigest()}"},
    predictor="serve:handler",
    device="cpu",
    verdict=Memory.CLEAN,
    requests=400,
    why="nothing is kept over 400 requests",
)


def judge(candidate: MakeCandidate, tmp_path: Path, record: bytes | None, policy: str = POLICY) -> Examined | Unable:
    files = {"gatekeeper.yaml": policy, "production.lock": LOCK, "model.pkl": MODEL}
    root = candidate(files if record is None else {**files, "stress.json": record})
    (tmp_path / "store").mkdir(exist_ok=True)
    return VersionPinning().run(
        Candidate(
            root=root,
            declaration=load(root / "gatekeeper.yaml", root),
            profile=PROFILES["ci"],
            store=FactStore(tmp_path / "store"),
            today=date(2026, 11, 30),
        )
    )


def told(outcome: Examined | Unable) -> list[str]:
    return [each.message for each in outcome.findings if each.code == "version-pinning/hold-broken"]


def changed(**fields: Any) -> bytes:
    return dumped(msgspec.structs.replace(RECORD, **fields))


@pytest.mark.parametrize("verdict", [Memory.CLEAN, Memory.BOUNDED])
def test_memory_that_came_back_lifts_the_hold(verdict: Memory, candidate: MakeCandidate, tmp_path: Path) -> None:
    assert told(judge(candidate, tmp_path, changed(verdict=verdict))) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"verdict": Memory.LEAK, "why": "live tensors grow"}, "memory did not come back: LEAK, live tensors grow"),
        ({"verdict": Memory.CYCLE}, "memory did not come back: CYCLE"),
        ({"versions": {"torch": "2.12.0"}}, "it was made with torch 2.12.0, expected 2.13.0"),
        ({"versions": {}}, "it was made with torch none, expected 2.13.0"),
        ({"environment": "sha256:" + 64 * "0"}, "it was made in the environment sha256:0000"),
        ({"environment": None}, "it was made in the environment of no lock"),
        ({"artifacts": {}}, "it was made of model.pkl in no version"),
    ],
)
def test_a_record_of_something_else_does_not(
    fields: dict[str, Any], says: str, candidate: MakeCandidate, tmp_path: Path
) -> None:
    found = told(judge(candidate, tmp_path, changed(**fields)))
    assert any(says in each for each in found)
    assert any("stress.json does not lift it" in each for each in found)


def test_without_a_record_the_hold_stands_and_says_what_lifts_it(candidate: MakeCandidate, tmp_path: Path) -> None:
    (found,) = told(judge(candidate, tmp_path, None, POLICY.replace(", stress: stress.json", "")))
    assert "a recorded stress of the new version lifts it" in found


def test_a_receipt_alone_lifts_no_hold_of_torch(candidate: MakeCandidate, tmp_path: Path) -> None:
    outcome = judge(candidate, tmp_path, None, POLICY.replace("stress: stress.json", "lifted_by: stress.json"))
    assert told(outcome)


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"\xff", b'{"schema": "gatekeeper/stress@2"}'])
def test_what_is_no_record_is_undecided_and_lifts_nothing(
    data: bytes, candidate: MakeCandidate, tmp_path: Path
) -> None:
    outcome = judge(candidate, tmp_path, data)
    assert isinstance(outcome, Unable)
    assert told(outcome)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "stress.json"
    path.write_bytes(dumped(RECORD))
    with path.open("rb") as stream:
        assert read_stress(stream) == RECORD
    path.write_bytes(dumped(RECORD)[:-10])
    with path.open("rb") as stream, pytest.raises(Unreadable, match="is no record of a stress"):
        read_stress(stream)
