"""What `no-grad` looks at: the declared serving code, with the torch that production's lock pins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.candidate import Candidate
from gatekeeper.errors import UsageError
from gatekeeper.inference import analyse_paths
from gatekeeper.inference.facts import Analysis, Guarding
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Location, Obstacle, Scalar, Unable
from gatekeeper_checks._locks import lock_path, read_target_lock, target_of
from gatekeeper_checks._serving_code import files_read, suppressed
from gatekeeper_checks.no_grad.judging import judge_analysis

NO_ENTRY = "no inference entry point was found in {paths}: no forward call was judged"


_GUARDS = {Guarding.NOTHING: "unguarded", Guarding.WANTED: "with gradients wanted"}


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was walked, and everything that is against it."""
    inquiry = Inquiry()
    paths = candidate.policy.code.paths
    torch = _torch(candidate, inquiry)
    analysis = _analyse(candidate, inquiry, torch)
    if analysis is not None:
        judged = judge_analysis(analysis)
        inquiry.findings += [each.finding for each in judged if each.suppressed is None]
        inquiry.evidence += [
            *files_read(analysis.files, paths),
            _walked(analysis, torch),
            *(suppressed(each.finding, each.suppressed.reason) for each in judged if each.suppressed),
        ]
        inquiry.obstacles += _obstacles(candidate, analysis)
    return inquiry.conclude()


def _torch(candidate: Candidate, inquiry: Inquiry) -> str | None:
    """Return the torch that production's lock pins on the target; None where that is not known."""
    path = lock_path(candidate.policy.environment.production)
    if path is None:
        return None
    lock = read_target_lock(candidate, inquiry, "environment.production", path, target_of(candidate))
    rows = lock.rows if lock is not None else ()
    return next((row.version for row in rows if row.name == "torch"), None)


def _analyse(candidate: Candidate, inquiry: Inquiry, torch: str | None) -> Analysis | None:
    code = candidate.policy.code
    try:
        return analyse_paths(
            [Path(each) for each in code.paths],
            root=candidate.root,
            entries=code.entries,
            factories=() if code.factory is None else (code.factory,),
            torch=torch,
        )
    except UsageError as error:  # a path or an entry point that there is not: the candidate's fault, not the caller's
        inquiry.obstacles.append(Obstacle(what=error.what, fix=error.fix, at=candidate.at("code")))
        return None


def _obstacles(candidate: Candidate, analysis: Analysis) -> Iterator[Obstacle]:
    for flaw in analysis.flaws:
        at = Location(path=flaw.path, line=flaw.line, column=flaw.column) if flaw.path else candidate.at("code.paths")
        yield Obstacle(what=f"{flaw.path}: {flaw.what}" if flaw.path else flaw.what, fix=flaw.fix, at=at)
    if not analysis.entries and not analysis.flaws:
        yield Obstacle(
            what=NO_ENTRY.format(paths=", ".join(candidate.policy.code.paths)),
            fix='name what production calls: code: {entries: ["package.module:Class.method"]}',
            at=candidate.at("code.paths"),
        )


def _walked(analysis: Analysis, torch: str | None) -> Evidence:
    guards = Counter(each.guarding for each in analysis.forwards)
    measured: dict[str, Scalar] = {
        "entry points": len(analysis.entries),
        "frameworks": ", ".join(sorted({each.framework for each in analysis.entries})) or "none",
        "forward calls": len(analysis.forwards),
        **{_GUARDS.get(each, f"guarded by {each.value}"): guards[each] for each in Guarding if guards[each]},
        "forward calls that no entry point reaches": len(analysis.unreached),
        "torch": torch or "not pinned: judged strictly",
    }
    return Evidence(what="forward calls from the entry points on", measured=measured)
