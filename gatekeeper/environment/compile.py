"""A hashed lock made with pip-tools, and the wheels of a lock downloaded, so that their records can be kept beside it.

Both tools run as commands of an interpreter that has them; nothing of them is imported.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

from gatekeeper.environment.facts import Lock, Row, Source
from gatekeeper.environment.installed.records import Records, records_of_wheels
from gatekeeper.environment.projection import project
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.tags import pip_options
from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable, UsageError

# What pip says when an index has no wheel, or no such version at all (pip 23 to 26).
_NO_WHEEL = "No matching distribution found"
NO_WHEEL = "pip finds no wheel of it; built from an sdist, what is installed depends on the builder"
_BINARY_OPTIONS = frozenset({"--no-binary", "--only-binary", "--prefer-binary"})
_TRACEBACK = "Traceback (most recent call last):"
_ERROR = re.compile(r"\s*error: ", re.IGNORECASE)
_CLASS = re.compile(r"(?:\w+\.)+\w+: ")
_SHOWN_LINES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecorded:
    """A row of a lock without a record: an installed copy of it can be compared by its version alone."""

    row: Row
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The records of a lock's wheels, and the rows that have none."""

    records: Records
    unrecorded: tuple[Unrecorded, ...]


def compile_lock(
    python: str, sources: Sequence[Path], lock: Path, options: Sequence[str] = (), *, timeout: float = 600
) -> None:
    """Write a lock with hashes by pip-tools.

    Args:
        python: The interpreter to lock for, which has pip-tools.
        sources: Requirements files or a pyproject.toml.
        lock: Where the lock is written; an older one there is brought up to date.
        options: More of pip-compile's own.
        timeout: In seconds.

    Raises:
        UsageError: The interpreter can't be started or has no pip-tools.
        Unreadable: pip-compile failed; the message is its own.
    """
    # With --quiet pip-compile would not say which requirements are in conflict.
    command = ("piptools", "compile", "--generate-hashes", f"--output-file={lock}", *options, "--")
    said = _run(python, (*command, *map(str, sources)), timeout)
    if said is not None:
        what = f"pip-compile failed: {_problem_in(said)}"
        raise Unreadable(what, fix="mend the requirement or the option that it names")


def record_wheels(python: str, lock: Lock, target: Target | None = None, *, timeout: float = 1800) -> Recorded:
    """Return the records of the wheels that pip takes for the rows of a lock; each is checked against its hashes.

    Args:
        python: An interpreter with pip.
        lock: One whose rows have hashes.
        target: For whom; None for the interpreter itself.
        timeout: In seconds, of each download.

    Raises:
        UsageError: The interpreter can't be started or has no pip, or pip can't be told the target.
        Unreadable: pip failed otherwise than for want of a wheel; or a wheel is not what its RECORD says.
    """
    rows = lock.rows if target is None else project(lock, target)
    without = [Unrecorded(row=row, why=why) for row in rows if (why := _obstacle(row)) is not None]
    options = [f"{each.name} {each.value}".strip() for each in lock.options if each.name not in _BINARY_OPTIONS]
    with tempfile.TemporaryDirectory(prefix="gatekeeper-wheels-") as folder:
        download = _Download(python=python, options=options, target=target, folder=Path(folder), timeout=timeout)
        without += download.all([row for row in rows if _obstacle(row) is None])
        return Recorded(records=records_of_wheels(sorted(Path(folder).glob("*.whl"))), unrecorded=tuple(without))


def _obstacle(row: Row) -> str | None:
    """Return why no wheel of a row can be downloaded by its hash."""
    if row.source is Source.CONDA:
        return "a conda package: it is no wheel"
    if row.source not in (Source.INDEX, Source.URL):
        return f"from a {row.source}: it has no artifact that a hash could name"
    return None if row.hashes and (row.version or row.url) else "it is not pinned by version and hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Download:
    python: str
    options: Sequence[str]
    target: Target | None
    folder: Path
    timeout: float

    def all(self, rows: Sequence[Row]) -> Iterator[Unrecorded]:
        """Download the wheels; yield the rows that there is none for, found by halving: pip stops at the first."""
        said = self._run(rows) if rows else None
        if said is None:
            return
        if _NO_WHEEL not in said:
            raise Unreadable(f"pip download failed: {_problem_in(said)}", fix="mend what it names, and lock again")
        if len(rows) == 1:
            yield Unrecorded(row=rows[0], why=NO_WHEEL)
            return
        half = len(rows) // 2
        yield from self.all(rows[:half])
        yield from self.all(rows[half:])

    def _run(self, rows: Sequence[Row]) -> str | None:
        requirements = self.folder / "requirements.txt"
        requirements.write_text("\n".join([*self.options, *map(self._line, rows)]) + "\n", encoding="utf-8")
        fixed = (
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
        )
        target = () if self.target is None else pip_options(self.target)
        command = ("pip", "download", *fixed, *target, f"--dest={self.folder}", f"--requirement={requirements}")
        return _run(self.python, command, self.timeout)

    def _line(self, row: Row) -> str:
        wanted = f"{row.name} @ {row.url}" if row.url else f"{row.name}=={row.version}"
        # For a target the marker is decided; pip would decide it for the interpreter that it runs in.
        marker = f" ; {row.marker}" if row.marker and self.target is None else ""
        return f"{wanted}{marker} {' '.join(f'--hash={each}' for each in row.hashes)}"


def _run(python: str, module_and_options: Sequence[str], timeout: float) -> str | None:
    """Run a module of an interpreter; return what it said if it failed, None if it succeeded."""
    command = [python, "-I", "-m", *module_and_options]
    try:
        done = subprocess.run(  # noqa: S603 - to run the interpreter that the user names is what this is for
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{quoted(python)} can't be started: {error}", fix="name an interpreter: --python PATH"
        ) from error
    except subprocess.TimeoutExpired as error:
        what = f"{module_and_options[0]} did not end within {timeout:g} seconds"
        raise Unreadable(what, fix="try again when the index answers faster") from error
    said = (done.stderr or done.stdout).decode("utf-8", "replace")
    if f"No module named {module_and_options[0]}" in said:
        name = {"piptools": "pip-tools"}.get(module_and_options[0], module_and_options[0])
        raise UsageError(f"{python} has no {name}", fix=f"install it there: {python} -m pip install {name}")
    return said if done.returncode else None


def _problem_in(said: str) -> str:
    """Return the errors that are told as such, or else the exception, without the traceback."""
    before = said.partition(_TRACEBACK)[0].splitlines()
    lines = list(dropwhile(lambda line: _ERROR.match(line) is None, before))[:_SHOWN_LINES]
    if not lines:
        # What is indented are the calls that led to the exception.
        after = said.rpartition(_TRACEBACK)[2].splitlines()
        lines = [_CLASS.sub("", line, count=1) for line in after if not line.startswith(" ")][-_SHOWN_LINES:]
    return "; ".join(quoted(_ERROR.sub("", line, count=1)) for line in lines if line.strip()) or "it said nothing"
