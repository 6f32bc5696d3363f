"""A test suite run once, and the environment of the interpreter that ran it, measured from inside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gatekeeper.environment.receipt.measurement import canonical_probe
from gatekeeper.errors import UsageError

_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*t?")
# Options with which Python ignores PYTHONPATH, or reads no sitecustomize.
_CLOSED = re.compile(r"-[A-Za-z]*[IES][A-Za-z]*")
_TAKES_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_OPEN = "run it without -I, -E and -S, as in: gatekeeper receipt record -- python -m pytest"
_ALONE = (
    "name the interpreter that runs the tests, as in: tox --notest, then gatekeeper receipt record -- "
    ".tox/py/bin/python -m pytest --junitxml=junit.xml"
)
# What pytest tells the processes that a test starts. The suite is none of those, even if a test records it.
_CURRENT_TEST = "PYTEST_CURRENT_TEST"
# Seconds, for a command that is stopped: to end by itself, since Ctrl-C reaches it too, and once it is told to end.
_BY_ITSELF, _WHEN_TOLD = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: the exit code of the command, 128 and the signal's number if one ended it, and the canonical probe."""

    exit_code: int
    probe: str


def run_measured(command: Sequence[str], environment: Mapping[str, str], report: Path) -> Measured:
    """Run a command to its end and return what the Python process of it that wrote the report has installed.

    Where pytest ran the tests in other processes than that one (pytest-xdist), they must share its environment.

    Args:
        command: What runs the suite; its streams are those of this process.
        environment: The variables that it gets.
        report: The JUnit report that the command writes.

    Raises:
        UsageError: It can't be started or writes no report, no Python process could be measured that did, or tests ran
            in environments that differ.
    """
    _refuse_closed(command)
    with tempfile.TemporaryDirectory(prefix="gatekeeper-receipt-") as name:
        # The real path: it is compared with what the interpreter makes of its own.
        folder = Path(name).resolve()
        package = files("gatekeeper.environment")
        (folder / "sitecustomize.py").write_bytes(package.joinpath("receipt/inside.py").read_bytes())
        (folder / "probe_script.py").write_bytes(package.joinpath("installed/probe_script.py").read_bytes())
        (folder / "report.txt").write_text(str(report.resolve()), encoding="utf-8", errors="surrogateescape")
        seen = {each: value for each, value in environment.items() if each != _CURRENT_TEST}
        before = _stamp(report)
        exit_code = _run(command, {**seen, "PYTHONPATH": _path(folder, environment.get("PYTHONPATH", ""))})
        if _stamp(report) in (None, before):
            what = f"{report} was not written by the command; a receipt needs the report of this very run"
            raise UsageError(what, fix="let it write one: gatekeeper receipt record ... -- pytest --junitxml=junit.xml")
        return Measured(exit_code=exit_code, probe=_probe(folder, report))


def _refuse_closed(command: Sequence[str]) -> None:
    """Refuse a Python that can't be measured before it runs the suite, and not an hour later."""
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


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written again; None where there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    program = shutil.which(command[0], path=environment.get("PATH", os.defpath))
    if program is None:
        fix = "name a command that is on PATH: gatekeeper receipt record -- python -m pytest"
        raise UsageError(f"{command[0]} can't be started: there is no such program", fix=fix)
    try:
        # The command is the user's own: it runs with the rights that it would have without gatekeeper.
        child = subprocess.Popen([program, *command[1:]], env=environment)  # noqa: S603
    except OSError as error:
        raise UsageError(f"{command[0]} can't be started: {error.strerror}", fix="check the program") from error
    try:
        status = child.wait()
    finally:
        _end(child)
    return status if status >= 0 else 128 - status


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave no command running, whatever stopped the wait for it."""
    for seconds, then in ((_BY_ITSELF, child.terminate), (_WHEN_TOLD, child.kill)):
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return
        then()
    child.wait()


def _probe(folder: Path, report: Path) -> str:
    wrote, ran = _identities(folder, "wrote"), _identities(folder, "ran")
    if not wrote:
        what = f"{report} was written by a process that could not be measured from inside: by no Python, or by one "
        what += "that gets no PYTHONPATH (as in tox) or ignores it (-I, -E, -S)"
        raise UsageError(what, fix=_ALONE)
    environments = sorted({*wrote.values(), *ran.values()})
    probes = {_read(folder, process) for process in wrote} if len(environments) == 1 else set()
    if len(probes) != 1:
        prefixes = ", ".join(dict.fromkeys(json.loads(each)[0] for each in environments))
        what = f"tests ran, and {report} was written, in environments that differ: {prefixes}"
        raise UsageError(what, fix=_ALONE)
    return probes.pop()


def _identities(folder: Path, what: str) -> dict[str, str]:
    """Return by process the environment of those that did something."""
    found = folder.glob(f"{what}-*")
    return {each.name.removeprefix(f"{what}-"): each.read_text(encoding="utf-8") for each in found}


def _read(folder: Path, process: str) -> str:
    try:
        return canonical_probe((folder / f"probe-{process}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = "the Python process that wrote the report ended before it could be measured (killed, or by os._exit)"
        raise UsageError(what, fix="let the test runner end by itself; see what it printed") from error
