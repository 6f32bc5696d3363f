"""Golden records against the answers to them: per output how far, and per record what is missing, new or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.replay.golden.describing import REFUSED, specs, status_of
from gatekeeper.replay.golden.facts import ANY, Golden, OutputSpec, Record
from gatekeeper.replay.golden.tolerance import Compared, Kind, compare
from gatekeeper.replay.observed import Answer, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What is another than it was in one record, where no number says by how much.

    Attributes:
        record: its id.
        kind: of what sort.
        output: which one; empty where it is about the whole answer.
        said: in words, what was got and what was expected.
    """

    record: str
    kind: Kind
    output: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputJudged:
    """One output over all records.

    Attributes:
        name: its name.
        spec: what was allowed.
        records: how many were compared; in `above` of them an element deviates by more than is allowed.
        elements_above: how many elements do, of all records.
        worst_record: the id of the record with `worst`, the one that uses most of what is allowed to it; None where all
            are equal.
        needed: the relative tolerance with which all would pass.
        largest_relative, largest_absolute: over all elements of all records.
        used: by record, the largest share of what is allowed that an element uses: above 1 is too much.
    """

    name: str
    spec: OutputSpec
    records: int = 0
    above: int = 0
    elements_above: int = 0
    worst_record: str | None = None
    worst: Compared | None = None
    needed: float = 0.0
    largest_relative: float = 0.0
    largest_absolute: float = 0.0
    used: Mapping[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A golden set beside the answers to it.

    Attributes:
        records: how many there are.
        above: the ids of those with an output that deviates by more than is allowed.
        outputs: in the header's order.
        departures: in the order of the records.
        unjudged: the ids of those that say nothing of what should be answered.
        own: the ids of those with golden values of this very device; all others fall back to the ones of every device.
    """

    records: int
    above: tuple[str, ...]
    outputs: tuple[OutputJudged, ...]
    departures: tuple[Departure, ...]
    unjudged: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every record was answered as it was: never so if there is none, or none that could be judged."""
        return self.records > len(self.unjudged) and not self.above and not self.departures


def judge(golden: Golden, answers: Sequence[Answer], *, device: str = "") -> Judged:
    """Return how far answers are from the golden records.

    Args:
        golden: The set.
        answers: In the order of its records. A missing one is a departure.
        device: The one that answered, as golden records name it: "cuda:NVIDIA H200"; records that have no values of
            its own are judged by the ones of every device.
    """
    judge_ = _Judge(golden, device)
    for place, record in enumerate(golden.records):
        judge_.record(record, answers[place] if place < len(answers) else None)
    if len(answers) > len(golden.records):
        said = f"{len(answers)} answers came, expected {len(golden.records)}"
        judge_.departs("", Kind.NO_ANSWER, "", said)
    return judge_.judged()


class _Judge:
    def __init__(self, golden: Golden, device: str) -> None:
        self._golden, self._device = golden, device
        self._specs = specs(golden)
        self._loose = not golden.bound
        self._compared: dict[str, dict[str, Compared]] = {name: {} for name in self._specs}
        self._departures: list[Departure] = []
        self._unjudged: list[str] = []
        self._own: list[str] = []

    def departs(self, record: str, kind: Kind, output: str, said: str) -> None:
        self._departures.append(Departure(record=record, kind=kind, output=output, said=said))

    def record(self, record: Record, answer: Answer | None) -> None:
        if answer is None:
            self.departs(record.id, Kind.NO_ANSWER, "", "got no answer")
            return
        expected, own = record.expected(self._device)
        if own:
            self._own.append(record.id)
        if expected is None and record.fault is None and record.status is None:
            self._unjudged.append(record.id)
            return
        if not self._faults(record, answer) or not self._statuses(record, answer) or expected is None:
            return
        if answer.outputs is None:
            self.departs(record.id, Kind.NO_ANSWER, "", "got no output")
            return
        self._outputs(record.id, expected, answer.outputs)

    def _faults(self, record: Record, answer: Answer) -> bool:
        """Return whether the record raised as it did, or answered as it did."""
        got = answer.fault.type if answer.fault else None
        if got == record.fault or (record.fault is None and record.outputs is None and got is not None):
            return True  # a refusal may be raised: its status is what counts
        raised = f"raised {answer.fault}"[:300] if answer.fault else "answered"
        wanted = f"expected {record.fault}" if record.fault else "expected an answer"
        self.departs(record.id, Kind.FAULT, "", f"{raised}, {wanted}")
        return False

    def _statuses(self, record: Record, answer: Answer) -> bool:
        got = status_of(answer)
        if got == record.status or (self._loose and record.status is None and (got or 0) < REFUSED):
            return True
        shown = ["no status" if each is None else f"the status {each}" for each in (got, record.status)]
        self.departs(record.id, Kind.STATUS, "", f"got {shown[0]}, expected {shown[1]}")
        return False

    def _outputs(self, record: str, expected: Mapping[str, Value], actual: Mapping[str, Value]) -> None:
        missing = [name for name in expected if name not in actual]
        new = [name for name in actual if name not in expected]
        for name in missing:
            again = next((each for each in new if self._compare(name, expected[name], actual[each]).passed), None)
            if again is None:
                self.departs(record, Kind.MISSING, name, f"is missing; got {_listed(actual)}")
            else:
                new.remove(again)
                self.departs(record, Kind.RENAMED, name, f"is called {again[:100]!r} now, with the same value")
        for name in new:
            self.departs(record, Kind.EXTRA, name, f"is new; expected {_listed(expected)}")
        for name, value in expected.items():
            if name in actual:
                self._value(record, name, self._compare(name, value, actual[name]))

    def _compare(self, name: str, expected: Value, actual: Value) -> Compared:
        return compare(expected, actual, self._spec(name), loose=self._loose)

    def _spec(self, name: str) -> OutputSpec:
        return self._specs.get(name) or OutputSpec(dtype=ANY)

    def _value(self, record: str, name: str, found: Compared) -> None:
        if found.problem is not None:
            self.departs(record, found.problem, name, found.said)
        self._compared.setdefault(name, {})[record] = found

    def judged(self) -> Judged:
        above = {record for each in self._compared.values() for record, found in each.items() if found.above}
        return Judged(
            records=len(self._golden.records),
            above=tuple(each.id for each in self._golden.records if each.id in above),
            outputs=tuple(summed(name, self._spec(name), found) for name, found in self._compared.items()),
            departures=tuple(self._departures),
            unjudged=tuple(self._unjudged),
            own=tuple(self._own),
        )


def summed(name: str, spec: OutputSpec, compared: Mapping[str, Compared]) -> OutputJudged:
    """Return one output over all records, given how it compared in each by id."""
    counted = {record: each for record, each in compared.items() if each.problem is None}
    differing = {record: each for record, each in counted.items() if each.worst is not None}
    worst = max(differing, key=lambda each: (differing[each].used, differing[each].relative), default=None)
    return OutputJudged(
        name=name,
        spec=spec,
        records=len(counted),
        above=sum(each.above > 0 for each in counted.values()),
        elements_above=sum(each.above for each in counted.values()),
        worst_record=worst,
        worst=None if worst is None else differing[worst],
        needed=max((each.needed for each in counted.values()), default=0.0),
        largest_relative=max((each.largest_relative for each in counted.values()), default=0.0),
        largest_absolute=max((each.largest_absolute for each in counted.values()), default=0.0),
        used={record: each.used for record, each in compared.items()},
    )


def _listed(names: Mapping[str, Value]) -> str:
    shown = ", ".join(repr(each[:60]) for each in list(names)[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"{shown or 'none'}{more}"
