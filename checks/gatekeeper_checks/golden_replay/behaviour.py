"""What a request does beside answering, and what is left of it, as findings and as words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.model import Finding, Location, Scalar, Severity
from gatekeeper.replay.measuring import Measured
from gatekeeper.replay.observed import Holder, Memory, Predictor, Replayed, Stressed, Watched
from gatekeeper.replay.outcomes import Refused
from gatekeeper_checks.golden_replay.answer_rules import PredictorFails
from gatekeeper_checks.golden_replay.behaviour_rules import (
    Cycle,
    Device,
    GradEnabled,
    InputChanged,
    KeepsGraphs,
    Leak,
    ReachesOut,
    TrainingMode,
    WeightsChanged,
)
from gatekeeper_checks.golden_replay.subject import Subject

_SHOWN: Final = 5


def behaviour(subject: Subject, measured: Measured) -> Iterator[Finding]:
    """Yield what is against the way in which one device answered."""
    at = subject.candidate.at("code.predictor")
    watched = measured.single.watched if measured.single else Watched()
    yield from _reaching_out(measured, at)
    yield from _changing(subject, watched, at)
    yield from _modes(watched, at)
    yield from placed(measured, at)
    if isinstance(measured.stressed, Refused):
        what = f"under stress, {measured.stressed.what}"
        yield PredictorFails.finding(what, fix=measured.stressed.fix, at=at)
    elif measured.stressed is not None:
        is_grave = measured.device == "cuda" or subject.candidate.profile.strict
        yield from _kept(measured.stressed, at, is_grave=is_grave)


def _reaching_out(measured: Measured, at: Location) -> Iterator[Finding]:
    told = [*_of(measured.predictor), *_of(measured.single), *_of(measured.stressed), *_of(measured.refused)]
    for _, other in measured.others:
        told += _of(other)
    attempts = list(dict.fromkeys(told))
    if attempts:
        more = f" and {len(attempts) - _SHOWN} more" if len(attempts) > _SHOWN else ""
        yield ReachesOut.finding(
            f"it tried to {'; '.join(attempts[:_SHOWN])}{more}: the sandbox kept it from that",
            fix="take it out of the request's path; what a request needs from elsewhere is handed in with it",
            at=at,
        )


def _of(told: Predictor | Replayed | Stressed | Refused | None) -> tuple[str, ...]:
    return () if told is None else told.attempts


def _changing(subject: Subject, watched: Watched, at: Location) -> Iterator[Finding]:
    if watched.mutated_inputs:
        records = subject.golden.records
        named = ", ".join(records[each].id for each in watched.mutated_inputs[:_SHOWN])
        yield InputChanged.finding(
            f"{len(watched.mutated_inputs):,} of {len(records):,} requests are changed while they are answered: "
            f"{named}",
            fix="work on a copy of what comes in",
            at=at,
        )
    if watched.changed_weights:
        yield WeightsChanged.finding(
            f"answering {len(subject.golden.records):,} requests changed the numbers of "
            f"{_listed(watched.changed_weights)}: what was approved is no longer what answers",
            fix="train elsewhere, and release what was trained through the gate",
            at=at,
        )


def _modes(watched: Watched, at: Location) -> Iterator[Finding]:
    if watched.training:
        yield TrainingMode.finding(
            f"{_listed(watched.training)} answers in training mode",
            fix="call .eval() on the model where the handler is made",
            at=at,
        )
    if watched.grad_forwards:
        where = f", first at {watched.grad_at}" if watched.grad_at else ""
        yield GradEnabled.finding(
            f"{watched.grad_forwards:,} of {watched.forwards:,} forward calls ran with gradients on{where}",
            fix="put `with torch.inference_mode():` around the call, in the thread that makes it",
            at=at,
        )
    elif watched.returned_grad:
        yield GradEnabled.finding(
            f"{_listed(watched.returned_grad)} is returned with its graph: the tensor requires grad",
            fix="return `.detach()`, or the number; and build no graph in the first place",
            at=at,
        )


def placed(measured: Measured, at: Location) -> Iterator[Finding]:
    """Yield what is against the device that answered, where another was asked for.

    onnxruntime gives the processor's arrays, wherever it computes; its session was refused if it had fallen back.
    """
    is_onnx = measured.predictor is not None and measured.predictor.format == "onnx"
    if measured.device == "cpu" or measured.single is None or is_onnx:
        return
    watched = measured.single.watched
    answers = (value.device for each in measured.single.answers for value in (each.outputs or {}).values())
    seen = sorted({*watched.devices, *(each for each in answers if each)})
    if not any(each.startswith(measured.device) for each in seen):
        yield Device.finding(
            f"asked on {measured.device}, and every tensor lay on {_listed(seen) or 'no device that could be seen'}: "
            "it fell back without a word",
            fix="put model and inputs on the card where the handler is made, and let it fail where there is none",
            at=at,
            severity=Severity.ERROR,
        )


def _kept(stressed: Stressed, at: Location, *, is_grave: bool) -> Iterator[Finding]:
    if stressed.verdict is Memory.LEAK:
        yield Leak.finding(
            f"{stressed.why}{_held_by(stressed.holders)}",
            fix="take it out of the request's path, or bound it; see it again: gatekeeper golden replay . --stress "
            f"{stressed.requests}",
            at=at,
        )
        return
    graphs = [each for each in stressed.holders if each.graphs]
    if graphs:
        yield KeepsGraphs.finding(
            f"what is kept carries its graph{_held_by(graphs)}",
            fix="keep .detach().cpu(), or the number by .item()",
            at=at,
        )
    if stressed.verdict is Memory.CYCLE:
        yield Cycle.finding(
            f"{stressed.why}{_held_by(stressed.holders)}",
            fix="break the cycle of references, or let go of the tensor when the request ends",
            at=at,
            severity=Severity.ERROR if is_grave else None,
        )


def _held_by(holders: tuple[Holder, ...] | list[Holder]) -> str:
    return f"; held by {'; '.join(map(held, holders[:_SHOWN]))}" if holders else "; who holds it is not known"


def held(holder: Holder) -> str:
    """Return one holder in words: "serve.SEEN (list): 40 of dict, +232 bytes a request, made at serve.py:6 in x"."""
    graphs = f", {holder.graphs:,} with a grad_fn" if holder.graphs else ""
    limit = f", at most {holder.limit:,}" if holder.limit is not None else ""
    size = f", +{_bytes(holder.bytes_per_request)} a request" if holder.bytes_per_request > 0 else ""
    made = f", made at {holder.allocated_at}" if holder.allocated_at else ""
    return f"{holder.path} ({holder.kind}): {holder.count:,} of {holder.holds}{graphs}{limit}{size}{made}"


def _bytes(count: float) -> str:
    return f"{count / 1024:,.0f} KiB" if count >= 10 * 1024 else f"{count:,.0f} bytes"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def memory_seen(stressed: Stressed) -> dict[str, Scalar]:
    """Return what is told of memory; nothing that differs from run to run, as what the process holds does."""
    if stressed.faults >= stressed.requests:
        return {"memory": "not measured: every request raised"}
    found: dict[str, Scalar] = {"memory": str(stressed.verdict), "requests": stressed.requests}
    if stressed.holders:
        found["kept by"] = "; ".join(map(held, stressed.holders[:2]))
    if stressed.faults:
        found["raised"] = stressed.faults
    return found
