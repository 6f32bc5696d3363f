"""How a check collects what it sees: evidence, findings and obstacles, and in the end one outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from gatekeeper.errors import BrokenPin, Unreadable
from gatekeeper.model import Evidence, Examined, Finding, Obstacle, Unable

T = TypeVar("T")


@dataclass(slots=True)
class Inquiry:
    """The notes of one check. One file that can't be read does not hide what is wrong with the next."""

    evidence: list[Evidence] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)

    def attempt(self, read: Callable[[], T], *, broken: Callable[[BrokenPin], Finding] | None = None) -> T | None:
        """Return what `read` returns; if it raises Unreadable, note the obstacle and return None.

        Args:
            read: what may raise.
            broken: what a check that judges pins makes of a line that can't be one: a finding, and no obstacle.
        """
        try:
            return read()
        except Unreadable as error:
            if broken is not None and isinstance(error, BrokenPin):
                self.findings.append(broken(error))
                return None
            self.obstacles.append(Obstacle(what=error.what, fix=error.fix, at=error.at))
            return None

    def conclude(self) -> Examined | Unable:
        """Return the outcome: Unable if anything stood in the way, with all that was found nevertheless."""
        evidence, findings = tuple(self.evidence), tuple(self.findings)
        if self.obstacles:
            return Unable(obstacles=tuple(self.obstacles), evidence=evidence, findings=findings)
        return Examined(evidence=evidence, findings=findings)
