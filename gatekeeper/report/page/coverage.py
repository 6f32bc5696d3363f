"""What the run is evidence for in three frameworks, item by item, with what it is not."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gatekeeper.report.page.frame import Section, anchor, check_link
from gatekeeper.report.page.marks import status
from gatekeeper.report.page.markup import Child, Html, tag
from gatekeeper.report.signoff.coverage import Covered, Framework, State

_LOOK = {State.FAILED: "FAIL", State.OPEN: "UNDECIDED"}
"""What looks as it does for a check; the others have shapes of their own."""


def coverage(frameworks: Sequence[Framework], run: Collection[str]) -> Section:
    """Return the section of the frameworks; `run` are the checks that came to an end."""
    lead = (
        "What this run is evidence for, in the terms of three frameworks, and what it is not. It is no statement of "
        "conformity: most of what they ask is about people and processes, and no check can see those."
    )
    parts = [
        tag("div", tag("h3", each.title, id=anchor("framework", each.id)), _table(each, run), class_="check")
        for each in frameworks
    ]
    return Section(id="coverage", title="Frameworks", lead=lead, body=tuple(parts))


def _table(framework: Framework, run: Collection[str]) -> Html:
    counts = [(state, framework.count(state)) for state in State]
    told = ", ".join(f"{count} {state.value}" for state, count in counts if count)
    caption = tag("caption", f"{framework.source} Of {len(framework.items)} items: {told}.")
    names = ("Item", "What it asks", "What this run shows", "State")
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names)))
    return tag("table", caption, head, tag("tbody", *(_row(each, run) for each in framework.items)), class_="covered")


def _row(covered: Covered, run: Collection[str]) -> Html:
    item = covered.item
    checks: list[Child] = []
    for check in item.checks:
        checks += [" ", check_link(check, run, kind="mono small")]
    shown = tag("td", item.how, *([tag("div", *checks)] if checks else []), class_=None if checks else "quiet")
    state = status(covered.state.value.upper(), _LOOK.get(covered.state, covered.state.value))
    return tag("tr", tag("th", item.id, scope="row", class_="item"), tag("td", item.title), shown, tag("td", state))
