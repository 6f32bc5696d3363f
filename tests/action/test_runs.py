"""The action's own steps, run on both examples and on what must not turn it green."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.action.conftest import Run
from tests.action.harness import ACTION, REPOSITORY, Installed, Job, Runner, outputs_of
from tests.whole import whole

pytestmark = pytest.mark.slow

EXAMPLES = REPOSITORY / "examples"
FILES = ["junit.xml", "report.html", "report.json", "report.md", "report.sarif"]


@pytest.fixture
def stand_in(tmp_path: Path, installed: Installed) -> Callable[[str], Path]:
    """Return what makes an interpreter that does something else when it is asked for the gate."""

    def make(script: str) -> Path:
        path = tmp_path / "python"
        real = installed["install"]["python"]
        path.write_text(f'#!/usr/bin/env bash\nif [ "$3" = gatekeeper ]; then\n{script}\nfi\nexec {real} "$@"\n')
        path.chmod(0o755)
        return path

    return make


def report_of(job: Job) -> dict[str, object]:
    document: dict[str, object] = json.loads(Path(job.outputs["report"]).read_text())
    return document


def shown(job: Job) -> list[str]:
    return [line for line in job.log.splitlines() if line.startswith(("::error", "::warning", "::notice"))]


# --- the examples


def test_the_incident_is_red_with_annotations_a_summary_and_all_reports(run: Run) -> None:
    job = run(str(EXAMPLES / "incident-4092x"), profile="release", python=sys.executable)
    assert job.outcome == "failure", job.log
    assert (job.outputs["verdict"], job.outputs["exit-code"], job.outputs["signoff"]) == ("fail", "1", "")
    assert job.steps["judge"].outcome == "success"
    assert list(job.steps.values())[-1].code == 1
    assert report_of(job)["verdict"] == "fail"
    assert job.uploaded == FILES
    assert any("file=" in each for each in shown(job))
    assert "FAIL" in job.summary
    assert len(job.summary.encode()) < 1_000_000


def test_the_pricing_model_is_green_with_a_summary_and_all_reports(run: Run) -> None:
    job = run(str(EXAMPLES / "pricing"), profile="release", python=sys.executable)
    assert job.outcome == "success", job.log
    assert (job.outputs["verdict"], job.outputs["exit-code"], job.outputs["signoff"]) == ("pass", "0", "")
    assert report_of(job)["verdict"] == "pass"
    assert job.uploaded == FILES
    assert not [each for each in shown(job) if each.startswith("::error")]
    assert "PASS" in job.summary


def test_the_action_changes_nothing_for_the_steps_after_it(run: Run) -> None:
    job = run(str(EXAMPLES / "pricing"), profile="dev")
    assert (job.outcome, job.environment, job.path) == ("success", "", "")


def test_the_gate_that_is_installed_has_its_templates(installed: Installed, tmp_path: Path) -> None:
    command = [installed["install"]["python"], "-I", "-m", "gatekeeper", "init", "--github", "--pre-commit", "--gitlab"]
    subprocess.run([*command, tmp_path], check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / ".github" / "workflows" / "gatekeeper.yml").is_file()


def test_no_upload_where_none_is_wanted(tmp_path: Path) -> None:
    runner = Runner(folder=tmp_path / "runner", workspace=tmp_path, variables={})
    job = runner.run({"candidate": str(EXAMPLES / "pricing"), "profile": "dev", "upload": "false"})
    assert (job.outcome, job.outputs["artifact"], job.uploaded) == ("success", "", [])
    assert sorted(each.name for each in Path(job.outputs["report"]).parent.iterdir()) == FILES


# --- what is no pass


def test_a_broken_policy_is_code_2(run: Run, candidate: Callable[..., Path]) -> None:
    root = candidate({**whole(), "gatekeeper.yaml": "schema: gatekeeper/candidate@1\nnme: pricing\n"})
    job = run(str(root), profile="dev")
    assert (job.outcome, job.outputs["exit-code"], job.outputs["verdict"]) == ("failure", "2", "none")
    assert "Nothing was judged" in job.summary


def test_what_can_not_be_decided_is_code_3(run: Run, candidate: Callable[..., Path]) -> None:
    job = run(str(candidate({**whole(), "model.pkl": ""})), profile="dev")
    assert (job.outcome, job.outputs["exit-code"], job.outputs["verdict"]) == ("failure", "3", "undecided")
    assert job.uploaded == FILES


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"candidate": "nowhere"}, "nowhere: no such folder"),
        ({"candidate": "--help"}, "--help: no such folder"),
        ({"candidate": str(EXAMPLES / "pricing"), "profile": "releas"}, "did you mean 'release'?"),
        ({"candidate": str(EXAMPLES / "pricing"), "profile": "--help"}, "there is no profile '--help'"),
        ({"candidate": str(EXAMPLES / "pricing"), "python": "/no/python"}, "is no interpreter"),
        ({"candidate": str(EXAMPLES / "pricing"), "config": "no.yaml"}, "no.yaml"),
        ({"candidate": str(EXAMPLES / "pricing"), "checks": "version-pining"}, "version-pinning"),
        ({"candidate": ""}, "The input candidate is empty."),
        ({"candidate": str(EXAMPLES / "pricing"), "signoff-key": "key.pem"}, "only the profile release"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_input_is_code_2_and_says_which(given: dict[str, str], told: str, run: Run) -> None:
    candidate = given.pop("candidate")
    job = run(candidate, **{name.replace("-", "_"): value for name, value in given.items()})
    assert (job.outcome, job.outputs["verdict"]) == ("failure", "none")
    assert job.outputs["exit-code"] == "2", job.log
    assert told in job.log


@pytest.mark.parametrize("name", ["a b", "; echo hacked", "$(echo hacked)", "`echo hacked`", "line\nend", "-x", "'\""])
def test_a_candidates_name_is_never_read_as_anything_else(
    name: str, run: Run, tmp_path: Path, candidate: Callable[..., Path]
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    shutil.move(candidate(whole(), name="made"), workspace / name)
    job = run(name, profile="dev")
    assert (job.outcome, job.outputs["verdict"]) == ("success", "pass"), job.log
    assert not [line for line in job.log.splitlines() if line.strip() == "hacked"]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 42", "42"),
        ("kill -9 $$", "-9"),
        ("exit 0", "0"),
        ("exit 1", "1"),
        ('for a in "$@"; do case "$a" in --report=json=*) echo "{" >"${a#--report=json=}" ;; esac; done; exit 0', "0"),
    ],
    ids=["an unknown code", "killed", "nothing but 0", "nothing but 1", "a report that is none"],
)
def test_a_gate_that_leaves_no_report_gives_no_verdict(
    script: str, code: str, run: Run, stand_in: Callable[[str], Path]
) -> None:
    job = run(str(EXAMPLES / "pricing"), gate=stand_in(script), profile="dev")
    assert (job.outcome, job.outputs["exit-code"], job.outputs["verdict"]) == ("failure", code, "none")
    assert "There is no verdict" in job.summary


@pytest.mark.parametrize(("code", "said", "claimed"), [(0, "fail", 1), (1, "pass", 0), (0, "pass", 1), (0, "fail", 0)])
def test_a_report_and_a_code_that_differ_give_no_verdict(
    code: int, said: str, claimed: int, run: Run, stand_in: Callable[[str], Path]
) -> None:
    document = json.dumps({"schema": "gatekeeper/report@1", "verdict": said, "exit_code": claimed})
    write = (
        f"""for a in "$@"; do case "$a" in --report=json=*) echo '{document}' >"${{a#--report=json=}}" ;; esac; done"""
    )
    job = run(str(EXAMPLES / "pricing"), gate=stand_in(f"{write}\nexit {code}"), profile="dev")
    assert (job.outcome, job.outputs["verdict"]) == ("failure", "none")


def test_a_gate_that_can_not_be_installed_is_no_pass(tmp_path: Path) -> None:
    action = tmp_path / "repository" / ".github" / "actions" / "gatekeeper"
    shutil.copytree(ACTION, action)
    (action / "requirements.lock").write_text("click==8.5.1 --hash=sha256:" + "0" * 64 + "\n")
    runner = Runner(folder=tmp_path / "runner", workspace=tmp_path, variables={}, action=action)
    job = runner.run({"candidate": str(EXAMPLES / "pricing")})
    assert (job.outcome, job.steps["judge"].outcome, job.outputs["verdict"]) == ("failure", "skipped", "")
    assert "There is no verdict" in job.summary


def test_reports_go_to_no_folder_that_a_pull_request_brought_along(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "reports").symlink_to("elsewhere")
    runner = Runner(folder=tmp_path / "runner", workspace=tmp_path, variables={})
    job = runner.run({"candidate": str(EXAMPLES / "pricing"), "reports": "reports"})
    assert job.outcome == "failure"
    assert "is there already" in job.log
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_gate_is_installed_from_a_checkout_that_is_read_only(tmp_path: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z", "gatekeeper", "checks", "pyproject.toml", "README.md", "LICENSE", ".github"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    root = tmp_path / "repository"
    for name in filter(None, files):
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, root / name)
    folders = sorted((each for each in root.rglob("*") if each.is_dir()), reverse=True)
    for each in (*(each for each in root.rglob("*") if each.is_file()), *folders, root):
        each.chmod(each.stat().st_mode & ~0o222)
    before = sorted(str(each) for each in root.rglob("*"))
    try:
        runner = Runner(
            folder=tmp_path / "runner",
            workspace=tmp_path,
            variables={},
            action=root / ".github" / "actions" / "gatekeeper",
        )
        job = runner.run({"candidate": str(EXAMPLES / "pricing"), "profile": "dev"})
        assert job.outcome == "success", job.log
        assert sorted(str(each) for each in root.rglob("*")) == before
    finally:
        for each in (root, *reversed(folders)):
            each.chmod(0o755)


def test_a_job_that_is_cancelled_leaves_a_report_that_says_incomplete(tmp_path: Path, installed: Installed) -> None:
    reports, output = tmp_path / "reports", tmp_path / "output"
    reports.mkdir()
    python = installed["install"]["python"]
    variables = {"GATE": python, "REPORTS": str(reports), "CANDIDATE": str(EXAMPLES / "pricing"), "PROFILE": "release"}
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    step = subprocess.Popen(
        [python, "-I", str(ACTION / "gate.py"), "judge"],
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, **variables, **files},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (reports / "report.json").exists():
        assert step.poll() is None
        time.sleep(0.05)
    step.send_signal(signal.SIGINT)
    assert step.wait(timeout=60) == 0
    assert outputs_of(output.read_text())["verdict"] == "incomplete"
    assert outputs_of(output.read_text())["exit-code"] == "130"
    assert json.loads((reports / "report.json").read_text())["verdict"] == "incomplete"
