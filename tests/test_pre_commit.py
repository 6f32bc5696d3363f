"""The hooks, really run by pre-commit: installed from this repository, on a repository of a user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.whole import whole

# Beside this interpreter, else the developer's own.
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "pre-commit"

GUARDED = """\
import torch
from fastapi import FastAPI

app = FastAPI()
net = torch.nn.Linear(1, 1)


@app.post("/price")
@torch.inference_mode()
def price(units: int) -> float:
    return net(torch.tensor([[float(units)]])).item()
"""
UNGUARDED = GUARDED.replace("@torch.inference_mode()\n", "")


def hooks() -> list[dict[str, Any]]:
    """Return what the repository offers to pre-commit."""
    offered: list[dict[str, Any]] = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    return offered


def test_each_hook_runs_the_gate_isolated_in_an_environment_of_its_own() -> None:
    assert [each["id"] for each in hooks()] == ["gatekeeper-lint", "gatekeeper-lock", "gatekeeper-run"]
    for each in hooks():
        assert each["language"] == "python"
        assert each["entry"].startswith("python -I -m gatekeeper ")
        assert each["pass_filenames"] is False


def test_the_whole_gate_runs_before_a_push_whatever_changed_and_the_others_where_their_files_change() -> None:
    lint, lock, run = hooks()
    assert (run["stages"], run["always_run"]) == (["pre-push"], True)
    assert lint["files"]
    assert lock["files"]
    assert not {"always_run", "stages"} & {*lint, *lock}


# --- with pre-commit itself


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where pre-commit keeps the hooks' environment, which is made once: it takes half a minute."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def variables(home: Path, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    (tmp_path / "home").mkdir()
    identity = {
        f"GIT_{who}_{what}": "somebody@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return {
        **kept,
        **identity,
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PRE_COMMIT_HOME": str(home),
    }


class User:
    """A user's repository."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self.root = root
        self._variables = variables
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call("git", *arguments)

    def call(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(each) for each in command],
            cwd=self.root,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert self.git("add", "--all").returncode == 0

    def use(self, hook: str, *args: str) -> None:
        """Use a hook of this repository's last commit, with `args`."""
        asked = {"id": hook, **({"args": list(args)} if args else {})}
        config = {"repos": [{"repo": str(REPOSITORY), "rev": commit(), "hooks": [asked]}]}
        self.write({".pre-commit-config.yaml": yaml.safe_dump(config)})

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.call(PRE_COMMIT, "run", *options)


def commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def user(tmp_path: Path, variables: dict[str, str]) -> User:
    return User(tmp_path / "repository", variables)


@pytest.mark.slow
def test_tried_from_the_repository_the_lint_is_red_on_a_graph_and_green_without(user: User) -> None:
    user.write({"serving/app.py": UNGUARDED, "README.md": "A service.\n"})
    red = user.call(PRE_COMMIT, "try-repo", REPOSITORY, "gatekeeper-lint", "--all-files")
    assert red.returncode == 1, red.stdout
    assert "exit code: 1" in red.stdout
    assert "serving/app.py:10" in red.stdout
    assert "no-grad/unguarded-call" in red.stdout
    user.write({"serving/app.py": GUARDED})
    green = user.call(PRE_COMMIT, "try-repo", REPOSITORY, "gatekeeper-lint", "--all-files")
    assert green.returncode == 0, green.stdout
    assert "Passed" in green.stdout


@pytest.mark.slow
def test_a_commit_without_code_starts_no_lint(user: User) -> None:
    user.use("gatekeeper-lint")
    user.write({"serving/app.py": UNGUARDED})
    assert user.run().returncode == 1
    user.git("commit", "--quiet", "--message=code")
    user.write({"README.md": "A service.\n"})
    done = user.run()
    assert done.returncode == 0
    assert "Skipped" in done.stdout


@pytest.mark.slow
def test_locks_that_differ_are_not_committed_and_those_that_agree_are(user: User) -> None:
    parts = whole()
    user.use("gatekeeper-lock")
    user.write({**parts, "production.lock": str(parts["production.lock"]).replace("numpy==2.4.6", "numpy==2.4.5")})
    red = user.run()
    assert red.returncode == 1, red.stdout
    assert "environment-parity/version-differs" in red.stdout
    user.write({"production.lock": parts["production.lock"]})
    green = user.run()
    assert green.returncode == 0, green.stdout
    assert "Passed" in green.stdout


@pytest.mark.slow
def test_a_push_is_stopped_by_the_whole_gate_and_goes_through_when_it_passes(user: User, tmp_path: Path) -> None:
    user.call("git", "init", "--quiet", "--bare", tmp_path / "server")
    user.git("remote", "add", "origin", str(tmp_path / "server"))
    good = whole()
    user.use("gatekeeper-run", ".", "--profile", "dev")
    user.write({**good, "model.pkl": b""})
    assert user.call(PRE_COMMIT, "install", "--hook-type", "pre-push").returncode == 0
    user.git("commit", "--quiet", "--message=a model that can't be read")
    stopped = user.git("push", "origin", "main")
    assert stopped.returncode != 0, stopped.stdout
    assert "exit code: 3" in stopped.stdout
    assert user.git("ls-remote", "origin").stdout == ""
    user.write({"model.pkl": good["model.pkl"]})
    user.git("commit", "--quiet", "--message=the model")
    went = user.git("push", "origin", "main")
    assert went.returncode == 0, went.stdout
    assert "refs/heads/main" in user.git("ls-remote", "origin").stdout
