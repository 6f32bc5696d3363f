"""What the action asks of the gate, and what it hands on to it: seen by a stand-in for the gate that writes it down."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.action.harness import ACTION, outputs_of

Ask = Callable[..., dict[str, Any]]

STAND_IN = """\
#!{python}
import json, os, sys
key = [each for each in sys.argv if each.startswith("--key=")]
text = open(key[0].removeprefix("--key=")).read() if key else None
seen = {{"arguments": sys.argv[1:], "variables": dict(os.environ), "key": text}}
open({seen!r}, "w").write(json.dumps(seen))
sys.exit(7)
"""


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return what runs a step and tells what the stand-in saw, and the outputs and the code of the step."""
    gate = tmp_path / "gate"
    gate.write_text(STAND_IN.format(python=sys.executable, seen=str(tmp_path / "seen.json")))
    gate.chmod(0o755)
    (tmp_path / "reports").mkdir()
    (tmp_path / "temporary").mkdir()

    def go(step: str, **variables: str) -> dict[str, Any]:
        output = tmp_path / "output"
        own = {"GATE": str(gate), "REPORTS": str(tmp_path / "reports"), "CANDIDATE": "model", "PROFILE": "ci"}
        files = {"GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(tmp_path / "temporary")}
        done = subprocess.run(
            [sys.executable, "-I", ACTION / "gate.py", step],
            env={"PATH": "/usr/bin:/bin", **own, **files, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        seen = tmp_path / "seen.json"
        saw: dict[str, Any] = json.loads(seen.read_text()) if seen.exists() else {}
        told = outputs_of(output.read_text()) if output.exists() else {}
        return {"code": done.returncode, "log": done.stdout, "outputs": told, **saw}

    return go


def test_one_run_with_every_report_and_no_cache(ask: Ask, tmp_path: Path) -> None:
    saw = ask("judge")
    folder = tmp_path / "reports"
    assert saw["arguments"] == [
        *("-I", "-m", "gatekeeper", "run", "--no-cache", "--profile=ci", "--report=github"),
        f"--report=json={folder}/report.json",
        f"--report=sarif={folder}/report.sarif",
        f"--report=junit={folder}/junit.xml",
        f"--report=html={folder}/report.html",
        f"--report=markdown={folder}/report.md",
        *("--", "model"),
    ]


def test_no_input_is_taken_for_an_option(ask: Ask) -> None:
    saw = ask("judge", CANDIDATE="--help", PROFILE="--help", PYTHON="-x", CONFIG="--no-waivers", CHECKS="a, --b\n-c")
    arguments = saw["arguments"]
    assert arguments[-2:] == ["--", "--help"]
    given = ["--profile=--help", "--python=-x", "--config=--no-waivers", "--check=a", "--check=--b", "--check=-c"]
    assert [each for each in arguments if each in given] == given
    assert not {"--help", "--no-waivers", "-x", "-c", "--b"} & set(arguments[:-2])


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_TOKEN", "GH_TOKEN"),
        *("GATEKEEPER_SIGNING_KEY", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ],
)
def test_who_executes_the_candidate_has_no_secret_and_speaks_for_no_step(name: str, ask: Ask, tmp_path: Path) -> None:
    value = str(tmp_path / "output")
    saw = ask("judge", PROFILE="release", **{name: value, "GITHUB_STEP_SUMMARY": "summary"})
    assert name not in saw["variables"]
    assert saw["variables"]["GITHUB_STEP_SUMMARY"] == "summary"


def test_a_code_without_a_report_is_no_verdict_and_the_step_itself_ends_well(ask: Ask) -> None:
    saw = ask("judge")
    assert saw["code"] == 0
    assert saw["outputs"] == {"exit-code": "7", "verdict": "none", "report": ""}


def test_a_key_from_a_variable_reaches_the_gate_through_a_file_that_has_no_name(ask: Ask, tmp_path: Path) -> None:
    saw = ask("signoff", PROFILE="release", EXIT_CODE="0", VERDICT="pass", GATEKEEPER_SIGNING_KEY="the key\n")
    assert saw["key"] == "the key\n"
    assert "GATEKEEPER_SIGNING_KEY" not in saw["variables"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert saw["arguments"][3] == "signoff"
    assert saw["arguments"][4].startswith("--key=/dev/fd/")


def test_a_sign_off_that_fails_fails_its_step_with_its_code(ask: Ask) -> None:
    saw = ask("signoff", PROFILE="release", EXIT_CODE="0", VERDICT="pass", SIGNOFF_KEY="/dev/null")
    assert saw["code"] == 7
    assert "::error title=gatekeeper::The sign-off failed with exit code 7." in saw["log"]
    assert saw["outputs"] == {}


@pytest.mark.parametrize(("code", "verdict"), [("1", "fail"), ("0", "none"), ("", ""), ("3", "pass")])
def test_nothing_is_signed_but_a_pass(code: str, verdict: str, ask: Ask) -> None:
    saw = ask("signoff", PROFILE="release", EXIT_CODE=code, VERDICT=verdict, SIGNOFF_KEY="/dev/null")
    assert saw["code"] == 0
    assert "arguments" not in saw


def test_without_a_key_nothing_is_signed(ask: Ask) -> None:
    saw = ask("signoff", PROFILE="release", EXIT_CODE="0", VERDICT="pass")
    assert (saw["code"], saw["log"], saw["outputs"]) == (0, "", {})
    assert "arguments" not in saw


def test_a_step_that_nobody_knows_fails(ask: Ask) -> None:
    assert ask("another")["code"] == 2
