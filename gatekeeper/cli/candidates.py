"""A candidate as the commands open it: its folder, its policy, an interpreter, and a store for what is read of it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gatekeeper import policy
from gatekeeper.candidate import Candidate
from gatekeeper.errors import UsageError
from gatekeeper.facts import FactStore
from gatekeeper.policy import Declaration
from gatekeeper.profiles import Profile


def folder_of(candidate: Path | None, config: Path | None = None) -> Path:
    """Return the candidate's folder: the argument, else the policy's own folder, else the current one.

    Raises:
        UsageError: there is no such folder.
    """
    root = candidate or (config.parent if config else Path())
    if not root.exists():
        raise UsageError(f"{root}: no such folder", fix="give the folder of a release candidate")
    if not root.is_dir():
        command = click.get_current_context().command_path
        raise UsageError(f"{root} is a file, expected a folder", fix=f"give its folder: {command} {root.parent}")
    return root


def interpreter_of(python: Path | None) -> Path | None:
    """Return the interpreter that `--python` names, if it names one.

    Raises:
        UsageError: it is none.
    """
    if python is not None and not (python.is_file() and os.access(python, os.X_OK)):
        raise UsageError(f"--python: {python} is no interpreter", fix="give the path of the candidate's bin/python")
    # Absolute: `python` is the file of that name here, which was looked at, and not what PATH has under that name.
    return None if python is None else python.absolute()


def declaration_of(root: Path, config: Path | None = None) -> Declaration:
    """Return the policy, or what the folder's content suggests; then the chain says that the policy is missing."""
    path = config or root / policy.FILE_NAME
    if config is None and not os.path.lexists(path):
        from gatekeeper.discovery import propose, survey

        return Declaration(policy=propose(root, survey(root)))
    return policy.load(path, root)


@contextmanager
def workspace() -> Iterator[Path]:
    """Yield a folder of this run, which is gone after it."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        yield Path(folder)


@contextmanager
def opened(candidate: Path | None, python: Path | None, profile: Profile) -> Iterator[Candidate]:
    """Yield the candidate in a folder, for a command that asks it something and judges no chain.

    Raises:
        UsageError: there is no such folder, or no such interpreter.
        PolicyError: its policy is wrong.
    """
    root = folder_of(candidate)
    with workspace() as folder:
        yield Candidate(
            root=root,
            declaration=declaration_of(root),
            profile=profile,
            store=FactStore(folder),
            python=(named := interpreter_of(python)),
            executor=named or Path(sys.executable),
        )
