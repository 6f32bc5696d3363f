"""The lint as workflow commands of GitHub Actions, which make annotations of them.

GitHub shows ten errors, ten warnings and ten notices of one step and drops the rest: the gravest come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.inference.facts import Flaw, Place
from gatekeeper.model import Severity
from gatekeeper.report.commands import command, quiet
from gatekeeper.report.lint import Judged, Lint
from gatekeeper.report.lint.wording import path_of, place_of, sentence
from gatekeeper.report.printable import one_line

_COMMAND = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.NOTE: "notice"}


def render(lint: Lint) -> str:
    """Return one command a line: what fails, what could not be looked at, what is suppressed, the last sentence."""
    return "".join(f"{line}\n" for line in _commands(lint))


def _commands(lint: Lint) -> Iterator[str]:
    for each in lint.worst_first:
        yield _finding(each)
    for flaw in lint.flaws:
        yield _flaw(flaw)
    for each in lint.suppressed:
        reason = each.suppressed.reason if each.suppressed else ""
        title = f"{each.finding.code} is suppressed"
        yield command("notice", _properties(place_of(each), title), [reason])
    yield quiet(one_line(sentence(lint)))


def _finding(judged: Judged) -> str:
    finding = judged.finding
    path = path_of(judged)
    told = [finding.message, *([f"path: {path}"] if path else []), f"fix: {finding.fix}"]
    return command(_COMMAND[finding.severity], _properties(place_of(judged), finding.code), told)


def _flaw(flaw: Flaw) -> str:
    place = {"file": flaw.path, "line": str(flaw.line or ""), "col": str(flaw.column or "")}
    return command("error", {**place, "title": "could not be looked at"}, [flaw.what, f"fix: {flaw.fix}"])


def _properties(at: Place, title: str) -> dict[str, str]:
    if at.cell is not None:  # GitHub counts the lines of the notebook's JSON; those of a cell would name a wrong one
        return {"file": at.path, "title": f"{title} (cell {at.cell}, line {at.line})"}
    place = {"file": at.path, "line": str(at.line), "endLine": str(at.end_line), "col": str(at.column)}
    # Columns are ignored, and an end column refused, where the piece has several lines.
    end = {"endColumn": str(at.end_column)} if at.end_line == at.line else {}
    return {**place, **end, "title": title}
