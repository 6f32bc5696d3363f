"""The bare model on its declared domain: what is proved of its answers, and what was found by asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gatekeeper.contract.bounds.box import Direction
from gatekeeper.contract.manifest.domain import is_finite, limits, wrong
from gatekeeper.contract.manifest.facts import Output
from gatekeeper.contract.probing.search import Answered, Ask, Probe, probe
from gatekeeper.contract.probing.shrinking import shrink
from gatekeeper.contract.probing.space import Axis, Record, axes, corners, scattered, usual
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Location, Scalar
from gatekeeper.replay.outcomes import Loaded
from gatekeeper_checks.interpretability_manifest.asking import Model, command, shown, written
from gatekeeper_checks.interpretability_manifest.output_rules import ModelFails, NotMonotone, OtherAnswers, OutOfRange
from gatekeeper_checks.interpretability_manifest.proving import Prover
from gatekeeper_checks.interpretability_manifest.subject import Subject

CORNERS = 1024
SCATTERED = 512
AGREES = 1e-4
"""How far an answer to a golden record may be from the recorded one, relative to it."""


@dataclass(slots=True, kw_only=True)
class Modelled:
    """What the bare model was found to do.

    Attributes:
        extremes: records with the lowest and highest answers that were found or proved, for the service to be asked.
        violations: answers out of range, by the model alone: a service may still hold them back.
        broken: output to the record that breaks its range, and what was answered.
    """

    extremes: list[Record] = field(default_factory=list)
    violations: list[Finding] = field(default_factory=list)
    broken: dict[str, tuple[Record, str]] = field(default_factory=dict)


def model_tried(
    subject: Subject, loaded: Loaded, model: Model, inquiry: Inquiry, measured: dict[str, Scalar]
) -> Modelled:
    """Return what the model does; what is against it whatever the service does goes into the inquiry.

    Raises:
        ModelGone: it hung or died.
    """
    found = Modelled()
    space = axes(subject.manifest.inputs, subject.baseline)
    prover = Prover(loaded, subject.manifest)
    for name, output in subject.manifest.outputs.items():
        trial = _Trial(subject, name, output, space, lambda records, output=output: model.ask(records, output))  # type: ignore[misc]
        inquiry.findings += trial.golden()
        if output.type == "class":
            measured[f"{name}, model"] = trial.classes(found)
        else:
            measured[f"{name}, model"] = trial.number(found, prover)
            inquiry.findings += trial.monotone(prover, measured)
        inquiry.findings += trial.failures
    return found


class _Trial:
    """One output of the model."""

    def __init__(self, subject: Subject, name: str, output: Output, space: Sequence[Axis], ask: Ask) -> None:
        self._subject = subject
        self._name = name
        self._output = output
        self._space = space
        self._ask = ask
        self._mean = subject.mean(output)
        self.failures: list[Finding] = []

    def golden(self) -> list[Finding]:
        """Return the golden records to which the model gives another answer; without a service that rounds."""
        if self._subject.golden is None or self._subject.candidate.policy.code.predictor is not None:
            return []
        path, fact = self._subject.golden
        records = [each for each in fact.value.records if self._name in each.outputs]
        inputs: list[Record] = [dict(each.inputs) for each in records]
        replies = self._ask(inputs) if inputs else ()
        others = [
            (record.line, record.outputs[self._name], reply.value)
            for record, reply in zip(records, replies, strict=True)
            if not agrees(record.outputs[self._name], reply.value)
        ]
        return other_answers(path, self._name, others, len(records))

    def classes(self, found: Modelled) -> str:
        """Return what was shown of a class: the labels that came out."""
        asked = self._searched()
        self._note_failures(asked)
        strange = [each for each in asked.broken if wrong(self._output, each.answer.value)]
        if strange:
            self._violated(found, strange[0].record, strange[0].answer)
            return "FAILED"
        return f"PROBED {asked.asked:,} records"

    def number(self, found: Modelled, prover: Prover) -> str:
        """Return what was shown of a number, in words; what breaks its range goes into `found`."""
        low, high = limits(self._output, self._mean)
        differs = prover.checked(self._space, self._output, self._ask)
        proof = prover.bound(self._output, low, high) if not differs else None
        bound = proof.bound if proof else None
        if bound is not None:
            witnesses = [each for each in (bound.lowest, bound.highest) if each is not None]
            found.extremes += [prover.record(each.record) for each in witnesses]
            if low is not None and high is not None and low <= bound.lower and bound.upper <= high:
                return f"PROVED {bound.lower:.6g} to {bound.upper:.6g} ({bound.method})"
        asked = self._searched(found.extremes)
        self._note_failures(asked)
        reached = [each for each in (asked.lowest, asked.highest) if each is not None]
        found.extremes += [each.record for each in reached]
        bad = [each for each in (*asked.broken, *reached) if wrong(self._output, each.answer.value, self._mean)]
        if bad:
            self._violated(found, bad[0].record, bad[0].answer)
            return f"breaks its range ({shown(bad[0].answer.value)})"
        if not reached:
            return "NOT SHOWN: no answer"
        why = differs or (proof.why if proof and proof.why else "") or self._loose(bound)
        ends = " to ".join(f"{each.answer.value:.6g}" for each in reached)
        return f"PROBED {asked.asked:,} records in {asked.calls} calls: {ends}; not proved: {why}"

    def _loose(self, bound: object) -> str:
        lower, upper = getattr(bound, "lower", None), getattr(bound, "upper", None)
        return "no range is declared" if lower is None else f"the bound is {lower:.6g} to {upper:.6g}"

    def _searched(self, more: Sequence[Record] = ()) -> Probe:
        golden = self._subject.golden[1].value.records if self._subject.golden else ()
        names = set(self._subject.manifest.inputs)
        known: list[Record] = [dict(each.inputs) for each in golden if set(each.inputs) == names and not each.outside]
        starts = [usual(self._space), *more, *known, *corners(self._space, CORNERS), *scattered(self._space, SCATTERED)]
        return probe(self._space, self._ask, starts)

    def _note_failures(self, asked: Probe) -> None:
        if asked.failed:
            first = asked.failed[0]
            record = self._smallest(first.record, lambda answer: bool(answer.failed))
            self.failures.append(
                ModelFails.finding(
                    f"{self._name}: the model fails on {len(asked.failed):,} of {asked.asked:,} records of its own "
                    f"domain: {first.answer.failed} on {written(record)}",
                    fix=f"see it again: {command(record)}",
                    at=self._subject.at(f"outputs.{self._name}"),
                )
            )

    def _smallest(self, record: Record, breaks: Callable[[Answered], bool]) -> Record:
        return shrink(record, usual(self._space), lambda records: [breaks(each) for each in self._ask(records)])

    def _violated(self, found: Modelled, record: Record, answer: Answered) -> None:
        record = self._smallest(
            record, lambda each: not each.failed and bool(wrong(self._output, each.value, self._mean))
        )
        (answer,) = self._ask([record])
        how = wrong(self._output, answer.value, self._mean)
        found.broken[self._name] = (record, how)
        found.violations.append(
            OutOfRange.finding(
                f"{self._name}: FAILED: the model answers {shown(answer.value)} to {written(record)}; {how}",
                fix=f"bound it in the handler (gatekeeper manifest generate --guard); see it again: {command(record)}",
                at=self._subject.at(f"outputs.{self._name}"),
            )
        )

    def monotone(self, prover: Prover, measured: dict[str, Scalar]) -> list[Finding]:
        """Return the promises of monotonicity that are broken; how each was shown is put into `measured`."""
        found = []
        for feature, direction in self._output.monotone.items():
            shown_by, broken = self._follows(prover, feature, direction)
            measured[f"{self._name} {direction} in {feature}"] = shown_by
            if broken is not None:
                before, after, values = broken
                found.append(
                    NotMonotone.finding(
                        f"{self._name}: expected {direction} in {feature}; the model answers {values} to "
                        f"{written(before)} and {written(after)}",
                        fix="fit it with a monotonic constraint, or delete the promise",
                        at=self._subject.at(f"outputs.{self._name}.monotone.{feature}"),
                    )
                )
        return found

    def _follows(
        self, prover: Prover, feature: str, direction: Direction
    ) -> tuple[str, tuple[Record, Record, str] | None]:
        proof = prover.monotone(self._output, feature, direction)
        if proof is not None and proof.standing == "proved":
            return f"PROVED ({proof.method})", None
        pairs: list[tuple[Record, Record]] = []
        if proof and proof.before and proof.after:
            pairs.append((prover.record(proof.before.record), prover.record(proof.after.record)))
        pairs += self._pairs(feature)
        values = self._ask([record for pair in pairs for record in pair])
        sign = 1 if direction == "increasing" else -1
        for place, (before, after) in enumerate(pairs):
            low, high = values[2 * place].value, values[2 * place + 1].value
            if isinstance(low, float) and isinstance(high, float) and not sign * high >= sign * low:
                return "FAILED", (before, after, f"{low:.10g} and {high:.10g}")
        return f"PROBED {len(pairs):,} pairs", None

    def _pairs(self, feature: str) -> list[tuple[Record, Record]]:
        """Return pairs of records that differ in one feature, by neighbouring values of its axis."""
        axis = next(each for each in self._space if each.name == feature)
        bases = [usual(self._space), *corners(self._space, 64), *scattered(self._space, 192)]
        neighbours = list(zip(axis.values, axis.values[1:], strict=False))
        return [({**base, feature: low}, {**base, feature: high}) for base in bases for low, high in neighbours]


def agrees(recorded: object, answered: object) -> bool:
    """Return whether an answer is the recorded one: text and truth values exactly, numbers to 1 in 10,000."""
    numbers = [each for each in (recorded, answered) if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) < 2 or not all(map(is_finite, numbers)):
        return recorded == answered and type(recorded) is type(answered)
    return bool(abs(numbers[0] - numbers[1]) <= AGREES * max(abs(numbers[0]), 1e-9))


def other_answers(path: str, name: str, others: Sequence[tuple[int, object, object]], count: int) -> list[Finding]:
    """Return the finding of the golden records that are answered otherwise; `golden-replay` has the figures.

    Args:
        path: the golden file.
        name: the output.
        others: the line of each such record, what was recorded, and what is answered.
        count: how many were asked.
    """
    if not others:
        return []
    line, recorded, answered = others[0]
    return [
        OtherAnswers.finding(
            f"{name}: got {shown(answered)}, recorded is {shown(recorded)}; so it is with {len(others)} of {count} "
            "golden records",
            fix="find out what changed: the model, its libraries, or the code around it: gatekeeper golden replay .",
            at=Location(path=path, line=line),
        )
    ]
