"""What every part of the check works on."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.candidate import Candidate
from gatekeeper.environment.target import Target
from gatekeeper.inquiry import Inquiry
from gatekeeper_checks._locks import TargetLock


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One run of the check.

    Attributes:
        candidate: what is judged.
        inquiry: where evidence, findings and obstacles are noted.
        target: what production runs on.
        locks: those that could be read, training's first.
        production: production's, if it is among them.
    """

    candidate: Candidate
    inquiry: Inquiry
    target: Target
    locks: tuple[TargetLock, ...]
    production: TargetLock | None
