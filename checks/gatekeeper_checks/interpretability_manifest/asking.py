"""The model and the handler of a worker as functions of records."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from gatekeeper.contract.manifest.facts import Kind, Manifest, Output
from gatekeeper.contract.probing.search import Answered
from gatekeeper.contract.probing.space import Record
from gatekeeper.replay.outcomes import Handled, HandledAll, Loaded, Other, Predicted, Refused
from gatekeeper.replay.worker import Worker

REFUSAL: Final = 400
"""The first HTTP status that is no answer."""
_SHOWN: Final = 300


class ModelGone(Exception):
    """The worker did not answer, and may be gone: `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.what)
        self.refused = refused


class Model:
    """The bare model: fed with records of the manifest's inputs.

    Attributes:
        attempts: what it tried to do, while it was loaded and asked.
    """

    def __init__(self, worker: Worker, loaded: Loaded, manifest: Manifest) -> None:
        self._worker = worker
        self._manifest = manifest
        self._raw = _raw_categories(loaded, manifest)
        self.attempts = list(loaded.attempts)

    def ask(self, records: Sequence[Record], output: Output) -> list[Answered]:
        """Return what the model answers for one output.

        Raises:
            ModelGone: it hung, died, or answered nonsense.
        """
        predicted = self._worker.predict(self._columns(records), output.method)
        if isinstance(predicted, Refused):
            raise ModelGone(predicted)
        self.attempts += predicted.attempts
        return answers(predicted, output, len(records))

    def _columns(self, records: Sequence[Record]) -> Mapping[str, list[Any]]:
        return {name: [self._cell(name, record.get(name)) for record in records] for name in self._manifest.inputs}

    def _cell(self, name: str, value: object) -> object:
        kind = self._manifest.inputs[name].of
        if kind is Kind.CATEGORY:
            return self._raw.get(name, {}).get(str(value), value)
        return math.nan if value is None and kind.measured else value


def _raw_categories(loaded: Loaded, manifest: Manifest) -> Mapping[str, Mapping[str, Any]]:
    """Return for each category input its categories as the model has them: numbers, where the manifest has text."""
    found: dict[str, dict[str, Any]] = {}
    names = loaded.feature_names_in or tuple(manifest.inputs)
    for encoder in loaded.encoders:
        for column, categories in zip(encoder.columns or (), encoder.categories, strict=False):
            name = column if isinstance(column, str) else names[column] if column < len(names) else ""
            found[name] = {str(each): each for each in categories}
    return found


def answers(predicted: Predicted, output: Output, count: int) -> list[Answered]:
    """Return one answer a record: of several outputs the declared column."""
    found = [Answered(failed="no output")] * count
    for row, fault in predicted.faults.items():
        found[row] = Answered(failed=short(str(fault)))
    for row, value in zip(predicted.rows, predicted.outputs, strict=True):
        found[row] = _answer(value, output)
    return found


def _answer(value: Any, output: Output) -> Answered:
    shape = getattr(value, "shape", ())
    if shape:
        if len(shape) != 1 or not output.column < shape[0]:
            return Answered(failed=f"an output of shape {tuple(shape)}, expected a number in column {output.column}")
        value = value[output.column]
    elif output.column:
        return Answered(failed=f"one number a record, expected a column {output.column}")
    plain = value.item() if hasattr(value, "item") else value
    if output.type == "class":
        return Answered(value=str(plain))
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return Answered(failed=f"{short(repr(plain))}, expected a number")
    return Answered(value=float(plain))


class Handler(Protocol):
    """What answers requests: a worker with a handler in it, a program, or a server."""

    def handle(self, records: Sequence[Record]) -> HandledAll | Refused:
        """Return what it makes of requests, one after the other."""
        ...


class Service:
    """The production handler: fed with requests.

    Attributes:
        attempts: what it tried to do while it was asked.
    """

    def __init__(self, handler: Handler, manifest: Manifest) -> None:
        self._handler = handler
        self._single = next(iter(manifest.outputs)) if len(manifest.outputs) == 1 else None
        self.attempts: list[str] = []

    def ask(self, records: Sequence[Record]) -> list[Reply]:
        """Return what the handler makes of requests.

        Raises:
            ModelGone: it hung, died, or answered nonsense.
        """
        handled = self._handler.handle(records)
        if isinstance(handled, Refused):
            raise ModelGone(handled)
        self.attempts += handled.attempts
        return [Reply(each, self._single) for each in handled.outcomes]


class Reply:
    """What the handler made of one request: outputs by name, or why there are none.

    Attributes:
        outputs: by name; None where the request was refused or something was raised.
        refused: why it was refused, by its status; empty if it was not.
        raised: what was raised; empty if nothing was.
    """

    __slots__ = ("outputs", "raised", "refused")

    def __init__(self, handled: Handled, single: str | None) -> None:
        self.outputs: Mapping[str, object] | None = None
        self.refused = self.raised = ""
        status = handled.status if handled.fault is None else handled.fault.status
        if status is not None and status >= REFUSAL:
            self.refused = f"status {status}: {short(str(handled.fault or handled.value))}"
        elif handled.fault is not None:
            self.raised = short(str(handled.fault))
        elif isinstance(handled.value, Mapping):
            self.outputs = handled.value
        elif single is not None and handled.value is not None:
            self.outputs = {single: handled.value}
        else:
            self.outputs = {}


def short(text: str) -> str:
    """Return a text in one line, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def written(record: Record) -> str:
    """Return a record as JSON, with NaN and Infinity as Python writes and reads them."""
    return json.dumps(record, default=str, ensure_ascii=False)


def command(record: Record) -> str:
    """Return the command that asks for one record again."""
    return f"gatekeeper manifest probe . --record {shlex.quote(written(record))}"


def shown(value: object) -> str:
    """Return an answer for a message."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return short(repr(value.text if isinstance(value, Other) else value))
