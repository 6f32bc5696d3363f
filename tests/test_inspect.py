"""`gatekeeper inspect` and `gatekeeper artifact approve`: what a person and a script see of a model file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper_checks.artifact_integrity import samples

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

CORPUS = Path(__file__).parent / "artifact" / "corpus"
PIPELINE = CORPUS / "sklearn-1.9.1" / "pipeline.joblib"
COMMAND = CORPUS / "sklearn-1.9.1" / "command_after_array.zlib.joblib"


def document(gate: Gate, *args: str | Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(gate("inspect", "--format", "json", *args).stdout)
    assert parsed["schema"] == "gatekeeper/inspection@1"
    return parsed


def test_an_ordinary_model_has_nothing_against_it(gate: Gate) -> None:
    done = gate("inspect", PIPELINE)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("  nothing against it\n")
    for said in (
        "joblib, 2,241 opcodes of protocol 5",
        "scikit-learn 1.9.1 (",
        "numpy>=2 (names numpy._core.multiarray._reconstruct)",
        "ColumnTransformer.feature_names_in_: region, power, age",
        "OneHotEncoder.categories_[0]: east, north, south",
        "0 of them not finite",
        "sklearn.pipeline: Pipeline @",
    ):
        assert said in done.stdout


def test_a_command_is_named_with_its_place_and_its_arguments(gate: Gate) -> None:
    done = gate("inspect", COMMAND)

    assert done.returncode == 1
    assert "artifact-integrity/executes" in done.stdout
    assert "names posix.system, which runs a command, at byte 298" in done.stdout
    assert "'echo this must never be printed'" in done.stdout
    assert "fix: don't load the file" in done.stdout


def test_json_has_every_fact(gate: Gate) -> None:
    (found,) = document(gate, PIPELINE)["files"]

    assert found["verdict"] == "PASS"
    assert found["bytes"] == PIPELINE.stat().st_size
    assert {each["name"] for each in found["artifact"]["globals"]} >= {"Pipeline", "ColumnTransformer"}
    assert len(found["artifact"]["tensors"]) == 22
    assert all(each["offset"] for each in found["artifact"]["tensors"])


def test_the_output_is_the_same_each_time(gate: Gate) -> None:
    assert gate("inspect", PIPELINE, COMMAND).stdout == gate("inspect", PIPELINE, COMMAND).stdout


@pytest.mark.parametrize(
    ("content", "exit_code", "said"),
    [
        (b"", 3, "is empty (0 bytes)"),
        (b"no model at all\n", 3, "text, not a model"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", 3, "format 7z, which is not read"),
        (PIPELINE.read_bytes()[:9000], 3, "truncated: the data ends at byte 9000"),
        (PIPELINE.read_bytes() + b"x", 3, "more bytes follow"),
        (samples.COMMAND, 1, "posix.system"),
        (samples.COMMAND[:-1], 1, "posix.system"),
        (samples.OWN_CLASS, 1, "pricing.steps.Clip"),
        (samples.NPZ_WITH_NAN, 1, "1 NaN of 2, the first at index 1"),
        (samples.KERAS, 1, "artifact-integrity/runs-code"),
        (samples.NPZ_OF_ZEROS, 0, "hold one value throughout"),
        (samples.NPZ, 0, "nothing against it"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_exit_codes(content: bytes, exit_code: int, said: str, gate: Gate, tmp_path: Path) -> None:
    path = tmp_path / "model.any"
    path.write_bytes(content)
    done = gate("inspect", path)

    assert done.returncode == exit_code
    assert said in done.stdout


def test_a_file_that_is_not_there_a_folder_and_no_file(gate: Gate, tmp_path: Path) -> None:
    assert gate("inspect", tmp_path / "nothing.pkl").returncode == 3
    assert "is a directory" in gate("inspect", tmp_path).stdout
    assert gate("inspect").returncode == 2


def test_one_bad_file_among_several_does_not_hide_the_others(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "empty.pkl").write_bytes(b"")
    files = document(gate, PIPELINE, tmp_path / "empty.pkl", COMMAND)["files"]

    assert [each["verdict"] for each in files] == ["PASS", "UNDECIDED", "FAIL"]
    assert gate("inspect", PIPELINE, tmp_path / "empty.pkl").returncode == 3
    assert gate("inspect", tmp_path / "empty.pkl", COMMAND).returncode == 1


def test_hostile_text_reaches_no_terminal(gate: Gate, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04\x1b[2J\x85R.")

    assert "\x1b" not in gate("inspect", path).stdout


def test_the_list_that_approve_writes_admits_the_model_and_nothing_else(gate: Gate, tmp_path: Path) -> None:
    done = gate("artifact", "approve", PIPELINE, "-o", "approved.txt", cwd=tmp_path)
    lines = (tmp_path / "approved.txt").read_text().splitlines()

    assert done.returncode == 0
    assert lines == sorted(lines)
    assert "sklearn.pipeline:Pipeline" in lines
    assert gate("inspect", "--globals", tmp_path / "approved.txt", PIPELINE).returncode == 0
    (tmp_path / "approved.txt").write_text("\n".join(line for line in lines if "Pipeline" not in line))
    refused = gate("inspect", "--globals", tmp_path / "approved.txt", PIPELINE)
    assert refused.returncode == 1
    assert "sklearn.pipeline.Pipeline (at byte " in refused.stdout
    assert "): not on the approved list" in refused.stdout


def test_what_runs_code_or_can_not_be_read_is_not_approved(gate: Gate, tmp_path: Path) -> None:
    done = gate("artifact", "approve", COMMAND, "-o", "approved.txt", cwd=tmp_path)
    (tmp_path / "cut.joblib").write_bytes(PIPELINE.read_bytes()[:9000])

    assert done.returncode == 3
    assert "posix.system runs a command" in done.stderr
    assert not (tmp_path / "approved.txt").exists()
    assert gate("artifact", "approve", tmp_path / "cut.joblib").returncode == 3


@pytest.mark.parametrize("line", ["sklearn.*", "sklearn", "sklearn.pipeline:Pipe line"])
def test_a_list_of_anything_but_exact_names_is_refused(line: str, gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "approved.txt").write_text(f"numpy:ndarray\n{line}\n")
    done = gate("inspect", "--globals", tmp_path / "approved.txt", PIPELINE)

    assert done.returncode in {2, 3}
    assert "fix: " in done.stderr


def test_numbers_of_a_large_file_are_counted(gate: Gate, tmp_path: Path) -> None:
    weights = np.ones((1000, 500), dtype="f4")
    weights[17, 3] = np.inf
    np.savez(tmp_path / "weights.npz", dense=weights)
    (found,) = document(gate, tmp_path / "weights.npz")["files"]

    assert found["verdict"] == "FAIL"
    (statistics,) = found["artifact"]["tensors"][0]["statistics"]
    assert (statistics["count"], statistics["infinite"], statistics["first"]) == (500_000, 1, 17 * 500 + 3)
