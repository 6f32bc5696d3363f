"""Check `interpretability-manifest`: what the team declares of its model is proved, probed, and bound to its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Needs, Unable
from gatekeeper_checks.interpretability_manifest import (
    binding_rules,
    evidence_rules,
    input_rules,
    output_rules,
    safety_rules,
)

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class InterpretabilityManifest:
    """The team says what its model may be fed and may answer, and the gate tries whether that is true.

    `gatekeeper manifest draft` writes `manifest.yaml`. It must be whole, reviewed by a second person, of these files,
    and fit the model, the baseline and the golden records. Then the model is loaded, in a sandbox, by production's
    interpreter (`--python`): bounds of its outputs are proved where they can be, and records are asked where not; the
    production handler (`code.predictor`) is asked for what no domain holds; explanations are worked out again; each
    kill-switch is driven over its threshold and back.
    """

    about: ClassVar[About] = About(
        id="interpretability-manifest",
        title="What may go in and come out is declared, and the model and its service keep to it",
        rules=(
            binding_rules.NotDeclared,
            binding_rules.NotValid,
            binding_rules.OpenMark,
            binding_rules.Placeholder,
            binding_rules.NotReviewed,
            binding_rules.OfAnotherModel,
            binding_rules.WaiverEnded,
            input_rules.OtherInputs,
            input_rules.OtherVocabulary,
            input_rules.UnknownBecomesNumber,
            input_rules.NoDomain,
            input_rules.OtherRange,
            input_rules.DefaultOutside,
            input_rules.OtherUnit,
            input_rules.GoldenOutside,
            input_rules.NotEnforced,
            output_rules.Unbounded,
            output_rules.Vacuous,
            output_rules.TooNarrow,
            output_rules.OtherClasses,
            output_rules.OutOfRange,
            output_rules.NotMonotone,
            output_rules.ModelFails,
            output_rules.OtherAnswers,
            output_rules.HandlerNotDeclared,
            safety_rules.NoKillSwitch,
            safety_rules.SwitchDead,
            safety_rules.NoBreaker,
            safety_rules.NoConfidence,
            safety_rules.GeneratedDiffers,
            evidence_rules.NoExplanation,
            evidence_rules.ExplanationOfAnother,
            evidence_rules.ExplanationWrong,
        ),
        reads=("manifest", "golden", "code.predictor"),
        needs=Needs.EXECUTION,
    )

    max_review_days: int = field(default=400, metadata={"help": "days after which a review must be renewed"})
    requests: int = field(default=80, metadata={"help": "records that the production handler is asked for at most"})
    seconds: int = field(default=60, metadata={"help": "seconds that the model may take for one batch of records"})

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read the manifest, hold it against the candidate, and try it."""
        from gatekeeper_checks.interpretability_manifest.judge import judge

        return judge(candidate, self)
