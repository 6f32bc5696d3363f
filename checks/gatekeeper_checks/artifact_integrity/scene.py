"""What every part of the check works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.inquiry import Inquiry
from gatekeeper_checks._locks import TargetLock


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
