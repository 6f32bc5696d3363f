"""Check `version-pinning`: is every version that counts pinned to the byte, and does the artifact agree?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.version_pinning import rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class VersionPinning:
    """Each lock pins exact versions by hash, and the versions that the artifact carries are those of the lock.

    Every requirement that holds on the target must name one version and the sha256 of each file that may be
    installed. The artifact is read without being loaded: scikit-learn writes its version into the state of each
    estimator, and that version must be the one that production's lock pins.
    """

    about: ClassVar[About] = About(
        id="version-pinning",
        title="Locks pin exact files, and the artifact was made by the versions that they pin",
        rules=(
            rules.NoLock,
            rules.EmptyLock,
            rules.Unpinned,
            rules.Unhashed,
            rules.WeakHash,
            rules.Duplicate,
            rules.MutableSource,
            rules.ArtifactVersion,
            rules.MixedVersions,
            rules.PackageAbsent,
        ),
        reads=("artifacts", "environment.training", "environment.production", "environment.target"),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read the locks and the artifacts."""
        from gatekeeper_checks.version_pinning.judge import judge

        return judge(candidate)
