"""What the checks of locks share: the target, and a lock projected onto it."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.candidate import Candidate, Fact
from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.projection import project
from gatekeeper.environment.reader import read_lock
from gatekeeper.environment.target import Target, parse_target, running_target
from gatekeeper.errors import Unreadable
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Location, Scalar
from gatekeeper.policy import is_inside


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLock:
    """A lock and what it installs on the target.

    Attributes:
        role: the policy's key that names it.
        path: its file.
        rows: the requirements whose marker holds on the target.
    """

    role: str
    path: str
    fact: Fact[Lock]
    rows: tuple[Row, ...]

    @property
    def lock(self) -> Lock:
        """The whole lock, whatever the target."""
        return self.fact.value

    def at(self, row: Row) -> Location:
        """Return where a requirement stands."""
        return Location(path=self.path, line=row.line, column=row.column, key=row.name or row.written)


def target_of(candidate: Candidate) -> Target:
    """Return the target that the policy names, else that of the interpreter which runs the gate."""
    named = candidate.policy.environment.target
    return parse_target(named) if named else running_target()


def lock_path(production: str | None) -> str | None:
    """Return the path in `environment.production`, unless it is a digest."""
    return production if production and (is_inside(production) or production.startswith("/")) else None


def read_target_lock(candidate: Candidate, inquiry: Inquiry, role: str, path: str, target: Target) -> TargetLock | None:
    """Read a lock, project it, and note the evidence; an obstacle is noted and gives None."""
    fact = inquiry.attempt(lambda: candidate.fact(path, read_lock, Lock, key=role))
    if fact is None:
        return None
    rows = inquiry.attempt(lambda: _project(fact.value, target, path))
    if rows is None:
        return None
    measured: dict[str, Scalar] = {
        "requirements": len(rows),
        "hashes": sum(len(row.hashes) for row in rows),
        "target": str(target),
    }
    inquiry.evidence.append(candidate.evidence(path, fact, measured))
    return TargetLock(role=role, path=path, fact=fact, rows=rows)


def _project(lock: Lock, target: Target, path: str) -> tuple[Row, ...]:
    try:
        return project(lock, target)
    except Unreadable as error:
        at = Location(path=path, line=error.line, column=error.column)
        raise Unreadable(f"{path}: {error.what}", fix=error.fix, at=at) from error
