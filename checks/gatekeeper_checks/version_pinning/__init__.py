"""Check `version-pinning`: is every version that counts pinned to the byte, and does the artifact agree?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.version_pinning import dockerfile_rules, hold_rules, receipt_rules, rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class VersionPinning:
    """Each lock pins exact versions by hash, and the versions that the artifact carries are those of the lock.

    Every requirement that holds on the target must name one version and the sha256 of each file that may be
    installed. The artifact is read without being loaded: scikit-learn writes its version into the state of each
    estimator, and that version must be the one that production's lock pins.

    Where they are declared, more is held to the lock. The Dockerfile: its images are pinned by digest, and its
    commands install that lock by its hashes and nothing beside it. Holds: packages that stay at a version until a day.
    And where production installs something else than `environment.approved`, a receipt must show that the whole
    integration suite passed, for these artifacts, in the new environment.
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
            rules.Malformed,
            rules.Duplicate,
            rules.MutableSource,
            rules.ArtifactVersion,
            rules.MixedVersions,
            rules.PackageAbsent,
            dockerfile_rules.ImageUnpinned,
            dockerfile_rules.ImagePlaceholder,
            dockerfile_rules.ImageUndecided,
            dockerfile_rules.ImagePlatform,
            dockerfile_rules.LooseInstall,
            dockerfile_rules.OutsideLock,
            dockerfile_rules.Elsewhere,
            dockerfile_rules.OtherLock,
            dockerfile_rules.OtherSelection,
            hold_rules.HoldBroken,
            hold_rules.HoldExpired,
            receipt_rules.ReceiptMissing,
            receipt_rules.ReceiptForeign,
            receipt_rules.ReceiptFailed,
            receipt_rules.ReceiptTrimmed,
        ),
        reads=(
            "artifacts",
            "environment.training",
            "environment.production",
            "environment.target",
            "environment.extras",
            "environment.groups",
            "environment.require",
            "environment.approved",
            "environment.dockerfile",
            "environment.stage",
            "environment.base_image",
            "environment.holds",
            "environment.receipt",
            "environment.integration",
        ),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read the locks, the artifacts, and what else is declared."""
        from gatekeeper_checks.version_pinning.judge import judge

        return judge(candidate)
