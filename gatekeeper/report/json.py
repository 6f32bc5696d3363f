"""The JSON report: the types of `gatekeeper.report.document` as bytes that are the same for the same input."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import msgspec

from gatekeeper.engine import findings_of
from gatekeeper.model import Crashed, Examined, Finding, Location, Obstacle, Result, Step, Unable, Waiver
from gatekeeper.report import FileDigest, Report, document
from gatekeeper.report.commands import quiet_json
from gatekeeper.report.printable import is_hostile
from gatekeeper.report.summary import sentence, status
from gatekeeper.waivers import Use

_UNUSUAL = re.compile("[\x7f-\U0010ffff]+")
"""All but plain ASCII; what stands below it is escaped in any JSON, or is white space."""


def render(report: Report) -> str:
    """Return the report as indented JSON with a final line feed."""
    return encode(document_of(report))


def encode(value: msgspec.Struct) -> str:
    """Return a document as indented JSON with a final line feed.

    Nothing in it can repaint a terminal, and no line of it is a command to the CI in whose log it is shown.
    """
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(value)))
    # In place of one another: a report may have many megabytes.
    data = msgspec.json.format(data, indent=2)
    text = data.decode()
    del data
    return f"{quiet_json(escape_hostile(text))}\n"


def document_of(report: Report) -> document.Report:
    """Return the document of a report."""
    subject = report.subject
    order = {use.waiver: index for index, use in enumerate(report.waivers)}
    return document.Report(
        schema=document.SCHEMA,
        verdict=report.word.lower(),  # type: ignore[arg-type]  # the words are those of the type
        exit_code=report.exit_code,  # type: ignore[arg-type]  # the same
        summary=sentence(report),
        interrupted=report.interrupted,
        profile=report.profile.name,
        partial=bool(report.left_out),
        left_out=report.left_out,
        unexamined=report.unexamined,
        candidate=document.Judged(
            name=subject.name,
            version=subject.version,
            policy=_file(subject.policy) if subject.policy else None,
            files=tuple(_file(each) for each in subject.files),
        ),
        checks=tuple(_check(result, order) for result in report.results),
        waivers=tuple(_waiver(use) for use in report.waivers),
        waivers_ignored=report.waivers_ignored,
        run={
            **{key: dict(value) if isinstance(value, Mapping) else value for key, value in report.run.items()},
            "seconds": {result.id: round(result.seconds, 3) for result in report.results},
            "cached": {result.id: result.cached for result in report.results if result.cached},
            # A traceback names files and addresses of this machine.
            "crashes": {r.id: r.outcome.detail for r in report.results if isinstance(r.outcome, Crashed)},
        },
    )


def _encodable(value: object) -> object:
    """Return `value` with each lone surrogate spelled out: the bytes of a path need not be text."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_encodable(key): _encodable(each) for key, each in value.items()}
        case list() | tuple():
            return [_encodable(each) for each in value]
        case _:
            return value


def escape_hostile(text: str) -> str:
    """Return the same JSON with what could repaint a terminal escaped: C1 controls, bidirectional overrides."""
    if all(match[0].isprintable() for match in _UNUSUAL.finditer(text)):
        return text
    return _UNUSUAL.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    if match[0].isprintable():
        return match[0]
    return "".join(json.dumps(each)[1:-1] if is_hostile(each) else each for each in match[0])


def _file(file: FileDigest) -> document.File:
    return document.File(role=file.role, path=file.path, sha256=file.sha256, bytes=file.bytes)


def _check(result: Result, order: dict[Waiver, int]) -> document.Check:
    outcome = result.outcome
    evidence = outcome.evidence if isinstance(outcome, Examined | Unable) else ()
    provider = result.provider
    return document.Check(
        id=result.id,
        title=result.title,
        status=status(result).lower(),  # type: ignore[arg-type]  # the words are those of the type
        outcome=type(outcome).__name__.lower(),  # type: ignore[arg-type]  # the same
        provider=document.Provider(
            distribution=provider.distribution, version=provider.version, builtin=provider.builtin
        ),
        findings=tuple(_finding(each, result.waived.get(each), order) for each in findings_of(outcome)),
        evidence=tuple(
            document.Evidence(what=each.what, sha256=each.sha256, measured=dict(each.measured)) for each in evidence
        ),
        obstacles=tuple(_obstacle(each) for each in outcome.obstacles) if isinstance(outcome, Unable) else (),
        error=outcome.error if isinstance(outcome, Crashed) else None,
    )


def _finding(finding: Finding, waiver: Waiver | None, order: dict[Waiver, int]) -> document.Finding:
    at = finding.at
    return document.Finding(
        code=finding.code,
        severity=finding.severity.value,
        message=finding.message,
        fix=finding.fix,
        path=at.path,
        line=at.line,
        column=at.column,
        key=at.key,
        trace=tuple(_step(each) for each in finding.trace),
        waived_by=None if waiver is None else order[waiver],
    )


def _step(step: Step) -> document.Step:
    at = step.at
    return document.Step(path=at.path, line=at.line, column=at.column, function=step.function, what=step.what)


def _obstacle(obstacle: Obstacle) -> document.Obstacle:
    at = _place(obstacle.at)
    return document.Obstacle(
        message=obstacle.what, fix=obstacle.fix, path=at.path, line=at.line, column=at.column, key=at.key
    )


def _waiver(use: Use) -> document.Waiver:
    waiver = use.waiver
    return document.Waiver(
        code=waiver.code,
        artifact=waiver.artifact,
        path=waiver.path,
        reason=waiver.reason,
        owner=waiver.owner,
        approver=waiver.approver,
        created=waiver.created,
        expires=waiver.expires,
        state=use.state.value,
        findings=use.findings,
        days_left=use.days_left,
        why=use.why,
        at=_place(waiver.at),
    )


def _place(at: Location | None) -> document.Place:
    if at is None:
        return document.Place()
    return document.Place(path=at.path, line=at.line, column=at.column, key=at.key)
