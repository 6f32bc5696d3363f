"""What `gatekeeper init` writes to run the gate: complete, for any folder's name, and never over what is there."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY, Gate, MakeCandidate
from tests.whole import POLICY, whole

Parts = dict[str, "str | bytes"]

KINDS = {
    "--github": ".github/workflows/gatekeeper.yml",
    "--pre-commit": ".pre-commit-config.yaml",
    "--gitlab": ".gitlab-ci.yml",
}
GATE = "acme/gatekeeper@" + "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def repository(candidate: MakeCandidate, parts: Parts) -> Path:
    """Return a git repository with a candidate in its folder `model`."""
    root = candidate({f"model/{name}": content for name, content in parts.items()}, name="repository")
    (root / ".git").mkdir()
    return root


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


def listing(root: Path) -> dict[str, bytes]:
    return {str(each.relative_to(root)): each.read_bytes() for each in root.rglob("*") if each.is_file()}


@pytest.mark.parametrize("option", KINDS)
def test_a_file_goes_to_the_root_of_the_repository_and_the_policy_is_kept(
    option: str, gate: Gate, repository: Path
) -> None:
    before = listing(repository)
    done = gate("init", repository / "model", option)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"wrote {repository / KINDS[option]}"
    after = listing(repository)
    assert after.keys() - before.keys() == {KINDS[option]}
    assert {name: after[name] for name in before} == before


def test_a_policy_that_is_missing_is_written_too(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({})
    assert gate("init", root, "--github", "--pre-commit", "--gitlab").returncode == 0
    assert listing(root).keys() == {*KINDS.values(), "gatekeeper.yaml", "gatekeeper.schema.json"}


def test_the_workflow_may_read_and_names_the_candidate_and_productions_lock(gate: Gate, repository: Path) -> None:
    gate("init", repository / "model", "--github", "--gate", GATE)
    workflow = read(repository / KINDS["--github"])
    job = workflow["jobs"]["gate"]
    assert (workflow["permissions"], job["permissions"]) == ({}, {"contents": "read"})
    judged = job["steps"][-1]
    assert judged["uses"] == "acme/gatekeeper/.github/actions/gatekeeper@" + GATE.partition("@")[2]
    assert judged["with"]["candidate"] == "model"
    production = next(each for each in job["steps"] if each.get("id") == "production")
    assert production["env"]["LOCK"] == "model/production.lock"


def test_the_actions_of_the_workflow_are_pinned_as_the_repositorys_own_are(gate: Gate, repository: Path) -> None:
    gate("init", repository / "model", "--github")
    own = (REPOSITORY / ".github/workflows/ci.yml").read_text()
    used = [each.get("uses", "") for each in read(repository / KINDS["--github"])["jobs"]["gate"]["steps"]]
    foreign = [each for each in used if each.startswith("actions/")]
    assert len(foreign) == 2
    assert all(each in own for each in foreign)


def test_where_nobody_says_which_gatekeeper_no_server_has_it_and_init_says_so(gate: Gate, repository: Path) -> None:
    done = gate("init", repository / "model", *KINDS)
    assert "fill in which gatekeeper they use" in done.stdout
    for name in KINDS.values():
        assert "OWNER/gatekeeper" in (repository / name).read_text()
        assert "0" * 40 in (repository / name).read_text()


def test_which_gatekeeper_is_filled_in_everywhere(gate: Gate, repository: Path) -> None:
    done = gate("init", repository / "model", *KINDS, "--gate", GATE)
    assert "fill in" not in done.stdout
    for name in KINDS.values():
        text = (repository / name).read_text()
        assert "acme/gatekeeper" in text
        assert GATE.partition("@")[2] in text
        assert "OWNER" not in text


@pytest.mark.parametrize("said", ["acme/gatekeeper", "acme/gatekeeper@main", "acme/gatekeeper@v1", "@" + "0" * 40, ""])
def test_a_gatekeeper_that_is_not_pinned_is_refused(said: str, gate: Gate, repository: Path) -> None:
    before = listing(repository)
    done = gate("init", repository / "model", "--github", "--gate", said)
    assert done.returncode == 2
    assert "give OWNER/REPOSITORY@COMMIT" in done.stderr
    assert listing(repository) == before


def test_a_gatekeeper_for_no_file_is_a_wrong_command_line(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("init", candidate({}), "--gate", GATE)
    assert done.returncode == 2
    assert "say which: --github, --pre-commit, --gitlab" in done.stderr


def test_the_hooks_lint_the_declared_code_and_judge_the_candidate(gate: Gate, repository: Path) -> None:
    gate("init", repository / "model", "--pre-commit")
    (used,) = read(repository / KINDS["--pre-commit"])["repos"]
    offered = {each["id"] for each in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())}
    assert {each["id"]: each["args"] for each in used["hooks"]} == {
        "gatekeeper-lint": ["model/serve.py"],
        "gatekeeper-lock": ["model"],
        "gatekeeper-run": ["model"],
    }
    assert {each["id"] for each in used["hooks"]} == offered


def test_the_job_for_gitlab_keeps_both_reports_whatever_the_verdict(gate: Gate, repository: Path) -> None:
    gate("init", repository / "model", "--gitlab")
    job = read(repository / KINDS["--gitlab"])["gatekeeper"]
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"].keys() == {"codequality", "junit"}
    assert "allow_failure" not in job


# --- nothing is lost


@pytest.mark.parametrize("option", KINDS)
def test_a_file_that_is_there_is_kept_and_what_to_add_is_printed(option: str, gate: Gate, repository: Path) -> None:
    path = repository / KINDS[option]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine: true\n")
    before = listing(repository)
    done = gate("init", repository / "model", *KINDS)
    assert done.returncode == 2
    assert f"{path} is there already; nothing was written" in done.stderr
    assert f"# to be added to {path}:\n" in done.stdout
    assert listing(repository) == before


def test_forced_it_is_replaced_and_the_policy_is_not(gate: Gate, repository: Path) -> None:
    (repository / ".gitlab-ci.yml").write_text("mine: true\n")
    policy = (repository / "model/gatekeeper.yaml").read_text()
    assert gate("init", repository / "model", "--gitlab", "--force").returncode == 0
    assert "gatekeeper" in read(repository / ".gitlab-ci.yml")
    assert (repository / "model/gatekeeper.yaml").read_text() == policy


@pytest.mark.parametrize("link", [".github", ".github/workflows", ".github/workflows/gatekeeper.yml", ".gitlab-ci.yml"])
def test_nothing_is_written_through_a_link(link: str, gate: Gate, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (repository / link).parent.mkdir(parents=True, exist_ok=True)
    (repository / link).symlink_to(tmp_path / "victim")
    before = listing(repository)
    done = gate("init", repository / "model", *KINDS, "--force")
    assert done.returncode == 2
    assert f"{repository / link} is a symbolic link" in done.stderr
    assert listing(repository) == before
    assert list((tmp_path / "victim").iterdir()) == []


def test_where_one_file_can_not_be_written_none_is(gate: Gate, repository: Path) -> None:
    (repository / ".gitlab-ci.yml").mkdir()
    before = sorted(repository.rglob("*"))
    done = gate("init", repository / "model", *KINDS, "--force")
    assert done.returncode == 2
    assert sorted(repository.rglob("*")) == before


def test_where_the_last_file_does_not_fit_the_first_are_taken_back(gate: Gate, repository: Path) -> None:
    (repository / ".pre-commit-config.yaml").write_text("mine: true\n")
    before = listing(repository)
    sizes = [(REPOSITORY / f"gatekeeper/templates/{each}.yml").stat().st_size for each in ("github", "gitlab")]
    assert sizes[0] + 200 < sizes[1]

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (sizes[1] - 150, sizes[1] - 150))

    done = gate("init", repository / "model", *KINDS, "--force", preexec_fn=fill)
    assert done.returncode == 2
    assert f"{repository / '.gitlab-ci.yml'} can't be written" in done.stderr
    assert listing(repository) == before
    assert not (repository / ".github").exists()


# --- any name


@pytest.mark.parametrize(
    "name", ["a b", "it's", '"', "#x", "- x", "-x", "a: b", "$HOME", "$(echo hacked)", "ünï", "{{x}}"]
)
def test_an_odd_name_stands_as_text_in_every_file(name: str, gate: Gate, repository: Path) -> None:
    (repository / "model").rename(repository / name)
    done = gate("init", repository / name, *KINDS)
    assert done.returncode == 0, done.stderr
    expected = f"./{name}" if name.startswith("-") else name
    workflow = read(repository / KINDS["--github"])
    assert workflow["jobs"]["gate"]["steps"][-1]["with"]["candidate"] == expected
    (used,) = read(repository / KINDS["--pre-commit"])["repos"]
    assert used["hooks"][-1]["args"] == [expected]
    variables = read(repository / KINDS["--gitlab"])["gatekeeper"]["variables"]
    assert variables["CANDIDATE"].replace("$$", "$") == expected
    assert "$" not in variables["CANDIDATE"].replace("$$", "")


@pytest.mark.parametrize("name", ["${{ github.token }}", "line\nend", "\x85", "\u202e"])
def test_a_name_that_would_be_worked_out_is_refused(name: str, gate: Gate, repository: Path) -> None:
    (repository / "model").rename(repository / name)
    done = gate("init", repository / name, "--github")
    assert done.returncode == 2
    assert "fix: rename it" in done.stderr
    assert not (repository / ".github").exists()


# --- the job for GitLab, as its runner runs it


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "code"), [(POLICY, 0), ("nonsense: [", 2)], ids=["pass", "broken"])
def test_the_script_for_gitlab_keeps_the_exit_code(
    policy: str, code: int, candidate: MakeCandidate, gate: Gate, environment: dict[str, str]
) -> None:
    root = candidate(whole())
    gate("init", root, "--gitlab")
    (root / "gatekeeper.yaml").write_text(policy)
    job = read(root / ".gitlab-ci.yml")["gatekeeper"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    variables = dict(job["variables"]) | {
        "GATEKEEPER_REPOSITORY": str(REPOSITORY),
        "GATEKEEPER_COMMIT": head.stdout.strip(),
        "PRODUCTION_LOCK": "",
        "PATH": os.environ["PATH"],
    }
    script = "\n".join(job["script"]).replace("--profile ci", "--profile dev")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=root,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    if code == 0:
        assert {each.name for each in (root / "gatekeeper-reports").iterdir()} == {
            *("report.json", "report.html", "codequality.json", "junit.xml")
        }
