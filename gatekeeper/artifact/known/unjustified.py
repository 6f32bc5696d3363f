"""Which globals of a file neither the built-in list nor the release's own justifies, and why not."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from gatekeeper.artifact.facts import GlobalRef
from gatekeeper.artifact.known.listing import Justification, justification
from gatekeeper.artifact.known.runners import executes


class Lack(enum.StrEnum):
    """What a global's justification lacks."""

    UNKNOWN = "not on the built-in list"
    NOT_PINNED = "its package is not in the lock"
    OTHER_VERSION = "the version in the lock does not have it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjustified:
    """A global that nothing justifies.

    Attributes:
        ref: the global, and where the file names it.
        lack: what is missing.
        executes: what a call of it does, for functions that are well known to run code; None for others.
        distribution: the package that has it, where it is on the list.
        versions: the first and the last version that was seen to have it.
        pinned: the version in the lock.
    """

    ref: GlobalRef
    lack: Lack
    executes: str | None = None
    distribution: str | None = None
    versions: tuple[str, str] | None = None
    pinned: str | None = None


def unjustified(
    globals_: Iterable[GlobalRef], pinned: Mapping[str, str] | None, approved: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[Unjustified]:
    """Yield each global that is neither approved nor known for the packages in the lock.

    Args:
        globals_: those of a file.
        pinned: the lock's packages by their canonical names, each with its version; None where there is no lock: then
            the built-in list alone decides.
        approved: module and name of the globals that the release has approved.
    """
    for ref in globals_:
        if (ref.module, ref.name) in approved:
            continue
        why = justification(ref.module, ref.name)
        if why is None:
            yield Unjustified(ref=ref, lack=Lack.UNKNOWN, executes=executes(ref.module, ref.name))
        elif pinned is not None and why.distributions and (found := _held_against(ref, why, pinned)):
            yield found


def _held_against(ref: GlobalRef, why: Justification, pinned: Mapping[str, str]) -> Unjustified | None:
    version = next((pinned[name] for name in why.distributions if name in pinned), None)
    if version is not None and _may_have(version, why):
        return None
    return Unjustified(
        ref=ref,
        lack=Lack.NOT_PINNED if version is None else Lack.OTHER_VERSION,
        distribution=why.distribution,
        versions=why.versions,
        pinned=version,
    )


def _may_have(version: str, why: Justification) -> bool:
    """Whether no version that lacks the global shows that this one lacks it too.

    Not all versions were looked at. Between one that has it and one that lacks it either may be true, and where the
    newest has it the coming ones are taken to: whether they do is told from their own sources, not from this list.
    """
    before, after = why.lacking
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False
    return (before is None or parsed > Version(before)) and (after is None or parsed < Version(after))
