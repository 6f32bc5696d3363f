"""Whole outputs, as people read them: each case is a candidate and the text that the gate prints about it.

A case is a folder `<check>/<pass|fail|unable>/<case>` with `candidate/` and `expected.txt`; an `arrange.py` does to the
copied candidate what version control can't hold. After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/checks
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(path.parent for path in HERE.glob("*/*/*/candidate"))
EXIT_CODES = {"pass": 0, "fail": 1, "unable": 3}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "gatekeeper", "run", *options]
    environment = {**os.environ, "CI": "true"}  # where no run remembers another
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=240, check=False
    )


def compare(text: str, expected: Path) -> None:
    # What the machine's kernel offers and which Python runs is no part of what a case says.
    text = (
        re.sub(r"(saw the sandbox and its interpreter:).*", r"\1 ...", text)
        .replace(sys.executable, "PYTHON")
        .replace(sys.prefix, "PREFIX")
    )
    if os.environ.get("UPDATE_SNAPSHOTS"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join(case.relative_to(HERE).parts))
def test_case(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "candidate"
    shutil.copytree(case / "candidate", folder, symlinks=True)
    if (case / "arrange.py").exists():
        spec = importlib.util.spec_from_file_location("arrange", case / "arrange.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.arrange(folder)
    done = run(folder, "--check", case.parts[-3])
    assert "Traceback" not in done.stdout + done.stderr
    compare(done.stdout, case / "expected.txt")
    assert done.returncode == EXIT_CODES[case.parts[-2]]
    assert done.stderr == ""


@pytest.mark.parametrize(("example", "exit_code"), [("pricing", 0), ("incident-4092x", 1)])
@pytest.mark.parametrize("profile", ["dev", "ci", "release"])
def test_example(example: str, exit_code: int, profile: str) -> None:
    done = run(ROOT / "examples" / example, "--profile", profile)
    compare(done.stdout, HERE / f"{example}-{profile}.txt")
    assert done.returncode == exit_code


def test_every_folder_is_a_case() -> None:
    assert len(CASES) >= 30
    assert sorted(path for path in HERE.glob("*/*/*") if path.is_dir()) == CASES
