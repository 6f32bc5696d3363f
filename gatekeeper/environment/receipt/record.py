"""A test suite run once, and the environment of the interpreter that ran it, measured from inside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gatekeeper.environment.receipt.statement import canonical_probe
from gatekeeper.errors import UsageError

_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*t?")
# Options with which Python ignores PYTHONPATH, or reads no sitecustomize.
_CLOSED = re.compile(r"-[A-Za-z]*[IES][A-Za-z]*")
_TAKES_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_OPEN = "run it without -I, -E and -S, as in: gatekeeper receipt record -- python -m pytest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: the exit code of the command, 128 and the signal's number if one ended it, and the canonical probe."""

    exit_code: int
    probe: str


def run_measured(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a command to its end and return what the outermost Python process of it has installed.

    Args:
        command: What runs the suite; its streams are those of this process.
        environment: The variables that it gets.

    Raises:
        UsageError: It can't be started, no Python process of it could be measured, or several that differ.
    """
    _refuse_closed(command)
    with tempfile.TemporaryDirectory(prefix="gatekeeper-receipt-") as name:
        # The real path: it is compared with what the interpreter makes of its own.
        folder = Path(name).resolve()
        package = files("gatekeeper.environment")
        (folder / "sitecustomize.py").write_bytes(package.joinpath("receipt/inside.py").read_bytes())
        (folder / "probe_script.py").write_bytes(package.joinpath("installed/probe_script.py").read_bytes())
        exit_code = _run(command, {**environment, "PYTHONPATH": _path(folder, environment.get("PYTHONPATH", ""))})
        return Measured(exit_code=exit_code, probe=_probe(folder))


def _refuse_closed(command: Sequence[str]) -> None:
    """Refuse a Python that would not be measured while those that it starts would, and stand for it."""
    if not _PYTHON.fullmatch(Path(command[0]).name):
        return
    words = iter(command[1:])
    for word in words:
        if not word.startswith("-") or word in {"-", "-c", "-m"} or word.startswith(("-c", "-m")):
            return
        if word in _TAKES_VALUE:
            next(words, None)
        elif not word.startswith(("--", "-W", "-X")) and _CLOSED.fullmatch(word):
            raise UsageError(f"{command[0]} {word} can't be measured from inside", fix=_OPEN)


def _path(folder: Path, before: str) -> str:
    return f"{folder}{os.pathsep}{before}" if before else str(folder)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    program = shutil.which(command[0], path=environment.get("PATH", os.defpath))
    if program is None:
        fix = "name a command that is on PATH: gatekeeper receipt record -- python -m pytest"
        raise UsageError(f"{command[0]} can't be started: there is no such program", fix=fix)
    try:
        # The command is the user's own: it runs with the rights that it would have without gatekeeper.
        done = subprocess.run([program, *command[1:]], env=environment, check=False)  # noqa: S603
    except OSError as error:
        raise UsageError(f"{command[0]} can't be started: {error.strerror}", fix="check the program") from error
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _probe(folder: Path) -> str:
    started = {each.name.removeprefix("started-") for each in folder.glob("started-*")}
    if not started:
        what = "no Python process of the command could be measured; a receipt needs the one that ran the tests"
        raise UsageError(what, fix=_OPEN)
    probes = {_read(folder, process) for process in sorted(started)}
    if len(probes) > 1:
        what = f"{len(started)} Python processes ran side by side or in turn, in environments that differ"
        raise UsageError(what, fix="give the command that runs the tests alone: -- python -m pytest")
    return probes.pop()


def _read(folder: Path, process: str) -> str:
    try:
        return canonical_probe((folder / f"probe-{process}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = "a Python process of the command ended before it could be measured (killed, or by os._exit)"
        raise UsageError(what, fix="let the test runner end by itself; see what it printed") from error
