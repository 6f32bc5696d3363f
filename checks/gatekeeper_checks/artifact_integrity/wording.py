"""How places and long lists are said in a finding."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.artifact.facts import Statistics

_SHOWN = 5


def listed(texts: Sequence[str], shown: int = _SHOWN) -> str:
    """Return the first texts, and how many more there are."""
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more


def place(offset: int, member: str) -> str:
    """Return where in the file something is."""
    return f"at byte {offset:,} of {member}" if member else f"at byte {offset:,}"


def not_finite(each: Statistics) -> str:
    """Return how many numbers are not finite, and which is the first."""
    parts = [f"{each.nan:,} NaN" if each.nan else "", f"{each.infinite:,} infinite" if each.infinite else ""]
    field = f" in the field {each.field}" if each.field else ""
    return f"{' and '.join(filter(None, parts))} of {each.count:,}{field}, the first at index {each.first}"
