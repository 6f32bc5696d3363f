"""The lint as SARIF 2.1.0 (OASIS Standard, 27 March 2020, with errata 01), for code scanning services."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import quote

from gatekeeper import __version__
from gatekeeper.documentation import rule_page, sections, title
from gatekeeper.inference.facts import Flaw, Place, SourceFile
from gatekeeper.model import Rule, Severity, Verdict
from gatekeeper.report.lint import Judged, Lint
from gatekeeper.report.lint.wording import place_of, steps_of
from gatekeeper.report.printable import printable

Json: TypeAlias = str | int | bool | Sequence["Json"] | dict[str, "Json"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

FINGERPRINT = "gatekeeper/v1"
"""The name of the fingerprint: of the code, the path, the function and the line's text, so that it outlives a move."""

_LEVEL = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.NOTE: "note"}


def render(lint: Lint) -> str:
    """Return one run as indented JSON in ASCII: rules, results with their whole path, and what could not be read."""
    document: dict[str, Json] = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(lint)]}
    return json.dumps(document, indent=2) + "\n"


def _run(lint: Lint) -> dict[str, Json]:
    codes = {code: index for index, code in enumerate(sorted(lint.rules))}
    invocation: dict[str, Json] = {
        "executionSuccessful": not lint.flaws,
        "exitCode": lint.verdict.value,
        "exitCodeDescription": {
            Verdict.PASS: "clean",
            Verdict.FAIL: "findings",
            Verdict.UNDECIDED: "something could not be looked at",
        }[lint.verdict],
        "toolExecutionNotifications": [_notification(each) for each in lint.flaws],
    }
    return {
        "tool": {
            "driver": {
                "name": "gatekeeper lint",
                "version": __version__,
                "rules": [_rule(lint.rules[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "artifacts": [_artifact(each) for each in lint.analysis.files],
        "results": _results(lint, codes),
    }


def _rule(rule: type[Rule]) -> dict[str, Json]:
    texts = sections(rule)
    page = rule_page(rule)
    return {
        "id": rule.code,
        "name": rule.__name__,
        "shortDescription": {"text": f"{title(rule)}."},
        "fullDescription": {"text": texts["Why it matters"]},
        "help": {"text": texts["How to fix"], "markdown": page},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"severity": rule.severity.value},
    }


def _results(lint: Lint, codes: dict[str, int]) -> list[dict[str, Json]]:
    alike: Counter[str] = Counter()
    results: list[dict[str, Json]] = []
    for each in lint.judged:
        key = _identity(each, lint)
        results.append(_result(each, codes, f"{_digest(key)}:{alike[key]}"))
        alike[key] += 1
    return results


def _result(judged: Judged, codes: dict[str, int], fingerprint: str) -> dict[str, Json]:
    finding = judged.finding
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "level": _LEVEL[finding.severity],
        "message": {"text": printable(f"{finding.message}\nfix: {finding.fix}")},
        "locations": [_location(place_of(judged), judged.observation.function if judged.observation else "")],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if finding.code in codes:
        result["ruleIndex"] = codes[finding.code]
    steps = steps_of(judged)
    if steps:
        flow: list[Json] = [{"location": _location(step.at, step.function, step.what)} for step in steps]
        if steps[-1].at != place_of(judged):  # a viewer walks the whole way, to the place itself
            flow.append({"location": _location(place_of(judged), steps[-1].function, _subject(judged))})
        flows: list[Json] = [{"threadFlows": [{"locations": list(flow)}]}]
        result["codeFlows"] = flows
    if judged.suppressed is not None:
        reason = printable(judged.suppressed.reason)
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": reason}]
    return result


def _subject(judged: Judged) -> str:
    return judged.observation.subject if judged.observation else ""


def _location(at: Place, function: str, what: str = "") -> dict[str, Json]:
    physical: dict[str, Json] = {"artifactLocation": _artifact_location(at.path)}
    told = what
    if at.cell is None:
        physical["region"] = {
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
        }
    else:  # the lines of a cell are none of the notebook's file, so that a region would point at something else
        told = f"cell {at.cell}, line {at.line}, column {at.column}{f': {what}' if what else ''}"
    location: dict[str, Json] = {"physicalLocation": physical}
    if function:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(function), "kind": "function"}]
    if told:
        location["message"] = {"text": printable(told)}
    return location


def _notification(flaw: Flaw) -> dict[str, Json]:
    notification: dict[str, Json] = {
        "level": "error",
        "message": {"text": printable(f"{flaw.what}\nfix: {flaw.fix}")},
    }
    if flaw.path:
        physical: dict[str, Json] = {"artifactLocation": _artifact_location(flaw.path)}
        if flaw.line:
            region: dict[str, Json] = {"startLine": flaw.line}
            physical["region"] = region | ({"startColumn": flaw.column} if flaw.column else {})
        notification["locations"] = [{"physicalLocation": physical}]
    return notification


def _artifact(file: SourceFile) -> dict[str, Json]:
    return {"location": _artifact_location(file.path), "hashes": {"sha-256": file.sha256}}


def _artifact_location(path: str) -> dict[str, Json]:
    return {"uri": quote(path.encode("utf-8", "surrogateescape"))}


def _identity(judged: Judged, lint: Lint) -> str:
    """Return what a finding is recognised by after other lines have moved: what it is and what its line says."""
    at, observation = place_of(judged), judged.observation
    lines = lint.lines.get((at.path, at.cell), ())
    line = lines[at.line - 1].strip() if at.line <= len(lines) else ""
    parts = (judged.finding.code, at.path, observation.function if observation else "", _subject(judged), line)
    return "\0".join(parts)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
