"""The findings of one check, the gravest first: what was got, what to do, and the way that leads there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from gatekeeper.documentation import title
from gatekeeper.model import Finding, Rule, Severity, Step, Waiver
from gatekeeper.report.page.frame import anchor, counted, folded
from gatekeeper.report.page.marks import status
from gatekeeper.report.page.markup import Child, Html, cut, prose, tag

_ORDER: Final = {Severity.CRITICAL: 0, Severity.ERROR: 1, Severity.NOTE: 2}
_LONGEST: Final = 3000
_STEPS: Final = 20


def gravest(findings: Sequence[Finding], waived: Mapping[Finding, Waiver]) -> list[Finding]:
    """Return the findings as they are shown: what blocks first, then by gravity, then as the check has them."""
    return sorted(findings, key=lambda each: (each in waived, _ORDER[each.severity]))


def listed(
    findings: Sequence[Finding],
    waived: Mapping[Finding, Waiver],
    rules: Mapping[str, type[Rule]],
    *,
    most: int,
    all_of_it: str,
) -> Html:
    """Return the gravest findings as a list.

    Args:
        findings: all of one check.
        waived: the waiver of each that has one.
        rules: what is known of a code.
        most: how many are shown.
        all_of_it: where all of them are.
    """
    ordered = gravest(findings, waived)
    items: list[Child] = []
    met: set[str] = set()
    for each in ordered[:most]:
        items.append(_finding(each, waived.get(each), rules.get(each.code), first=each.code not in met))
        met.add(each.code)
    rest = [_rest(ordered[most:], met, len(findings), all_of_it)] if len(findings) > most else []
    return tag("div", tag("ol", *items, class_="findings"), *rest)


def _rest(findings: Sequence[Finding], met: Collection[str], count: int, all_of_it: str) -> Html:
    """Return what is not shown, by its code: a code of which nothing is shown has its address here."""
    codes = Counter(each.code for each in findings)
    told = f"{len(findings):,} more of {count:,}, no graver than these, are in {all_of_it}: "
    parts: list[Child] = [told]
    for index, (code, number) in enumerate(codes.items()):
        name = tag("code", code, id=None if code in met else anchor("code", code))
        parts += [", " if index else "", name, f" ({number:,})"]
    return tag("p", *parts, class_="quiet small")


def _finding(finding: Finding, waiver: Waiver | None, rule: type[Rule] | None, *, first: bool) -> Html:
    parts: list[Child] = [tag("p", _status(finding, waiver), tag("code", finding.code), _place(finding), class_="line")]
    if rule is not None and first:
        parts.append(tag("p", f"{title(rule)}.", class_="rule"))
    parts.append(tag("p", prose(cut(finding.message, _LONGEST))))
    if waiver is not None:
        parts.append(tag("p", _excused(waiver), class_="waived small"))
    parts.append(tag("p", tag("b", "Fix"), tag("span", prose(cut(finding.fix, _LONGEST))), class_="fix"))
    if finding.trace:
        parts.append(_trace(finding.trace))
    kind = "is-waived" if waiver else "is-note" if finding.severity is Severity.NOTE else None
    return tag("li", *parts, id=anchor("code", finding.code) if first else None, class_=kind)


def _status(finding: Finding, waiver: Waiver | None) -> Html:
    if waiver is not None:
        return status(f"WAIVED {finding.severity.value.upper()}", "waived")
    return status(finding.severity.value.upper(), finding.severity.value)


def _place(finding: Finding) -> Html:
    key = f" ({finding.at.key})" if finding.at.key else ""
    return tag("code", f"{finding.at}{key}")


def _excused(waiver: Waiver) -> str:
    return f"Waived until {waiver.expires} by {waiver.approver} for {waiver.owner}: {waiver.reason} ({waiver.at})"


def _trace(trace: Sequence[Step]) -> Html:
    steps = [tag("li", tag("code", str(each.at)), f" in {each.function}: {each.what}") for each in trace[:_STEPS]]
    if len(trace) > _STEPS:
        steps.append(tag("li", f"and {len(trace) - _STEPS} more steps"))
    return folded(f"The way there: {counted(len(trace), 'step')}", tag("ol", *steps, class_="trace"))
