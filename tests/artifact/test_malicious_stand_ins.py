"""Harmless stand-ins for malicious files, in every container and codec: none passes, and what is hostile is named.

`make_malicious.py` makes them. They are read here, and never loaded.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.artifact import Artifact, examine
from gatekeeper.artifact.known.listing import is_known
from gatekeeper.errors import Unreadable
from gatekeeper.model import Finding
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.content import judge_content

FOLDER = Path(__file__).parent / "corpus" / "malicious"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
VERDICTS = {1: "FAIL", 3: "UNDECIDED"}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the gate says of one file."""

    exit: int
    artifact: Artifact | None
    findings: Sequence[Finding]


def judge(content: bytes, allowed: Allowed) -> Judged:
    try:
        artifact = examine(io.BytesIO(content))
    except Unreadable:
        return Judged(exit=3, artifact=None, findings=())
    findings = [each for each in judge_content(artifact, "model", allowed) if each.severity.blocks]
    undecided = 0 if artifact.incomplete is None else 3
    return Judged(exit=1 if findings else undecided, artifact=artifact, findings=findings)


def all_known(artifact: Artifact) -> Allowed:
    """Return a closed list of those names of a file that ordinary models have too."""
    names = {(each.module, each.name) for each in artifact.globals}
    return Allowed(approved=frozenset(name for name in names if is_known(*name)), list_path="approved.txt")


@pytest.mark.parametrize("name", EXPECTED)
def test_it_fails_with_name_and_place_or_is_undecided(name: str) -> None:
    expected = EXPECTED[name]

    judged = judge((FOLDER / name).read_bytes(), Allowed())

    assert judged.exit in ((expected["exit"],) if expected["code"] else (1, 3))
    if expected["code"] and expected["exit"] == 1:
        assert expected["code"] in {finding.code for finding in judged.findings}
    for called, offset, member in expected["at"]:
        assert judged.artifact is not None
        assert (called, offset, member) in {(str(ref), ref.offset, ref.member) for ref in judged.artifact.globals}
        assert any(called in each.message and f"byte {offset:,}" in each.message for each in judged.findings)


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]["at"]])
def test_a_list_that_approves_everything_else_does_not_let_it_pass(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    first = judge(content, Allowed()).artifact
    assert first is not None

    assert judge(content, all_known(first)).exit == 1


@pytest.mark.parametrize("called", ["model.txt", "model.bin", "model", "model.joblib", "README"])
def test_what_the_file_is_called_changes_nothing(tmp_path: Path, called: str) -> None:
    names = [name for name in EXPECTED if EXPECTED[name]["code"]]
    paths = [tmp_path / str(number) / called for number in range(len(names))]
    for name, path in zip(names, paths, strict=True):
        path.parent.mkdir()
        path.write_bytes((FOLDER / name).read_bytes())

    command = [sys.executable, "-I", "-m", "gatekeeper", "inspect", "--format", "json", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert not done.stderr
    told = [each["verdict"] for each in json.loads(done.stdout)["files"]]
    assert told == [VERDICTS[EXPECTED[name]["exit"]] for name in names]


def test_the_corpus_has_a_file_for_each_opcode_that_calls_and_each_container() -> None:
    families = {name.partition(".")[0] for name in EXPECTED}

    assert len(EXPECTED) > 150
    assert {"reduce", "inst", "obj", "newobj", "newobj_ex", "stack_global", "build", "ext1", "persid"} <= families
    assert {"joblib", "packed", "torch", "torch_legacy", "numpy", "skops", "zip", "tampered"} <= families
    assert {"safetensors", "index", "onnx", "keras", "gguf"} <= families
