"""What the commands of `gatekeeper env` read: locks and inventories by path, and the target that they are for."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

import click

from gatekeeper.environment.comparison.compare import Projected
from gatekeeper.environment.comparison.gate_facts import target_of
from gatekeeper.environment.facts import Lock, Runtime
from gatekeeper.environment.formats import Format, recognise
from gatekeeper.environment.projection import project
from gatekeeper.environment.reader import read_lock
from gatekeeper.environment.requirements.includes import follow
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import Target, parse_target, running_target
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.reading import BLOCK, open_regular
from gatekeeper.report.printable import one_line

if TYPE_CHECKING:
    from gatekeeper.environment.dockerfile.installed import InstalledLock

T = TypeVar("T")

STDIN = "-"
POLICY = "gatekeeper.yaml"
"""`gatekeeper.policy.FILE_NAME`, whose import costs more than a hash."""

HEAD_BYTES = 16_384
"""What is looked at to tell a Dockerfile from a lock."""

RECORDS = ".records.json"
"""What stands behind a lock's name in the name of the file with its record digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The target, and in words what it comes from."""

    target: Target
    by: str


def read(path: str) -> Lock:
    """Return the lock or inventory at a path, with the files that it includes and the records that lie beside it.

    Args:
        path: As typed; `-` is standard input.

    Raises:
        Unreadable: It can't be read whole; `at` says where.
    """
    if path == STDIN:
        lock = placed("standard input", lambda: read_lock(sys.stdin.buffer))
        return placed("standard input", lambda: follow(lock, STDIN, _refuse))
    if placed(path, lambda: opened(Path(path), _is_dockerfile)):
        return _of_dockerfile(Path(path))
    lock = placed(path, lambda: opened(Path(path), read_lock))
    if lock.includes:
        lock = _followed(lock, path)
    records = Path(path + RECORDS)
    return _with_records(lock, records) if records.exists() else lock


def placed(name: str, read_it: Callable[[], T]) -> T:
    """Return what is read; an error that knows only line and column gets the file's name."""
    try:
        return read_it()
    except Unreadable as error:
        if error.at is not None:
            raise
        raise error.in_file(name) from error


def projected_on(lock: Lock, path: str, target: Target, selection: Selection) -> Projected:
    """Return the lock with those of its rows that the target installs; errors say which file they are about.

    What the selection names in vain, because the lock has nothing to choose from, is told as a warning.
    """
    try:
        side = placed(path, lambda: Projected(lock=lock, rows=project(lock, target, selection)))
    except UsageError as error:
        raise UsageError(f"{path}: {error.what}", fix=error.fix) from error
    for name in selection.left_out(lock):
        tell(f"warning: {path} is {lock.format.value} with nothing to choose from: {name} is left out")
    return side


def chosen_target(named: str | None, paths: Sequence[str], locks: Sequence[Lock]) -> Chosen:
    """Return the target that the command line names, else a policy above one of the files, else what was measured.

    Where none of these is there it is the running interpreter.

    Args:
        named: What `--target` says.
        paths: Of the files, as typed.
        locks: What was read from them.

    Raises:
        UsageError: `--target` names none, or the running interpreter is none.
        PolicyError: The policy above a file is wrong.
    """
    if named is not None:
        return Chosen(target=parse_target(named), by="--target")
    for path in paths:
        folder = None if path == STDIN else candidate_of(Path(path))
        if folder is not None:
            from gatekeeper.policy import load

            declared = load(folder / POLICY, folder).policy.environment.target
            if declared is not None:
                return Chosen(target=parse_target(declared), by=str(folder / POLICY))
    for path, lock in zip(paths, locks, strict=True):
        measured = None if lock.runtime is None else target_of(lock.runtime)
        if measured is not None:
            return Chosen(target=measured, by=f"what {path} measured")
    return Chosen(target=running_target(), by="the interpreter that runs gatekeeper; name another with --target")


def candidate_of(path: Path) -> Path | None:
    """Return the nearest folder above a file that has a policy, or None."""
    folders = path.absolute().parents
    return next((folder for folder in folders if (folder / POLICY).is_file()), None)


def tell(message: str) -> None:
    """Write one line to standard error: standard output is for the answer alone."""
    click.echo(one_line(message), err=True)


def _followed(lock: Lock, path: str) -> Lock:
    """Return the lock with what it includes: files of the candidate's folder, else of the lock's own."""
    file = Path(path).absolute()
    root = candidate_of(file) or file.parent

    def included(relative: str) -> Lock:
        other = root / relative
        if not other.exists():
            raise FileNotFoundError(relative)
        return placed(str(other), lambda: opened(other, read_lock))

    return placed(path, lambda: follow(lock, file.relative_to(root).as_posix(), included))


def _with_records(lock: Lock, file: Path) -> Lock:
    from gatekeeper.environment.installed.records import attach, read_records

    return placed(str(file), lambda: attach(lock, opened(file, read_records)))


def _is_dockerfile(stream: BinaryIO) -> bool:
    head = stream.read(HEAD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    return recognise(head) is Format.DOCKERFILE


def _of_dockerfile(file: Path) -> Lock:
    """Return the lock that a Dockerfile installs, with the base image as what runs it.

    The build context is taken to be the Dockerfile's folder or, where the lock is not there, the candidate's.
    """
    from gatekeeper.environment.dockerfile import build_stages, read_instructions
    from gatekeeper.environment.dockerfile.installed import installed_lock

    contexts = [file.absolute().parent, *filter(None, [candidate_of(file)])]

    def in_context(relative: str) -> Path | None:
        inside = (context / relative for context in contexts if not relative.startswith(("/", "..")))
        return next((path for path in inside if path.is_file()), None)

    def installed() -> InstalledLock:
        return installed_lock(
            build_stages(opened(file, read_instructions), None), lambda each: in_context(each) is not None
        )

    found = placed(str(file), installed)
    lock_file = in_context(found.path)
    assert lock_file is not None, "installed_lock returns what is there"
    tell(f"{file}:{found.line} installs {lock_file}")
    lock = read(str(lock_file))
    rows = tuple(replace(row, path=row.path or str(lock_file)) for row in lock.rows)
    return replace(lock, rows=rows, runtime=Runtime(image=found.image))


def _refuse(relative: str) -> Lock:
    what = f"got -r {relative} on standard input, where nobody knows the folder it is in"
    raise Unreadable(what, fix="name the lock by its path")


def opened(file: Path, parse: Callable[[BinaryIO], T]) -> T:
    """Return what `parse` makes of a regular file.

    Raises:
        Unreadable: It is absent, no regular file, not permitted, or `parse` can't read it whole.
    """
    with open_regular(file) as raw, io.BufferedReader(cast("io.RawIOBase", raw), BLOCK) as stream:
        return parse(cast("BinaryIO", stream))
