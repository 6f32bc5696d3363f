"""Check `environment-parity`: does production install what the model was trained with?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.environment_parity import rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class EnvironmentParity:
    """The environment of the training and that of production are the same on the target, to the file where both say so.

    Each is a lock in any format, or evidence of what is installed: a probe, `pip inspect`, `pip freeze`, an SBOM. Both
    are projected onto one target (`environment.target`, else the interpreter that runs the gate) and compared package
    by package on the strongest evidence that both have: hashes of files, digests of what was installed, or versions.
    Order, comments, spelling and the format never matter. Packages that the artifact refers to come first. Where
    `environment.production` is `sha256:<hex>`, the environment hash of the training lock must equal it.
    """

    about: ClassVar[About] = About(
        id="environment-parity",
        title="Production installs what the model was trained with",
        rules=(
            rules.NotDeclared,
            rules.EmptyLock,
            rules.VersionDiffers,
            rules.MissingInProduction,
            rules.ExtraInProduction,
            rules.FilesDiffer,
            rules.FilesGrew,
            rules.SourceDiffers,
            rules.OptionsDiffer,
            rules.RuntimeDiffers,
            rules.NotAsInstalled,
            rules.WeakEvidence,
            rules.HashDiffers,
        ),
        reads=(
            "environment.training",
            "environment.production",
            "environment.target",
            "environment.extras",
            "environment.groups",
            "environment.require",
        ),
    )

    training_only: tuple[str, ...] = field(
        default=(), metadata={"help": "packages that training may install and production need not"}
    )
    production_only: tuple[str, ...] = field(
        default=(), metadata={"help": "packages that production may install and training need not: a web server, say"}
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Compare the two environments."""
        from gatekeeper_checks.environment_parity.judge import judge

        return judge(candidate, training_only=self.training_only, production_only=self.production_only)
