"""Requirements and markers by `packaging`, for what the quick path of `requirements.py` does not read by itself.

A module of its own because importing `packaging.requirements` costs more than reading a whole lock.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from gatekeeper.environment.names import canonical_name, is_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One PEP 508 requirement, taken apart; `url` is as typed."""

    written: str
    extras: tuple[str, ...]
    specifier: str
    version: str | None
    url: str | None
    marker: str | None


def parse_requirement(text: str) -> Parsed:
    """Return the requirement taken apart.

    Raises:
        ValueError: It is no requirement of PEP 508.
    """
    try:
        requirement = Requirement(text)
        version = _pinned(requirement.specifier)
    except InvalidRequirement:
        raise
    except (RecursionError, ValueError) as error:
        # What `packaging` lets through: its parser's recursion, and `int` on thousands of digits.
        raise ValueError("it is nested too deeply, or a number in it is too long") from error
    if not is_name(requirement.name):
        raise ValueError(f"{requirement.name!r} is no name of a distribution")
    return Parsed(
        written=requirement.name,
        extras=tuple(sorted({canonical_name(extra) for extra in requirement.extras})),
        specifier=str(requirement.specifier),
        version=version,
        url=requirement.url,
        marker=None if requirement.marker is None else str(requirement.marker),
    )


def normalised_marker(text: str) -> str:
    """Return the marker in the spelling of `packaging`.

    Raises:
        ValueError: It is no marker of PEP 508.
    """
    try:
        return str(Marker(text))
    except RecursionError as error:
        raise ValueError("the marker is nested too deeply") from error


def _pinned(specifiers: SpecifierSet) -> str | None:
    if len(specifiers) != 1:
        return None
    (only,) = specifiers
    if only.operator not in ("==", "===") or only.version.endswith(".*"):
        return None
    try:
        return str(Version(only.version))
    except InvalidVersion:
        # `===` may name any string; one that is no version can't be compared as one and stays in the specifier.
        return None
