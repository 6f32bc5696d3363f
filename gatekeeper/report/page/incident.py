"""The checklist of incident 4092-X: a box a cause, with what the checks measured of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gatekeeper.report.page.frame import Section, anchor, check_link
from gatekeeper.report.page.marks import LOOKS, mark
from gatekeeper.report.page.markup import Child, Html, cut, tag
from gatekeeper.report.signoff.checklist import Box, Ground, State

_LOOK = {
    State.CHECKED: "checked",
    State.FAILED: "failed",
    State.OPEN: "not proved",
    State.WAIVED: "waived box",
}


def incident(boxes: Sequence[Box], run: Collection[str]) -> Section:
    """Return the section of the checklist; `run` are the checks that came to an end."""
    counts = [(state, sum(box.state is state for box in boxes)) for state in State]
    told = ", ".join(f"{count} {state.value}" for state, count in counts if count)
    lead = (
        f"Each cause of the incident, and what this run says of it: {told}. A box is checked where every rule that "
        "it rests on was asked by a check that stands and has measured it. An empty box is no proof of a fault: it is "
        "the absence of a proof."
    )
    items = tag("ol", *(_box(box, run) for box in boxes), class_="boxes")
    return Section(id="incident", title="The causes of incident 4092-X", lead=lead, body=(items,))


def _box(box: Box, run: Collection[str]) -> Html:
    cause = box.cause
    look = _LOOK[box.state]
    word = tag("span", box.state.value.upper(), class_=f"st {LOOKS[look].colour}")
    told = tag("div", tag("h3", cause.title), tag("p", f"Then: {cause.happened}", class_="quiet small"), word)
    grounds = [_ground(each, box, run) for each in box.grounds if each.rest.needed or each.state is not State.OPEN]
    if not grounds:
        grounds.append(tag("li", "No check of the gate looks at it: show it in another way."))
    return tag("li", mark(look), told, tag("ul", *grounds, class_="grounds"), id=anchor("cause", cause.id))


def _ground(ground: Ground, box: Box, run: Collection[str]) -> Html:
    other = f"{ground.state.value}, " if ground.state is not box.state else ""
    parts: list[Child] = [check_link(ground.rest.check, run), f": {other}{ground.why}"]
    if ground.found:
        parts.append(": ")
        for index, (code, count) in enumerate(ground.found.items()):
            times = f" ({count})" if count > 1 else ""
            parts += [", " if index else "", tag("a", code, href=f"#{anchor('code', code)}", class_="mono"), times]
    parts += [tag("span", cut(each, 400), class_="seen") for each in ground.seen]
    return tag("li", *parts)
