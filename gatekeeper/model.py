"""The vocabulary of the gate as frozen types; the standard library only.

A *check* is one question asked of a *candidate*. What it answers is an *outcome*: it `Examined` something and has the
evidence, or it was `Unable` to look and says what stood in the way. `Crashed` is what the engine makes of a check that
raised, hung or died. There is no "skipped is fine": see `gatekeeper.engine.verdict`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate

Scalar: TypeAlias = str | int | float | bool


class Severity(enum.StrEnum):
    """How much a finding weighs. `CRITICAL` is known to break production; a `NOTE` is told and never blocks."""

    CRITICAL = "critical"
    ERROR = "error"
    NOTE = "note"

    @property
    def blocks(self) -> bool:
        """Whether a finding of this severity fails the gate unless it is waived."""
        return self is not Severity.NOTE


class Needs(enum.Flag):
    """What a check must have beyond the candidate's files; the engine asks before it runs the check."""

    NOTHING = 0
    EXECUTION = enum.auto()
    """The candidate's code or model is executed, in a child of the interpreter given by `--python`."""
    GPU = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in the candidate: a path relative to its folder (always with `/`), and where in that file."""

    path: str
    line: int | None = None
    column: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Return `path:line:column`, as far as known: the form that terminals and editors make a link of."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way that leads to a finding: where, in which function, and what is done there."""

    at: Location
    function: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule: what was got and what was expected, and what the reader does now.

    Attributes:
        trace: the way to the place, from where it begins; empty where the place says it all.
    """

    code: str
    message: str
    fix: str
    at: Location
    severity: Severity = Severity.ERROR
    trace: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was really looked at: its digest, the values measured on it, or both.

    Raises:
        ValueError: neither a digest nor a measured value is given; that would be evidence of nothing.
    """

    what: str
    sha256: str | None = None
    measured: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sha256 is None and not self.measured:
            raise ValueError(f"evidence of {self.what!r} has neither a digest nor a measured value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing that kept a check from looking, and what to do about it."""

    what: str
    fix: str
    at: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The check looked at all it had to look at. Without evidence this blocks the gate: nothing was looked at."""

    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unable:
    """The check could not look at everything. What it found before that is kept: it may already be a failure."""

    obstacles: tuple[Obstacle, ...]
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """The engine's answer for a check that raised, hung, died or returned what no check may return."""

    error: str
    detail: str = ""


Outcome: TypeAlias = Examined | Unable | Crashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A candidate small enough to print.

    Attributes:
        files: name to content; bytes are what is no text.
        notes: name to what the bytes are, for the reader.
        links: name to the target of a symbolic link.
        needs: distributions that the interpreter must have, beside what the gate's own tests have.
        profile: the profile under which it is judged.
    """

    files: Mapping[str, str | bytes]
    links: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    profile: str = "ci"


class Rule:
    """One thing that a check holds a candidate to. Its docstring is its documentation, its examples are its tests.

    The docstring's first line is the title; then come the sections of `gatekeeper.documentation.SECTIONS`.
    """

    code: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    passing: ClassVar[Example]
    failing: ClassVar[Example]

    @classmethod
    def finding(
        cls, message: str, *, fix: str, at: Location, severity: Severity | None = None, trace: tuple[Step, ...] = ()
    ) -> Finding:
        """Return a finding under this rule's code."""
        return Finding(code=cls.code, message=message, fix=fix, at=at, severity=severity or cls.severity, trace=trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a check is.

    Attributes:
        id: in kebab-case; the name in the policy, on the command line and in every report.
        title: what it asks, in one line.
        rules: what it holds a candidate to. Each code starts with `id/`, or with one of the families.
        reads: the keys of the policy whose files it reads; a declared key that no check reads is reported.
        needs: what it must have beyond the candidate's files.
        families: what else its codes may start with. A plug-in has none: its id alone is surely its own.
    """

    id: str
    title: str
    rules: tuple[type[Rule], ...]
    reads: tuple[str, ...] = ()
    needs: Needs = Needs.NOTHING
    families: tuple[str, ...] = ()


class Check(Protocol):
    """A frozen dataclass: its fields are its options, and its `run` is pure but for the candidate."""

    about: ClassVar[About]

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Look at the candidate. Raise `gatekeeper.errors.Unreadable` for a file that can't be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A dated, owned, reasoned exception to a finding; see `gatekeeper.waivers`.

    Attributes:
        code: the finding's code, whole.
        artifact: `sha256:` and the digest of the artifact for which it is meant; None where `path` says what it is for.
        path: the path for which it is meant, with `*` for any text; None where `artifact` says what it is for.
        created: the day from which it holds, as written; the days are those of UTC.
        expires: the last day on which it holds, as written.
        at: where it is written.
    """

    code: str
    artifact: str | None = None
    path: str | None = None
    reason: str
    owner: str
    approver: str
    created: str
    expires: str
    at: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The distribution that a check came from."""

    distribution: str
    version: str
    builtin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check of the chain answered, and how long it took in seconds.

    Attributes:
        waived: the waiver of each finding that has one. Such a finding does not block, and is never hidden.
        cached: when the answer was given (RFC 3339, UTC), if it is that of an earlier run; empty if it is of this one.
    """

    id: str
    title: str
    provider: Provider
    outcome: Outcome
    seconds: float
    waived: Mapping[Finding, Waiver] = field(default_factory=dict)
    cached: str = ""


class Verdict(enum.Enum):
    """The answer of the whole chain; the value is the exit code. See `gatekeeper.engine.verdict`."""

    PASS = 0
    FAIL = 1
    UNDECIDED = 3
