"""Check `observability`: the alerts and dashboards that are deployed are what the manifest generates, in effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.observability import rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class Observability:
    """What watches the model in production is what was approved with it.

    `gatekeeper manifest generate` writes recording rules, alerts and a dashboard from the manifest and the baseline.
    What `deployment` names (rules of Prometheus, as files or as PrometheusRule, configurations of Alertmanager,
    exported silences, dashboards of Grafana) is held against them by what it does, not by how it is written. A waiver
    in the manifest sets an alert aside for some days, and is told.
    """

    about: ClassVar[About] = About(
        id="observability",
        title="The deployed alerts and dashboards are those that the manifest generates",
        rules=(
            rules.NotDeclared,
            rules.AlertDeleted,
            rules.AlertLoosened,
            rules.AlertMuted,
            rules.RecordingDiffers,
            rules.DashboardDiffers,
            rules.ConfidenceMissing,
            rules.Stricter,
        ),
        reads=("manifest", "deployment"),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Read what is deployed and hold it against what is generated."""
        from gatekeeper_checks.observability.judge import judge

        return judge(candidate)
