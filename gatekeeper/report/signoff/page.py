"""`signoff.html`: the sign-off as one self-contained page without scripts, to be read, printed and kept."""

from __future__ import annotations

from gatekeeper.report.page import checks, release
from gatekeeper.report.page.coverage import coverage
from gatekeeper.report.page.frame import page
from gatekeeper.report.page.incident import incident
from gatekeeper.report.page.verdict import verdict
from gatekeeper.report.page.waivers import waivers
from gatekeeper.report.signoff import Signoff
from gatekeeper.report.signoff.checklist import State, boxes
from gatekeeper.report.signoff.coverage import frameworks


def render(signoff: Signoff) -> str:
    """Return the page."""
    report = signoff.report
    subject = report.subject
    run = {each.id for each in report.results}
    causes = boxes(report.results)
    proved = sum(box.state is State.CHECKED for box in causes), len(causes)
    sections = (
        waivers(report),
        release.subject(signoff),
        incident(causes, run),
        checks.checks(report, "signoff.json, beside this page"),
        release.drawings(signoff),
        release.environment(signoff),
        coverage(frameworks(report.results), run),
        release.verifying(signoff),
    )
    return page(
        title=f"{subject.name} {subject.version}" if subject.version else subject.name,
        kind="gatekeeper: release sign-off" if report.word == "PASS" else "gatekeeper: release sign-off, refused",
        top=(verdict(report, release.when(signoff), proved=proved),),
        sections=sections,
        foot=f"Written by gatekeeper {signoff.gate.get('version', '')}. No script, nothing fetched.",
    )
