"""`signoff.html`: the sign-off as one self-contained page without scripts."""

from __future__ import annotations

from gatekeeper.report.page.markup import tag
from gatekeeper.report.signoff import Signoff
from gatekeeper.report.signoff.checklist import boxes
from gatekeeper.report.summary import sentence


def render(signoff: Signoff) -> str:
    """Return the page."""
    title = f"Sign-off of {signoff.report.subject.name}"
    items = [tag("li", f"{box.state}: {box.cause.title}") for box in boxes(signoff.report.results)]
    body = tag("body", tag("main", tag("h1", title), tag("p", sentence(signoff.report)), tag("ul", *items)))
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en').text}\n"
