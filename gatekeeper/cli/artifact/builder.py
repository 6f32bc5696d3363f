"""Where a model was trained: the commit that is checked out, and the run of the CI."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.artifact.provenance.record import COMMIT, Commit
from gatekeeper.errors import Unreadable

_SECONDS = 60
_RUN_URLS = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL")
"""Of GitLab, Buildkite, CircleCI and Jenkins, whose name is the least telling and comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The commit of a working folder; None with the reason why there is none."""

    commit: Commit | None
    why: str = ""


def commit_of(folder: Path) -> Found:
    """Return the commit that is checked out, and whether a tracked file differs from it.

    Files that git does not know play no part: what training writes is among them.

    Raises:
        Unreadable: git answers with what is no commit, or does not answer within a minute.
    """
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if head is None:
        return Found(commit=None, why="there is no program `git`")
    if head.returncode != 0:
        last = (head.stderr.strip().splitlines() or ["git says nothing"])[-1]
        return Found(commit=None, why=f"git: {last}")
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    commit = head.stdout.strip()
    if status is None or status.returncode != 0 or not re.fullmatch(COMMIT, commit):
        said = status.stderr.strip() if status else ""
        raise Unreadable(f"git does not say what is checked out: {said or commit}", fix="see what `git status` says")
    return Found(commit=Commit(commit=commit, dirty=bool(status.stdout.strip())))


def _git(folder: Path, *args: str) -> subprocess.CompletedProcess[str] | None:
    # core.fsmonitor names a program that `status` would start, and may leave running.
    command = ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", *args]
    try:
        return subprocess.run(  # noqa: S603 - the words are these alone
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"git did not answer within {_SECONDS} seconds", fix="see what `git status` does") from error


def builder_of(environment: Mapping[str, str]) -> str | None:
    """Return the URL of the CI's run by the variables that it sets; None outside of one that is known.

    Args:
        environment: GitHub Actions, GitLab, Buildkite, CircleCI and Jenkins are told by it.
    """
    github = tuple(environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if all(github):
        server, repository, run = github
        attempt = environment.get("GITHUB_RUN_ATTEMPT", "")
        return f"{server}/{repository}/actions/runs/{run}" + (f"/attempts/{attempt}" if attempt else "")
    return next((environment[name] for name in _RUN_URLS if environment.get(name)), None)
