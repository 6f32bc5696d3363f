"""The report as SARIF 2.1.0 (OASIS Standard, 27 March 2020, with errata 01), for code scanning services.

A viewer shows results and little else: a check that could not look is a result too, and so is what was left out. The
limits are those of GitHub's code scanning: 25,000 results a run, 1,000 locations a result, 10 MB compressed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from gatekeeper import __version__
from gatekeeper.documentation import SECTIONS, sections, title
from gatekeeper.engine import findings_of
from gatekeeper.model import Location, Rule, Severity, Step, Verdict
from gatekeeper.report import Report
from gatekeeper.report.anchoring import Anchor, Anchors, uri
from gatekeeper.report.commands import ascii_json, quiet_json
from gatekeeper.report.entries import (
    Entry,
    Weight,
    about,
    counted,
    entries,
    fingerprints,
    shown,
    waived_by,
)
from gatekeeper.report.own_codes import UNDECIDED, WAIVER
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import sentence

Json: TypeAlias = str | int | float | bool | msgspec.Raw | Sequence["Json"] | Mapping[str, "Json"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

FINGERPRINT = "gatekeeper/v1"
"""The name of the fingerprint; see `gatekeeper.report.entries.fingerprints`."""

LEFT_OUT = "gatekeeper/left-out"
"""The code under which it is told that results were left out."""

MAX_RESULTS, MAX_STEPS, MAX_BYTES = 25_000, 1_000, 9_500_000
"""What a service takes: of one run, of one result, and of the compressed file, with room for what is no result."""

_LEVELS = {
    **{weight: "error" for weight in Weight if weight.blocks},
    Weight.WAIVER: "warning",
    Weight.NOTE: "note",
}
_SEVERITIES = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.NOTE: "note"}
_OWN = {
    UNDECIDED: ("A check, or the whole run, decided nothing", "What was not looked at is not green.", "error"),
    WAIVER: ("A waiver has no effect, or will soon have none", "Delete it, or have it granted anew.", "warning"),
    LEFT_OUT: ("Results were left out", "All of them: gatekeeper run --report json=report.json", "warning"),
}


def render(report: Report) -> str:
    """Return one run, each result on a line of its own: the gravest first, and what is waived as suppressed."""
    anchors = Anchors(report.subject)
    listed = entries(report)
    kept = _within_limits(_results(listed, anchors), len(listed))
    codes = {entry.code for entry in listed[: len(kept)]}
    if len(kept) < len(listed):
        codes.add(LEFT_OUT)
        kept.append(msgspec.Raw(_encoded(_left_out(listed[len(kept) :], anchors))))
    run: dict[str, Json] = {
        "tool": {"driver": _driver(report, sorted(codes))},
        "automationDetails": {"id": f"gatekeeper/{uri(report.subject.base or report.subject.name)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, listed, anchors)],
        "artifacts": [*_artifacts(report, anchors)],
        "results": kept,
    }
    data = msgspec.json.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return f"{quiet_json(ascii_json(data).decode())}\n"


def _within_limits(results: Iterable[bytes], count: int) -> list[msgspec.Raw]:
    """Return as many as a service takes, leaving a place for the one that says how many are left out."""
    most = MAX_RESULTS if count <= MAX_RESULTS else MAX_RESULTS - 1
    kept: list[msgspec.Raw] = []
    size, meter = 0, zlib.compressobj(1)
    for result in results:
        size += len(meter.compress(result))
        if len(kept) == most or size > MAX_BYTES:
            break
        kept.append(msgspec.Raw(result))
    return kept


def _results(listed: Sequence[Entry], anchors: Anchors) -> Iterator[bytes]:
    for entry, (digest, number) in zip(listed, fingerprints(listed), strict=True):
        yield _encoded(_result(entry, f"{digest}:{number}", anchors))


def _encoded(result: Mapping[str, Json]) -> bytes:
    return b"\n" + ascii_json(msgspec.json.encode(result))


def _result(entry: Entry, fingerprint: str, anchors: Anchors) -> dict[str, Json]:
    anchor = anchors.of(entry.at)
    result: dict[str, Json] = {
        "ruleId": one_line(entry.code),
        "level": _SEVERITIES[entry.severity] if entry.severity else _LEVELS[entry.weight],
        "message": {"text": shown(f"{about(entry, anchor)}\nfix: {entry.fix}")},
        "locations": [_location(anchor, entry.at)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {"check": one_line(entry.check or "gatekeeper"), "weight": entry.weight.word},
    }
    if anchor.of is not None and not anchor.of.startswith("/"):
        file: dict[str, Json] = {"artifactLocation": {"uri": uri(anchor.of)}}
        result["relatedLocations"] = [{"id": 0, "physicalLocation": file, "message": {"text": "what it is about"}}]
    if entry.trace:
        result["codeFlows"] = [_flow(entry, anchors)]
    if entry.waiver is not None:
        justification = one_line(waived_by(entry.waiver))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _location(anchor: Anchor, at: Location | None) -> dict[str, Json]:
    location: dict[str, Json] = {"physicalLocation": _physical(anchor)}
    if anchor.of is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": one_line(anchor.of), "kind": "resource"}]
    elif at is not None and at.key:
        location["logicalLocations"] = [{"fullyQualifiedName": one_line(at.key), "kind": "member"}]
    return location


def _physical(anchor: Anchor) -> dict[str, Json]:
    region: dict[str, Json] = {"startLine": anchor.line}
    if anchor.column:
        region["startColumn"] = anchor.column
    return {"artifactLocation": {"uri": uri(anchor.path)}, "region": region}


def _flow(entry: Entry, anchors: Anchors) -> dict[str, Json]:
    """Return the way to a finding; of one that is too long the middle is left out."""
    trace = entry.trace
    if len(trace) >= MAX_STEPS:
        half = (MAX_STEPS - 2) // 2
        trace = (*trace[:half], *trace[-half:])
    steps = [_step(step, anchors) for step in trace]
    if entry.at is not None and trace[-1].at != entry.at:  # a viewer walks the whole way, to the place itself
        steps.append(_step(Step(at=entry.at, function=trace[-1].function, what=entry.code), anchors))
    flow: dict[str, Json] = {"threadFlows": [{"locations": steps}]}
    if len(trace) < len(entry.trace):
        flow["message"] = {"text": f"{len(entry.trace) - len(trace)} steps in the middle are left out"}
    return flow


def _step(step: Step, anchors: Anchors) -> dict[str, Json]:
    name = {"fullyQualifiedName": one_line(step.function), "kind": "function"}
    told = {"text": shown(step.what) or one_line(step.function)}
    return {
        "location": {"physicalLocation": _physical(anchors.of(step.at)), "logicalLocations": [name], "message": told}
    }


def _left_out(entries_: Sequence[Entry], anchors: Anchors) -> dict[str, Json]:
    return {
        "ruleId": LEFT_OUT,
        "level": "error" if any(entry.weight.blocks for entry in entries_) else "warning",
        "message": {"text": _told_left_out(entries_)},
        "locations": [_location(anchors.of(None), None)],
        "partialFingerprints": {FINGERPRINT: f"{LEFT_OUT}:0"},
    }


def _told_left_out(entries_: Sequence[Entry]) -> str:
    return (
        f"{len(entries_):,} more results are left out ({counted(entries_)}): this file holds what a code scanning "
        "service takes. All of them: --report json=report.json"
    )


def _driver(report: Report, codes: Sequence[str]) -> dict[str, Json]:
    providers = {finding.code: result.provider for result in report.results for finding in findings_of(result.outcome)}
    rules: list[Json] = []
    for code in codes:
        rule = report.rules.get(code)
        if rule is not None:
            rules.append(_rule(rule))
        elif code in _OWN:
            rules.append(_described(code, *_OWN[code]))
        else:
            provider = providers[code]
            told = f"A rule of {provider.distribution} {provider.version}"
            rules.append(_described(code, told, "Its documentation is that of the plug-in.", "error"))
    return {"name": "gatekeeper", "version": __version__, "semanticVersion": __version__, "rules": rules}


def _rule(rule: type[Rule]) -> dict[str, Json]:
    texts = sections(rule)
    page = "\n\n".join(f"## {heading}\n\n{texts[heading]}" for heading in SECTIONS)
    return {
        "id": rule.code,
        "name": rule.__name__,
        "shortDescription": {"text": f"{title(rule)}."},
        "fullDescription": {"text": texts["Why it matters"]},
        "help": {"text": texts["How to fix"], "markdown": f"{page}\n\nMore: `gatekeeper explain {rule.code}`\n"},
        "defaultConfiguration": {"level": _SEVERITIES[rule.severity]},
        "properties": {"severity": rule.severity.value, "tags": ["model", rule.code.partition("/")[0]]},
    }


def _described(code: str, what: str, help_: str, level: str) -> dict[str, Json]:
    return {
        "id": one_line(code),
        "shortDescription": {"text": one_line(f"{what}.")},
        "help": {"text": help_},
        "defaultConfiguration": {"level": level},
    }


def _invocation(report: Report, listed: Sequence[Entry], anchors: Anchors) -> dict[str, Json]:
    undecided = [entry for entry in listed if entry.code == UNDECIDED]
    invocation: dict[str, Json] = {
        "executionSuccessful": not undecided and (report.exit_code in {Verdict.PASS.value, Verdict.FAIL.value}),
        "exitCodeDescription": one_line(sentence(report)),
        "toolExecutionNotifications": [_notification(entry, anchors) for entry in undecided[:MAX_STEPS]],
    }
    if report.exit_code is not None:
        invocation["exitCode"] = report.exit_code
    return invocation


def _notification(entry: Entry, anchors: Anchors) -> dict[str, Json]:
    return {
        "descriptor": {"id": UNDECIDED},
        "level": "error",
        "message": {"text": shown(f"{entry.message}\nfix: {entry.fix}")},
        "locations": [_location(anchors.of(entry.at), entry.at)],
    }


def _artifacts(report: Report, anchors: Anchors) -> Iterator[dict[str, Json]]:
    """Yield each declared file once, with its digest."""
    policy = (report.subject.policy,) if report.subject.policy else ()
    files = {file.path: file for file in (*policy, *report.subject.files) if file.sha256}
    for file in files.values():
        path = anchors.path(file.path)
        if file.sha256 and not path.startswith("/"):
            yield {
                "location": {"uri": uri(path)},
                "hashes": {"sha-256": file.sha256},
                "length": -1 if file.bytes is None else file.bytes,
            }
