"""Reports: pure functions of the results of one run. One file a format; only the command line writes them anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeAlias, cast

from gatekeeper.model import Result, Scalar, Verdict
from gatekeeper.profiles import Profile

FORMATS = ("text", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """A file that the candidate declares: its role is the policy's key that names it."""

    role: str
    path: str
    sha256: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The candidate as a report names it. `policy` is None where there is no policy file."""

    name: str
    version: str | None
    policy: FileDigest | None
    files: tuple[FileDigest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report may say.

    Attributes:
        results: in the order of the chain.
        left_out: checks of the profile that the command line did not select.
        unexamined: declared keys that no check of the profile reads.
        run: everything that may differ between two runs on the same input.
    """

    verdict: Verdict
    profile: Profile
    subject: Subject
    results: tuple[Result, ...]
    left_out: tuple[str, ...] = ()
    unexamined: tuple[str, ...] = ()
    run: Mapping[str, Scalar | Mapping[str, Scalar]] = field(default_factory=dict)


Renderer: TypeAlias = Callable[[Report], str]


def renderer(format_: str) -> Renderer:
    """Return the function that renders a report in one of `FORMATS`; its module is loaded now."""
    return cast("Renderer", import_module(f"gatekeeper.report.{format_}").render)
