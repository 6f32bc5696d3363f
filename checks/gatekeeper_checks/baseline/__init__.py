"""Check `baseline`: is the training distribution known, of this model, and is the alarm drawn from it alive?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.baseline import alarm_rules, binding_rules, data_rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonWaiver:
    """Why months are missing, who says so, and until when (UTC): at most 90 days ahead."""

    reason: str
    by: str
    until: str


@dataclass(frozen=True)
class Baseline:
    """The candidate carries the distribution of its training data, and the drift alarm that follows from it works.

    `gatekeeper baseline build` writes it. It must add up, belong to an artifact and to the training lock of this
    candidate, hold enough rows, be of the last year, cover every month, and have the features that the model says it
    takes, in their order. Then the alarm is tried: it must be silent on the blocks of the training data itself, and
    fire, by name, on each fault that is put into each feature.
    """

    about: ClassVar[About] = About(
        id="baseline",
        title="The training distribution is known, bound to the model, and its alarm is alive",
        rules=(
            binding_rules.NotDeclared,
            binding_rules.DoesNotAddUp,
            binding_rules.OfAnotherModel,
            binding_rules.OfAnotherEnvironment,
            binding_rules.OtherFeatures,
            data_rules.TooFewRows,
            data_rules.EmptyColumn,
            data_rules.Stale,
            data_rules.NoTime,
            data_rules.SeasonMissing,
            data_rules.GoldenOutside,
            alarm_rules.AlarmNoisy,
            alarm_rules.AlarmDead,
        ),
        reads=("baseline",),
    )

    min_rows: int = field(default=500, metadata={"help": "rows that the training data must have"})
    max_age_days: int = field(default=400, metadata={"help": "days since the last row, after which it is stale"})
    months: int = field(default=12, metadata={"help": "months of the calendar that must have rows"})
    season_waiver: SeasonWaiver | None = field(
        default=None, metadata={"help": "why months may be missing: {reason, by, until}, for at most 90 days"}
    )
    timeless: str = field(default="", metadata={"help": "why the data has no time, if it has none: pictures, say"})

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read the baseline and hold it against the candidate."""
        from gatekeeper_checks.baseline.judge import judge

        return judge(candidate, self)
