"""The built-in list of globals that ordinary models name: exact names, each with the reason why it is data.

`globals.txt` is made from the libraries' own sources; `tests/artifact/make_known_globals.py` says by which rules. Its
lines are `@ distributions: versions looked at`, `= kind: reason`, and `first..last module names`.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files


class Kind(enum.StrEnum):
    """What a known global is."""

    CLASS = "class"
    RECONSTRUCTOR = "reconstructor"
    """A function that makes an object from its parts."""
    FUNCTION = "function"
    """A function that computes values from values, and that fitted objects hold."""
    DATA = "data"
    """No class or function: a constant that is pickled by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """Why a global is known.

    Attributes:
        distributions: the names of the packages that have it, the usual one first; none for the standard library.
        kind: what it is.
        reason: the rule that found it, or what was read in its source.
        versions: the first and the last of the versions looked at that have it; None for the standard library.
        looked_at: the versions looked at, in ascending order.
    """

    distributions: tuple[str, ...]
    kind: Kind
    reason: str
    versions: tuple[str, str] | None
    looked_at: tuple[str, ...]

    @property
    def distribution(self) -> str | None:
        """The package that has it; None for the standard library."""
        return self.distributions[0] if self.distributions else None

    @property
    def lacking(self) -> tuple[str | None, str | None]:
        """The last version before and the first version after those that have it, of which it is known not to."""
        if self.versions is None:
            return None, None
        first, last = (self.looked_at.index(version) for version in self.versions)
        before = self.looked_at[first - 1] if first else None
        after = self.looked_at[last + 1] if last + 1 < len(self.looked_at) else None
        return before, after


def justification(module: str, name: str) -> Justification | None:
    """Return why the built-in list has this global, None where it hasn't. Both must be equal, letter by letter."""
    return _listing().get((module, name))


def is_known(module: str, name: str) -> bool:
    """Return whether the built-in list has this global."""
    return (module, name) in _listing()


def known_globals() -> Iterator[tuple[str, str]]:
    """Yield the module and name of each global on the list."""
    yield from _listing()


@functools.cache
def _listing() -> Mapping[tuple[str, str], Justification]:
    text = files(__package__).joinpath("globals.txt").read_text(encoding="utf-8")
    found: dict[tuple[str, str], Justification] = {}
    distributions, looked_at, kind, reason = (), (), Kind.CLASS, ""  # type: tuple[str, ...], tuple[str, ...], Kind, str
    for line in text.splitlines():
        head, _, rest = line.partition(" ")
        if head == "@":
            names, _, versions = rest.partition(":")
            looked_at = tuple(versions.split())
            distributions = tuple(names.split()) if looked_at else ()
        elif head == "=":
            word, _, reason = rest.partition(": ")
            kind = Kind(word)
        elif head != "#":
            module, *names_there = rest.split(" ")
            first, _, last = head.partition("..")
            why = Justification(
                distributions=distributions,
                kind=kind,
                reason=reason,
                versions=(first, last) if last else None,
                looked_at=looked_at,
            )
            found.update(((module, name), why) for name in names_there)
    return found
