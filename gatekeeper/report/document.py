"""The JSON report as types, schema `gatekeeper/report@1`: what `--report json` writes, and what its schema is made of.

A key is never taken away and never changes its meaning within a version; new ones may come.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from gatekeeper.model import Scalar

SCHEMA: Final = "gatekeeper/report@1"

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="hexadecimal")]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1, description="counted from 1")]
Sentence: TypeAlias = Annotated[str, msgspec.Meta(pattern="^(PASS|FAIL|UNDECIDED|INCOMPLETE): [^\\n]*\\.$")]
Run: TypeAlias = dict[str, Scalar | dict[str, Scalar]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the candidate, by its path relative to the candidate's folder."""

    path: str | None = None
    line: Number | None = None
    column: Number | None = None
    key: str | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A declared file; `sha256` and `bytes` are null for a folder and for what can't be read."""

    role: str
    path: str
    sha256: Sha256 | None
    bytes: Count | None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate that was judged."""

    name: str
    version: str | None
    policy: File | None
    files: tuple[File, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way to a finding."""

    path: str
    line: Number | None
    column: Number | None
    function: str
    what: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule. `waived_by` is the index in `waivers` of the waiver that holds for it, or null."""

    code: str
    severity: Literal["critical", "error", "note"]
    message: Text
    fix: Text
    path: str | None
    line: Number | None
    column: Number | None
    key: str | None
    trace: tuple[Step, ...]
    waived_by: Count | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at, with its digest, what was measured on it, or both."""

    what: str
    sha256: Sha256 | None
    measured: dict[str, Scalar]


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """What kept a check from looking."""

    message: Text
    fix: Text
    path: str | None
    line: Number | None
    column: Number | None
    key: str | None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution that a check came from."""

    distribution: str
    version: str
    builtin: bool


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check: its status alone (waivers counted), and all that it answered."""

    id: str
    title: str
    status: Literal["pass", "fail", "undecided"]
    outcome: Literal["examined", "unable", "crashed"]
    provider: Provider
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    obstacles: tuple[Obstacle, ...]
    error: str | None


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver and what became of it. `findings` is how many it is meant for; `days_left` is counted from the run."""

    code: str
    artifact: str | None
    path: str | None
    reason: str
    owner: str
    approver: str
    created: str
    expires: str
    state: Literal["used", "unused", "shadowed", "expired", "not yet", "too long", "refused"]
    findings: Count
    days_left: int | None
    why: str
    at: Place


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Everything outside `run` is the same for the same input on the same day."""

    schema: Literal["gatekeeper/report@1"]
    verdict: Literal["pass", "fail", "undecided", "incomplete"]
    exit_code: Literal[0, 1, 3] | None
    summary: Sentence
    interrupted: str
    profile: str
    partial: bool
    left_out: tuple[str, ...]
    unexamined: tuple[str, ...]
    candidate: Judged
    checks: tuple[Check, ...]
    waivers: tuple[Waiver, ...]
    waivers_ignored: bool
    run: Run


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the report, generated from the types above."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | msgspec.json.schema(Report)
