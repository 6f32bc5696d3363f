"""The check that README.md shows is a distribution: it is installed as anyone's, and judges as it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, _copy, _run

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

POLICY = "schema: gatekeeper/candidate@1\nname: pricing\nplugins: [runbook]\n"


@pytest.fixture(scope="session")
def python_with_own_check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment like this one in which examples/own-check is installed too."""
    folder = tmp_path_factory.mktemp("with-own-check")
    _run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    theirs = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    lines = [f"import site; site.addsitedir({path!r})" for path in sys.path if path.endswith("site-packages")]
    (Path(theirs) / "this-environment.pth").write_text("\n".join(lines) + "\n")
    _copy(REPOSITORY / "examples" / "own-check", folder / "own-check")
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "--python", python, *install, folder / "own-check")
    return python


@pytest.fixture
def judged(
    gate: Gate, python_with_own_check: Path, candidate: MakeCandidate
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what judges a candidate of these files by the check alone."""

    def judge(files: dict[str, str | bytes], policy: str = "") -> subprocess.CompletedProcess[str]:
        root = candidate({"gatekeeper.yaml": POLICY + policy, **files})
        return gate("run", root, "--check", "runbook", command=(python_with_own_check, "-I", "-m", "gatekeeper"))

    return judge


Judge = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_runbook_that_says_whom_to_call_passes(judged: Judge) -> None:
    done = judged({"RUNBOOK.md": "# Pricing\n\nCall: the pricing team, +49 30 1234\n"})
    assert done.returncode == 0, done.stdout
    assert "✓ PASS      runbook                The runbook says whom to call  [runbook-check 1.0.0]" in done.stdout
    assert "saw RUNBOOK.md: bytes 47, people 1, sha256:" in done.stdout


def test_a_runbook_that_names_nobody_fails(judged: Judge) -> None:
    done = judged({"RUNBOOK.md": "# Pricing\n"})
    assert done.returncode == 1
    assert "error  runbook/nobody-to-call  RUNBOOK.md" in done.stdout


def test_a_runbook_that_is_not_there_leaves_the_verdict_undecided(judged: Judge) -> None:
    assert judged({}).returncode == 3


def test_a_runbook_without_text_leaves_no_pass(judged: Judge) -> None:
    assert judged({"RUNBOOK.md": b"\xff\x00\xfe"}).returncode == 1


def test_the_option_names_another_file(judged: Judge) -> None:
    policy = "checks: {runbook: {path: docs/CALL.md}}\n"
    assert judged({"docs/CALL.md": "Call: Ann\n"}, policy).returncode == 0


def test_a_link_out_of_the_folder_is_not_followed(judged: Judge, tmp_path: Path, candidate: MakeCandidate) -> None:
    (tmp_path / "elsewhere.md").write_text("Call: Ann\n")
    candidate({}, links={"RUNBOOK.md": "../elsewhere.md"})
    done = judged({})
    assert done.returncode == 3
    assert "leaves the candidate's folder" in done.stdout
