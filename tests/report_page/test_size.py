"""A page stays small: the gravest findings of each check are shown, and where all of them are is said."""

from __future__ import annotations

import pytest

from gatekeeper.model import Evidence, Examined, Result, Severity
from gatekeeper.report import Report, html
from gatekeeper.report.page.checks import MAX_SHOWN
from gatekeeper.report.signoff import page
from gatekeeper_checks import BUILTIN
from tests.report_page import samples
from tests.report_page.reader import Page


def crowded(count: int) -> Report:
    """Return a report of so many findings, over all checks and all their rules."""
    results: list[Result] = []
    share = count // len(BUILTIN)
    for check in BUILTIN:
        codes = [rule.code for rule in check.about.rules]
        found = [samples.finding(codes[number % len(codes)], number) for number in range(share)]
        results.append(samples.result(check.about.id, findings=found))
    return samples.report(results)


def test_a_thousand_findings_are_under_300_kilobytes() -> None:
    assert len(html.render(crowded(1_000)).encode()) < 300_000
    assert len(page.render(samples.signoff(crowded(1_000))).encode()) < 300_000


def test_thirty_thousand_are_no_longer() -> None:
    assert len(html.render(crowded(30_000)).encode()) < 300_000


def test_the_gravest_are_shown_and_the_rest_is_counted() -> None:
    minor = [samples.finding(number=number) for number in range(100)]
    grave = samples.finding("no-grad/partial-guard", 100, severity=Severity.CRITICAL)
    note = samples.finding("no-grad/unused-suppression", 101, severity=Severity.NOTE)
    chain = samples.whole({"no-grad": samples.result("no-grad", findings=[note, *minor, grave])})
    read = Page(html.render(samples.report(chain)))
    listed = [
        each for each in read.all("li") if "findings" not in each.attributes and each.around[-2:] == ("div", "ol")
    ]
    shown = [each for each in listed if "runs with gradients on" in each.text]
    assert len(shown) == MAX_SHOWN
    assert shown[0].text.startswith("CRITICAL")
    assert "77 more of 102" in read.text
    assert "--report json=report.json" in read.text
    assert read.by_id("code-no-grad/unused-suppression").text == "no-grad/unused-suppression", "not shown, and found"


@pytest.mark.parametrize("count", [1, 41])
def test_evidence_that_is_not_shown_is_counted(count: int) -> None:
    seen = tuple(Evidence(what=f"shard {number}", measured={"bytes": 1}) for number in range(count))
    chain = samples.whole({"no-grad": samples.result("no-grad", Examined(evidence=seen))})
    told = Page(html.render(samples.report(chain))).by_id("check-no-grad").text
    assert ("and 1 more, all of them in" in told) == (count == 41)
