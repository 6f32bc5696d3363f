"""What several formats say in the same words: places, paths through the code, counts, the last sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gatekeeper.inference.facts import Analysis, Flaw, Guarding, Kind, Place, Step
from gatekeeper.report.lint import Judged, Lint

_UNGUARDED = {
    Kind.UNGUARDED_CALL,
    Kind.PARTIAL_GUARD,
    Kind.GUARD_LOST_IN_THREAD,
    Kind.PROCESS_WIDE_SWITCH,
    Kind.GUARD_ENTERED_AT_STARTUP,
}

HAND_OVER = "hands work to a thread"
"""How a step begins in which another thread takes over; see `gatekeeper.inference.facts.Step`."""


def where(at: Place) -> str:
    """Return `path:line:column`; in a notebook `path:cell 3:line:column`, its lines counted within the cell."""
    cell = "" if at.cell is None else f":cell {at.cell}"
    return f"{at.path}{cell}:{at.line}:{at.column}"


def place_of(judged: Judged) -> Place:
    """Return the place of a finding; one about a suppression has a line and a column alone."""
    if judged.observation is not None:
        return judged.observation.at
    at = judged.finding.at
    line, column = at.line or 1, at.column or 1
    return Place(path=at.path, line=line, column=column, end_line=line, end_column=column + 1)


def steps_of(judged: Judged) -> Sequence[Step]:
    """Return the way to the place, from the entry point on."""
    return judged.observation.trace if judged.observation is not None else ()


def path_of(judged: Judged) -> str | None:
    """Return the way in one line, `entry predict -> Engine.run -> self.model(x), no guard on it`; None without one."""
    observation = judged.observation
    if observation is None or not observation.trace:
        return None
    parts: list[str] = []
    for step in observation.trace:
        if not parts or parts[-1] != step.function:
            parts.append(step.function)
        if step.what.startswith(HAND_OVER):
            parts.append("another thread")
    if parts[-1] != observation.function:
        parts.append(observation.function)
    tail = ", no guard on it" if observation.kind in _UNGUARDED else ""
    return f"entry {' -> '.join([*parts, observation.subject])}{tail}"


def flaw_place(flaw: Flaw) -> str:
    """Return where a flaw is, as far as known."""
    return ":".join(str(part) for part in (flaw.path or None, flaw.line, flaw.column) if part is not None)


def count(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`, `2,345 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def looked_at(lint: Lint) -> str:
    """Return what was looked at: files, entry points, forward calls and what guards them."""
    analysis = lint.analysis
    frameworks = Counter(each.framework for each in analysis.entries)
    named = ", ".join(f"{number} {name}" for name, number in sorted(frameworks.items()))
    entries = count(len(analysis.entries), "entry point") + (f" ({named})" if named else "")
    forwards = count(len(analysis.forwards), "forward call") + _guards(analysis)
    lines = count(sum(each.lines for each in analysis.files), "line")
    return f"{count(len(analysis.files), 'file')} ({lines}), {entries}, {forwards}"


def _guards(analysis: Analysis) -> str:
    guards = Counter(each.guarding for each in analysis.forwards)
    told = [f"{guards[each]} guarded by {each.value}" for each in Guarding if guards[each] and each not in _NO_GUARDS]
    told += [f"{guards[each]} {words}" for each, words in _NO_GUARDS.items() if guards[each]]
    return f" ({', '.join(told)})" if told else ""


_NO_GUARDS = {Guarding.WANTED: "for which gradients are wanted", Guarding.NOTHING: "unguarded"}


def sentence(lint: Lint) -> str:
    """Return the last line; it begins with PASS, FAIL or UNDECIDED."""
    parts = [count(len(lint.open), "finding") if lint.open else "no finding"]
    if lint.mended is not None:
        parts = [f"fixed {lint.mended.fixed}, {len(lint.open)} left"]
    if lint.suppressed:
        parts.append(f"{len(lint.suppressed)} suppressed with a reason")
    if lint.flaws:
        parts.append(f"{count(len(lint.flaws), 'thing')} could not be looked at")
    return f"{lint.verdict.name}: {', '.join(parts)} (exit code {lint.verdict.value})."
