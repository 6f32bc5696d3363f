"""The frame of a page: head, title, verdict, contents and sections. It says what may be loaded: nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.report.page import marks, style
from gatekeeper.report.page.markup import Child, Html, joined, tag

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_OTHER: Final = re.compile(r"[^A-Za-z0-9_./-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page with a heading of its own; `id` is its address in the page."""

    id: str
    title: str
    body: tuple[Child, ...]
    lead: str = ""


def page(*, title: str, kind: str, top: Sequence[Child], sections: Sequence[Section], foot: str) -> str:
    """Return the whole page.

    Args:
        title: its one heading of the first rank.
        kind: what it is: above the heading, and in the title of the window.
        top: what comes before the first section.
        sections: in their order.
        foot: the last line.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title}: {kind}"),
        tag("style", Html(style.sheet())),
    )
    banner = tag("header", tag("p", kind, class_="eyebrow"), tag("h1", title), *top, _contents(sections), class_="head")
    main = tag("main", *(_section(each) for each in sections), id="content", tabindex="-1")
    sheet = tag("div", banner, main, tag("footer", foot, class_="foot"), class_="sheet")
    skip = tag("a", "To the content", href="#content", class_="skip")
    body = tag("body", skip, marks.shapes(), sheet)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en').text}\n"


def anchor(kind: str, *names: str) -> str:
    """Return an address within the page: two names that differ have different ones."""
    return "-".join([kind, *(_OTHER.sub(lambda each: f"~{ord(each[0]):x}.", name) for name in names)])


def check_link(check: str, run: Collection[str], *, kind: str = "mono") -> Html:
    """Return the name of a check, as a link where it has a section: `run` are those that came to an end."""
    if check not in run:
        return tag("span", check, class_=kind)
    return tag("a", check, href=f"#{anchor('check', check)}", class_=kind)


def facts(pairs: Sequence[tuple[str, Child | None]]) -> Html:
    """Return names with what they are; a pair without a value is left out."""
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value is not None]
    return tag("dl", *rows, class_="facts")


def folded(summary: str, *children: Child) -> Html:
    """Return what is shown when the reader asks for it, and always on paper."""
    return tag("details", tag("summary", summary), *children)


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def _contents(sections: Sequence[Section]) -> Html:
    links = [tag("li", tag("a", each.title, href=f"#{each.id}")) for each in sections]
    return tag("nav", tag("ol", *links), aria_label="Contents", class_="toc")


def _section(section: Section) -> Html:
    lead = [tag("p", section.lead, class_="lead")] if section.lead else []
    heading = f"{section.id}-title"
    inside = joined([tag("h2", section.title, id=heading), *lead, *section.body])
    return tag("section", inside, id=section.id, aria_labelledby=heading)
