"""Reports and sign-offs made of parts: what a page is given, down to what no run of an example shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from gatekeeper.engine import verdict
from gatekeeper.model import (
    Evidence,
    Examined,
    Finding,
    Location,
    Outcome,
    Provider,
    Result,
    Scalar,
    Severity,
    Waiver,
)
from gatekeeper.profiles import PROFILES
from gatekeeper.report import FileDigest, Report, Subject
from gatekeeper.report.signoff import Artifact, Picture, Signoff, Source
from gatekeeper.report.signoff.causes import CAUSES, Rest
from gatekeeper.waivers import State, Use
from gatekeeper_checks import BUILTIN

DIGEST = "06f15fbb8c1df3eb75f80420f3940f0a362c2e5afdb1be7589c2310befd99b25"
BUILT_IN = Provider(distribution="model-gatekeeper", version="1", builtin=True)
TITLES = {check.about.id: check.about.title for check in BUILTIN}


def finding(code: str = "no-grad/unguarded-call", number: int = 0, **more: object) -> Finding:
    """Return a finding of an ordinary length."""
    given: dict[str, object] = {
        "code": code,
        "message": f"`model(torch.tensor([features]))` runs with gradients on, call {number}: got none, expected one",
        "fix": "put `@torch.inference_mode()` on `estimate`, or on what calls it",
        "at": Location(path=f"serving/demand_{number}.py", line=32, column=13),
        "severity": Severity.ERROR,
    }
    return Finding(**(given | more))  # type: ignore[arg-type]


def result(check: str, outcome: Outcome | None = None, *, findings: Sequence[Finding] = (), **more: object) -> Result:
    """Return the answer of a check: with all evidence that the checklist asks of it, unless an outcome is given."""
    made = outcome or Examined(evidence=measured(check), findings=tuple(findings))
    given: dict[str, object] = {"title": TITLES.get(check, check), "provider": BUILT_IN, "seconds": 0.25}
    return Result(id=check, outcome=made, **(given | more))  # type: ignore[arg-type]


def rests(check: str) -> list[Rest]:
    """Return what the checklist rests on a check."""
    return [rest for cause in CAUSES for rest in cause.rests if rest.check == check]


def measured(check: str) -> tuple[Evidence, ...]:
    """Return evidence in which all is measured that the checklist asks of a check."""
    found: dict[str, dict[str, Scalar]] = {"model.joblib": {"bytes": 158009}}
    for rest in rests(check):
        found.setdefault(rest.of.replace("*", "price"), {})[rest.measured[0]] = 7
    return tuple(Evidence(what=what, sha256=DIGEST, measured=values) for what, values in found.items())


def whole(changed: Mapping[str, Result] | None = None) -> tuple[Result, ...]:
    """Return a chain of all built-in checks that passes, but for what is changed."""
    return tuple((changed or {}).get(check) or result(check) for check in TITLES)


def report(results: Sequence[Result] = (), **more: object) -> Report:
    """Return the report of a run under `release`."""
    files = (FileDigest(role="artifacts[0]", path="model.joblib", sha256=DIGEST, bytes=158009),)
    policy = FileDigest(role="policy", path="gatekeeper.yaml", sha256=DIGEST, bytes=743)
    given: dict[str, object] = {
        "verdict": verdict(results),
        "profile": PROFILES["release"],
        "subject": Subject(name="holiday-pricing", version="4093", policy=policy, files=files),
        "results": tuple(results),
        "rules": {rule.code: rule for check in BUILTIN for rule in check.about.rules},
        "run": {"started": "2026-11-30T19:45:08+00:00", "gatekeeper": "1.0"},
    }
    return Report(**(given | more))  # type: ignore[arg-type]


def waiver(**more: object) -> Waiver:
    """Return a waiver for the finding of `finding()`."""
    given: dict[str, object] = {
        "code": "no-grad/unguarded-call",
        "path": "serving/*",
        "reason": "the handler is replaced in the next release",
        "owner": "ada",
        "approver": "grace",
        "created": "2026-11-20",
        "expires": "2026-12-05",
        "at": Location(path="waivers.yaml", line=3, column=5, key="waivers[0]"),
    }
    return Waiver(**(given | more))  # type: ignore[arg-type]


def waived() -> Report:
    """Return a report in which one finding is waived, and a second waiver has no effect."""
    found, excuse = finding(), waiver()
    chain = whole({"no-grad": result("no-grad", findings=[found], waived={found: excuse})})
    idle = waiver(code="baseline/stale", expires="2026-11-29")
    uses = (
        Use(waiver=excuse, state=State.USED, findings=1, days_left=5),
        Use(waiver=idle, state=State.EXPIRED, findings=0, days_left=-1, why="it expired on 2026-11-29"),
    )
    return report(chain, waivers=uses)


def signoff(of: Report | None = None, **more: object) -> Signoff:
    """Return the sign-off of a report."""
    given: dict[str, object] = {
        "report": of or report(whole()),
        "artifacts": (Artifact(path="model.joblib", sha256=DIGEST, bytes=158009),),
        "source": Source(commit="83ccf03aab1f0d3c9a54ddc9cbb1a0c5a5e5a1b2", dirty=False),
        "gate": {"version": "1.0", "sha256": DIGEST},
        "interpreter": {"implementation": "CPython", "version": "3.11.7"},
        "distributions": {"scikit-learn": "1.9.1", "numpy": "2.4.6"},
        "created": datetime(2026, 11, 30, 19, 45, 20, tzinfo=UTC),
        "valid_until": date(2026, 12, 5),
        "command": "gatekeeper signoff examples/pricing --key KEY -o release/",
        "pictures": (Picture(title="A square", alt="One square.", svg=SQUARE),),
    }
    return Signoff(**(given | more))  # type: ignore[arg-type]


SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7h-7z" style="fill: #123"/></svg>'
