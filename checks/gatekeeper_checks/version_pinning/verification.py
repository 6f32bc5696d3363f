"""A receipt beside what is true now: nothing that it says is believed, everything is compared."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gatekeeper.candidate import Candidate
from gatekeeper.environment.comparison.gate_facts import gate_differences
from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.identity import comparable_version
from gatekeeper.environment.installed.probe import parse_probe
from gatekeeper.environment.receipt.junit import Report, Status
from gatekeeper.environment.receipt.required import RequiredTests
from gatekeeper.environment.receipt.statement import Named, Receipt
from gatekeeper.environment.target import Target
from gatekeeper.model import Finding, Location, Rule
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.version_pinning import receipt_rules as rules

_SHOWN = 5
_FAILED = (Status.FAILED, Status.ERROR, Status.RERUN)


def record_command(candidate: Candidate) -> str:
    """Return what to type for a receipt."""
    integration = candidate.policy.environment.integration
    tests = integration.tests if integration and integration.tests else "tests"
    return f"gatekeeper receipt record -o receipt.json -- python -m pytest --junitxml=junit.xml {tests}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What a receipt claims, and the same worked out from the files of the candidate."""

    at: Location
    candidate: Candidate
    receipt: Receipt
    lock: TargetLock
    target: Target
    environment: str
    artifacts: Mapping[str, str]
    report: Report
    report_sha256: str
    required: RequiredTests | None
    required_file: Named | None
    tests: Named | None

    def refuse(self, rule: type[Rule], message: str, fix: str | None = None) -> Finding:
        """Return the finding that the receipt does not count."""
        return rule.finding(
            f"{self.at.path}: {message}", fix=fix or f"record it again: {record_command(self.candidate)}", at=self.at
        )


def judge_receipt(known: Recomputed) -> Iterator[Finding]:
    """Yield each reason why the receipt does not count."""
    yield from _other_artifacts(known)
    yield from _other_environment(known)
    yield from _other_interpreter(known)
    yield from _other_tests(known)
    yield from _failed(known)
    yield from _other_report(known)
    yield from _trimmed(known)


def _other_artifacts(known: Recomputed) -> Iterator[Finding]:
    tested = {each.path: each.sha256 for each in known.receipt.artifacts}
    if len(tested) < len(known.receipt.artifacts):
        yield known.refuse(rules.ReceiptForeign, "names an artifact twice")
    for path in sorted(known.artifacts.keys() - tested.keys()):
        yield known.refuse(rules.ReceiptForeign, f"was recorded without {path}, which the candidate declares")
    for path in sorted(tested.keys() - known.artifacts.keys()):
        yield known.refuse(rules.ReceiptForeign, f"was recorded for {path}, which the candidate does not declare")
    for path, now in sorted(known.artifacts.items()):
        if tested.get(path, now) != now:
            message = f"was recorded for {path} with sha256 {tested[path]}, the candidate has {now}"
            yield known.refuse(rules.ReceiptForeign, message)


def _other_environment(known: Recomputed) -> Iterator[Finding]:
    receipt = known.receipt
    if (receipt.environment, receipt.target) != (known.environment, str(known.target)):
        message = f"was recorded for the environment {receipt.environment} on {receipt.target}, "
        message += f"{known.lock.path} gives {known.environment} on {known.target}"
        yield known.refuse(rules.ReceiptForeign, message)
    if receipt.lock != posixpath.normpath(known.lock.path):
        message = f"was recorded for the lock {receipt.lock}, the policy names {known.lock.path}"
        yield known.refuse(rules.ReceiptForeign, message)


def _other_interpreter(known: Recomputed) -> Iterator[Finding]:
    """Compare what the interpreter that ran the tests had installed with what the lock pins."""
    measured = parse_probe(known.receipt.probe)
    fix = f"install {known.lock.path} into a fresh environment, and record it there: {record_command(known.candidate)}"
    if measured.runtime is None or measured.runtime.python is None:
        yield known.refuse(rules.ReceiptForeign, "does not say under which Python the tests ran", fix)
    # A lock, and not what its own side measured: the suite is held to the target that production has.
    for each in gate_differences(replace(known.lock.lock, runtime=None), measured, known.target):
        message = f"the tests ran under {each.name} {each.production_value}, expected {each.training_value}"
        yield known.refuse(rules.ReceiptForeign, message, fix)
    other = list(_other_packages(known.lock.rows, measured))
    if other:
        message = f"the tests ran with other packages than {known.lock.path} pins: {_shown(other)}"
        yield known.refuse(rules.ReceiptForeign, message, fix)


def _other_packages(pins: Sequence[Row], measured: Lock) -> Iterator[str]:
    """Yield each pinned package that was there in another version, from other files, or not as it was installed."""
    installed = {row.name: row for row in measured.rows}
    flawed = {each.name: each for each in measured.anomalies}
    for pin in sorted((row for row in pins if row.name and row.version), key=lambda row: row.name):
        row = installed.get(pin.name)
        got = (row.version if row else None) or "absent"
        if row is None or comparable_version(row.version or "") != comparable_version(pin.version or ""):
            yield f"{pin.name} {got}, the lock pins {pin.version}"
        elif pin.name in flawed:
            yield f"{pin.name} {got}, not as it was installed: {flawed[pin.name].flaw.value}"
        elif pin.records and row.records and not set(row.records) <= set(pin.records):
            yield f"{pin.name} {got}, from other files than those that are recorded beside the lock"


def _other_tests(known: Recomputed) -> Iterator[Finding]:
    recorded, now = known.receipt.tests, known.tests
    if recorded != now:
        message = f"was recorded with {_named(recorded)}, the candidate has {_named(now)}"
        yield known.refuse(rules.ReceiptForeign, message)


def _named(tests: Named | None) -> str:
    return f"the tests in {tests.path} (digest {tests.sha256})" if tests else "the digest of no tests"


def _failed(known: Recomputed) -> Iterator[Finding]:
    failed = known.report.ids(*_FAILED)
    if failed:
        message = f"tests failed, or passed only when they were run again ({len(failed)}): {_shown(failed)}"
        yield known.refuse(rules.ReceiptFailed, message, f"mend them, then {record_command(known.candidate)}")
    elif not known.receipt.passed:
        yield known.refuse(rules.ReceiptFailed, "the suite did not end with exit code 0, though no test failed")


def _other_report(known: Recomputed) -> Iterator[Finding]:
    """Compare the report with what the receipt says of it, and with itself."""
    receipt, report = known.receipt, known.report
    if known.report_sha256 != receipt.junit.sha256:
        message = f"{receipt.junit.path} is not the report that was recorded: got sha256 {known.report_sha256}, "
        yield known.refuse(rules.ReceiptTrimmed, f"{message}expected {receipt.junit.sha256}")
    if (receipt.passed_tests, receipt.failed_tests) != (report.ids(Status.PASSED), report.ids(*_FAILED)):
        message = f"the tests that it names are not those of {receipt.junit.path}"
        yield known.refuse(rules.ReceiptTrimmed, message)
    if report.repeated:
        yield known.refuse(rules.ReceiptTrimmed, f"tests that stand twice in the report: {_shown(report.repeated)}")
    for each in report.contradictions:
        yield known.refuse(rules.ReceiptTrimmed, f"the report contradicts itself: {each}")


def _trimmed(known: Recomputed) -> Iterator[Finding]:
    passed = known.report.ids(Status.PASSED)
    if not passed:
        yield known.refuse(rules.ReceiptTrimmed, "no test passed, expected at least one")
    if known.required is None or known.required_file is None:
        yield known.refuse(
            rules.ReceiptTrimmed,
            "the policy names no list of required tests, so that a suite of one test would do",
            "pytest --collect-only -q > required-tests.txt, keep the lines with ::, and declare it: "
            "integration: {required: required-tests.txt}",
        )
        return
    path = known.required_file.path
    if known.receipt.required != known.required_file:
        message = f"was recorded with another {path} than the candidate has, or without one"
        yield known.refuse(rules.ReceiptTrimmed, message)
    everything = [case.id for case in known.report.cases]
    absent, not_passed = [], []
    for test in known.required.tests:
        matching = test.matching(everything)
        if not matching:
            absent.append(f"{test.written} (line {test.line})")
        not_passed += sorted(set(matching) - set(passed))
    if absent:
        message = f"tests that {path} requires did not run ({len(absent)}): {_shown(absent)}"
        yield known.refuse(rules.ReceiptTrimmed, message)
    if not_passed:
        message = f"tests that {path} requires did not pass ({len(not_passed)}): {_shown(not_passed)}"
        yield known.refuse(rules.ReceiptTrimmed, message)


def _shown(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
