"""HTML that can't be injected: text is text until it is wrapped, and only this module wraps.

A child that is a `str` came from somewhere, perhaps from a candidate, and is escaped; only `Html`, made here of escaped
parts, is taken as it is. The names of elements and attributes are written in the code that calls, never read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from gatekeeper.report.printable import one_line, printable

_VOID = frozenset({"meta", "br", "hr"})


@dataclass(frozen=True, slots=True)
class Html:
    """Markup of this module's own making."""

    text: str


Child: TypeAlias = Html | str
Attribute: TypeAlias = str | int | bool | None


def tag(element: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Return an element. An attribute that is None or False is left out; `class_` is class, `aria_label` aria-label."""
    head = f"<{element}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(head) if element in _VOID else Html(f"{head}{joined(children).text}</{element}>")


def joined(children: Iterable[Child]) -> Html:
    """Return markup and text side by side."""
    return Html("".join(each.text if isinstance(each, Html) else text(each).text for each in children))


def text(value: str) -> Html:
    """Return what is shown as `value`, with each character that hides, moves or reorders others spelled out."""
    return Html(escape(printable(value), quote=False))


def prose(value: str) -> Html:
    """Return a text of any number of lines, each on its own; what stands between backticks is set as code."""
    return joined(
        part for index, line in enumerate(value.splitlines()) for part in ([tag("br")] if index else []) + _spans(line)
    )


def cut(value: str, most: int) -> str:
    """Return a text of at most `most` characters; what is cut off is told."""
    return value if len(value) <= most else f"{value[:most]}… ({len(value) - most:,} more characters)"


def _spans(line: str) -> list[Html]:
    pieces = line.split("`")
    if len(pieces) % 2 == 0:
        return [text(line)]
    return [tag("code", piece) if index % 2 else text(piece) for index, piece in enumerate(pieces)]


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(one_line(str(value)), quote=True)}"'
