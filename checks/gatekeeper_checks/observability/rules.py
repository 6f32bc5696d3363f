"""The rules of `observability`: what watches the model in production is what was generated from its manifest."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks import _manifest_samples as manifests
from gatekeeper_checks.observability import samples

PASSING = Example(files=samples.deployed(), notes=samples.NOTES)


class NotDeclared(Rule):
    """Nothing that is deployed is declared.

    What it checks:
        That `deployment` names the rules and dashboards that watch the model, and `manifest` what they are generated
        from.

    Why it matters:
        The dashboard of incident 4092-X showed latency and status. For 72 hours both were perfect.

    What it can't see:
        Whether the files are those that are really loaded; the rules carry the manifest's digest, and one of them fires
        where it is another.

    How to fix:
        Run `gatekeeper manifest generate . --prometheus-rules --grafana -o monitoring`, deploy what it writes, and add
        `deployment: [monitoring/rules.yaml, monitoring/dashboard.json]`.
    """

    code: ClassVar[str] = "observability/not-declared"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=manifests.files(), notes=manifests.NOTES)


class AlertDeleted(Rule):
    """An alert is not deployed.

    What it checks:
        That every alert which the manifest generates is among the deployed rules, by what it does and not by where it
        stands.

    Why it matters:
        What nobody watches is found by a customer.

    What it can't see:
        An alert that does the same in quite another way: it is told as one that is gone.

    How to fix:
        Deploy what is generated. If an alert is not wanted for a while: `waivers: [{of: ALERT, reason, by, until}]` in
        the manifest.
    """

    code: ClassVar[str] = "observability/alert-deleted"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.deployed(delete="GatekeeperFeatureDrift"), notes=samples.NOTES)


class AlertLoosened(Rule):
    """An alert fires later, more seldom, or lower than was approved.

    What it checks:
        That thresholds, expressions, `for`, severity, labels, and the interval of the group are those that are
        generated, or stricter where that can be shown.

    Why it matters:
        The threshold of the drift alert of incident 4092-X had been raised until it was silent.

    What it can't see:
        Changes of an expression that come to the same and are written otherwise, beyond spaces, order, brackets and
        spelling.

    How to fix:
        Change the manifest (`monitoring:`), have it reviewed, and generate again.
    """

    code: ClassVar[str] = "observability/alert-loosened"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.deployed(replace=('for: "30m"', 'for: "12h"')), notes=samples.NOTES
    )


class AlertMuted(Rule):
    """An alert fires, and nobody is told.

    What it checks:
        That no condition makes it impossible, no route of Alertmanager ends in a receiver that tells nobody, no
        silence, inhibition or time interval covers it, and no label or annotation says that there is nothing to do.

    Why it matters:
        The drift alert of incident 4092-X fired. Its annotation said ACTION: NONE.

    What it can't see:
        Silences that are set in a running Alertmanager and not exported into the candidate.

    How to fix:
        Take the muting away, or waive the alert for some days: `waivers: [{of: ALERT, reason, by, until}]` in the
        manifest.
    """

    code: ClassVar[str] = "observability/alert-muted"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.deployed(
            replace=("        annotations:\n", '        annotations:\n          action: "ACTION: NONE"\n')
        ),
        notes=samples.NOTES,
    )


class RecordingDiffers(Rule):
    """A recorded series is missing, or is another one.

    What it checks:
        That the recording rules which the alerts and panels are made of are deployed as they are generated.

    Why it matters:
        An alert on a series that nobody records never fires, and looks well.

    What it can't see:
        As for `alert-loosened`.

    How to fix:
        Deploy what is generated.
    """

    code: ClassVar[str] = "observability/recording-differs"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.deployed(replace=('record: "gatekeeper:feature_distance"', 'record: "gatekeeper:feature_ks"')),
        notes=samples.NOTES,
    )


class DashboardDiffers(Rule):
    """A dashboard does not show what it must.

    What it checks:
        That a dashboard has the generated panels, and that each expression of it names a metric that the guard exposes
        or a rule records.

    Why it matters:
        A panel without data looks like a quiet night.

    What it can't see:
        How it looks.

    How to fix:
        Import the generated dashboard.json. Panels of your own may stand beside it.
    """

    code: ClassVar[str] = "observability/dashboard-differs"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.deployed(dashboard=("gatekeeper_requests_total", "gatekeeper_requests_sum")), notes=samples.NOTES
    )


class ConfidenceMissing(Rule):
    """No panel shows how sure the model is.

    What it checks:
        That a dashboard has a panel of the confidence.

    Why it matters:
        In incident 4092-X nothing on the dashboard said that the model was guessing.

    What it can't see:
        Whether anybody looks at it.

    How to fix:
        Import the generated dashboard.json.
    """

    code: ClassVar[str] = "observability/confidence-missing"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.deployed(without_panel="Confidence score"), notes=samples.NOTES)


class Stricter(Rule):
    """An alert is stricter than was approved.

    What it checks:
        Where a threshold is lower or a `for` is shorter than generated. It is told, and blocks nothing.

    Why it matters:
        An alert that fires too often is the next one to be muted.

    What it can't see:
        Nothing.

    How to fix:
        Change the manifest, so that it says what is deployed.
    """

    code: ClassVar[str] = "observability/stricter"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.deployed(replace=('for: "30m"', 'for: "5m"')), notes=samples.NOTES
    )
