"""A drawing made part of a page: shapes and text of it alone, under names of its own; nothing is fetched or run.

An inline SVG shares names and styles with the page around it, and may hold scripts and links. What is on no list is
left out; a name is kept only where something refers to it, behind a prefix, so that two drawings never collide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from gatekeeper.report.page.markup import Html, tag, text

MAX_BYTES: Final = 150_000
"""Of one drawing; a larger one makes the page slow, and is drawn into a file of its own instead."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_SHAPES: Final = frozenset(
    "g path rect circle ellipse line polyline polygon text tspan defs clipPath pattern use".split()
)
_GEOMETRY: Final = frozenset(
    "d x y x1 y1 x2 y2 cx cy r rx ry width height points transform viewBox dx dy patternUnits patternTransform".split()
)
_PAINT: Final = frozenset("style fill stroke stroke-width opacity clip-path text-anchor clip-rule fill-rule".split())
_REFERENCE: Final = re.compile(r"url\(#([\w.-]+)\)")
_PLAIN: Final = re.compile(r"[\w\s.,:;#%()'\"+-]*")
"""Values of geometry and paint: no backslash, no @, no slash, no angle bracket."""
_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")


def inline(svg: str, *, prefix: str, title: str, alt: str) -> Html | None:
    """Return the drawing as an element with title and description; None where it is no SVG or too large.

    Args:
        svg: the drawing, as a file has it.
        prefix: what its names begin with on this page.
        title: its name.
        alt: what it shows, for who can't see it.
    """
    root = _parsed(svg)
    box = None if root is None else root.get("viewBox")
    if root is None or box is None or not _PLAIN.fullmatch(box):
        return None
    named = frozenset(_referred(root))
    drawn = "".join(_element(each, prefix, named) for each in root)
    head = tag("title", title, id=f"{prefix}-title").text + tag("desc", alt, id=f"{prefix}-desc").text
    names = f'aria-labelledby="{prefix}-title" aria-describedby="{prefix}-desc"'
    found = f'<svg viewBox="{box}" role="img" {names} stroke-linejoin="round">{head}{drawn}</svg>'
    return Html(found) if len(found.encode()) <= MAX_BYTES else None


def _parsed(svg: str) -> ET.Element | None:
    if "<!ENTITY" in svg:
        return None
    try:
        root = ET.fromstring(svg)  # noqa: S314 - no entities, and expat fetches nothing
    except (ET.ParseError, UnicodeEncodeError):
        return None
    return root if root.tag == f"{_SVG}svg" else None


def _referred(root: ET.Element) -> Iterator[str]:
    """Yield the names that something in the drawing refers to."""
    for each in root.iter():
        for name, value in each.attrib.items():
            yield from _REFERENCE.findall(value)
            if name in {_HREF, "href"} and value.startswith("#"):
                yield value[1:]


def _element(element: ET.Element, prefix: str, named: frozenset[str]) -> str:
    name = element.tag.removeprefix(_SVG)
    if name not in _SHAPES:
        return ""
    attributes = "".join(f' {key}="{value}"' for key, value in _attributes(element, prefix, named))
    inside = text(element.text).text if name in {"text", "tspan"} and element.text else ""
    inside += "".join(_element(each, prefix, named) for each in element)
    return inside if name == "g" and not attributes else f"<{name}{attributes}>{inside}</{name}>"


def _attributes(element: ET.Element, prefix: str, named: frozenset[str]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if key == "id":
            if value in named:
                yield "id", f"{prefix}-{value}"
        elif key in {_HREF, "href"}:
            if value.startswith("#") and _PLAIN.fullmatch(value):
                yield "href", f"#{prefix}-{value[1:]}".replace('"', "")
        elif key in _GEOMETRY | _PAINT and _PLAIN.fullmatch(value) and _refers_inside(value):
            short = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}", " ".join(value.split()))
            yield key, _REFERENCE.sub(rf"url(#{prefix}-\1)", short).replace('"', "'")


def _refers_inside(value: str) -> bool:
    """Return whether every address in a value is one of the drawing's own."""
    return value.lower().count("url(") == len(_REFERENCE.findall(value))
