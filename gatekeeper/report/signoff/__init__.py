"""The sign-off of a release: one whole run, and what a reader of a week later must know beside it.

The facts are here; `page` makes the self-contained `signoff.html` of them, `document` the types of `signoff.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from gatekeeper.report import Report

SCHEMA: Final = "gatekeeper/signoff@1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file of the released model, by its path relative to the candidate; the digest is in hexadecimal."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the candidate's folder comes from: the commit, and whether a tracked file differs from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plot: SVG as it was drawn, and what it shows in one sentence for who can't see it.

    Where nothing could be drawn `svg` is empty, and `alt` says why and what to do.
    """

    title: str
    alt: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signoff:
    """All that a sign-off may say.

    Attributes:
        report: of a whole run under `release`, nothing of it from a cache.
        artifacts: every file of the declared artifacts, in the order of their paths.
        source: None where the folder is in no repository.
        gate: the gate's own version, and the sha256 of its code and of its built-in checks.
        interpreter: of production, as it was asked: implementation, version, platform, and the like.
        distributions: what that interpreter has installed, name to version.
        gpu: name, driver and the like of the graphics card that the run used; empty where none was.
        pictures: plots of what was measured.
        created: when the run was over, in UTC.
        valid_until: the last day on which it holds, in UTC: the first day on which a waiver that is used ends; None
            where nothing ends by itself.
        command: what makes the same run again, to be copied.
    """

    report: Report
    artifacts: tuple[Artifact, ...]
    source: Source | None
    gate: Mapping[str, str]
    interpreter: Mapping[str, str]
    distributions: Mapping[str, str]
    created: datetime
    command: str
    gpu: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    valid_until: date | None = None
