"""Markers of project locks in the language of PEP 751, in which extras and groups are asked for by membership.

uv and poetry write `extra == 'x'` where `'x' in extras` is meant: of several chosen extras `==` could name one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.environment.quoting import code_point
from gatekeeper.environment.requirements.pep508 import normalised_marker

# In the spelling of `packaging`; a quoted text is stepped over, for it may hold anything.
_COMPARED = re.compile(
    r"""\bextra (?P<op>==|!=) (?P<name>"[^"]*"|'[^']*')|(?P<name_first>"[^"]*"|'[^']*') (?P<op_last>==|!=) extra\b"""
    r"""|"[^"]*"|'[^']*'"""
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LEFT_OVER = re.compile(r"\bextra\b")
# Far above any real marker (uv writes some of 1,500 characters); it bounds what the parser is given.
_LONGEST = 16_384


class ProjectMarkers:
    """Normalises markers, each spelling once: locks repeat few markers many times, and each costs a parse."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def normalised(self, text: str) -> str:
        """Return the marker in the spelling of `packaging`, extras and groups by membership.

        Raises:
            ValueError: It is no marker, longer than any, or compares `extra` otherwise than by `==` and `!=`.
        """
        if text not in self._known:
            if len(text) > _LONGEST:
                raise ValueError(f"got {len(text)} characters, expected at most {_LONGEST}")
            self._known[text] = by_membership(normalised_marker(text))
        return self._known[text]


def any_of(parts: Iterable[str]) -> str:
    """Return the marker that is true where one of the parts is."""
    return " or ".join(f"({part})" for part in parts)


def all_of(parts: Iterable[str]) -> str:
    """Return the marker that is true where all of the parts are."""
    return " and ".join(f"({part})" for part in parts)


def in_group(group: str) -> str:
    """Return the marker that asks for a dependency group."""
    return f'"{group}" in dependency_groups'


def by_membership(marker: str) -> str:
    """Return a marker in the spelling of `packaging` with `extra == "x"` as `"x" in extras`.

    Raises:
        ValueError: It compares `extra` otherwise than by `==` and `!=`, or holds a character that is not ASCII, as
            which a digit would be compared as text.
    """
    if not marker.isascii():
        odd = next(character for character in marker if not character.isascii())
        raise ValueError(f"got {code_point(odd)}, expected ASCII")
    if _LEFT_OVER.search(marker) is None:
        return marker
    translated = _COMPARED.sub(_membership, marker)
    if _LEFT_OVER.search(_QUOTED.sub("", translated)) is not None:
        raise ValueError("it compares extra otherwise than by == or !=")
    return translated


def _membership(found: re.Match[str]) -> str:
    operator, name = found["op"] or found["op_last"], found["name"] or found["name_first"]
    if operator is None:
        return found[0]
    return f"{name} {'in' if operator == '==' else 'not in'} extras"
