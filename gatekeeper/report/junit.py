"""The report as JUnit XML, for the test pages of CI servers: one test case a check.

There is no schema that all readers share; this keeps to what they have in common: one `failure` or one `error` a case,
and everything else as its output. A check that could not look is an error, never a skipped test: skipped is green.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from gatekeeper.engine import blocking, findings_of
from gatekeeper.model import Crashed, Evidence, Finding, Result
from gatekeeper.report import Report
from gatekeeper.report.entries import of_waivers, path_of, shown, undecided, waived_by
from gatekeeper.report.own_codes import UNDECIDED
from gatekeeper.report.printable import one_line
from gatekeeper.report.summary import failed, sentence, stands

MAX_SHOWN = 100
"""Findings written out for one check, the gravest first. The JSON report has them all."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference: section 2.2 of the recommendation."""

_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)|(?<![^\s]):(?=:)")
"""Where a line of the text may become a command of the CI that shows it; see `gatekeeper.report.commands`."""


def render(report: Report) -> str:
    """Return one suite with a case for each check, and one for the run where that is what decides nothing."""
    cases = [_Case.of(result) for result in report.results]
    if report.interrupted or not report.results:
        why = sentence(report)
        cases.append(_Case(name="the run", group="gatekeeper", seconds=0.0, error=(why, why)))
    totals = {
        "name": f"gatekeeper {report.subject.name}",
        "tests": len(cases),
        "failures": sum(case.failure is not None for case in cases),
        "errors": sum(case.error is not None for case in cases),
        "skipped": 0,
        "time": _seconds(sum(case.seconds for case in cases)),
    }
    told = [sentence(report), *(f"{each.message}\nfix: {each.fix}" for each in of_waivers(report))]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes({key: value for key, value in totals.items() if key != 'skipped'})}>",
        f"<testsuite{_attributes(totals | dict(_circumstances(report)))}>",
        *_properties(report),
        *(line for case in cases for line in case.lines()),
        f"<system-out>{_text(chr(10).join(told))}</system-out>",
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _circumstances(report: Report) -> Iterator[tuple[str, str]]:
    """Yield when and where it ran, as attributes; the time is that of UTC, for which the format has no mark."""
    started, host = report.run.get("started"), report.run.get("host")
    if isinstance(started, str):
        yield "timestamp", started[:19]
    if isinstance(host, str):
        yield "hostname", host


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case; `failure` and `error` are the message and the text of what makes it red."""

    name: str
    group: str
    seconds: float
    failure: tuple[str, str] | None = None
    error: tuple[str, str] | None = None
    code: str = UNDECIDED
    output: str = ""

    @classmethod
    def of(cls, result: Result) -> _Case:
        """Return the case of a check."""
        found = sorted(blocking(result), key=lambda each: each.severity.value)  # "critical" comes before "error"
        stuck = [f"undecided: {each.message}\nfix: {each.fix}" for each in undecided(result)]
        output = "\n".join(_output(result))
        case = cls(name=result.id, group=result.provider.distribution, seconds=result.seconds, output=output)
        if failed(result):
            count = f"{len(found)} finding{'' if len(found) == 1 else 's'}"
            message = f"{count}: {found[0].code}: {found[0].message.partition(chr(10))[0]}"
            return replace(case, failure=(message, "\n\n".join([*_findings(found), *stuck])), code=found[0].code)
        return case if stands(result) else replace(case, error=(_first(stuck), "\n\n".join(stuck)))

    def lines(self) -> Iterator[str]:
        """Yield the element."""
        yield f"<testcase{_attributes({'classname': self.group, 'name': self.name, 'time': _seconds(self.seconds)})}>"
        for tag, told in (("failure", self.failure), ("error", self.error)):
            if told is not None:
                yield f"<{tag}{_attributes({'message': told[0], 'type': self.code})}>{_text(told[1])}</{tag}>"
        if self.output:
            yield f"<system-out>{_text(self.output)}</system-out>"
        yield "</testcase>"


def _first(stuck: Sequence[str]) -> str:
    """Return the first line of what kept a check from deciding, and how much more there is."""
    more = f" and {len(stuck) - 1} more" if len(stuck) > 1 else ""
    return f"{stuck[0].partition(chr(10))[0]}{more}" if stuck else "undecided"


def _findings(found: Sequence[Finding]) -> Iterator[str]:
    yield from (_finding(each) for each in found[:MAX_SHOWN])
    if len(found) > MAX_SHOWN:
        yield f"... and {len(found) - MAX_SHOWN:,} more; all of them: --report json=report.json"


def _finding(finding: Finding) -> str:
    way = f"\npath: {path_of(finding.trace)}" if finding.trace else ""
    return (
        f"{finding.severity.value}  {finding.code}  {one_line(str(finding.at))}\n"
        f"{finding.message}{way}\nfix: {finding.fix}"
    )


def _output(result: Result) -> Iterator[str]:
    """Yield what the check asks, what it saw, and what it found that fails nothing: notes, and what is waived."""
    yield f"{result.title}{f' [cached, from {result.cached}]' if result.cached else ''}"
    if not isinstance(result.outcome, Crashed):
        yield from (_evidence(each) for each in result.outcome.evidence)
    quiet = [each for each in findings_of(result.outcome) if each in result.waived or not each.severity.blocks]
    for each in quiet[:MAX_SHOWN]:
        waiver = result.waived.get(each)
        yield _finding(each) if waiver is None else f"{waived_by(waiver)}\n{_finding(each)}"
    if len(quiet) > MAX_SHOWN:
        yield f"... and {len(quiet) - MAX_SHOWN:,} more; all of them: --report json=report.json"


def _evidence(evidence: Evidence) -> str:
    told = [f"{name} {value}" for name, value in evidence.measured.items()]
    return f"saw {evidence.what}: {', '.join([*told, *([f'sha256:{evidence.sha256}'] if evidence.sha256 else [])])}"


def _properties(report: Report) -> Iterator[str]:
    subject = report.subject
    facts = {"verdict": report.word, "profile": report.profile.name, "candidate": subject.name}
    facts |= {"version": subject.version} if subject.version else {}
    policy = [subject.policy] if subject.policy else []
    files = {f"sha256 of {file.path}": file.sha256 for file in (*policy, *subject.files) if file.sha256}
    yield "<properties>"
    yield from (f"<property{_attributes({'name': name, 'value': value})}/>" for name, value in (facts | files).items())
    yield "</properties>"


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f' {name}="{_escaped(one_line(str(value)))}"' for name, value in values.items())


def _text(text: str) -> str:
    return _escaped(shown(text))


def _escaped(text: str) -> str:
    if not text.isprintable():
        text = _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    text = escape(text)
    return _COMMAND.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
