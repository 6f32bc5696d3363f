"""The waivers, before everything else: what was found and let through, by whom, until when and why."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.engine import findings_of
from gatekeeper.model import Finding
from gatekeeper.report import Report
from gatekeeper.report.page.frame import Section, anchor, counted, folded
from gatekeeper.report.page.marks import status
from gatekeeper.report.page.markup import Child, Html, cut, tag
from gatekeeper.report.printable import one_line
from gatekeeper.waivers import State, Use

MAX_HIDDEN = 20
"""Findings listed under one waiver; each stands in its check's section, or in the JSON report."""


def waivers(report: Report) -> Section:
    """Return the section about the waivers; it is there also where there are none."""
    return Section(id="waivers", title="Waivers", body=tuple(_body(report)))


def _body(report: Report) -> list[Child]:
    used = [use for use in report.waivers if use.state is State.USED]
    idle = [use for use in report.waivers if use.state is not State.USED]
    parts: list[Child] = [tag("p", _told(report, used), class_="lead")]
    parts += [_card(use, _hidden(report, use)) for use in used]
    parts += [_card(use, ()) for use in idle]
    return parts


def _told(report: Report, used: Sequence[Use]) -> str:
    if report.waivers_ignored:
        return "This run was asked to judge as if there were no waiver."
    if not used:
        return "No finding was waived. What is below is all that was found."
    count = sum(use.findings for use in used)
    does, it = ("does", "it") if count == 1 else ("do", "them")
    return f"{counted(count, 'finding')} {does} not block, because somebody answers for {it}."


def _hidden(report: Report, use: Use) -> tuple[Finding, ...]:
    return tuple(
        finding
        for result in report.results
        for finding in findings_of(result.outcome)
        if result.waived.get(finding) == use.waiver
    )


def _card(use: Use, hidden: Sequence[Finding]) -> Html:
    waiver = use.waiver
    is_used = use.state is State.USED
    state = status("WAIVED", "waived") if is_used else status(f"NO EFFECT: {use.state.value.upper()}", "no effect")
    pairs: list[tuple[str, Child]] = [
        ("Reason", waiver.reason),
        ("Owner", waiver.owner),
        ("Approved by", waiver.approver),
        ("Holds", f"{waiver.created} to {waiver.expires}{_left(use)}"),
        ("Meant for", tag("code", waiver.artifact or waiver.path or "")),
        ("Written at", tag("code", str(waiver.at))),
    ]
    if use.why:
        pairs.insert(0, ("Why", use.why))
    rows = [
        tag("div", tag("dt", name), tag("dd", value), class_="wide" if name in {"Why", "Reason"} else None)
        for name, value in pairs
    ]
    head = tag("p", state, " ", tag("code", waiver.code), class_="line")
    listed = [_list(hidden)] if hidden else []
    return tag("div", head, tag("dl", *rows, class_="facts small"), *listed, class_=f"note {_colour(use)}")


def _colour(use: Use) -> str:
    return "waived" if use.state is State.USED else "doubt"


def _left(use: Use) -> str:
    if use.days_left is None or use.days_left < 0:
        return ""
    soon = ", and ends soon" if use.ends_soon else ""
    return f" ({counted(use.days_left, 'day')} left after the run{soon})"


def _list(hidden: Sequence[Finding]) -> Html:
    items = [tag("li", tag("code", str(each.at)), ": ", cut(one_line(each.message), 300)) for each in hidden]
    more = [tag("li", f"and {len(hidden) - MAX_HIDDEN:,} more")] if len(hidden) > MAX_HIDDEN else []
    code = hidden[0].code
    link = tag("p", tag("a", "In the check's section", href=f"#{anchor('code', code)}"), class_="small")
    return folded(
        f"What it lets through: {counted(len(hidden), 'finding')}", tag("ul", *items[:MAX_HIDDEN], *more), link
    )
