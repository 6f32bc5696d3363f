"""`signoff.json` as types, schema `gatekeeper/signoff@1`: the whole report of the run, and what stands beside it.

A key is never taken away and never changes its meaning within a version; new ones may come.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from gatekeeper.report import document
from gatekeeper.report.json import document_of, encode
from gatekeeper.report.signoff import SCHEMA, Signoff, checklist, coverage


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the released model; `sha256` is in hexadecimal."""

    path: str
    sha256: str
    bytes: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of the candidate's folder, and whether a tracked file differs from it."""

    commit: str
    dirty: bool


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What one check says of a cause; `found` counts its findings by code, waived ones included."""

    check: str
    codes: tuple[str, ...]
    needed: bool
    state: Literal["checked", "waived", "failed", "not proved"]
    why: str
    seen: tuple[str, ...]
    found: dict[str, int]


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One cause of incident 4092-X. Only `checked` is a checked box."""

    id: str
    title: str
    happened: str
    state: Literal["checked", "waived", "failed", "not proved"]
    grounds: tuple[Ground, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a framework, whether this run supports it, by which checks, and in what way."""

    id: str
    title: str
    state: Literal["evidenced", "in part", "failed", "not proved", "not covered"]
    checks: tuple[str, ...]
    how: str


class Framework(msgspec.Struct, frozen=True, kw_only=True):
    """A framework and its items. It says what the run is evidence for; it is no statement of conformity."""

    id: str
    title: str
    items: tuple[Item, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-off. The times are in UTC: `created` after RFC 3339, `valid_until` a day, included."""

    schema: Literal["gatekeeper/signoff@1"]
    created: str
    valid_until: str | None
    command: str
    artifacts: tuple[Artifact, ...]
    source: Source | None
    gate: dict[str, str]
    interpreter: dict[str, str]
    distributions: dict[str, str]
    gpu: dict[str, str]
    checklist: tuple[Box, ...]
    coverage: tuple[Framework, ...]
    report: document.Report


def render(signoff: Signoff) -> str:
    """Return the sign-off as indented JSON with a final line feed."""
    return encode(document_of_signoff(signoff))


def document_of_signoff(signoff: Signoff) -> Document:
    """Return the document of a sign-off."""
    results = signoff.report.results
    return Document(
        schema=SCHEMA,
        created=signoff.created.isoformat(timespec="seconds"),
        valid_until=None if signoff.valid_until is None else signoff.valid_until.isoformat(),
        command=signoff.command,
        artifacts=tuple(Artifact(path=each.path, sha256=each.sha256, bytes=each.bytes) for each in signoff.artifacts),
        source=None if signoff.source is None else Source(commit=signoff.source.commit, dirty=signoff.source.dirty),
        gate=dict(signoff.gate),
        interpreter=dict(signoff.interpreter),
        distributions=dict(signoff.distributions),
        gpu=dict(signoff.gpu),
        checklist=tuple(_box(each) for each in checklist.boxes(results)),
        coverage=tuple(_framework(each) for each in coverage.frameworks(results)),
        report=document_of(signoff.report),
    )


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the sign-off, generated from the types above."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | msgspec.json.schema(Document)


def _box(box: checklist.Box) -> Box:
    cause = box.cause
    grounds = tuple(_ground(each) for each in box.grounds)
    return Box(id=cause.id, title=cause.title, happened=cause.happened, state=box.state.value, grounds=grounds)


def _ground(ground: checklist.Ground) -> Ground:
    rest = ground.rest
    return Ground(
        check=rest.check,
        codes=rest.codes,
        needed=rest.needed,
        state=ground.state.value,
        why=ground.why,
        seen=ground.seen,
        found=dict(ground.found),
    )


def _framework(framework: coverage.Framework) -> Framework:
    items = tuple(
        Item(id=each.item.id, title=each.item.title, state=each.state.value, checks=each.item.checks, how=each.item.how)
        for each in framework.items
    )
    return Framework(id=framework.id, title=framework.title, items=items)
