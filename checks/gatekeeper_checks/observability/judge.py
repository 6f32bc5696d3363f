"""What `observability` looks at: the deployed files, and what is generated from manifest and baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO, Final

from gatekeeper.candidate import Candidate
from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.contract.generation import KINDS, generate
from gatekeeper.contract.manifest.document import Reading
from gatekeeper.contract.manifest.document import read as read_manifest
from gatekeeper.contract.manifest.facts import Manifest, Waiver
from gatekeeper.contract.observability import Difference, Kind, differences
from gatekeeper.errors import Unreadable
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Finding, Location, Obstacle, Rule, Severity, Unable
from gatekeeper_checks._baselines import sound_baseline
from gatekeeper_checks.observability import rules

LARGEST: Final = 8 << 20
_NAMES: Final = (".yaml", ".yml", ".json")
_MOST: Final = 200
"""Files of the folders that `deployment` names."""
LONGEST_WAIVER: Final = timedelta(days=90)
_GENERATE: Final = "gatekeeper manifest generate . --prometheus-rules --grafana -o monitoring"
RULES: Final[Mapping[Kind, type[Rule]]] = {
    Kind.ALERT_DELETED: rules.AlertDeleted,
    Kind.EXPRESSION_CHANGED: rules.AlertLoosened,
    Kind.THRESHOLD_LOOSENED: rules.AlertLoosened,
    Kind.HOLD_LONGER: rules.AlertLoosened,
    Kind.SEVERITY_LOWERED: rules.AlertLoosened,
    Kind.LABEL_CHANGED: rules.AlertLoosened,
    Kind.EVALUATED_LATE: rules.AlertLoosened,
    Kind.LIMITED: rules.AlertLoosened,
    Kind.MUTED: rules.AlertMuted,
    Kind.NO_ACTION: rules.AlertMuted,
    Kind.ROUTED_NOWHERE: rules.AlertMuted,
    Kind.MUTED_AT_TIMES: rules.AlertMuted,
    Kind.INHIBITED: rules.AlertMuted,
    Kind.SILENCED: rules.AlertMuted,
    Kind.RECORDING_MISSING: rules.RecordingDiffers,
    Kind.RECORDING_CHANGED: rules.RecordingDiffers,
    Kind.DASHBOARD_MISSING: rules.DashboardDiffers,
    Kind.PANEL_MISSING: rules.DashboardDiffers,
    Kind.PANEL_CHANGED: rules.DashboardDiffers,
    Kind.UNKNOWN_METRIC: rules.DashboardDiffers,
    Kind.CONFIDENCE_MISSING: rules.ConfidenceMissing,
    Kind.STRICTER: rules.Stricter,
}


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what is deployed, and everything in which it is not what was approved."""
    inquiry = Inquiry()
    policy = candidate.policy
    if policy.manifest is None or not policy.deployment:
        absent = "manifest" if policy.manifest is None else "deployment"
        inquiry.findings.append(_not_declared(candidate, absent))
        inquiry.evidence.append(Evidence(what="the policy", measured={absent: "not declared"}))
        return inquiry.conclude()
    manifest = _manifest(candidate, inquiry, policy.manifest)
    baseline = sound_baseline(candidate, inquiry)
    files = dict(_files(candidate, inquiry))
    if manifest is not None and not inquiry.obstacles:
        inquiry.attempt(lambda: _compare(candidate, inquiry, manifest, baseline, files))
    return inquiry.conclude()


def _not_declared(candidate: Candidate, absent: str) -> Finding:
    why = {
        "manifest": "`manifest` is not declared: nothing says what must be watched",
        "deployment": "`deployment` names no rules and no dashboard: nothing shows that anybody watches the model",
    }[absent]
    fix = f"{_GENERATE}; then add: deployment: [monitoring/rules.yaml, monitoring/dashboard.json]"
    draft = "gatekeeper manifest draft . -o manifest.yaml, decide what is open, and add: manifest: manifest.yaml"
    return rules.NotDeclared.finding(why, fix=draft if absent == "manifest" else fix, at=candidate.at(absent))


def _manifest(candidate: Candidate, inquiry: Inquiry, path: str) -> Manifest | None:
    fact = inquiry.attempt(lambda: candidate.fact(path, read_manifest, Reading, key="manifest"))
    if fact is None:
        return None
    inquiry.evidence.append(candidate.evidence(path, fact))
    if fact.value.manifest is None:
        first = fact.value.errors[0]
        inquiry.obstacles.append(
            Obstacle(
                what=f"{path} is not well formed, so nothing can be generated from it: {first.what}",
                fix=first.fix,
                at=Location(path=path, line=first.line, column=first.column),
            )
        )
    return fact.value.manifest


def _files(candidate: Candidate, inquiry: Inquiry) -> Iterator[tuple[str, bytes]]:
    for place, declared in enumerate(candidate.policy.deployment):
        folder = candidate.root / declared
        paths = [declared]
        if folder.is_dir():
            inside = sorted(each for each in folder.rglob("*") if each.suffix in _NAMES and each.is_file())
            paths = [each.relative_to(candidate.root).as_posix() for each in inside[:_MOST]]
        for path in paths:
            key = f"deployment[{place}]"
            fact = inquiry.attempt(lambda path=path, key=key: candidate.fact(path, _read, bytes, key=key))  # type: ignore[misc]
            if fact is not None:
                inquiry.evidence.append(candidate.evidence(path, fact))
                yield path, fact.value


def _read(stream: BinaryIO) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"has more than {LARGEST:,} bytes", fix="name the rules and dashboards alone")
    return data


def _compare(
    candidate: Candidate, inquiry: Inquiry, manifest: Manifest, baseline: Baseline | None, files: Mapping[str, bytes]
) -> None:
    now = datetime.combine(candidate.today, time(), UTC)
    made = generate(manifest, baseline, KINDS)
    found = differences(made, files, now)
    inquiry.findings += [_finding(candidate, manifest, each) for each in found]
    harmful = sum(not each.kind.harmless for each in found)
    counted = {"alerts generated": made["rules.yaml"].count(b"- alert:"), "differences": harmful}
    inquiry.evidence.append(Evidence(what="what is deployed, held against what is generated", measured=counted))


def _finding(candidate: Candidate, manifest: Manifest, each: Difference) -> Finding:
    path = each.at.path if each.at else candidate.policy.deployment[0]
    at = Location(path=path, line=each.at.line if each.at else None)
    waiver = _waiver(manifest, each, candidate.today)
    told = f"; waived until {waiver.until} by {waiver.by}: {waiver.reason}" if waiver else ""
    compared = f": got {_short(each.got)}, expected {_short(each.expected)}" if each.got or each.expected else ""
    return RULES[each.kind].finding(
        f"{each.of}: {each.what}{compared}{told}",
        fix=f"deploy what is generated ({_GENERATE}), or change the manifest and have it reviewed",
        at=at,
        severity=Severity.NOTE if waiver else None,
    )


def _waiver(manifest: Manifest, each: Difference, today: date) -> Waiver | None:
    """Return the waiver under which a difference may stand: of this alert, with a reason, and not over."""
    name = each.of.partition(" ")[0]
    for waiver in manifest.waivers:
        until = date.fromisoformat(waiver.until)
        lives = waiver.reason.strip() and waiver.by.strip() and today <= until <= today + LONGEST_WAIVER
        if waiver.of in {each.of, name} and lives:
            return waiver
    return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:159]}…"
