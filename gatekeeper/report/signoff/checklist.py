"""The incident as a checklist: for each cause of 4092-X the rules that would have told it, and what they told this run.

A box is checked only where every rule that it rests on was asked by a built-in check that stands, and where that check
has measured what the rule is about. Nothing looked at is an empty box, and so is a cause that no rule covers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from gatekeeper.engine import findings_of
from gatekeeper.model import Crashed, Evidence, Examined, Finding, Result, Unable
from gatekeeper.report.signoff.causes import CAUSES, Cause, Rest
from gatekeeper.report.summary import failed, stands

MAX_SEEN = 3
"""Pieces of evidence told under one rest; the check's own section has them all."""


_NOTHING = ("no ", "not ", "none")
"""How a measured value begins that says that there was nothing to measure."""


class State(enum.StrEnum):
    """What a run says of a cause. Only `CHECKED` is a checked box."""

    CHECKED = "checked"
    WAIVED = "waived"
    FAILED = "failed"
    OPEN = "not proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What one check says of a cause.

    Attributes:
        state: of this check alone.
        why: in one sentence.
        seen: what was measured, as text.
        found: how many findings each of its codes has, waived ones included.
    """

    rest: Rest
    state: State
    why: str
    seen: tuple[str, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One cause and what the run says of it."""

    cause: Cause
    state: State
    grounds: tuple[Ground, ...]


def boxes(results: Sequence[Result]) -> tuple[Box, ...]:
    """Return the checklist of a run, in the order of the incident's story."""
    by_id = {result.id: result for result in results if result.provider.builtin}
    return tuple(_box(cause, by_id) for cause in CAUSES)


def _box(cause: Cause, results: Mapping[str, Result]) -> Box:
    grounds = tuple(_ground(rest, results.get(rest.check)) for rest in cause.rests)
    states = {ground.state for ground in grounds if ground.rest.needed or ground.state in {State.FAILED, State.WAIVED}}
    if not any(ground.rest.needed for ground in grounds):
        states.add(State.OPEN)
    worst = next(state for state in (State.FAILED, State.OPEN, State.WAIVED, State.CHECKED) if state in states)
    return Box(cause=cause, state=worst, grounds=grounds)


def _ground(rest: Rest, result: Result | None) -> Ground:
    if result is None:
        return Ground(rest=rest, state=State.OPEN, why="the check did not run")
    looked = tuple(_looked(rest, result))
    mine = [each for each in findings_of(result.outcome) if each.code in rest.codes]
    blocking = [each for each in mine if each.severity.blocks and each not in result.waived]
    waived = [each for each in mine if each in result.waived]
    measured = bool(looked) and all(_is_measured(rest, each) for each in looked)
    state, why = _state(rest, result, len(blocking), len(waived), measured=measured)
    seen = tuple(_words(rest, each) for each in looked[:MAX_SEEN])
    return Ground(rest=rest, state=state, why=why, seen=seen, found=_counted(mine))


def _state(rest: Rest, result: Result, blocking: int, waived: int, *, measured: bool) -> tuple[State, str]:
    if blocking:
        return State.FAILED, _findings(blocking)
    if not stands(result):
        return State.OPEN, _doubt(result)
    if not measured:
        return State.OPEN, "the check passed, and did not measure this"
    if waived:
        return State.WAIVED, f"{_findings(waived)} waived"
    return State.CHECKED, f"{_rules(rest)} asked, none broken"


def _doubt(result: Result) -> str:
    match result.outcome:
        case Crashed():
            return "the check crashed"
        case Unable():
            return "the check could not look at everything"
        case Examined():
            return "the check failed on other rules" if failed(result) else "the check looked at nothing"


def _looked(rest: Rest, result: Result) -> Iterator[Evidence]:
    """Yield the evidence that holds what the rest must have measured."""
    if not isinstance(result.outcome, Crashed):
        for evidence in result.outcome.evidence:
            if fnmatchcase(evidence.what, rest.of) and any(name in evidence.measured for name in rest.measured):
                yield evidence


def _is_measured(rest: Rest, evidence: Evidence) -> bool:
    """Return whether something was counted: nought of the things, or "not measured", is nothing looked at."""
    values = [evidence.measured[name] for name in rest.measured if name in evidence.measured]
    return all(value and not str(value).startswith(_NOTHING) for value in values)


def _words(rest: Rest, evidence: Evidence) -> str:
    named = [name for name in (*rest.measured, *rest.told) if name in evidence.measured]
    return f"{evidence.what}: {', '.join(f'{name} {evidence.measured[name]}' for name in named)}"


def _counted(findings: Sequence[Finding]) -> dict[str, int]:
    codes = [each.code for each in findings]
    return {code: codes.count(code) for code in dict.fromkeys(codes)}


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"


def _rules(rest: Rest) -> str:
    return f"{len(rest.codes)} rule{'' if len(rest.codes) == 1 else 's'}"
