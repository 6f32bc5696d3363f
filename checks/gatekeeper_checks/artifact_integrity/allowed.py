"""What a file may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
