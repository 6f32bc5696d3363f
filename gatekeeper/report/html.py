"""The HTML report of a run: one self-contained page without scripts, for people."""

from __future__ import annotations

from gatekeeper.report import Report
from gatekeeper.report.page import checks, judged
from gatekeeper.report.page.frame import Section, facts, page
from gatekeeper.report.page.verdict import verdict
from gatekeeper.report.page.waivers import waivers

_ALL = "the JSON report (--report json=report.json)"


def render(report: Report) -> str:
    """Return the page."""
    subject = report.subject
    title = f"{subject.name} {subject.version}" if subject.version else subject.name
    sections = (waivers(report), _judged(report), checks.checks(report, _ALL))
    version = report.run.get("gatekeeper", "")
    foot = f"Written by gatekeeper {version}: a report of one run, unsigned. Only a sign-off can be verified later."
    return page(
        title=title,
        kind="gatekeeper: report of a run",
        top=(verdict(report),),
        sections=sections,
        foot=foot,
    )


def _judged(report: Report) -> Section:
    parts = [facts([*judged.candidate(report), ("Profile", report.profile.name)])]
    parts += [each for each in (judged.declared(report.subject.files), judged.circumstances(report.run)) if each]
    return Section(id="judged", title="What was judged", body=tuple(parts))
