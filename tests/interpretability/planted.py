"""What a planted lie is: what was changed in a candidate that passes, and which rule must tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gatekeeper.model import Check
from gatekeeper_checks.input_validation import InputValidation
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from gatekeeper_checks.observability import Observability
from tests.interpretability.bases import Files

CHECKS: Final[Mapping[str, Check]] = {
    check.about.id: check for check in (InterpretabilityManifest(seconds=30), InputValidation(), Observability())
}


@dataclass(frozen=True, slots=True)
class Lie:
    """One lie.

    Attributes:
        name: what was done, in a few words.
        code: of the rule that must tell; its check is asked.
        files: makes the candidate.
        says: what the message must have in it.
        executed: whether model or service must be tried to see it; else nothing is executed, so that it is told
            without.
    """

    name: str
    code: str
    files: Callable[[], Files]
    says: str
    executed: bool = False

    @property
    def check(self) -> Check:
        """The check that must tell."""
        return CHECKS[self.code.partition("/")[0]]
