"""The checks: one table of all, then what each of them found and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.engine import blocking, findings_of
from gatekeeper.model import Crashed, Obstacle, Result, Unable
from gatekeeper.report import Report
from gatekeeper.report.page.evidence import evidence
from gatekeeper.report.page.findings import listed
from gatekeeper.report.page.frame import Section, anchor, counted
from gatekeeper.report.page.marks import status
from gatekeeper.report.page.markup import Child, Html, cut, prose, tag
from gatekeeper.report.summary import status as word_of

MAX_SHOWN: Final = 25
"""Findings shown for one check, the gravest first."""
MAX_ON_PAGE: Final = 250
"""Findings shown on a page of many checks, shared out among those that have some."""
_MAX_OBSTACLES: Final = 25


def checks(report: Report, all_of_it: str) -> Section:
    """Return the section of the checks; `all_of_it` names the file that has every finding."""
    having = sum(bool(findings_of(each.outcome)) for each in report.results)
    most = min(MAX_SHOWN, max(3, MAX_ON_PAGE // max(1, having)))
    bodies = [_check(each, report, most, all_of_it) for each in report.results]
    table = [_overview(report.results)] if report.results else []
    return Section(id="checks", title="Checks", lead=_lead(report), body=(*table, *bodies))


def _lead(report: Report) -> str:
    if not report.results:
        return "No check came to an end."
    parts = ["Each check asks one question of the candidate. What it could not look at is never green."]
    if report.left_out:
        parts.append(f"Not run, because the command line left them out: {', '.join(report.left_out)}.")
    if report.unexamined:
        parts.append(f"Declared, and read by no check: {', '.join(report.unexamined)}.")
    return " ".join(parts)


def _overview(results: Sequence[Result]) -> Html:
    names = [("Status", None), ("Check", None), ("Findings", "num"), ("Waived", "num"), ("Seconds", "num")]
    head = tag("tr", *(tag("th", name, scope="col", class_=kind) for name, kind in names))
    caption = tag("caption", f"{counted(len(results), 'check')}, in the order of the chain")
    return tag("table", caption, tag("thead", head), tag("tbody", *(_row(each) for each in results)))


def _row(result: Result) -> Html:
    word = word_of(result)
    link = tag("a", result.id, href=f"#{anchor('check', result.id)}", class_="mono")
    cached = tag("div", f"from the cache, of {result.cached}", class_="quiet small") if result.cached else ""
    seconds = f"{result.seconds:.2f}"
    return tag(
        "tr",
        tag("td", status(word)),
        tag("th", link, tag("div", result.title, class_="quiet small"), cached, scope="row"),
        tag("td", f"{len(blocking(result)):,}", class_="num", data_unit="findings"),
        tag("td", f"{len(result.waived):,}", class_="num", data_unit="waived"),
        tag("td", seconds, class_="num", data_unit="seconds"),
    )


def _check(result: Result, report: Report, most: int, all_of_it: str) -> Html:
    place = anchor("check", result.id)
    title = tag("h3", result.title, tag("code", f"{result.id}{_origin(result)}"), id=f"title-of-{place}")
    parts: list[Child] = [tag("header", title, status(word_of(result))), *_stopped(result)]
    findings = findings_of(result.outcome)
    if findings:
        parts.append(listed(findings, result.waived, report.rules, most=most, all_of_it=all_of_it))
    pieces = () if isinstance(result.outcome, Crashed) else result.outcome.evidence
    if pieces:
        parts.append(evidence(pieces, all_of_it))
    elif not findings:
        parts.append(tag("p", "It looked at nothing.", class_="quiet"))
    return tag("article", *parts, id=place, class_="check stack", aria_labelledby=f"title-of-{place}")


def _origin(result: Result) -> str:
    provider = result.provider
    plugin = "" if provider.builtin else f", a plug-in of {provider.distribution} {provider.version}"
    return f"{plugin}, from the cache, of {result.cached}" if result.cached else plugin


def _stopped(result: Result) -> list[Child]:
    match result.outcome:
        case Unable(obstacles=obstacles):
            shown = [_obstacle(each) for each in obstacles[:_MAX_OBSTACLES]]
            rest = len(obstacles) - _MAX_OBSTACLES
            return [*shown, tag("p", f"and {rest:,} more obstacles", class_="quiet")] if rest > 0 else [*shown]
        case Crashed(error=error, detail=detail):
            head = tag("p", status("CRASHED", "UNDECIDED"), class_="line")
            told = tag("p", prose(cut(error, 2000)))
            fix = tag(
                "p", tag("b", "Fix"), tag("span", "Report it to the check's author: it decides nothing."), class_="fix"
            )
            trace = [tag("pre", detail[-3000:])] if detail.strip() else []
            return [tag("div", head, told, *trace, fix, class_="note doubt stack")]
        case _:
            return []


def _obstacle(obstacle: Obstacle) -> Html:
    where = [tag("code", str(obstacle.at))] if obstacle.at else []
    head = tag("p", status("COULD NOT LOOK", "UNDECIDED"), *where, class_="line")
    fix = tag("p", tag("b", "Fix"), tag("span", prose(cut(obstacle.fix, 2000))), class_="fix")
    return tag("div", head, tag("p", prose(cut(obstacle.what, 2000))), fix, class_="note doubt")
