"""The production handler: asked for records of the domain, where it must answer in range, and for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.contract.manifest.domain import ABSENT, Due, due, is_finite, record_due, wrong
from gatekeeper.contract.probing.shrinking import shrink
from gatekeeper.contract.probing.space import Record, Strange, axes, corners, scattered, strange, usual
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Scalar
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from gatekeeper_checks.interpretability_manifest.asking import ModelGone, Reply, Service, command, shown, written
from gatekeeper_checks.interpretability_manifest.following import followed
from gatekeeper_checks.interpretability_manifest.input_rules import NotEnforced
from gatekeeper_checks.interpretability_manifest.modelling import Modelled, agrees, other_answers
from gatekeeper_checks.interpretability_manifest.output_rules import ModelFails, OutOfRange
from gatekeeper_checks.interpretability_manifest.safety_rules import NoConfidence
from gatekeeper_checks.interpretability_manifest.subject import Subject

_CORNERS = 64
_WAYS = 6
"""Ways in which an input is not guarded that one message names."""


@dataclass(slots=True)
class _Heard:
    """What the handler made of the records so far."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    values: dict[str, list[float]] = field(default_factory=dict)
    broken: dict[str, tuple[Record, str]] = field(default_factory=dict)
    failed: tuple[Record, str] | None = None
    failures: int = 0
    unconfident: Record | None = None


def service_tried(
    subject: Subject,
    check: InterpretabilityManifest,
    service: Service,
    modelled: Modelled | None,
    inquiry: Inquiry,
    measured: dict[str, Scalar],
) -> None:
    """Ask the handler; findings go into the inquiry, what was shown of each output into `measured`."""
    trial = _Trial(subject, service)
    extremes = modelled.extremes if modelled else []
    try:
        # What is strange comes last: a guard that sees much of it goes into safe mode, and would hide the model.
        inquiry.findings += trial.golden()
        trial.inside(_requests(subject, extremes, check.requests))
        inquiry.findings += [*trial.out_of_range(), *trial.findings()]
        if modelled is not None:
            inquiry.findings += trial.held_back(modelled, measured)
        inquiry.findings += followed(subject, service, check.requests, measured)
        trial.beyond(list(strange(axes(subject.manifest.requested, subject.baseline))))
        inquiry.findings += [*trial.out_of_range(), *trial.not_enforced()]
        for name in subject.manifest.outputs:
            measured[f"{name}, service"] = trial.said(name)
    except ModelGone as gone:
        at = subject.candidate.at("code.predictor")
        inquiry.findings.append(ModelFails.finding(gone.refused.what, fix=gone.refused.fix, at=at))
        inquiry.findings += modelled.violations if modelled else ()


def _requests(subject: Subject, extremes: Iterable[Record], most: int) -> list[Record]:
    """Return requests of the domain: usual, golden, where the model goes farthest, corners and scattered ones."""
    requested = subject.manifest.requested
    space = axes(requested, subject.baseline)
    golden = subject.golden[1].value.records if subject.golden else ()
    known: list[Record] = [dict(each.inputs) for each in golden if not each.outside]
    farthest = [{name: value for name, value in record.items() if name in requested} for record in extremes]
    found = [usual(space), *known, *farthest, *corners(space, _CORNERS), *scattered(space, most)]
    return [record for record in found if record_due(requested, record) in {Due.ACCEPT, Due.DEFAULT}][:most]


class _Trial:
    """One handler."""

    def __init__(self, subject: Subject, service: Service) -> None:
        self._subject = subject
        self._service = service
        self._outputs = subject.manifest.outputs
        self._heard = _Heard()
        self._ways: dict[str, list[str]] = {}
        self._examples: dict[str, tuple[Record, str]] = {}
        self._told: set[str] = set()
        self.tried = 0

    def inside(self, records: Sequence[Record]) -> None:
        """Ask for records of the domain."""
        for record, reply in zip(records, self._service.ask(records), strict=True):
            self._take(record, reply)

    def _take(self, record: Record, reply: Reply) -> None:
        heard = self._heard
        heard.asked += 1
        if reply.raised:
            heard.failures += 1
            heard.failed = heard.failed or (record, reply.raised)
        elif reply.refused:
            heard.refused += 1
        else:
            heard.answered += 1
            self._judge(record, reply)

    def _judge(self, record: Record, reply: Reply) -> None:
        """Take what was answered: each output, and the confidence beside it."""
        for name in self._outputs:
            value = (reply.outputs or {}).get(name)
            how = self._wrong(name, reply)
            if how:
                self._heard.broken.setdefault(name, (record, how))
            elif isinstance(value, int | float):
                self._heard.values.setdefault(name, []).append(float(value))
        confidence = self._subject.manifest.confidence
        if confidence is not None and not self._is_fallback(reply):
            value = (reply.outputs or {}).get(confidence.field)
            if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
                self._heard.unconfident = self._heard.unconfident or record

    def _is_fallback(self, reply: Reply) -> bool:
        """Return whether a reply is what the breaker falls back on, of which no model is sure or unsure."""
        breaker, outputs = self._subject.manifest.breaker, reply.outputs or {}
        return breaker is not None and all(outputs.get(name) == value for name, value in breaker.fallback.items())

    def _wrong(self, name: str, reply: Reply) -> str:
        """Return how one output of a reply breaks its range; empty if it does not, or if nothing was answered."""
        if reply.outputs is None:
            return ""
        if name not in reply.outputs:
            return f"the answer has no {name!r}"
        return wrong(self._outputs[name], reply.outputs[name], self._subject.mean(self._outputs[name]))

    def beyond(self, records: Sequence[Strange]) -> None:
        """Ask for records that the manifest says are refused, or answered with a safe default."""
        self.tried = len(records)
        replies = self._service.ask([each.record for each in records])
        dues = [record_due(self._subject.manifest.requested, each.record) for each in records]
        promised = self._promised(records, dues)
        for place, (each, reply, wanted) in enumerate(zip(records, replies, dues, strict=True)):
            if reply.outputs is not None:
                for name in self._outputs:
                    how = self._wrong(name, reply)
                    if how and name in reply.outputs:
                        self._heard.broken.setdefault(name, (each.record, how))
            self._hold(each, reply, wanted, promised.get(place))

    def _promised(self, records: Sequence[Strange], dues: Sequence[Due]) -> Mapping[int, Reply]:
        """Return what is answered where the safe default is written out, by the place of the record without it."""
        places = [place for place, wanted in enumerate(dues) if wanted is Due.DEFAULT]
        filled = [self._filled(records[place].record) for place in places]
        return dict(zip(places, self._service.ask(filled) if filled else (), strict=True))

    def _filled(self, record: Record) -> Record:
        inputs = self._subject.manifest.requested.items()
        stand_ins = {name: each.default for name, each in inputs if due(each, record.get(name, ABSENT)) is Due.DEFAULT}
        return {**record, **stand_ins}

    def _hold(self, each: Strange, reply: Reply, wanted: Due, promised: Reply | None) -> None:
        """Note where the handler does another thing than the manifest says."""
        if wanted is Due.REJECT and reply.outputs is not None:
            way = f"{each.way} is answered ({', '.join(shown(value) for value in reply.outputs.values())})"
        elif wanted is Due.DEFAULT and reply.outputs is None:
            way = f"{each.way} is not answered with the safe default ({reply.refused or reply.raised})"
        elif wanted is Due.ACCEPT and reply.outputs is None:
            way = f"{each.way} is of the domain and is not answered ({reply.refused or reply.raised})"
        elif other := self._otherwise(reply, promised):
            way = f"{each.way} is answered {other}"
        else:
            return
        self._ways.setdefault(each.input, []).append(way)
        self._examples.setdefault(each.input, (each.record, each.way))

    def _otherwise(self, reply: Reply, promised: Reply | None) -> str:
        """Return how an answer is not the one to the safe default; empty if it is, or if none is due.

        The breaker's fallback may stand for either: a window with much that is missing is a reason for it.
        """
        if promised is None or promised.outputs is None or reply.outputs is None:
            return ""
        breaker = self._subject.manifest.breaker
        for name in self._outputs:
            got, expected = reply.outputs.get(name), promised.outputs.get(name)
            safe = breaker is not None and breaker.fallback.get(name) in (got, expected)
            if not safe and not agrees(expected, got) and name not in self._heard.broken:
                return f"{shown(got)}, and its safe default {shown(expected)}"
        return ""

    def golden(self) -> list[Finding]:
        """Return the golden records that the handler answers otherwise than was recorded."""
        if self._subject.golden is None:
            return []
        path, fact = self._subject.golden
        records = [each for each in fact.value.records if not each.outside]
        replies = self._service.ask([dict(each.inputs) for each in records]) if records else []
        others: dict[str, list[tuple[int, object, object]]] = {}
        for record, reply in zip(records, replies, strict=True):
            for name, recorded in record.outputs.items():
                answered = (reply.outputs or {}).get(name, reply.refused or reply.raised or None)
                if name in self._outputs and not agrees(recorded, answered):
                    others.setdefault(name, []).append((record.line, recorded, answered))
        return [each for name, told in others.items() for each in other_answers(path, name, told, len(records))]

    def out_of_range(self) -> list[Finding]:
        """Return the outputs that break their range and were not told yet, each with the smallest record."""
        found = []
        for name, (broken, _) in self._heard.broken.items():
            if name in self._told:
                continue
            self._told.add(name)
            record = self._smallest(broken, lambda reply, name=name: bool(self._wrong(name, reply)))  # type: ignore[misc]
            (reply,) = self._service.ask([record])
            value = (reply.outputs or {}).get(name)
            found.append(
                OutOfRange.finding(
                    f"{name}: FAILED: the service answers {shown(value)} to {written(record)}; "
                    f"{self._wrong(name, reply)}",
                    fix=f"bound it in the handler (gatekeeper manifest generate --guard); see it again: "
                    f"{command(record)}",
                    at=self._subject.at(f"outputs.{name}"),
                )
            )
        return found

    def findings(self) -> list[Finding]:
        """Return what else is against the answers to records of the domain."""
        heard, found = self._heard, []
        if heard.failed is not None:
            found.append(self._failure(*heard.failed))
        elif not heard.answered:
            found.append(self._failure(usual(axes(self._subject.manifest.requested, None)), "every request is refused"))
        if heard.unconfident is not None:
            found.append(self._unconfident(heard.unconfident))
        return found

    def _failure(self, record: Record, why: str) -> Finding:
        heard = self._heard
        if heard.failures:
            record = self._smallest(record, lambda reply: bool(reply.raised))
        return ModelFails.finding(
            f"the service fails on {heard.failures or heard.asked:,} of {heard.asked:,} requests of its own domain: "
            f"{why} on {written(record)}",
            fix=f"see it again: {command(record)}",
            at=self._subject.candidate.at("code.predictor"),
        )

    def _unconfident(self, record: Record) -> Finding:
        confidence = self._subject.manifest.confidence
        assert confidence is not None
        return NoConfidence.finding(
            f"the service answers {written(record)} without a number {confidence.field!r}, which the manifest declares",
            fix=f"give {confidence.field!r} beside each answer, or correct confidence.field",
            at=self._subject.at("confidence.field"),
        )

    def _smallest(self, record: Record, breaks: Callable[[Reply], bool]) -> Record:
        base = usual(axes(self._subject.manifest.requested, self._subject.baseline))
        return shrink(record, base, lambda records: [breaks(reply) for reply in self._service.ask(records)])

    def not_enforced(self) -> list[Finding]:
        """Return for each input what the handler does that the manifest says it does not."""
        found = []
        for name, ways in self._ways.items():
            more = f" and {len(ways) - _WAYS} more" if len(ways) > _WAYS else ""
            record, _ = self._examples[name]
            found.append(
                NotEnforced.finding(
                    f"{name or 'the request'}: {'; '.join(ways[:_WAYS])}{more}",
                    fix="validate requests with the generated input model (gatekeeper manifest generate --pydantic); "
                    f"see it again: {command(record)}",
                    at=self._subject.at(f"inputs.{name}" if name else "inputs"),
                )
            )
        return found

    def said(self, name: str) -> str:
        """Return in words what was shown of one output."""
        heard, values = self._heard, self._heard.values.get(name)
        asked = f"{heard.asked:,} requests of the domain ({heard.refused:,} refused), {self.tried:,} beyond it"
        if name in heard.broken:
            return f"FAILED: {asked}"
        if not values and self._outputs[name].type == "number":
            return f"NOT SHOWN: {asked}, none answered"
        ends = f": {min(values):.6g} to {max(values):.6g}" if values else ""
        return f"PROBED {asked}{ends}"

    def held_back(self, modelled: Modelled, measured: dict[str, Scalar]) -> list[Finding]:
        """Return the violations of the bare model that the service gives out too; the others are GUARDED."""
        requested, found = self._subject.manifest.requested, []
        for name, (record, how) in modelled.broken.items():
            request = {key: value for key, value in record.items() if key in requested}
            (reply,) = self._service.ask([request])
            if reply.outputs is not None and self._wrong(name, reply):
                if name not in self._heard.broken:
                    found += [each for each in modelled.violations if each.message.startswith(f"{name}:")]
            else:
                does = "refuses it" if reply.outputs is None else f"answers {shown(reply.outputs.get(name))}"
                measured[f"{name}, model"] = f"GUARDED: {how} on {written(record)}; the service {does}"
        return found
