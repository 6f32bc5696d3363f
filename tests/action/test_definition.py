"""What the action and the workflows promise before anything runs: pins, permissions, no input in a script."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatekeeper.environment.reader import read_lock
from tests.action.harness import ACTION, REPOSITORY, definition_of, outputs_of

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((REPOSITORY / ".github" / "actions").glob("*/action.yml"))
EVERYTHING = [*WORKFLOWS, *ACTIONS]
SCRIPTS = sorted(ACTION.glob("*.sh"))


def dictionaries(value: object) -> Iterator[dict[str, Any]]:
    """Yield each mapping in a document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from dictionaries(each)
    elif isinstance(value, list):
        for each in value:
            yield from dictionaries(each)


def test_there_is_something_to_look_at() -> None:
    assert len(WORKFLOWS) >= 2
    assert len(ACTIONS) == 2
    assert len(SCRIPTS) == 3


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_used_is_pinned_by_its_digest_and_says_its_version(path: Path) -> None:
    used = [each["uses"] for each in dictionaries(yaml.safe_load(path.read_text())) if "uses" in each]
    assert used
    for each in used:
        if not each.startswith("$/.github/actions/"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each), each
            assert re.search(rf"uses: {re.escape(each)} # v\d+\.\d+\.\d+$", path.read_text(), re.MULTILINE), each


def test_one_action_has_one_pin_everywhere() -> None:
    pins = {pin for path in EVERYTHING for pin in re.findall(r"uses: ([\w-]+/[\w-]+@[0-9a-f]{40})", path.read_text())}
    assert len(pins) == len({pin.partition("@")[0] for pin in pins}) >= 3


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_expression_is_part_of_a_script(path: Path) -> None:
    scripts = [each["run"] for each in dictionaries(yaml.safe_load(path.read_text())) if "run" in each]
    assert scripts
    assert not [each for each in scripts if "${{" in each]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_workflow_has_no_permission_and_each_job_may_read_the_repository_alone(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"] in ({"contents": "read"}, {}), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for each in dictionaries(yaml.safe_load(path.read_text())):
        if str(each.get("uses", "")).startswith("actions/checkout@"):
            assert each["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.parent.name)
def test_every_input_is_described_and_reaches_a_step(path: Path) -> None:
    definition = definition_of(path.parent)
    text = path.read_text()
    for name, about in definition["inputs"].items():
        assert about["description"].strip()
        assert f"${{{{ inputs.{name} }}}}" in text, name
        assert about.get("required") or "default" in about, name


def test_reports_are_uploaded_and_the_last_step_judges_whatever_happened_before() -> None:
    *_, upload, last = definition_of(ACTION)["runs"]["steps"]
    assert upload["if"].startswith("always() && ")
    assert last["if"] == "always()"
    assert "conclude.sh" in last["run"]


# --- the last step


def conclude(tmp_path: Path, code: str, verdict: str, signed_off: str = "success") -> subprocess.CompletedProcess[str]:
    variables = {"EXIT_CODE": code, "VERDICT": verdict, "SIGNED_OFF": signed_off}
    summary = tmp_path / "summary.md"
    summary.touch()
    return subprocess.run(
        ["bash", str(ACTION / "conclude.sh")],
        env={"PATH": "/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(summary), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pass_that_the_report_confirms_passes(tmp_path: Path) -> None:
    done = conclude(tmp_path, "0", "pass")
    assert (done.returncode, done.stdout) == (0, "PASS: every check looked at something, and nothing blocks.\n")
    assert (tmp_path / "summary.md").read_text() == ""


@pytest.mark.parametrize(
    ("code", "verdict", "sentence"),
    [
        ("1", "fail", "The candidate fails: a rule is broken"),
        ("2", "none", "Nothing was judged: an input or the policy is wrong"),
        ("3", "undecided", "The gate could not decide"),
        ("3", "none", "There is no verdict that can be relied on"),
        ("130", "incomplete", "The gate was stopped"),
    ],
)
def test_each_other_code_fails_with_itself_and_one_sentence(
    code: str, verdict: str, sentence: str, tmp_path: Path
) -> None:
    done = conclude(tmp_path, code, verdict)
    assert done.returncode == int(code)
    assert done.stdout.startswith(f"::error title=gatekeeper::{sentence}")
    assert len(done.stdout.splitlines()) == 1
    # The gate's own summary says it where there is a verdict.
    is_told = verdict in {"fail", "undecided"}
    assert (sentence in (tmp_path / "summary.md").read_text()) != is_told


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("", ""),
        ("0", ""),
        ("", "pass"),
        ("0", "fail"),
        ("0", "undecided"),
        ("0", "incomplete"),
        ("0", "none"),
        ("1", "pass"),
        ("3", "pass"),
        ("-9", "none"),
        ("42", "none"),
        ("137", "none"),
        ("00", "pass"),
        (" 0", "pass"),
        ("0", "pass\n"),
        ("0", "PASS"),
        ("zero", "pass"),
        ("0:pass", ""),
    ],
)
def test_anything_else_is_no_verdict(code: str, verdict: str, tmp_path: Path) -> None:
    done = conclude(tmp_path, code, verdict)
    assert done.returncode == 3
    assert done.stdout.startswith("::error title=gatekeeper::There is no verdict: ")


@pytest.mark.parametrize("outcome", ["failure", "skipped", "cancelled", ""])
def test_a_pass_without_the_sign_off_that_was_asked_for_fails(outcome: str, tmp_path: Path) -> None:
    assert conclude(tmp_path, "0", "pass", outcome).returncode == 3


def test_nonsense_sets_no_command_of_the_runner(tmp_path: Path) -> None:
    done = conclude(tmp_path, "1\n::set-output name=verdict::pass", "fail\n::stop-commands::x")
    assert [line for line in done.stdout.splitlines() if line.startswith("::")] == done.stdout.splitlines()
    assert done.stdout.count("::") == 2


# --- the lock


def test_the_actions_lock_has_what_the_gate_its_build_and_its_signatures_need_and_no_more() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    names = {re.split(r"[<>=~!]", each)[0] for each in wanted} | {"cryptography"}
    with (ACTION / "requirements.lock").open("rb") as stream:
        locked = {row.name: row for row in read_lock(stream).rows}
    assert names <= locked.keys()
    assert all(row.hashes for row in locked.values())
    assert not {"torch", "pandas", "scikit-learn", "pytest"} & locked.keys()


def test_the_actions_lock_agrees_with_the_repositorys() -> None:
    with (ACTION / "requirements.lock").open("rb") as stream, (REPOSITORY / "requirements.lock").open("rb") as other:
        small = {row.name: row.version for row in read_lock(stream).rows}
        large = {row.name: row.version for row in read_lock(other).rows}
    assert {name: version for name, version in small.items() if large.get(name, version) != version} == {}


# --- the harness itself


def test_the_harness_reads_outputs_as_the_runner_does() -> None:
    assert outputs_of("a=1\nb<<END\ntwo=2\nlines\nEND\nc=x=y\n") == {"a": "1", "b": "two=2\nlines", "c": "x=y"}
