"""What `input-validation` looks at: the declared serving code, and the inputs that the manifest declares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gatekeeper.candidate import Candidate
from gatekeeper.errors import UsageError
from gatekeeper.inference.validation import validate_paths
from gatekeeper.inference.validation.facts import Validation
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Location, Obstacle, Scalar, Unable
from gatekeeper_checks._expected_inputs import expected_inputs
from gatekeeper_checks._serving_code import files_read, suppressed
from gatekeeper_checks.input_validation.judging import judge_validation

_SHOWN = 8


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was followed, and everything that is against it."""
    inquiry = Inquiry()
    declared = inquiry.attempt(lambda: (expected_inputs(candidate),))
    validation = _validate(candidate, inquiry)
    if validation is not None:
        expected = declared[0] if declared is not None else None
        judged = judge_validation(validation, expected)
        inquiry.findings += [each.finding for each in judged if each.suppressed is None]
        inquiry.evidence += files_read(validation.files, candidate.policy.code.paths)
        known = "no manifest: nothing to match" if declared is not None else "not known: the manifest has errors"
        inquiry.evidence += [
            _followed(validation, known if expected is None else len(expected)),
            *(suppressed(each.finding, each.suppressed.reason) for each in judged if each.suppressed),
        ]
        inquiry.obstacles += _obstacles(candidate, validation)
    return inquiry.conclude()


def _validate(candidate: Candidate, inquiry: Inquiry) -> Validation | None:
    code = candidate.policy.code
    try:
        return validate_paths(
            [Path(each) for each in code.paths],
            root=candidate.root,
            entries=code.entries,
            factories=() if code.factory is None else (code.factory,),
        )
    except UsageError as error:  # a path or an entry point that there is not: the candidate's fault, not the caller's
        inquiry.obstacles.append(Obstacle(what=error.what, fix=error.fix, at=candidate.at("code")))
        return None


def _obstacles(candidate: Candidate, validation: Validation) -> Iterator[Obstacle]:
    for flaw in validation.flaws:
        at = Location(path=flaw.path, line=flaw.line, column=flaw.column) if flaw.path else candidate.at("code.paths")
        yield Obstacle(what=f"{flaw.path}: {flaw.what}" if flaw.path else flaw.what, fix=flaw.fix, at=at)
    if validation.flaws or any(each.asks for each in validation.endpoints):
        return
    listed = ", ".join(candidate.policy.code.paths)
    count = len(validation.endpoints)
    what = f"no inference entry point was found in {listed}: no input was judged"
    if count:
        what = f"none of {count} entry points in {listed} leads to a call of a model: no input was judged"
    fix = 'name what production calls: code: {entries: ["package.module:Class.method"]}'
    yield Obstacle(what=what, fix=fix, at=candidate.at("code.paths"))


def _followed(validation: Validation, declared: str | int) -> Evidence:
    asking = [each for each in validation.endpoints if each.asks]
    others = [each.entry.function for each in validation.endpoints if not each.asks]
    measured: dict[str, Scalar] = {
        "entry points": len(validation.endpoints),
        "frameworks": ", ".join(sorted({each.entry.framework for each in validation.endpoints})) or "none",
        "that ask a model": len(asking),
        "of these without input": sum(not each.inputs for each in asking),
        "models": ", ".join(each.name for each in validation.models[:_SHOWN]) or "none",
        "declared inputs": declared,
    }
    if others:
        shown = ", ".join(others[:_SHOWN])
        measured["that ask none"] = f"{shown} and {len(others) - _SHOWN} more" if len(others) > _SHOWN else shown
    return Evidence(what="input from the entry points on", measured=measured)
