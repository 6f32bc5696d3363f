"""Check `candidate-declaration`: does the candidate say what it is, and is that all there is?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.candidate_declaration import rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class CandidateDeclaration:
    """The folder holds a policy that names its artifacts.

    A gate can only judge what it is shown. This check lists the whole folder by content and holds it against
    `gatekeeper.yaml`: a model file that nobody declared, a link that leads elsewhere, a declared part that no check of
    the run reads. Without a policy it says which boxes of the checklist can't be ticked.
    """

    about: ClassVar[About] = About(
        id="candidate-declaration",
        title="The candidate declares what it is, and nothing else is in the folder",
        rules=(rules.NoPolicy, rules.NoArtifact, rules.UndeclaredArtifact, rules.StrayLink, rules.NotExamined),
        reads=("artifacts",),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Survey the folder and compare it with the policy."""
        from gatekeeper_checks.candidate_declaration.judge import judge

        return judge(candidate)
