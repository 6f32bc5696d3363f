"""Check `artifact-integrity`: what is in the model file to its last byte, what would it execute, who vouches for it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.artifact_integrity import content_rules, provenance_rules, working_rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class ArtifactIntegrity:
    """Each model file is read to its last byte, without being loaded, and holds nothing but a model.

    Loading a pickle executes what the pickle names. So the names are held against a closed list: those that were
    approved for this model, or else the exact names that ordinary models of the libraries in production's lock write.
    A name on neither is a finding, whatever it does. Containers must be what their own writers make, numbers must be
    numbers, and a training record must vouch for the bytes and say with what they were made.

    Where the packages of production are at hand (`--python`, or `environment.wheels`), their sources are read to tell
    whether loading and predicting will work there.
    """

    about: ClassVar[About] = About(
        id="artifact-integrity",
        title="The model file is whole, executes nothing but what was approved, and somebody recorded it",
        rules=(
            content_rules.NoArtifact,
            content_rules.Executes,
            content_rules.UnjustifiedGlobal,
            content_rules.RunsCode,
            content_rules.OddContainer,
            content_rules.NotFinite,
            content_rules.DegenerateWeights,
            content_rules.MissingPart,
            provenance_rules.Unrecorded,
            provenance_rules.RecordDiffers,
            provenance_rules.TrainedWith,
            provenance_rules.WrittenBy,
            provenance_rules.BundleDiffers,
            working_rules.MissingName,
            working_rules.MissingAttribute,
        ),
        reads=(
            "artifacts",
            "artifact.record",
            "artifact.globals",
            "artifact.bundle",
            "artifact.nonfinite",
            "environment.production",
            "environment.wheels",
            "environment.target",
        ),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read every artifact once, and what vouches for it."""
        from gatekeeper_checks.artifact_integrity.judge import judge

        return judge(candidate)
