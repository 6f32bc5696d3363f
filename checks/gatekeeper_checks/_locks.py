"""What the checks of locks share: the target, and a lock projected onto it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gatekeeper.candidate import Candidate, Fact
from gatekeeper.environment.canonical import sha256_of
from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.identity import projected_json
from gatekeeper.environment.projection import project
from gatekeeper.environment.reader import read_lock
from gatekeeper.environment.requirements.includes import follow
from gatekeeper.environment.selection import parse_selection
from gatekeeper.environment.target import Target, parse_target, running_target
from gatekeeper.errors import BrokenPin, Unreadable, UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Location, Scalar
from gatekeeper.policy import is_inside

T = TypeVar("T")

RECORDS = ".records.json"
"""What stands behind a lock's name in the name of the file with its record digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLock:
    """A lock and what it installs on the target.

    Attributes:
        role: the policy's key that names it.
        path: its file.
        lock: the whole lock, whatever the target, with what it includes and the records that lie beside it.
        rows: the requirements whose marker holds on the target.
    """

    role: str
    path: str
    lock: Lock
    rows: tuple[Row, ...]

    def environment_hash(self, target: Target) -> str:
        """Return `sha256:<hex>` of what the target installs."""
        return sha256_of(projected_json(self.lock, self.rows, target))

    def at(self, row: Row) -> Location:
        """Return where a requirement stands; that may be another file, which the lock includes."""
        return Location(path=row.path or self.path, line=row.line, column=row.column, key=row.name or row.written)


def target_of(candidate: Candidate) -> Target:
    """Return the target that the policy names, else that of the interpreter which runs the gate."""
    named = candidate.policy.environment.target
    return parse_target(named) if named else running_target()


def lock_path(production: str | None) -> str | None:
    """Return the path in `environment.production`, unless it is a digest."""
    return production if production and (is_inside(production) or production.startswith("/")) else None


def read_target_lock(
    candidate: Candidate,
    inquiry: Inquiry,
    role: str,
    path: str,
    target: Target,
    *,
    broken: Callable[[BrokenPin], Finding] | None = None,
) -> TargetLock | None:
    """Read a lock, project it, and note the evidence; an obstacle is noted and gives None.

    `broken` is what a line that can't be a pin is to the check, if it is no obstacle.
    """
    fact = inquiry.attempt(lambda: candidate.fact(path, read_lock, Lock, key=role), broken=broken)
    if fact is None:
        return None
    lock = inquiry.attempt(lambda: _completed(candidate, inquiry, fact, path, role), broken=broken)
    if lock is None:
        return None
    rows = inquiry.attempt(lambda: _placed(path, lambda: _projected(candidate, lock, target)))
    if rows is None:
        return None
    measured: dict[str, Scalar] = {
        "requirements": len(rows),
        "hashes": sum(len(row.hashes) for row in rows),
        "target": str(target),
    }
    inquiry.evidence.append(candidate.evidence(path, fact, measured))
    return TargetLock(role=role, path=path, lock=lock, rows=rows)


def _completed(candidate: Candidate, inquiry: Inquiry, fact: Fact[Lock], path: str, role: str) -> Lock:
    """Return the lock with the files that it includes and the records beside it; each file is evidence of its own."""

    def included(other: str) -> Lock:
        if not (candidate.root / other).exists():
            raise FileNotFoundError(other)
        read = candidate.fact(other, read_lock, Lock, key=role)
        inquiry.evidence.append(candidate.evidence(other, read))
        return read.value

    lock = _placed(path, lambda: follow(fact.value, path, included))
    beside = f"{path}{RECORDS}"
    # Only what the candidate holds: of a production lock elsewhere the policy names one file.
    if not is_inside(path) or not (candidate.root / beside).exists():
        return lock
    # Few locks have records; what reads them imports what reads wheels.
    from gatekeeper.environment.installed.records import Records, attach, read_records  # noqa: PLC0415 - see above

    records = candidate.fact(beside, read_records, Records, key=role)  # type: ignore[type-abstract]  # msgspec makes one
    inquiry.evidence.append(candidate.evidence(beside, records))
    return _placed(beside, lambda: attach(lock, records.value))


def _projected(candidate: Candidate, lock: Lock, target: Target) -> tuple[Row, ...]:
    environment = candidate.policy.environment
    selection = parse_selection(environment.extras, environment.groups)
    try:
        return project(lock, target, selection)
    except UsageError as error:
        # Whether the names are right is known only now that the lock is read.
        raise Unreadable(error.what, fix=error.fix, at=candidate.at("environment")) from error


def _placed(path: str, read: Callable[[], T]) -> T:
    """Return what is read; an error that knows only line and column gets the path."""
    try:
        return read()
    except Unreadable as error:
        if error.at is not None:
            raise
        raise error.in_file(path, f"{path}: {error.what}") from error
