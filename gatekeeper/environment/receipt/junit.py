"""A JUnit report as facts: every test case with its result, and where the report contradicts itself.

Read by expat, element by element. A document type is refused, so that no entity is ever defined or expanded.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

LARGEST = 64 * 1024 * 1024
"""Bytes. A report of 100,000 cases with their output has less."""

_DEEPEST = 64
_AGAIN = "run the suite again and let it write the report: pytest --junitxml=junit.xml"


class Status(enum.StrEnum):
    """How a test ended; the order is that of weight: a case with several results counts as the last of them here."""

    PASSED = "passed"
    SKIPPED = "skipped"
    RERUN = "rerun"
    """It failed first and passed when it was run again."""
    FAILED = "failed"
    ERROR = "error"


_RESULTS = {
    "skipped": Status.SKIPPED,
    "rerun": Status.RERUN,
    "flakyFailure": Status.RERUN,
    "flakyError": Status.RERUN,
    "rerunFailure": Status.FAILED,
    "rerunError": Status.ERROR,
    "failure": Status.FAILED,
    "error": Status.ERROR,
}
_ORDER = tuple(Status)
# What a suite counts in its attributes, and the results that it counts there.
_COUNTED = {
    "tests": frozenset(Status),
    "failures": frozenset({Status.FAILED}),
    "errors": frozenset({Status.ERROR}),
    "skipped": frozenset({Status.SKIPPED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case; `id` is `classname::name`, or the name alone."""

    id: str
    status: Status
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One JUnit report.

    Attributes:
        cases: In the order of the file.
        contradictions: Where a suite's own counts are not those of its cases; pytest counts a test that fails and then
            fails again in its teardown once and lists it twice.
    """

    cases: tuple[Case, ...]
    contradictions: tuple[str, ...] = ()

    def ids(self, *statuses: Status) -> tuple[str, ...]:
        """Return the ids of the cases that ended so, sorted, each once."""
        return tuple(sorted({case.id for case in self.cases if case.status in statuses}))

    @property
    def repeated(self) -> tuple[str, ...]:
        """The ids that more than one case has, sorted: nobody can say which of them counts."""
        return tuple(sorted(id_ for id_, count in Counter(case.id for case in self.cases).items() if count > 1))


def read_junit(stream: BinaryIO) -> Report:
    """Return the cases of a JUnit report.

    Raises:
        Unreadable: It is no XML, has a document type, is no JUnit report, or is larger than 64 MiB.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"got more than {LARGEST} bytes; no test report is that large", fix=_AGAIN)
    return parse_junit(data)


def parse_junit(data: bytes) -> Report:
    """Return the cases of a JUnit report; see `read_junit`."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        what = f"is no XML: {expat.errors.messages[error.code]}"
        raise Unreadable(what, fix=_AGAIN, line=error.lineno, column=error.offset + 1) from error
    return Report(cases=tuple(reader.cases), contradictions=tuple(reader.contradictions))


@dataclass(slots=True)
class _Suite:
    """A `<testsuite>` or `<testsuites>` that is open."""

    name: str
    claimed: dict[str, str]
    line: int
    counts: Counter[Status] = field(default_factory=Counter)


class _Reader:
    """Collects cases while expat walks the document."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.contradictions: list[str] = []
        self._suites: list[_Suite] = []
        self._path: list[str] = []
        self._case: tuple[str, int] | None = None
        self._results: list[Status] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _refuse_document_type(self, name: str, *_: object) -> None:
        what = f"got a document type (DOCTYPE {name}), expected none: it could define entities that grow without end"
        raise self._error(what)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) == _DEEPEST:
            raise self._error(f"got elements nested {_DEEPEST} deep, expected suites and cases")
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if name in {"testsuite", "testsuites"} and parent in {"", "testsuite", "testsuites"}:
            claimed = {key: attributes[key] for key in _COUNTED if key in attributes}
            self._suites.append(_Suite(attributes.get("name", name), claimed, self.parser.CurrentLineNumber))
        elif not parent:
            raise self._error(f"got the root element {quoted(name)}, expected testsuites or testsuite")
        elif name == "testcase":
            self._start_case(parent, attributes)
        elif self._case is not None and parent == "testcase" and name in _RESULTS:
            self._results.append(_RESULTS[name])

    def _start_case(self, parent: str, attributes: dict[str, str]) -> None:
        if parent != "testsuite":
            raise self._error(f"got a testcase in {quoted(parent)}, expected it in a testsuite")
        name, classname = attributes.get("name", ""), attributes.get("classname", "")
        if not name:
            raise self._error("got a testcase without a name")
        self._case = (f"{classname}::{name}" if classname else name, self.parser.CurrentLineNumber)
        self._results = [Status.PASSED]

    def _end(self, name: str) -> None:
        self._path.pop()
        if name == "testcase" and self._case is not None:
            id_, line = self._case
            status = max(self._results, key=_ORDER.index)
            self.cases.append(Case(id=id_, status=status, line=line))
            self._case = None
            for suite in self._suites:
                suite.counts[status] += 1
        elif name in {"testsuite", "testsuites"} and self._suites:
            self._close(self._suites.pop())

    def _close(self, suite: _Suite) -> None:
        for key, claimed in suite.claimed.items():
            counted = sum(suite.counts[status] for status in _COUNTED[key])
            if claimed != str(counted):
                where = f"{quoted(suite.name)} in line {suite.line}"
                self.contradictions.append(f"{where} says {key}={quoted(claimed)} and holds {counted}")

    def _error(self, what: str) -> Unreadable:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        return Unreadable(what, fix=_AGAIN, line=line, column=column)
