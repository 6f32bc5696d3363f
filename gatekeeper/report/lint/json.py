"""The lint as JSON: a list, one object a finding. What is suppressed stands in it too, and says so."""

from __future__ import annotations

import json
from typing import TypeAlias

from gatekeeper.inference.facts import Place
from gatekeeper.report.lint import Judged, Lint
from gatekeeper.report.lint.wording import place_of, steps_of

Json: TypeAlias = str | int | bool | list["Json"] | dict[str, "Json"] | None


def render(lint: Lint) -> str:
    """Return every finding, in the order of paths and lines: indented, in ASCII, with a final line feed.

    `suppressed` is true for what a comment suppresses, `reason` is that comment's: such a finding doesn't fail the
    lint. `cell` is the code cell of a notebook, in which the lines are counted; null elsewhere.
    """
    return json.dumps([_finding(each) for each in lint.judged], indent=2) + "\n"


def _finding(judged: Judged) -> dict[str, Json]:
    finding, at = judged.finding, place_of(judged)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        **_place(at),
        "end_line": at.end_line,
        "end_column": at.end_column,
        "function": None if judged.observation is None else judged.observation.function,
        "trace": [{**_place(step.at), "function": step.function, "what": step.what} for step in steps_of(judged)],
        "fix": finding.fix,
        "suppressed": judged.suppressed is not None,
        "reason": None if judged.suppressed is None else judged.suppressed.reason,
    }


def _place(at: Place) -> dict[str, Json]:
    return {"path": at.path, "cell": at.cell, "line": at.line, "column": at.column}
