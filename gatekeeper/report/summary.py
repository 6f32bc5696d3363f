"""The last line of every run: one sentence that says what failed, and what the run is worth."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.engine import blocking
from gatekeeper.model import Crashed, Examined, Result, Unable, Verdict
from gatekeeper.report import Report
from gatekeeper.waivers import State


def sentence(report: Report) -> str:
    """Return the sentence; it starts with PASS, FAIL, UNDECIDED or INCOMPLETE."""
    if report.interrupted:
        return f"INCOMPLETE: {report.interrupted}; there is no verdict."
    return f"{report.verdict.name}: {_what(report)} ({_worth(report)})."


def status(result: Result) -> str:
    """Return PASS, FAIL or UNDECIDED for one check alone; what is waived does not fail it."""
    return "FAIL" if failed(result) else "PASS" if stands(result) else "UNDECIDED"


def failed(result: Result) -> bool:
    """Return whether the result alone fails the gate."""
    return bool(blocking(result))


def stands(result: Result) -> bool:
    """Return whether the result alone lets the gate pass."""
    return isinstance(result.outcome, Examined) and bool(result.outcome.evidence) and not failed(result)


def _what(report: Report) -> str:
    failures = [result for result in report.results if failed(result)]
    undecided = [result for result in report.results if not failed(result) and not stands(result)]
    parts = []
    if failures:
        parts.append(f"{_checks(failures, report)} failed: {', '.join(_counted(each) for each in failures)}")
    if undecided:
        parts.append("could not decide: " + "; ".join(f"{each.id} {_why(each)}" for each in undecided))
    if not report.results:
        return "no check ran"
    return "; ".join(parts) or f"{_checks(report.results, report)} passed"


def _checks(results: Sequence[Result], report: Report) -> str:
    return f"{len(results)} of {len(report.results)} check{'' if len(report.results) == 1 else 's'}"


def _counted(result: Result) -> str:
    count = len(blocking(result))
    return f"{result.id} with {count} finding{'' if count == 1 else 's'}"


def _why(result: Result) -> str:
    match result.outcome:
        case Crashed(error=error):
            return error.splitlines()[0] if error else "crashed"
        case Unable(obstacles=obstacles):
            more = f" and {len(obstacles) - 1} more" if len(obstacles) > 1 else ""
            return f"({obstacles[0].what}{more})"
        case Examined():
            return "looked at nothing"


def _worth(report: Report) -> str:
    parts = [f"profile {report.profile.name}"]
    if report.left_out:
        parts.append(f"partial, not run: {', '.join(report.left_out)}")
    waived = [use for use in report.waivers if use.state is State.USED]
    if waived:
        first = min(use.waiver.expires for use in waived)
        count = sum(use.findings for use in waived)
        parts.append(f"{count} finding{'' if count == 1 else 's'} waived, the first until {first}")
    if report.waivers_ignored:
        parts.append("no waiver counts")
    if report.unexamined:
        parts.append(f"declared but not examined: {', '.join(report.unexamined)}")
    signable = report.profile.signable and not report.left_out
    parts.append("can be signed off" if signable and report.verdict is Verdict.PASS else _unsignable(report))
    return "; ".join(parts)


def _unsignable(report: Report) -> str:
    if not report.profile.signable:
        return "only a release run can be signed off"
    return "only a whole run can be signed off" if report.left_out else "can't be signed off"
