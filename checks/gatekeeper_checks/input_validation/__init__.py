"""Check `input-validation`: does every inference endpoint take a strict model that matches the manifest?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.input_validation import entry_rules, match_rules, model_rules, repair_rules, suppression_rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class InputValidation:
    """Serving code is read, never imported, and each request is followed from its endpoint to the model.

    Every endpoint that asks a model must take its input by a Pydantic model that converts nothing, refuses fields it
    does not have, refuses NaN and infinity, knows its categories, and agrees with the inputs that the manifest
    declares: names, types, ranges, vocabulary, and what is done with a missing value. Nothing may be repaired silently
    on the way.

    A finding is suppressed by `# noqa: CODE -- reason` on its statement, and by nothing else; each such comment stands
    in the report.
    """

    about: ClassVar[About] = About(
        id="input-validation",
        title="Every inference endpoint takes a strict model that matches the manifest",
        rules=(
            entry_rules.NoCode,
            entry_rules.RawInput,
            entry_rules.NoModel,
            model_rules.NotStrict,
            model_rules.ExtraAllowed,
            model_rules.NotFinite,
            model_rules.Unjudged,
            match_rules.FieldMissing,
            match_rules.FieldUnknown,
            match_rules.OtherType,
            match_rules.OtherRange,
            match_rules.OpenVocabulary,
            match_rules.OtherVocabulary,
            match_rules.OtherDefault,
            repair_rules.SentinelDefault,
            repair_rules.SilentRepair,
            repair_rules.ExceptionSwallowed,
            suppression_rules.SuppressionWithoutReason,
            suppression_rules.UnusedSuppression,
        ),
        reads=("code.paths", "code.predictor", "code.entries", "manifest"),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Follow the declared code's input."""
        if candidate.policy.code.paths:
            from gatekeeper_checks.input_validation.judge import judge
        else:
            from gatekeeper_checks.input_validation.undeclared import judge
        return judge(candidate)
