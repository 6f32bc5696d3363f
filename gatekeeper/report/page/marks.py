"""What a status looks like: always a word, a shape and a colour, so that none of the three has to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatekeeper.report.page.markup import Html, tag


@dataclass(frozen=True, slots=True)
class Look:
    """A shape by its name in `SHAPES`, and the colour of the palette."""

    shape: str
    colour: str


LOOKS: Final = {
    "PASS": Look("tick", "pass"),
    "FAIL": Look("cross", "fail"),
    "UNDECIDED": Look("question", "doubt"),
    "INCOMPLETE": Look("cut", "doubt"),
    "critical": Look("cross", "fail"),
    "error": Look("cross", "fail"),
    "note": Look("dot", "quiet"),
    "waived": Look("clock", "waived"),
    "no effect": Look("dot", "doubt"),
    "checked": Look("box-tick", "pass"),
    "failed": Look("box-cross", "fail"),
    "not proved": Look("box", "doubt"),
    "waived box": Look("box-clock", "waived"),
    "evidenced": Look("tick", "pass"),
    "in part": Look("half", "pass"),
    "not covered": Look("dot", "quiet"),
}

SHAPES: Final = {
    "tick": '<circle cx="12" cy="12" r="10"/><path d="M7 12.5l3.4 3.4L17 9"/>',
    "cross": '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z"/><path d="M8.5 8.5l7 7m0-7l-7 7"/>',
    "question": '<path d="M12 1.5L22.5 12 12 22.5 1.5 12z"/>'
    '<path d="M9.6 9.8a2.4 2.4 0 1 1 3.6 2c-.8.5-1.2 1-1.2 1.8m0 2.8v.1"/>',
    "cut": '<path d="M3 9V3h6m6 0h6v6m0 6v6h-6m-6 0H3v-6"/><path d="M8 12h.1m3.9 0h.1m3.9 0h.1"/>',
    "clock": '<path d="M5 3h14M5 21h14M7 3v3.5c0 2.5 5 3.5 5 5.5s-5 3-5 5.5V21"/>'
    '<path d="M17 3v3.5c0 2.5-5 3.5-5 5.5s5 3 5 5.5V21"/>',
    "half": '<circle cx="12" cy="12" r="10"/><path d="M7 12h10"/>',
    "dot": '<circle cx="12" cy="12" r="3.5"/>',
    "box": '<rect x="3" y="3" width="18" height="18" rx="3"/>',
    "box-tick": '<rect x="3" y="3" width="18" height="18" rx="3"/><path d="M7.5 12.3l3.2 3.2 6-6.5"/>',
    "box-cross": '<rect x="3" y="3" width="18" height="18" rx="3"/><path d="M8 8l8 8m0-8l-8 8"/>',
    "box-clock": '<rect x="3" y="3" width="18" height="18" rx="3"/><path d="M7.5 12h9"/>',
}
"""Paths on a square of 24."""


def shapes() -> Html:
    """Return the shapes, once for the whole page."""
    drawn = "".join(f'<symbol id="shape-{name}" viewBox="0 0 24 24">{path}</symbol>' for name, path in SHAPES.items())
    return Html(f'<svg class="hidden" aria-hidden="true">{drawn}</svg>')


def mark(look: str) -> Html:
    """Return the shape alone; the word stands beside it."""
    shape = LOOKS[look].shape
    return tag("svg", tag("use", href=f"#shape-{shape}"), class_=f"mark {LOOKS[look].colour}", aria_hidden="true")


def status(word: str, look: str | None = None) -> Html:
    """Return a status: shape and word in its colour. `look` is that of another word."""
    found = LOOKS[look or word]
    shape = tag("svg", tag("use", href=f"#shape-{found.shape}"), aria_hidden="true")
    return tag("span", shape, word, class_=f"st {found.colour}")
