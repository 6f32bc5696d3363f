"""A step's summary and outputs: appended whole to the runner's files, or a clear error and never a lost verdict."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.cli.github_files import MAX_SUMMARY, GithubFiles
from gatekeeper.errors import UsageError
from tests.report.made import HOSTILE, KINDS, hostile, many

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]

OPTIONS = ("--profile", "dev", "--check", "version-pinning", "--no-cache")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "_runner_file_commands"
    folder.mkdir()
    named = {name: folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for each in named.values():
        each.touch()
    return named


def environ(files: dict[str, Path]) -> dict[str, str]:
    return {name: str(path) for name, path in files.items()}


def outputs(files: dict[str, Path]) -> list[str]:
    return files["GITHUB_OUTPUT"].read_text().splitlines()


def test_a_run_leaves_its_summary_and_its_outputs(
    gate: Gate, candidate: MakeCandidate, parts: Parts, files: dict[str, Path], tmp_path: Path
) -> None:
    reports = ("--report", "github", "--report", f"sarif={tmp_path / 'out.sarif'}", "--report", "text=/dev/null")
    done = gate("run", candidate(parts), *OPTIONS, *reports, env=environ(files))
    assert done.returncode == 0
    assert outputs(files) == ["verdict=pass", "exit-code=0", f"report={tmp_path / 'out.sarif'}"]
    assert files["GITHUB_STEP_SUMMARY"].read_text().startswith("## ✓ PASS: `pricing`")


def test_what_is_there_already_stays(
    gate: Gate, candidate: MakeCandidate, parts: Parts, files: dict[str, Path]
) -> None:
    files["GITHUB_STEP_SUMMARY"].write_text("# Another step\n\n| a |")
    files["GITHUB_OUTPUT"].write_text("other=1\n")
    parts["production.lock"] = "numpy==2.4.6\nscikit-learn==1.9.1\n"
    assert gate("run", candidate(parts), *OPTIONS, "--report", "github", env=environ(files)).returncode == 1
    assert files["GITHUB_STEP_SUMMARY"].read_text().startswith("# Another step\n\n| a |\n\n## ✗ FAIL: ")
    assert outputs(files) == ["other=1", "verdict=fail", "exit-code=1", "report="]


def test_without_the_format_nothing_is_appended(
    gate: Gate, candidate: MakeCandidate, parts: Parts, files: dict[str, Path]
) -> None:
    assert gate("run", candidate(parts), *OPTIONS, env=environ(files)).returncode == 0
    assert [each.read_text() for each in files.values()] == ["", ""]


def test_outside_of_actions_the_format_is_its_commands_alone(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PASS: ")


def test_beside_another_report_the_commands_go_to_standard_error(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    parts["production.lock"] = "numpy==2.4.6\nscikit-learn==1.9.1\n"
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github", "--report", "text")
    assert done.returncode == 1
    assert done.stderr.startswith("::error file=")
    assert "::" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("FAIL: ")


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("name", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
@pytest.mark.parametrize("spoil", [_link, _folder, _pipe], ids=["link", "folder", "pipe"])
def test_a_file_that_is_none_is_refused_before_the_run(
    name: str,
    spoil: Callable[[Path], None],
    gate: Gate,
    candidate: MakeCandidate,
    parts: Parts,
    files: dict[str, Path],
) -> None:
    spoil(files[name])
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github", env=environ(files))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name}: {files[name]} ")
    assert f"fix: let {name} name a file" in done.stderr


@pytest.mark.parametrize("value", ["/nowhere/at/all/output", "out\nput/x", "\x1b[2J/x"])
def test_a_path_that_leads_nowhere_is_refused_and_shown_harmless(
    value: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github", env={"GITHUB_OUTPUT": value})
    assert done.returncode == 2
    assert done.stderr.startswith("GITHUB_OUTPUT: ")
    assert len(done.stderr.splitlines()) == 3
    assert "\x1b" not in done.stderr


def test_a_device_is_refused(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github", env={"GITHUB_OUTPUT": "/dev/full"})
    assert done.returncode == 2
    assert "GITHUB_OUTPUT: /dev/full is no regular file" in done.stderr


def test_a_report_whose_path_would_write_an_output_of_its_own_is_refused(
    gate: Gate, candidate: MakeCandidate, parts: Parts, files: dict[str, Path], tmp_path: Path
) -> None:
    report = f"json={tmp_path}/a\nverdict=pass"
    done = gate("run", candidate(parts), *OPTIONS, "--report", "github", "--report", report, env=environ(files))
    assert done.returncode == 2
    assert "can't be an output of a step" in done.stderr
    assert outputs(files) == []


LOSES = """\
import os, sys
from gatekeeper.cli import run_command_line
from gatekeeper.cli.github_files import GithubFiles
append = GithubFiles.append
def late(self, report, path):
    os.unlink(self.output)
    os.symlink("/dev/null", self.output)
    append(self, report, path)
GithubFiles.append = late
sys.exit(run_command_line(sys.argv[1:]))
"""


def test_a_file_that_is_lost_during_the_run_is_no_lost_verdict(
    gate: Gate, candidate: MakeCandidate, parts: Parts, files: dict[str, Path], tmp_path: Path
) -> None:
    import sys

    reports = ("--report", "github", "--report", "text", "--report", f"json={tmp_path / 'report.json'}")
    command = [sys.executable, "-I", "-c", LOSES]
    done = gate("run", candidate(parts), *OPTIONS, *reports, env=environ(files), command=command)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].startswith("PASS: ")
    assert (tmp_path / "report.json").exists()
    assert files["GITHUB_STEP_SUMMARY"].read_text().startswith("## ✓ PASS")
    assert "the verdict is PASS, and a report of it is lost: GITHUB_OUTPUT: " in done.stderr


@pytest.mark.parametrize("size", [0, 1, 500_000, 990_000, 996_500, 999_999, 1_200_000])
def test_a_summary_stays_below_its_limit_with_all_that_is_in_it(size: int, files: dict[str, Path]) -> None:
    summary = files["GITHUB_STEP_SUMMARY"]
    summary.write_bytes(b"x" * size)
    GithubFiles(summary=summary, output=None).append(many(30_000), None)
    assert summary.stat().st_size <= max(MAX_SUMMARY, size)
    if size <= 990_000:
        assert b"Left out here, for want of room:** " in summary.read_bytes()


@pytest.mark.parametrize("text", HOSTILE)
def test_outputs_are_three_lines_whatever_a_candidate_says(text: str, files: dict[str, Path]) -> None:
    GithubFiles(summary=None, output=files["GITHUB_OUTPUT"]).append(hostile(text), Path("out.json"))
    assert outputs(files) == ["verdict=fail", "exit-code=1", "report=out.json"]


def test_a_run_that_did_not_end_has_no_exit_code(files: dict[str, Path]) -> None:
    GithubFiles(summary=None, output=files["GITHUB_OUTPUT"]).append(KINDS["incomplete"], None)
    assert outputs(files) == ["verdict=incomplete", "exit-code=", "report="]


def test_what_names_no_file_is_no_error_and_what_is_not_there_is_made(tmp_path: Path) -> None:
    assert GithubFiles.named_in({"GITHUB_OUTPUT": ""}) == GithubFiles(summary=None, output=None)
    assert GithubFiles.named_in({"GITHUB_OUTPUT": str(tmp_path / "new")}).output == tmp_path / "new"
    with pytest.raises(UsageError, match="embedded null byte"):
        GithubFiles.named_in({"GITHUB_OUTPUT": "a\0b"})
