"""The answers held against the golden ones and against each other, as findings and as words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from gatekeeper.model import Finding, Scalar
from gatekeeper.policy_replay import Tolerance
from gatekeeper.replay.golden.describing import REFUSED, status_of
from gatekeeper.replay.golden.facts import Golden, OutputSpec
from gatekeeper.replay.golden.judging import Departure, Judged, OutputJudged
from gatekeeper.replay.golden.repeating import Repeated, Sameness, repeatability
from gatekeeper.replay.golden.tolerance import Kind
from gatekeeper.replay.measuring import Measured, Way
from gatekeeper.replay.outcomes import Refused
from gatekeeper_checks.golden_replay.answer_rules import (
    Deviates,
    NotRepeatable,
    OrderMatters,
    OtherOutputs,
    PredictorFails,
    Raises,
)
from gatekeeper_checks.golden_replay.subject import Subject

_SHOWN: Final = 5
_ANEW: Final = 'if the new answer is meant: gatekeeper golden record . --inputs FILE --reason "..."'
_COUNTABLE: Final = 1_000_000
_RAISED: Final = frozenset({Kind.FAULT, Kind.NO_ANSWER})


def tolerated(golden: Golden, declared: Mapping[str, Tolerance]) -> Golden:
    """Return the golden set with the tolerances that the policy gives its outputs."""
    header = golden.header
    if header is None or not declared:
        return golden
    outputs = {name: _tolerated(spec, declared.get(name)) for name, spec in header.outputs.items()}
    return Golden(header=msgspec.structs.replace(header, outputs=outputs), records=golden.records)


def _tolerated(spec: OutputSpec, given: Tolerance | None) -> OutputSpec:
    if given is None:
        return spec
    relative = spec.relative if given.relative is None else given.relative
    floor = spec.floor if given.floor is None else given.floor
    return msgspec.structs.replace(spec, relative=relative, floor=floor)


def answered(subject: Subject, judged: Judged, measured: Measured) -> Iterator[Finding]:
    """Yield what is against the answers of one device."""
    where = "" if measured.device == "cpu" else f"on {measured.device}, "
    yield from _raising(subject, judged, measured, where)
    yield from _departing(subject, judged, where)
    for output in judged.outputs:
        if output.above:
            yield _deviating(subject, output, judged, where)


def _raising(subject: Subject, judged: Judged, measured: Measured, where: str) -> Iterator[Finding]:
    told = [each for each in judged.departures if each.kind in _RAISED]
    if not told:
        return
    first, place = told[0], subject.candidate.at("code.predictor")
    at = _last_line(measured, subject, first)
    yield Raises.finding(
        f"{where}{len(told)} of {judged.records} golden records: {first.record} {first.said}{at}",
        fix="run the gate in production's interpreter (--python PATH), and see environment-parity: most often the "
        "versions differ",
        at=place,
    )


def _last_line(measured: Measured, subject: Subject, departure: Departure) -> str:
    """Return where the exception of a record was raised, if that is known."""
    assert measured.single is not None
    for record, answer in zip(subject.golden.records, measured.single.answers, strict=False):
        if record.id == departure.record and answer.fault is not None and answer.fault.where:
            line = answer.fault.where.splitlines()[-1]
            return f", at {line.removeprefix(f'{subject.candidate.root.resolve()}/')}"
    return ""


def _departing(subject: Subject, judged: Judged, where: str) -> Iterator[Finding]:
    told: dict[tuple[Kind, str, str], list[Departure]] = {}
    for each in judged.departures:
        if each.kind not in _RAISED and each.kind is not Kind.UNJUDGED:
            told.setdefault((each.kind, each.output, each.said), []).append(each)
    for (kind, output, said), several in list(told.items())[:_SHOWN]:
        named = f"{output}: " if output else ""
        yield OtherOutputs.finding(
            f"{where}{named}{kind} in {len(several)} of {judged.records} golden records ({_ids(several)}): {said}",
            fix=f"give the answer its old form; {_ANEW}",
            at=subject.at(f"outputs.{output}" if output else ""),
        )


def _ids(several: list[Departure]) -> str:
    ids = [each.record for each in several]
    return ", ".join(ids[:_SHOWN]) + (f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else "")


def _deviating(subject: Subject, output: OutputJudged, judged: Judged, where: str) -> Finding:
    worst = output.worst
    assert worst is not None
    inputs = next((each.inputs for each in subject.golden.records if each.id == output.worst_record), {})
    return Deviates.finding(
        f"{where}{output.name}: {output.above} of {judged.records} golden records; {output.worst_record} answers "
        f"{_shown(worst.actual)}, expected {_shown(worst.expected)}: {figures(output)}; asked for {_record(inputs)}",
        fix=f"see it again: gatekeeper golden replay .; {_ANEW}",
        at=subject.at(f"outputs.{output.name}"),
    )


def figures(output: OutputJudged) -> str:
    """Return the figures of the worst element: relative, absolute, in ULP, of the scale, and beside the noise."""
    worst = output.worst
    if worst is None:
        return "bitwise equal"
    said = [f"{worst.relative:.2g} relative", f"{worst.absolute:.2g} absolute"]
    said += [] if worst.ulp is None else [f"{worst.ulp:,} ULP" if worst.ulp < _COUNTABLE else f"{worst.ulp:.0e} ULP"]
    said += [] if worst.scale_relative is None else [f"{worst.scale_relative:.2g} of the scale"]
    if worst.noise_ratio is not None:
        quiet = worst.noise_ratio == float("inf")
        said.append("no noise when it was recorded" if quiet else f"{worst.noise_ratio:.2g} times the noise")
    return ", ".join(said)


def _shown(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else repr(value)[:80]


def _record(inputs: Mapping[str, object]) -> str:
    said = msgspec.json.encode({name: value for name, value in inputs.items() if _is_plain(value)}).decode()
    return said if len(said) <= 300 else f"{said[:299]}…"


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def repeated(subject: Subject, measured: Measured, measured_words: dict[str, Scalar]) -> Iterator[Finding]:
    """Yield what is against the answers that were given in other ways; how much alike they are is noted."""
    assert measured.single is not None
    unlike = False
    specs = subject.golden.header.outputs if subject.golden.header else None
    ids = [each.id for each in subject.golden.records]
    for way, other in measured.others:
        if isinstance(other, Refused):
            yield PredictorFails.finding(
                f"{way}: {other.what}", fix=other.fix, at=subject.candidate.at("code.predictor")
            )
            continue
        found = repeatability(measured.single.answers, other.answers, specs, ids=ids)
        measured_words[str(way)] = _alike(found)
        if found.sameness is not Sameness.BEYOND:
            continue
        # Who gives another answer when asked again gives another one in another order, too: that is told once.
        if way in (Way.PERMUTED, Way.BATCH) and unlike:
            continue
        unlike = unlike or way is Way.AGAIN
        rule = OrderMatters if way in (Way.PERMUTED, Way.BATCH) else NotRepeatable
        yield rule.finding(
            f"{way}, {found.differing} of {len(ids)} golden records are answered differently: {_difference(found)}",
            fix="seed what is random, and keep no state between requests",
            at=subject.candidate.at("code.predictor"),
        )


def _alike(found: Repeated) -> str:
    if found.sameness is Sameness.BITWISE:
        return str(found.sameness)
    steps = f", at most {found.ulp:,} ULP" if found.ulp is not None else ""
    return f"{found.sameness}: {found.differing} records differ{steps}"


def _difference(found: Repeated) -> str:
    if found.departures:
        return "; ".join(found.departures[:_SHOWN])
    output = max(found.outputs, key=lambda each: each.above)
    worst = output.worst
    assert worst is not None
    return (
        f"{output.name} of {output.worst_record} was {_shown(worst.expected)}, then {_shown(worst.actual)} "
        f"({figures(output)})"
    )


def refusals(measured: Measured) -> int:
    """Return how many records were refused, by their status."""
    answers = measured.single.answers if measured.single else ()
    return sum((status_of(each) or 0) >= REFUSED for each in answers)


def outputs_seen(judged: Judged) -> dict[str, Scalar]:
    """Return for each output how far it is off at most."""
    found: dict[str, Scalar] = {}
    for output in judged.outputs:
        if not output.records:
            found[output.name] = "no record was answered with it"
        elif output.worst is None:
            found[output.name] = f"{output.records} records bitwise equal"
        else:
            above = f"{output.above} above" if output.above else "none above"
            used = f"{output.worst.used:.2g} of what is allowed"
            found[output.name] = (
                f"{output.records} records, {above}; worst {output.worst_record}: {figures(output)}, {used}"
            )
    return found
