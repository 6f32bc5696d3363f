"""The verdict: the first thing on a page, in one word and one sentence."""

from __future__ import annotations

from gatekeeper.report import Report
from gatekeeper.report.page.marks import LOOKS, mark
from gatekeeper.report.page.markup import Child, Html, tag
from gatekeeper.report.summary import sentence


def verdict(report: Report, *more: Child) -> Html:
    """Return the verdict; `more` stands under its sentence."""
    word, _, rest = sentence(report).partition(": ")
    said, _, worth = rest.partition(" (profile ")
    text = [tag("p", said if said.endswith(".") else f"{said}.", class_="plain")]
    if worth:
        text.append(tag("p", f"Profile {worth.removesuffix(').')}.", class_="small"))
    told = tag("div", tag("p", word, class_="word"), *text, *more)
    return tag("div", mark(word), told, class_=f"verdict {LOOKS[word].colour}", role="group", aria_label="Verdict")
