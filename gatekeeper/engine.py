"""Run the chain, side by side, and draw the verdict. The engine knows no check by name.

Whatever a check does (raise, hang, exhaust memory, exit, answer nonsense), it does so in a child process: it can't
turn the gate green, can't stop the others, and is named in the report.
"""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import msgspec

from gatekeeper.cache.traces import Reads, Tracer
from gatekeeper.candidate import Candidate
from gatekeeper.child import Child, Failure, Nursery
from gatekeeper.errors import Unreadable
from gatekeeper.model import Crashed, Examined, Finding, Needs, Obstacle, Outcome, Result, Unable, Verdict
from gatekeeper.registry import Link

_POLL = 0.05
"""Seconds between two looks at a child that says nothing: it may have died while what it started holds its pipe."""


class _Examined(msgspec.Struct, tag="examined"):
    outcome: Examined


class _Unable(msgspec.Struct, tag="unable"):
    outcome: Unable


class _Crashed(msgspec.Struct, tag="crashed"):
    outcome: Crashed


_Answer: TypeAlias = _Examined | _Unable | _Crashed


class _Said(msgspec.Struct):
    """What a child sends: the answer, and what was read for it where that is asked for."""

    answer: _Answer
    reads: Reads | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    link: Link
    child: Child
    started: float
    timeout: float


class Remembering(Protocol):
    """Who has the answers of earlier runs: see `gatekeeper.cache.memory`."""

    def keeps(self, link: Link) -> bool:
        """Return whether an answer of this check may be kept."""
        ...

    def recall(self, link: Link) -> tuple[Examined, str] | None:
        """Return an answer that still holds, and when it was given."""
        ...

    def keep(self, link: Link, outcome: Outcome, reads: Reads | None) -> None:
        """Take an answer of this run, with what was read for it."""
        ...


class _Forgetting:
    """Knows nothing and keeps nothing."""

    def keeps(self, link: Link) -> bool:
        del link
        return False

    def recall(self, link: Link) -> None:
        del link

    def keep(self, link: Link, outcome: Outcome, reads: Reads | None) -> None:
        del link, outcome, reads


def verdict(results: Iterable[Result]) -> Verdict:
    """Return the answer of the whole chain; its value is the exit code, whatever the output format.

    FAIL beats UNDECIDED beats PASS. A check that could not look, that crashed, or that looked at nothing leaves the
    chain undecided, and so does a chain without checks. A finding counts even where its check could not finish; one
    that is waived does not. No waiver decides what could not be looked at.
    """
    judged = list(results)
    if any(blocking(result) for result in judged):
        return Verdict.FAIL
    outcomes = [result.outcome for result in judged]
    if outcomes and all(isinstance(outcome, Examined) and outcome.evidence for outcome in outcomes):
        return Verdict.PASS
    return Verdict.UNDECIDED


def blocking(result: Result) -> tuple[Finding, ...]:
    """Return the findings that fail the gate: those of a severity that blocks, without a waiver."""
    findings = findings_of(result.outcome)
    return tuple(each for each in findings if each.severity.blocks and each not in result.waived)


def findings_of(outcome: Outcome) -> tuple[Finding, ...]:
    """Return what a check found, also where it could not look at everything."""
    match outcome:
        case Examined(findings=findings) | Unable(findings=findings):
            return findings
        case Crashed():
            return ()


def run(
    chain: Sequence[Link],
    candidate: Candidate,
    *,
    jobs: int,
    clock: Callable[[], float] = time.monotonic,
    started: Callable[[Link], None] = lambda _: None,
    memory: Remembering | None = None,
) -> Generator[Result, None, None]:
    """Run each check of the chain once, at most `jobs` at a time, and yield the results as they come.

    `started` is called with each link whose check begins. A check whose answer `memory` has does not begin.

    Every link yields exactly one result. Closing the iterator, or an exception in its consumer, kills what still runs.
    What executes the candidate starts first: it waits for imports, and the chain is over when the last of it is.
    """
    waiting = sorted(chain, key=lambda link: Needs.EXECUTION not in link.needs)
    running: list[_Running] = []
    memory = memory or _Forgetting()
    with Nursery() as nursery:
        while waiting or running:
            while waiting and len(running) < max(1, jobs):
                link = waiting.pop(0)
                refused = _unmet(link, candidate)
                if refused is not None:
                    yield _result(link, refused, 0.0)
                    continue
                recalled = memory.recall(link)
                if recalled is not None:
                    yield replace(_result(link, recalled[0], 0.0), cached=recalled[1])
                    continue
                running.append(_start(nursery, link, candidate, clock, traced=memory.keeps(link)))
                started(link)
            if running:
                select.select([each.child.pipe for each in running if not each.child.closed], [], [], _POLL)
            for each in list(running):
                ended = _progress(each, clock)
                if ended is not None:
                    running.remove(each)
                    nursery.end(each.child)
                    outcome, reads = ended
                    memory.keep(each.link, outcome, reads)
                    yield _result(each.link, outcome, clock() - each.started)


def _result(link: Link, outcome: Outcome, seconds: float) -> Result:
    return Result(id=link.id, title=link.title, provider=link.provider, outcome=outcome, seconds=seconds)


def _unmet(link: Link, candidate: Candidate) -> Unable | None:
    """Return why a check can't even be started."""
    if Needs.EXECUTION in link.needs and candidate.executor is None:
        what = f"{link.id} executes the candidate and has no interpreter to do it in"
        fix = "name the candidate's own: --python PATH (or take --profile dev)"
        return Unable(obstacles=(Obstacle(what=what, fix=fix),))
    return None


def _start(nursery: Nursery, link: Link, candidate: Candidate, clock: Callable[[], float], *, traced: bool) -> _Running:
    timeout = link.timeout or candidate.profile.timeout
    # What executes the model sets its own limits: CUDA alone reserves far more address space than it uses.
    memory = None if Needs.EXECUTION in link.needs else (link.memory or candidate.profile.memory) << 20
    child = nursery.start(lambda: _answer(link, candidate, traced=traced), memory=memory, cpu=4 * timeout)
    return _Running(link=link, child=child, started=clock(), timeout=timeout)


def _answer(link: Link, candidate: Candidate, *, traced: bool) -> bytes:
    """Run the check and encode its outcome, and what it read if that is to be `traced`; called in the child."""
    mine = candidate if link.provider.builtin else candidate.apart(link.id)
    tracer = Tracer(str(candidate.store.folder), executes=Needs.EXECUTION in link.needs) if traced else None
    if tracer is not None:
        tracer.start()
    try:
        answer = _tagged(link.make().run(mine))
    except Unreadable as error:
        obstacle = Obstacle(what=error.what, fix=error.fix, at=error.at)
        answer = _Unable(Unable(obstacles=(obstacle,)))
    return msgspec.json.encode(_Said(answer, tracer.reads() if tracer is not None else None))


def _tagged(answer: object) -> _Answer:
    match answer:
        case Examined():
            return _Examined(answer)
        case Unable():
            return _Unable(answer)
        case _:
            nonsense = f"returned {type(answer).__name__}, expected Examined or Unable"
            return _Crashed(Crashed(error=nonsense, detail=repr(answer)[:500]))


def _progress(running: _Running, clock: Callable[[], float]) -> tuple[Outcome, Reads | None] | None:
    """Return the outcome if there is one by now, and what was read for it where that was traced."""
    ended = running.child.poll()
    running.child.pump()
    answer = running.child.answer()
    if isinstance(answer, bytes):
        return _decode(answer, running.link)
    crashed = _crash(running, answer, clock, ended=ended)
    return None if crashed is None else (crashed, None)


def _crash(running: _Running, answer: Failure | None, clock: Callable[[], float], *, ended: bool) -> Crashed | None:
    """Return why there will be no answer, if that is known by now."""
    child = running.child
    if answer is not None:
        return Crashed(error=f"raised {answer.error}", detail=answer.detail)
    if child.is_flooding():
        return Crashed(error="answered with more than any report may hold", detail=child.tail())
    if ended:
        return Crashed(error=_death(child.exit_status), detail=child.tail())
    if clock() - running.started > running.timeout:
        return Crashed(error=f"did not answer within {running.timeout:g} s and was stopped", detail=child.tail())
    return None


def _decode(answer: bytes, link: Link) -> tuple[Outcome, Reads | None]:
    """Return the typed outcome, and what was read for it; nonsense is a crash, not an answer."""
    try:
        said = msgspec.json.decode(answer, type=_Said)
    except (msgspec.DecodeError, ValueError) as error:
        return Crashed(error=f"returned an outcome that is none: {error}"), None
    return _checked(said.answer.outcome, link), said.reads


def _checked(outcome: Outcome, link: Link) -> Outcome:
    """Return the outcome, if a check may give it."""
    unknown = sorted({finding.code for finding in findings_of(outcome)} - link.codes)
    if unknown:
        return Crashed(error=f"reported under codes that it does not declare: {', '.join(unknown)}")
    if isinstance(outcome, Unable) and not outcome.obstacles:
        return Crashed(error="said that it was unable, and not why")
    return outcome


def _death(status: int | None) -> str:
    if status is not None and status < 0:
        name = signal.Signals(-status).name
        hint = {"SIGKILL": " (out of memory?)", "SIGXCPU": " (processor time used up)"}.get(name, "")
        return f"was killed by {name}{hint} before it answered"
    return f"ended with exit status {status} before it answered"
