"""Check `golden-replay`: the production handler is asked for records with known answers, and then for many more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Needs, Unable
from gatekeeper_checks.golden_replay import answer_rules, behaviour_rules, binding_rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class GoldenReplay:
    """What was answered when the model was approved is answered in production's interpreter, and memory comes back.

    `gatekeeper golden record` picks requests, asks the production handler for them and writes the answers. Here the
    same handler is asked again, in a sandbox, by the interpreter that `--python` names: one by one, in another order,
    all at once where it takes that, and in a fresh process. An answer may be 0.01 % away, with a floor tied to the
    output's own scale; integers, texts, names, types and shapes are exact. Then some hundred requests are made that
    nobody has made before the deploy, and what is kept of them is counted, with who keeps it.
    """

    about: ClassVar[About] = About(
        id="golden-replay",
        title="The production handler answers as it did when it was approved, and keeps nothing of a request",
        rules=(
            binding_rules.NotDeclared,
            binding_rules.Unbound,
            binding_rules.OfAnotherModel,
            binding_rules.TooFewRecords,
            binding_rules.NoTolerance,
            answer_rules.PredictorFails,
            answer_rules.Raises,
            answer_rules.Deviates,
            answer_rules.OtherOutputs,
            answer_rules.NotRepeatable,
            answer_rules.OrderMatters,
            behaviour_rules.ReachesOut,
            behaviour_rules.InputChanged,
            behaviour_rules.WeightsChanged,
            behaviour_rules.TrainingMode,
            behaviour_rules.GradEnabled,
            behaviour_rules.Leak,
            behaviour_rules.KeepsGraphs,
            behaviour_rules.Cycle,
            behaviour_rules.Device,
        ),
        reads=("golden", "code.predictor", "artifacts", "environment.production", "environment.target"),
        needs=Needs.EXECUTION,
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Replay the golden records and judge what came back."""
        from gatekeeper_checks.golden_replay.judge import judge

        return judge(candidate)
