"""Reports: pure functions of the results of one run. One file a format; only the command line writes them anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from gatekeeper.model import Location, Result, Rule, Scalar, Verdict
from gatekeeper.profiles import Profile

if TYPE_CHECKING:
    from gatekeeper.waivers import Use

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """A file that the candidate declares: its role is the policy's key that names it, `at` where that stands."""

    role: str
    path: str
    sha256: str | None
    bytes: int | None
    at: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The candidate as a report names it. `policy` is None where there is no policy file.

    Attributes:
        base: the candidate's folder relative to the repository that holds it, with `/`; empty where it is its root.
            Services that show findings beside code want paths from there.
    """

    name: str
    version: str | None
    policy: FileDigest | None
    files: tuple[FileDigest, ...]
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report may say.

    Attributes:
        results: in the order of the chain.
        left_out: checks of the profile that the command line did not select.
        unexamined: declared keys that no check of the profile reads.
        waivers: each waiver of the candidate and what became of it, in the order of their file.
        waivers_ignored: whether the command line asked for a run in which no waiver holds.
        interrupted: why the run did not come to its end; empty where it did. Then there is no verdict: `word` says
            INCOMPLETE, whatever the results so far are.
        rules: the built-in rules by their code; those of plug-ins are not known.
        run: everything that may differ between two runs on the same input.
    """

    verdict: Verdict
    profile: Profile
    subject: Subject
    results: tuple[Result, ...]
    left_out: tuple[str, ...] = ()
    unexamined: tuple[str, ...] = ()
    waivers: tuple[Use, ...] = ()
    waivers_ignored: bool = False
    interrupted: str = ""
    rules: Mapping[str, type[Rule]] = field(default_factory=dict)
    run: Mapping[str, Scalar | Mapping[str, Scalar]] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """PASS, FAIL, UNDECIDED or INCOMPLETE."""
        return "INCOMPLETE" if self.interrupted else self.verdict.name

    @property
    def exit_code(self) -> int | None:
        """The exit code that the verdict stands for; None where the run did not come to its end."""
        return None if self.interrupted else self.verdict.value


Renderer: TypeAlias = Callable[[Report], str]


def renderer(format_: str) -> Renderer:
    """Return the function that renders a report in one of `FORMATS`; its module is loaded now."""
    return cast("Renderer", import_module(f"gatekeeper.report.{format_}").render)
