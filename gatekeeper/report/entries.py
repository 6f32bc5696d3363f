"""All that a report has to tell, the gravest first: what several formats list, cut, count and recognise again.

A check that could not look is told like a finding, under the code `gatekeeper/undecided`: whoever reads nothing but a
list of findings must not take a run for a clean one that has not looked.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatekeeper.engine import blocking, findings_of
from gatekeeper.model import Crashed, Examined, Finding, Location, Obstacle, Result, Severity, Step, Unable, Waiver
from gatekeeper.report import Report
from gatekeeper.report.anchoring import Anchor
from gatekeeper.report.own_codes import UNDECIDED, WAIVER
from gatekeeper.report.printable import printable
from gatekeeper.waivers import State, Use

_NUMBERS = re.compile(r"\b[0-9a-f]{12,}\b|\d+(?:[.,:_]\d+)*(?:[eE][+-]?\d+)?")


class Weight(enum.IntEnum):
    """How much an entry weighs; the least comes first."""

    INCOMPLETE = 0
    CRITICAL = 1
    UNDECIDED = 2
    ERROR = 3
    WAIVER = 4
    NOTE = 5
    WAIVED = 6

    @property
    def blocks(self) -> bool:
        """Whether an entry of this weight keeps the verdict from being PASS."""
        return self <= Weight.ERROR

    @property
    def word(self) -> str:
        """What a reader is told: `critical`, `undecided`, `waived`."""
        return self.name.lower()


_WEIGHTS = {Severity.CRITICAL: Weight.CRITICAL, Severity.ERROR: Weight.ERROR, Severity.NOTE: Weight.NOTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to tell.

    Attributes:
        check: the id of the check; empty where it is about the whole run.
        severity: the finding's own, also where it is waived; None for what is no finding.
    """

    weight: Weight
    code: str
    check: str
    message: str
    fix: str
    at: Location | None = None
    severity: Severity | None = None
    trace: tuple[Step, ...] = ()
    waiver: Waiver | None = None


def entries(report: Report) -> list[Entry]:
    """Return all of them, the gravest first and otherwise in the order of the chain."""
    found = [*_of_the_run(report)]
    for result in report.results:
        found += undecided(result)
        found += (_of_finding(result, each) for each in findings_of(result.outcome))
    found += of_waivers(report)
    return sorted(found, key=lambda entry: entry.weight)


def undecided(result: Result) -> Iterator[Entry]:
    """Yield what kept a check from deciding."""
    match result.outcome:
        case Unable(obstacles=obstacles):
            yield from (_of_obstacle(result.id, each) for each in obstacles)
        case Crashed(error=error):
            fix = "a check that crashes decides nothing; report it to its author"
            yield _undecided(result.id, f"{result.id} {error}", fix)
        case Examined(evidence=evidence):
            if not evidence and not blocking(result):
                yield _undecided(
                    result.id, f"{result.id} looked at nothing", "declare in gatekeeper.yaml what it reads"
                )


def _of_the_run(report: Report) -> Iterator[Entry]:
    if report.interrupted:
        message = f"INCOMPLETE: {report.interrupted}; there is no verdict"
        yield Entry(weight=Weight.INCOMPLETE, code=UNDECIDED, check="", message=message, fix="run it again")
    elif not report.results:
        yield _undecided("", "no check ran", "select checks that the profile has: gatekeeper list")


def _undecided(check: str, message: str, fix: str, at: Location | None = None) -> Entry:
    return Entry(weight=Weight.UNDECIDED, code=UNDECIDED, check=check, message=message, fix=fix, at=at)


def _of_obstacle(check: str, obstacle: Obstacle) -> Entry:
    return _undecided(check, f"{check} could not look: {obstacle.what}", obstacle.fix, obstacle.at)


def _of_finding(result: Result, finding: Finding) -> Entry:
    waiver = result.waived.get(finding)
    return Entry(
        weight=_WEIGHTS[finding.severity] if waiver is None else Weight.WAIVED,
        code=finding.code,
        check=result.id,
        message=finding.message,
        fix=finding.fix,
        at=finding.at,
        severity=finding.severity,
        trace=finding.trace,
        waiver=waiver,
    )


def of_waivers(report: Report) -> Iterator[Entry]:
    """Yield what is to be told of the waivers themselves: those without effect, and those that end soon."""
    yield from (_of_use(use) for use in report.waivers if _is_told(use))


def _is_told(use: Use) -> bool:
    return use.state is not State.USED or use.ends_soon


def _of_use(use: Use) -> Entry:
    waiver = use.waiver
    if use.state is State.USED:
        told, fix = f"ends {waiver.expires}", "mend what it waives, or have it granted anew"
    else:
        told, fix = f"{use.state}: {use.why}", "delete it, or have it granted anew"
    return Entry(
        weight=Weight.WAIVER, code=WAIVER, check="", message=f"waiver for {waiver.code} {told}", fix=fix, at=waiver.at
    )


def waived_by(waiver: Waiver) -> str:
    """Return who waived a finding, for whom, until when and why, and where that is written."""
    return f"waived until {waiver.expires}, by {waiver.approver} for {waiver.owner}: {waiver.reason} ({waiver.at})"


def path_of(trace: Iterable[Step]) -> str:
    """Return the way to a finding in one line: each function with the place where it takes the next step."""
    steps = tuple(trace)
    last = [step for step, after in zip(steps, (*steps[1:], None), strict=True) if _leaves(step, after)]
    return " -> ".join(f"{step.function} ({step.at.path}:{step.at.line})" for step in last)


def _leaves(step: Step, after: Step | None) -> bool:
    return after is None or (step.function, step.at.path) != (after.function, after.at.path)


def counted(entries_: Iterable[Entry]) -> str:
    """Return how many of each weight there are: `2 critical, 1 undecided, 31 errors`."""
    counts = Counter(entry.weight for entry in entries_)
    nouns = {Weight.ERROR, Weight.WAIVER, Weight.NOTE}
    return ", ".join(
        f"{counts[weight]:,} {weight.word}{'s' if weight in nouns and counts[weight] > 1 else ''}"
        for weight in Weight
        if counts[weight]
    )


def about(entry: Entry, anchor: Anchor) -> str:
    """Return the message, after the path of what it is about where neither it nor the place says so."""
    named = anchor.of is None or (entry.at is not None and entry.at.path in entry.message)
    return entry.message if named else f"{anchor.of}: {entry.message}"


def fingerprints(listed: Iterable[Entry]) -> Iterator[tuple[str, int]]:
    """Yield, for each entry, by what it is recognised in the next run, and which of those that are alike it is.

    It is made of the code, the path, the key and the first line of the message without its numbers: it outlives lines
    that move and values that change.
    """
    alike: Counter[str] = Counter()
    for entry in listed:
        at = entry.at or Location(path="")
        first = _NUMBERS.sub("#", entry.message.partition("\n")[0])
        parts = (entry.code, entry.check, at.path, _NUMBERS.sub("#", at.key or ""), first)
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
        yield digest, alike[digest]
        alike[digest] += 1


def shown(text: str) -> str:
    """Return a text of several lines made safe to print; quicker than `printable` where most lines are plain."""
    if text.isprintable():
        return text
    return "\n".join(line if line.isprintable() else printable(line) for line in text.split("\n"))
