"""Sound bounds and monotonicity of the fitted model, worked out of its own numbers, over the declared domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gatekeeper.contract import bounds
from gatekeeper.contract.bounds.box import Bound, Box, Categories, Interval
from gatekeeper.contract.manifest.facts import Kind, Manifest, Output
from gatekeeper.contract.probing.search import Answered, number
from gatekeeper.contract.probing.space import Axis, Record, corners, scattered, usual
from gatekeeper.errors import GatekeeperError
from gatekeeper.replay.outcomes import Loaded

AGREEMENT: Final = 1e-6
"""How far the numbers as they were read may miss the model's own answers, relative to their size."""
_RECORDS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is proved of one output: its bound, or why there is none."""

    bound: Bound | None
    why: str = ""


class Prover:
    """The model as its numbers were read, over the domain of the manifest; or why it could not be read."""

    def __init__(self, loaded: Loaded, manifest: Manifest) -> None:
        self._manifest = manifest
        self.why = ""
        self._structure: Any = None
        self._box: Box | None = None
        try:
            self._box = box_of(manifest)
            self._structure = self._read(loaded)
        except GatekeeperError as error:
            self.why = error.what

    def _read(self, loaded: Loaded) -> Any:
        if loaded.structure is None:
            self.why = str(loaded.structure_fault or "the model's numbers could not be read")
            return None
        return bounds.read(loaded.structure, loaded.structure_arrays)

    def checked(self, space: Sequence[Axis], output: Output, ask: Any) -> str:
        """Return how the numbers as they were read differ from the model's own answers; empty if they don't.

        Args:
            space: the domain.
            output: which answer.
            ask: the model.
        """
        if self._structure is None:
            return self.why or "the model's numbers could not be read"
        records = [usual(space), *corners(space, _RECORDS), *scattered(space, _RECORDS)]
        answers: Sequence[Answered] = ask(records)
        columns = {name: [record[name] for record in records] for name in self._manifest.inputs}
        try:
            found = self._evaluated(columns, output)
        except GatekeeperError as error:
            return error.what
        for answer, value, record in zip(answers, found, records, strict=True):
            said = number(answer)
            if not abs(said - value) <= AGREEMENT * max(abs(said), abs(value), 1e-12):
                return f"as read from the file it gives {value:.10g}, and answers {said:.10g} to {record}"
        return ""

    def _evaluated(self, columns: dict[str, list[Any]], output: Output) -> list[float]:
        table = bounds.evaluate(self._structure, columns)
        column = table if table.ndim == 1 else table[:, min(output.column, table.shape[1] - 1)]
        return [float(value) for value in column]

    def bound(self, output: Output) -> Proof:
        """Return what is proved of an output."""
        if self._structure is None or self._box is None:
            return Proof(bound=None, why=self.why)
        try:
            found = bounds.bound(self._structure, self._box)
        except GatekeeperError as error:
            return Proof(bound=None, why=error.what)
        return Proof(bound=found[min(output.column, len(found) - 1)]) if found else Proof(bound=None, why="no output")

    def monotone(self, output: Output, feature: str, direction: Any) -> Any:
        """Return whether an output follows a feature; None where nothing could be read."""
        if self._structure is None or self._box is None:
            return None
        try:
            found = bounds.monotone(self._structure, self._box, feature, direction)
        except GatekeeperError as error:
            self.why = error.what
            return None
        if isinstance(found, tuple):
            return found[min(output.column, len(found) - 1)] if found else None
        return found


def box_of(manifest: Manifest) -> Box:
    """Return the declared domain, as the model is fed when the service keeps to it: nothing missing, nothing unknown.

    Raises:
        UsageError: a number has no domain, or one that holds nothing.
    """
    return Box(dict(_sides(manifest)))


def _sides(manifest: Manifest) -> Iterator[tuple[str, Interval | Categories]]:
    for name, each in manifest.inputs.items():
        if each.of.measured:
            low = -1e308 if each.min is None else each.min
            high = 1e308 if each.max is None else each.max
            yield name, Interval(low=low, high=high, integer=each.of is Kind.INTEGER)
        elif each.of is Kind.BOOLEAN:
            yield name, Categories(values=(False, True))
        else:
            yield name, Categories(values=tuple(each.vocabulary), unknown=each.of is Kind.TEXT)


def pair(before: Record, after: Record) -> str:
    """Return two records that differ in one input, for a message."""
    from gatekeeper_checks.interpretability_manifest.asking import written  # noqa: PLC0415 - no cycle of meaning

    return f"{written(before)} and {written(after)}"
