"""Sound bounds and monotonicity of the fitted model, worked out of its own numbers, over the declared domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds.box import Bound, Box, Categories, Direction, Interval, Monotone
from gatekeeper.contract.manifest.facts import Input, Kind, Manifest, Output
from gatekeeper.contract.probing.search import Ask, number
from gatekeeper.contract.probing.space import Axis, Record, corners, scattered, usual
from gatekeeper.errors import GatekeeperError, Unreadable, UsageError
from gatekeeper.replay.outcomes import Loaded

if TYPE_CHECKING:
    from gatekeeper.contract.bounds.structure import Structure

AGREEMENT: Final = 1e-6
"""How far the numbers as they were read may miss the model's own answers, relative to their size."""
QUICK: Final = 400_000
"""Leaves or units that are looked at before the declared range is asked about alone: a few tenths of a second."""
_RECORDS: Final = 256
_SAYS: Final = {"predict": "value", "predict_proba": "probability", "decision_function": "score"}
"""Which method of a model gives what a structure says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is proved of one output: its bound, or why there is none."""

    bound: Bound | None = None
    why: str = ""


class Prover:
    """The model as its numbers were read, over the domain of the manifest; or `why` it could not be read."""

    def __init__(self, loaded: Loaded, manifest: Manifest) -> None:
        self._names: Mapping[str, str] = {}
        self.why = ""
        try:
            self._structure = _read(loaded)
            self._names = _names(self._structure, tuple(manifest.inputs))
            self._box = box_of({self._names[name]: each for name, each in manifest.inputs.items()})
        except GatekeeperError as error:
            self.why = error.what

    def checked(self, space: Sequence[Axis], output: Output, ask: Ask) -> str:
        """Return how the numbers as they were read differ from the model's own answers; empty if they don't.

        Args:
            space: the domain.
            output: which answer.
            ask: the model.
        """
        if not self.why and self._structure.says != _SAYS[output.method]:
            return f"its numbers are known as a {self._structure.says}, {output.method} gives another"
        if self.why:
            return self.why
        records = [usual(space), *corners(space, _RECORDS), *scattered(space, _RECORDS)]
        answers = ask(records)
        try:
            found = self._evaluated(records, output)
        except GatekeeperError as error:
            return error.what
        for answer, value, record in zip(answers, found, records, strict=True):
            said = number(answer)
            if not abs(said - value) <= AGREEMENT * max(abs(said), abs(value), 1e-12):
                return f"as read from the file it gives {value:.10g}, and answers {said:.10g} to {record}"
        return ""

    def _evaluated(self, records: Sequence[Record], output: Output) -> list[float]:
        columns: dict[str, list[Any]] = {
            inner: [record[name] for record in records] for name, inner in self._names.items()
        }
        table = bounds.evaluate(self._structure, columns)
        if output.column >= table.shape[1]:
            raise UsageError(f"the model has {table.shape[1]} outputs, no column {output.column}", fix="correct column")
        return [float(row[output.column]) for row in table]

    def bound(self, output: Output, low: float | None, high: float | None) -> Proof:
        """Return what is proved of an output: its bounds, or where these take long, as much as its range asks for.

        Args:
            output: which answer.
            low: the smallest that it may be; None where nothing says so.
            high: the largest, likewise.
        """
        try:
            found = bounds.bound(self._structure, self._box, QUICK)
            if output.column >= len(found):
                return Proof(why=f"the model has {len(found)} outputs")
            bound = found[output.column]
            if low is not None and high is not None and not (bound.exact or low <= bound.lower <= bound.upper <= high):
                bound = bounds.bound(self._structure, self._box, within={bound.output: (low, high)})[output.column]
        except GatekeeperError as error:
            return Proof(why=error.what)
        return Proof(bound=bound)

    def monotone(self, output: Output, feature: str, direction: Direction) -> Monotone | None:
        """Return whether an output follows a feature; None where nothing could be read."""
        if self.why or self._structure.says != _SAYS[output.method]:
            return None
        try:
            found = bounds.monotone(self._structure, self._box, self._names[feature], direction)
        except GatekeeperError:
            return None
        return found[output.column] if output.column < len(found) else None

    def record(self, inner: Mapping[str, Any]) -> Record:
        """Return a record of the structure by the manifest's names."""
        return {name: inner[each] for name, each in self._names.items() if each in inner}


def _read(loaded: Loaded) -> Structure:
    from gatekeeper.contract.bounds.structure import Opaque  # noqa: PLC0415 - numpy is loaded when a model is

    if loaded.structure is None:
        why = str(loaded.structure_fault or "nothing describes it")
        raise Unreadable(f"the model's numbers could not be read: {why}", fix="see how it is loaded")
    found = bounds.read(loaded.structure, loaded.structure_arrays)
    opaque = found.predictor
    if isinstance(opaque, Opaque):
        raise Unreadable(f"{opaque.name}: {opaque.why}", fix="see how it is loaded")
    return found


def _names(structure: Structure, inputs: tuple[str, ...]) -> Mapping[str, str]:
    """Return the manifest's names to the structure's: the same, or by place where a model knows no names.

    Raises:
        UsageError: they are others, or more or fewer.
    """
    if structure.named and sorted(structure.inputs) == sorted(inputs):
        return {name: name for name in inputs}
    if structure.named or len(structure.inputs) != len(inputs):
        raise UsageError("the model takes other inputs than the manifest declares", fix="see the rule other-inputs")
    return dict(zip(inputs, structure.inputs, strict=True))


def box_of(inputs: Mapping[str, Input]) -> Box:
    """Return the declared domain, as the model is fed when the service keeps to it: nothing missing, nothing unknown.

    Raises:
        UsageError: a number has no domain, or one that holds nothing.
    """
    return Box({name: _side(name, each) for name, each in inputs.items()})


def _side(name: str, each: Input) -> Interval | Categories:
    if each.of.measured:
        if each.min is None or each.max is None:
            raise UsageError(f"{name} has no domain", fix="add min and max")
        return Interval(low=each.min, high=each.max, integer=each.of is Kind.INTEGER)
    if each.of is Kind.BOOLEAN:
        return Categories(values=(False, True))
    return Categories(values=tuple(each.vocabulary), unknown=each.of is Kind.TEXT)
