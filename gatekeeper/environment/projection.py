"""The rows of a lock that a target installs: markers decided, nothing guessed."""

from __future__ import annotations

import re
from dataclasses import replace

from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_UNDECIDED = re.compile(r"\b(?:platform_release|platform_version|extras|dependency_groups)\b")
_PATCH = re.compile(r"python_full_version|implementation_version")
_FINAL = re.compile(r"\b3\.[0-9]{1,3}\.(?P<patch>[0-9]{1,3})")
_IN = re.compile(r"\bin\b")
# More than any feature version of CPython ever had.
_PATCHES = 100
# Beyond any patch release of CPython; the answer for it is the answer for all releases not yet made.
_LAST_PATCH = 999


def project(lock: Lock, target: Target) -> tuple[Row, ...]:
    """Return the rows whose marker is true for the target, in the order of the lock; no extra is asked for.

    A target without a patch release stands for all final releases of its feature version. A marker that is true for
    some of them and false for others is not decided in silence by one of them.

    Raises:
        Unreadable: A marker asks what the target does not say: the patch release of Python, the release or version of
            the operating system; or it compares what can't be compared.
    """
    # Locks repeat few markers many times; each is decided once, and an error names the first row that has it.
    first = {row.marker: row for row in reversed(lock.rows) if row.marker is not None}
    applies = {marker: _applies(row, marker, target) for marker, row in first.items()}
    return tuple(row for row in lock.rows if row.marker is None or applies[row.marker])


def _applies(row: Row, marker: str, target: Target) -> bool:
    bare = _QUOTED.sub("", marker)
    unknown = _UNDECIDED.search(bare)
    if unknown is not None:
        what = f"the marker of {row.written} asks for {unknown[0]}, which the target {target} does not say: {marker}"
        fix = "compile the lock for one platform, so that its rows need no such marker"
        raise Unreadable(what, fix=fix, line=row.line, column=row.column)
    answers = {version: _evaluate(row, marker, target, version) for version in _versions(marker, bare, target)}
    if len(set(answers.values())) > 1:
        yes = next(version for version, answer in answers.items() if answer)
        no = next(version for version, answer in answers.items() if not answer)
        what = (
            f"the marker of {row.written} is true for Python {yes} and false for {no}, "
            f"and the target {target} does not say which: {marker}"
        )
        example = replace(target, full_python=f"{target.python}.9")
        fix = f"name in the target the patch release that production runs, as in {example}"
        raise Unreadable(what, fix=fix, line=row.line, column=row.column)
    return any(answers.values())


def _versions(marker: str, bare: str, target: Target) -> tuple[str, ...]:
    """Return the releases of Python to answer for: those between which the answer can change, for it to be exact."""
    if target.full_python is not None:
        return (target.full_python,)
    if _PATCH.search(bare) is None:
        return (f"{target.python}.0",)
    # `in` looks for one text in another, so that every release may answer otherwise.
    named = set(range(_PATCHES)) if _IN.search(bare) else {int(found["patch"]) for found in _FINAL.finditer(marker)}
    patches = {0, _LAST_PATCH} | {patch + step for patch in named for step in (-1, 0, 1) if patch + step >= 0}
    return tuple(f"{target.python}.{patch}" for patch in sorted(patches))


def _evaluate(row: Row, marker: str, target: Target, version: str) -> bool:
    # A lock without markers needs no `packaging`.
    from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        # What the target does not say never comes from this interpreter: `_UNDECIDED` was refused before.
        return Marker(marker).evaluate(target.marker_environment(version))
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        what = f"the marker of {row.written} can't be decided: {error} in {marker}"
        raise Unreadable(what, fix="compile the lock again", line=row.line, column=row.column) from error
