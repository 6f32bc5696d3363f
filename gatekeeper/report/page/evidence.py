"""What a check really looked at: measured values and digests, whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.model import Evidence, Scalar
from gatekeeper.report.page.frame import counted, folded
from gatekeeper.report.page.markup import Child, Html, cut, tag

MAX_SHOWN: Final = 40
"""Pieces of evidence shown for one check."""
_LONGEST: Final = 600


def evidence(pieces: Sequence[Evidence], all_of_it: str) -> Html:
    """Return the evidence of one check, folded; `all_of_it` says where all of it is."""
    items = [_piece(each) for each in pieces[:MAX_SHOWN]]
    if len(pieces) > MAX_SHOWN:
        items.append(tag("li", f"and {len(pieces) - MAX_SHOWN:,} more, all of them in {all_of_it}"))
    return folded(f"Evidence: {counted(len(pieces), 'thing')} looked at", tag("ul", *items, class_="evidence"))


def number(value: Scalar) -> str:
    """Return a measured value as people write it."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def digest(sha256: str) -> Html:
    """Return a digest, whole; it may break anywhere."""
    return tag("code", f"sha256:{sha256}", class_="digest")


def _piece(each: Evidence) -> Html:
    parts: list[Child] = [tag("span", cut(each.what, _LONGEST), class_="what")]
    if each.measured:
        values = [
            tag("div", tag("span", f"{name} "), cut(number(value), _LONGEST)) for name, value in each.measured.items()
        ]
        parts.append(tag("div", *values, class_="measured"))
    if each.sha256:
        parts.append(digest(each.sha256))
    return tag("li", *parts)
