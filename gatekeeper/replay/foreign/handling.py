"""A predictor that is not Python, asked as a production handler is: one value, with its status, or a fault a record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gatekeeper.replay.foreign.exec import Program, start_program
from gatekeeper.replay.foreign.http import Endpoint
from gatekeeper.replay.foreign.naming import Command
from gatekeeper.replay.observed import Answer, Value
from gatekeeper.replay.outcomes import Handled, HandledAll, Refused
from gatekeeper.replay.starting import Bounds


class Foreign:
    """A program or a server that answers as `Worker.handle` does."""

    def __init__(self, predictor: Program | Endpoint) -> None:
        self._predictor = predictor

    def handle(self, records: Sequence[Mapping[str, Any]]) -> HandledAll | Refused:
        """Give it records, one after the other; what it makes of one is that one's outcome."""
        found = self._predictor.replay(records)
        if isinstance(found, Refused):
            return found
        return HandledAll(outcomes=tuple(map(_handled, found.answers)), attempts=found.attempts)


def _handled(answer: Answer) -> Handled:
    if answer.outputs is None:
        return Handled(status=answer.status, fault=answer.fault)
    return Handled(value={name: _plain(each) for name, each in answer.outputs.items()}, status=answer.status)


def _plain(value: Value) -> Any:
    """Return a value as JSON had it: a single one, or a list, in C order."""
    flat = list(value.values) if isinstance(value.values, tuple) else value.values.reshape(-1).tolist()
    return flat[0] if not value.shape else flat


@contextlib.contextmanager
def answering(named: Command | Endpoint, root: str | os.PathLike[str], bounds: Bounds) -> Iterator[Foreign | Refused]:
    """Start the program, or take the server that runs; yields what can be asked, or why nothing can."""
    if isinstance(named, Endpoint):
        yield Foreign(named)
        return
    with start_program(named.words, root, bounds) as program:
        yield program if isinstance(program, Refused) else Foreign(program)
