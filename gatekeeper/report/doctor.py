"""What `gatekeeper doctor` found, as text and as JSON (schema `gatekeeper/doctor@1`): one line a part."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from gatekeeper.report.json import encode
from gatekeeper.report.printable import one_line

SCHEMA = "gatekeeper/doctor@1"

MAX_DETAILS = 12
"""Details printed below one part. The JSON has them all."""


class Status(enum.StrEnum):
    """How one part is. `NOT_ASKED` is what this candidate and profile do not ask for, whether it is there or not."""

    OK = "OK"
    MISSING = "MISSING"
    BROKEN = "BROKEN"
    NOT_ASKED = "not asked for"


_SYMBOL = {
    Status.OK: ("✓", "+"),
    Status.MISSING: ("✗", "x"),
    Status.BROKEN: ("✗", "x"),
    Status.NOT_ASKED: ("·", "."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part that was looked at.

    Attributes:
        said: what is there, in one sentence.
        fix: what the reader does now, if there is anything.
        needed: whether a run is worth nothing without it; what is not needed never changes the exit code.
        details: what else is known, a line each.
    """

    part: str
    status: Status
    said: str
    fix: str = ""
    needed: bool = True
    details: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether a run could not be trusted, or could not be made."""
        return self.needed and self.status in {Status.MISSING, Status.BROKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All parts.

    Attributes:
        candidate: the candidate's folder as it was named; empty where none was looked at.
        refused: whether the policy, or a document that it names, is wrong: then nothing can be judged at all.
    """

    rows: tuple[Row, ...]
    profile: str
    candidate: str = ""
    refused: bool = False

    @property
    def exit_code(self) -> Literal[0, 2, 3]:
        """0 where all that is needed is there, 3 where not, 2 where the policy is wrong."""
        if self.refused:
            return 2
        return 3 if any(row.blocks for row in self.rows) else 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part that was looked at."""

    part: str
    status: Literal["OK", "MISSING", "BROKEN", "not asked for"]
    needed: bool
    said: str
    fix: str
    details: tuple[str, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What `gatekeeper doctor --json` prints. `candidate` is null where none was looked at."""

    schema: Literal["gatekeeper/doctor@1"]
    ready: bool
    exit_code: Literal[0, 2, 3]
    profile: str
    candidate: str | None
    parts: tuple[Part, ...]


def render_json(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as indented JSON with a final line feed."""
    return encode(
        Document(
            schema="gatekeeper/doctor@1",
            ready=diagnosis.exit_code == 0,
            exit_code=diagnosis.exit_code,
            profile=diagnosis.profile,
            candidate=diagnosis.candidate or None,
            parts=tuple(
                Part(
                    part=row.part,
                    status=row.status.value,
                    needed=row.needed,
                    said=row.said,
                    fix=row.fix,
                    details=row.details,
                )
                for row in diagnosis.rows
            ),
        )
    )


def render_text(diagnosis: Diagnosis, *, ascii_only: bool = False) -> str:
    """Return the diagnosis as text, one line a part, what to do below it, and one last sentence."""
    return "".join(f"{line}\n" for line in _lines(diagnosis, ascii_only=ascii_only))


def _lines(diagnosis: Diagnosis, *, ascii_only: bool) -> Iterator[str]:
    for row in diagnosis.rows:
        symbol = _SYMBOL[row.status][ascii_only]
        yield one_line(f"{symbol} {row.status:<13} {row.part:<21} {row.said}")
        for detail in row.details[:MAX_DETAILS]:
            yield one_line(f"    {detail}")
        if len(row.details) > MAX_DETAILS:
            yield f"    ... and {len(row.details) - MAX_DETAILS} more; all of them: --json"
        if row.fix:
            yield one_line(f"    fix: {row.fix}")
    yield ""
    yield one_line(_sentence(diagnosis))


def _sentence(diagnosis: Diagnosis) -> str:
    blocking = [row.part for row in diagnosis.rows if row.blocks]
    if blocking:
        return f"NOT READY: {', '.join(blocking)} (profile {diagnosis.profile})."
    if not diagnosis.candidate:
        return "READY: the gate and this machine; no candidate was looked at."
    return f"READY: all that {diagnosis.candidate} needs under profile {diagnosis.profile} is here."


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the document, generated from the types above."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | msgspec.json.schema(Document)
