"""Reports of the lint of serving code: pure functions of one `Lint`, one file a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, TypeAlias, cast

from gatekeeper.inference.facts import Analysis, Flaw, Observation, Suppression
from gatekeeper.model import Finding, Rule, Severity, Verdict

FORMATS = ("text", "json", "sarif", "github")

_RANK = {Severity.CRITICAL: 0, Severity.ERROR: 1, Severity.NOTE: 2}

_NO_ENTRY = Flaw(
    what="no inference entry point was found: nothing in this code was judged",
    fix="name what production calls: --entry package.module:Class.method; or take --all-functions for a library",
    path="",
)


class Judged(Protocol):
    """A finding, what was seen of it, and the comment that suppresses it, if one does."""

    @property
    def finding(self) -> Finding:
        """What is told."""

    @property
    def observation(self) -> Observation | None:
        """What was seen; None for a finding about a suppression."""

    @property
    def suppressed(self) -> Suppression | None:
        """The comment that suppresses it, with its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What `--fix` did.

    Attributes:
        fixed: findings that are gone.
        refused: why a file was not written, or a finding not fixed; one sentence each.
    """

    fixed: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """All that a report may say.

    Attributes:
        judged: in the order of paths and lines, the suppressed ones too; those that `--select` asks for.
        rules: by code.
        torch: by which torch it was judged, in words.
        lines: the lines of a file, or of one cell of a notebook, for code frames and fingerprints.
        explain_path: every step of a path with its place.
        mended: what was fixed before this was seen; None where nothing was asked to be.
    """

    analysis: Analysis
    judged: Sequence[Judged]
    rules: Mapping[str, type[Rule]]
    torch: str
    lines: Mapping[tuple[str, int | None], Sequence[str]] = field(default_factory=dict)
    explain_path: bool = False
    mended: Mended | None = None

    @property
    def open(self) -> list[Judged]:
        """The findings that nothing suppresses, in the order of paths and lines."""
        return [each for each in self.judged if each.suppressed is None]

    @property
    def suppressed(self) -> list[Judged]:
        """The findings that a comment with a reason suppresses."""
        return [each for each in self.judged if each.suppressed is not None]

    @property
    def worst_first(self) -> list[Judged]:
        """The same as `open`, the gravest first."""
        return sorted(self.open, key=lambda each: _RANK[each.finding.severity])

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """Why something could not be looked at; that there is no entry point is a reason too."""
        analysis = self.analysis
        return analysis.flaws if analysis.entries or analysis.flaws else (_NO_ENTRY,)

    @property
    def verdict(self) -> Verdict:
        """FAIL beats UNDECIDED beats PASS; the value is the exit code, whatever the format."""
        if any(each.finding.severity.blocks for each in self.open):
            return Verdict.FAIL
        return Verdict.UNDECIDED if self.flaws else Verdict.PASS


Renderer: TypeAlias = Callable[[Lint], str]


def renderer(format_: str) -> Renderer:
    """Return the function that renders a lint in one of `FORMATS`; its module is loaded now."""
    return cast("Renderer", import_module(f"gatekeeper.report.lint.{format_}").render)
