"""What every part of the check works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.inquiry import Inquiry
from gatekeeper_checks._locks import TargetLock


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The globals that a file may name.

    Attributes:
        approved: those that were approved, by (module, name); None where no list is declared.
        pinned: version by distribution of what production's lock installs; None where no lock is known, so that
            every library of the built-in list is admitted.
        list_path: the file of the approved list, if one is declared.
        lock_path: the lock that pins.
    """

    approved: frozenset[tuple[str, str]] | None = None
    pinned: Mapping[str, str] | None = None
    list_path: str | None = None
    lock_path: str = "the lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One run of the check.

    Attributes:
        candidate: what is judged.
        inquiry: where evidence, findings and obstacles are noted.
        production: production's lock, if there is one that can be read.
        artifacts: what could be read of each artifact, by its path.
    """

    candidate: Candidate
    inquiry: Inquiry
    production: TargetLock | None
    artifacts: Mapping[str, Fact[Artifact]] = field(default_factory=dict)
