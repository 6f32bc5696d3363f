"""Markers decided for one target, each once, and nothing guessed: what the target does not say is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gatekeeper.environment.target import Target
from gatekeeper.errors import Unreadable

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NEVER_SAID = re.compile(r"\b(?:platform_release|platform_version)\b")
_PYTHON = re.compile(r"\b(?:python_version|python_full_version|implementation_version)\b")
_PATCH = re.compile(r"python_full_version|implementation_version")
_CHOOSING = re.compile(r"\b(?:extras|dependency_groups)\b")
_FINAL = re.compile(r"\b3\.[0-9]{1,3}\.(?P<patch>[0-9]{1,3})")
_IN = re.compile(r"\bin\b")
# More than any feature version of CPython ever had.
_PATCHES = 100
# Beyond any patch release of CPython; the answer for it is the answer for all releases not yet made.
_LAST_PATCH = 999
# Stands for any Python where a marker that asks for none is decided for a target that says none.
_ANY_PYTHON = "3.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The package whose marker is to be decided, and where it stands: what an error names."""

    name: str
    line: int | None
    column: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The extras and groups that a marker may ask for; both in the names that the lock's markers use."""

    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class Evaluation:
    """The answers of one target to the markers of one lock.

    A target without a patch release stands for all final releases of its feature version that the lock admits. A marker
    that is true for some of them and false for others is not decided in silence by one of them.
    """

    def __init__(
        self, target: Target, requires_python: str | None, context: Literal["requirement", "lock_file"]
    ) -> None:
        """Prepare the answers.

        Args:
            target: Who is asked.
            requires_python: The specifier of the Pythons that the lock is for; None for any.
            context: The vocabulary of the markers: `lock_file` knows `extras` and `dependency_groups` (PEP 751).

        Raises:
            Unreadable: The lock is not for the target's Python.
        """
        self._target = target
        self._requires_python = requires_python
        self._context = context
        self._known: dict[tuple[str, Chosen | None], bool] = {}
        if requires_python is not None and not self.admits(
            requires_python, f"the lock is for Python {requires_python}"
        ):
            what = f"the lock is for Python {requires_python}, and the target {target} has another"
            raise Unreadable(what, fix="name a target with such a Python, or lock the project for the target's")

    def admits(self, specifier: str, why: str) -> bool:
        """Return whether some release that the target stands for, and the lock is for, is one of the specifier's.

        Args:
            specifier: By PEP 440, such as `>=3.10`.
            why: What asks for it, for the error.

        Raises:
            Unreadable: The target says no Python.
        """
        if self._target.python is None:
            raise Unreadable(f"{why}, and the target {self._target} says none", fix=self._name_python())
        return any(_is_in(release, specifier) for release in self._releases(specifier))

    def holds(self, marker: str, asker: Asker, chosen: Chosen) -> bool:
        """Return whether the marker is true for the target.

        Raises:
            Unreadable: It asks what the target does not say (the patch release or any release of Python, the release or
                version of the operating system), or it compares what can't be compared.
        """
        bare = _QUOTED.sub("", marker)
        key = (marker, chosen if _CHOOSING.search(bare) else None)
        if key not in self._known:
            self._known[key] = self._decide(marker, bare, asker, chosen)
        return self._known[key]

    def _decide(self, marker: str, bare: str, asker: Asker, chosen: Chosen) -> bool:
        unsaid = _NEVER_SAID.search(bare)
        if unsaid is not None:
            fix = "compile the lock for one platform, so that its rows need no such marker"
            raise self._undecided(marker, asker, unsaid[0], fix)
        python = _PYTHON.search(bare)
        if python is not None and self._target.python is None:
            raise self._undecided(marker, asker, python[0], self._name_python())
        answers = self._answers(marker, self._marker_releases(marker, bare), asker, chosen)
        if len(set(answers.values())) > 1:
            raise self._divided(marker, asker, answers)
        return any(answers.values())

    def _undecided(self, marker: str, asker: Asker, variable: str, fix: str) -> Unreadable:
        what = f"the marker of {asker.name} asks for {variable}, which the target {self._target} does not say: {marker}"
        return Unreadable(what, fix=fix, line=asker.line, column=asker.column)

    def _divided(self, marker: str, asker: Asker, answers: dict[str, bool]) -> Unreadable:
        yes = next(release for release, answer in answers.items() if answer)
        no = next(release for release, answer in answers.items() if not answer)
        what = (
            f"the marker of {asker.name} is true for Python {yes} and false for {no}, "
            f"and the target {self._target} does not say which: {marker}"
        )
        example = replace(self._target, full_python=f"{self._target.python}.9")
        fix = f"name in the target the patch release that production runs, as in {example}"
        return Unreadable(what, fix=fix, line=asker.line, column=asker.column)

    def _name_python(self) -> str:
        return f"name a target with its Python: --target cp312-{self._target.platform}"

    def _marker_releases(self, marker: str, bare: str) -> tuple[str, ...]:
        """Return the releases to answer for: those between which the answer can change, for it to be exact."""
        if self._target.python is None:
            return (_ANY_PYTHON,)
        if _PATCH.search(bare) is None:
            return self._releases("")[:1]
        # `in` looks for one text in another, so that every release may answer otherwise.
        return self._releases(marker, every=_asks_by_in(bare))

    def _releases(self, text: str, *, every: bool = False) -> tuple[str, ...]:
        """Return the admitted releases around those that the text and the lock's `requires-python` name, or all."""
        if self._target.full_python is not None:
            return (self._target.full_python,)
        limits = self._requires_python or ""
        named: Iterable[int] = range(_PATCHES)
        if not every:
            named = {int(found["patch"]) for found in _FINAL.finditer(f"{limits} {text}")}
        patches = {0, _LAST_PATCH} | {patch + step for patch in named for step in (-1, 0, 1) if patch + step >= 0}
        releases = (f"{self._target.python}.{patch}" for patch in sorted(patches))
        return tuple(release for release in releases if not limits or _is_in(release, limits))

    def _answers(self, marker: str, releases: Sequence[str], asker: Asker, chosen: Chosen) -> dict[str, bool]:
        """Return the answer for each release of Python."""
        # A lock without markers needs no `packaging`.
        from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

        parsed = Marker(marker)
        answers: dict[str, bool] = {}
        for release in releases:
            # What the target does not say never comes from this interpreter: `_NEVER_SAID` was refused before.
            environment: dict[str, str | frozenset[str]] = {**self._target.marker_environment(release)}
            if self._context == "lock_file":
                environment |= {"extras": chosen.extras, "dependency_groups": chosen.groups}
            try:
                answers[release] = parsed.evaluate(environment, context=self._context)
            except (UndefinedComparison, UndefinedEnvironmentName) as error:
                what = f"the marker of {asker.name} can't be decided: {error} in {marker}"
                raise Unreadable(what, fix="compile the lock again", line=asker.line, column=asker.column) from error
        return answers


def _asks_by_in(bare: str) -> bool:
    return _IN.search(re.sub(r"\bin (?:extras|dependency_groups)\b", "", bare)) is not None


def _is_in(release: str, specifier: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifier).contains(release, prereleases=True)
