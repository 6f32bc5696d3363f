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
    """The lock of the training environment and the lock of production install the same files on the target.

    Both locks are projected onto one target (`environment.target`, else the interpreter that runs the gate): markers
    are evaluated, names and versions are put into their canonical form, and what is left is compared package by
    package, with the hashes of the allowed files. Order, comments and spelling never matter. Where
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
            rules.ExtrasDiffer,
            rules.OptionsDiffer,
            rules.HashDiffers,
        ),
        reads=("environment.training", "environment.production", "environment.target"),
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
