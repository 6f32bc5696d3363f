"""The JSON report, schema `gatekeeper/report@1`. Equal inputs give equal bytes but for the `run` block."""

from __future__ import annotations

import json

import msgspec

from gatekeeper.engine import findings_of
from gatekeeper.model import Crashed, Examined, Finding, Location, Obstacle, Outcome, Result, Unable
from gatekeeper.report import FileDigest, Report
from gatekeeper.report.printable import is_hostile
from gatekeeper.report.summary import sentence

SCHEMA = "gatekeeper/report@1"

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


def render(report: Report) -> str:
    """Return the report as indented JSON with a final line feed."""
    document = {
        "schema": SCHEMA,
        "verdict": report.verdict.name.lower(),
        "exit_code": report.verdict.value,
        "summary": sentence(report),
        "profile": report.profile.name,
        "partial": bool(report.left_out),
        "left_out": list(report.left_out),
        "unexamined": list(report.unexamined),
        "candidate": {
            "name": report.subject.name,
            "version": report.subject.version,
            "policy": _file(report.subject.policy) if report.subject.policy else None,
            "files": [_file(each) for each in report.subject.files],
        },
        "checks": [_check(result) for result in report.results],
        "run": {
            **report.run,
            "seconds": {result.id: round(result.seconds, 3) for result in report.results},
            # A traceback names files and addresses of this machine.
            "crashes": {r.id: r.outcome.detail for r in report.results if isinstance(r.outcome, Crashed)},
        },
    }
    text = msgspec.json.format(msgspec.json.encode(_encodable(document)), indent=2).decode()
    return _escape_hostile(text) + "\n"


def _encodable(value: object) -> object:
    """Return `value` with each lone surrogate spelled out: the bytes of a path need not be text."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_encodable(key): _encodable(each) for key, each in value.items()}
        case list():
            return [_encodable(each) for each in value]
        case _:
            return value


def _escape_hostile(text: str) -> str:
    """Return the same JSON with what could repaint a terminal escaped: C1 controls, bidirectional overrides."""
    if text.isascii():
        return text
    return "".join(json.dumps(each)[1:-1] if each != "\n" and is_hostile(each) else each for each in text)


def _file(file: FileDigest) -> dict[str, Json]:
    return {"role": file.role, "path": file.path, "sha256": file.sha256, "bytes": file.bytes}


def _check(result: Result) -> dict[str, object]:
    return {
        "id": result.id,
        "title": result.title,
        "outcome": type(result.outcome).__name__.lower(),
        "provider": {
            "distribution": result.provider.distribution,
            "version": result.provider.version,
            "builtin": result.provider.builtin,
        },
        "findings": [_finding(finding) for finding in findings_of(result.outcome)],
        **_outcome(result.outcome),
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    evidence = outcome.evidence if isinstance(outcome, Examined | Unable) else ()
    return {
        "evidence": [{"what": e.what, "sha256": e.sha256, "measured": dict(e.measured)} for e in evidence],
        "obstacles": [_obstacle(each) for each in outcome.obstacles] if isinstance(outcome, Unable) else [],
        "error": outcome.error if isinstance(outcome, Crashed) else None,
    }


def _finding(finding: Finding) -> dict[str, Json]:
    head: dict[str, Json] = {"code": finding.code, "severity": finding.severity.value}
    return {**head, "message": finding.message, "fix": finding.fix, **_place(finding.at)}


def _obstacle(obstacle: Obstacle) -> dict[str, Json]:
    return {"message": obstacle.what, "fix": obstacle.fix, **_place(obstacle.at)}


def _place(at: Location | None) -> dict[str, Json]:
    if at is None:
        return {"path": None, "line": None, "column": None, "key": None}
    return {"path": at.path, "line": at.line, "column": at.column, "key": at.key}
