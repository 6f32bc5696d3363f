"""What a sign-off states, as plain values: whoever ran the checks fills them in, from that one run alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

Word: TypeAlias = Literal["PASS", "FAIL", "UNDECIDED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file by its path relative to the candidate, with `/`, and its sha256 in hexadecimal.

    Attributes:
        role: the policy's key that names it.
    """

    name: str
    sha256: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check: what it answered alone, who provides it, and how many of its findings are waived."""

    id: str
    status: Word
    distribution: str
    version: str
    waived: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A waiver that was used. `scope` is `sha256:` and a digest, or a path; `expires` is the last day, as written."""

    code: str
    scope: str
    owner: str
    approver: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One run.

    Attributes:
        artifacts: every file of the declared artifacts that the run read, with the digest that it read.
        declared: the other files that the policy names, or that lie in folders which it names, and that the run read.
        folders: those folders. At deploy there may be nothing else in one that is there.
        policy: None where the candidate has none.
        gate_sha256: of the gate's own code and its built-in checks.
        created: when the run was over, in UTC, whole seconds.
        valid_until: the last day on which the sign-off holds; None where nothing ends by itself.
    """

    verdict: Word
    profile: str
    name: str
    version: str | None
    artifacts: tuple[Named, ...]
    declared: tuple[Named, ...]
    folders: tuple[str, ...] = ()
    policy: Named | None
    gate_version: str
    gate_sha256: str
    checks: tuple[Checked, ...]
    waivers: tuple[Waived, ...]
    created: datetime
    valid_until: date | None
