"""The rows of a lock that a target installs: markers decided, extras and groups chosen, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.environment.evaluation import Asker, Chosen, Evaluation
from gatekeeper.environment.facts import Lock, Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.selection import NOTHING_SELECTED, Selection
from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable

# Their markers may ask for extras and groups; anywhere else such a marker is an error.
_WITH_SELECTION = frozenset({Format.UV, Format.POETRY, Format.PYLOCK, Format.CONDA_LOCK, Format.PIXI})


def project(lock: Lock, target: Target, selection: Selection = NOTHING_SELECTED) -> tuple[Row, ...]:
    """Return the rows that the target installs from the lock, in the order of the lock.

    Rows for another conda platform are left out; of the others those are kept whose marker is true, or which the
    project's graph reaches. Two rows of one name that both apply stay two.

    Args:
        lock: What was read.
        target: One without a patch release stands for all final releases of its feature version that the lock admits;
            one without Python takes that of the lock's own conda row for `python`.
        selection: The extras and groups of a project lock; without any no extra, and the default groups.

    Raises:
        Unreadable: The lock includes files that were not followed, a marker asks what the target does not say, the lock
            is not for the target, or a row that applies can't be installed on the target's Python.
        UsageError: The selection names what the lock has not, or what excludes each other.
    """
    if lock.includes:
        include = lock.includes[0]
        what = f"pulls in {include.path}, which was not read"
        raise Unreadable(what, fix="compile one lock that holds everything", line=include.line, column=1)
    rows = tuple(row for row in lock.rows if row.platform is None or row.platform == target.conda_platform)
    evaluation = Evaluation(
        _with_python(target, rows),
        requires_python=lock.requires_python,
        context="lock_file" if lock.format in _WITH_SELECTION else "requirement",
    )
    _refuse_other_environment(lock, target, evaluation)
    chosen = Chosen(extras=selection.extras_of(lock), groups=selection.groups_of(lock))
    if lock.format is Format.UV:
        from gatekeeper.environment.project_locks.graph import reached_rows

        installed = reached_rows(lock, evaluation, chosen)
    else:
        installed = tuple(
            row for row in rows if row.marker is None or evaluation.holds(row.marker, _asker(row), chosen)
        )
    for row in installed:
        _refuse_other_python(row, target, evaluation)
    return installed


def _asker(row: Row) -> Asker:
    return Asker(name=row.written, line=row.line, column=row.column)


def _with_python(target: Target, rows: Sequence[Row]) -> Target:
    """Return the target with the Python that the lock itself installs, if the target says none."""
    python = next((row for row in rows if row.name == "python" and row.source is Source.CONDA), None)
    if target.python is not None or python is None or python.version is None:
        return target
    try:
        return target.with_python(python.version)
    except ValueError as error:
        fix = f"name a target with its Python: --target cp312-{target.platform}"
        raise Unreadable(str(error), fix=fix, line=python.line, column=python.column) from error


def _refuse_other_environment(lock: Lock, target: Target, evaluation: Evaluation) -> None:
    asker = Asker(name="the lock's environments", line=None, column=None)
    if lock.environments and not any(evaluation.holds(each, asker, Chosen()) for each in lock.environments):
        what = f"the lock is for other environments than {target}: {'; '.join(lock.environments)[:200]}"
        raise Unreadable(what, fix="name a target that the lock is for, or lock the project for this one")


def _refuse_other_python(row: Row, target: Target, evaluation: Evaluation) -> None:
    if row.requires_python is None:
        return
    why = f"{row.written} {row.version or ''}".rstrip() + f" needs Python {row.requires_python}"
    if not evaluation.admits(row.requires_python, why):
        what = f"{why}, and the target {target} has another"
        fix = "name a target with such a Python, or lock the project for the target's"
        raise Unreadable(what, fix=fix, line=row.line, column=row.column)
