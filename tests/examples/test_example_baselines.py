"""The baselines of the examples: built again from the data that training writes, and held against May."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RunIn = Callable[[str, Path, str], Any]
TRAIN = """
import json, os, subprocess, sys
from build import SINGLE_THREADED
command = [sys.executable, "-B", "train.py", "--data", "training.csv"]
subprocess.run(command, env={**os.environ, **SINGLE_THREADED}, check=True)
print(json.dumps(None))
"""


def gate(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-I", "-m", "gatekeeper", *command]
    return subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(("example", "stack"), [("pricing", "1.9.1"), ("incident-4092x", "1.4.2")])
def test_the_readme_builds_the_baseline_that_is_there(run_in: RunIn, tmp_path: Path, example: str, stack: str) -> None:
    folder = shutil.copytree(EXAMPLES / example, tmp_path / example)
    run_in(stack, folder, TRAIN)
    shutil.copy(EXAMPLES / example / "model.joblib", folder)  # the incident's differs in last bits between processors
    (folder / "baseline.json").unlink()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    gatekeeper (baseline build .*)$", readme, re.MULTILINE)
    assert gate(folder, *shlex.split(command)).returncode == 0
    committed = (EXAMPLES / example / "baseline.json").read_text(encoding="utf-8")
    assert (folder / "baseline.json").read_text(encoding="utf-8") == committed


def test_may_alarms_on_each_cause_by_name() -> None:
    folder = EXAMPLES / "incident-4092x"
    done = gate(folder, "baseline", "compare", "baseline.json", "live/may.csv", "--format", "json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    fired = {each["name"]: {test["statistic"] for test in each["tests"] if test["alarm"]} for each in told["features"]}
    assert fired["stock"] == {"missing"}
    assert "unseen" in fired["region"]
    assert {"distribution", "shift"} <= fired["units"]  # the bots: always one unit
    assert fired["days_to_holiday"] == {"outside"}
    assert fired["unit_cost"] == set()
    region = next(each for each in told["features"] if each["name"] == "region")
    assert region["unseen_examples"] == ["-1"]


def test_the_quarter_is_what_the_gate_names() -> None:
    done = gate(EXAMPLES / "incident-4092x", "run", "--check", "baseline")
    assert done.returncode == 1
    assert "3 of 12 months (2023-10-01 to 2023-12-31)" in done.stdout
    assert gate(EXAMPLES / "pricing", "run", "--check", "baseline").returncode == 0
