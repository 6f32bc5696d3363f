"""Requests to a worker and their answers, each either of the kind that is expected or a `Refused`."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gatekeeper.replay import answers, refusals
from gatekeeper.replay.exchange import Trouble
from gatekeeper.replay.outcomes import Refused
from gatekeeper.replay.process import Process

T = TypeVar("T")

_HEAD = struct.Struct(">IQ")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer: what is said, the arrays beside it, and what the candidate tried to do meanwhile."""

    said: T
    arrays: Mapping[str, Any]
    attempts: tuple[str, ...]


class Dialogue:
    """One request after the other. After a trouble the worker is gone, and every request is refused with it.

    `shut_in` is whether the sandbox is known to keep out all that a candidate can try.
    """

    def __init__(self, process: Process, python: str, timeout: float) -> None:
        self._process, self._python, self._timeout = process, python, timeout
        self._number = 0
        self._over: Refused | None = None
        self._unsent: Sequence[bytes] = ()
        self.shut_in = False

    @property
    def is_over(self) -> bool:
        """Whether the worker is gone."""
        return self._over is not None

    def hear(self) -> bytes | Trouble:
        """Return the head of the frame that a Python begins with."""
        try:
            return self._process.exchange([], self._timeout).head
        except Trouble as trouble:
            return trouble

    def tell(self, document: bytes) -> None:
        """Send what has no answer of its own with the next request."""
        self._unsent = [_HEAD.pack(len(document), 0), document]

    def ask(
        self,
        operation: str,
        doing: str,
        given: Mapping[str, Any],
        kind: type[T],
        *,
        body: Sequence[bytes] = (),
        timeout: float | None = None,
    ) -> Answer[T] | Refused:
        """Send one request and return its answer.

        Args:
            operation: What is asked for, as `inside/serving.py` names it.
            doing: The same in a sentence that begins with it.
            given: What goes with it.
            kind: Of the answer.
            body: Arrays.
            timeout: In seconds; None for the worker's own.
        """
        if self._over is not None:
            return self._over
        self._number += 1
        head = json.dumps({"id": self._number, "op": operation, **given}).encode()
        request = [*self._unsent, _HEAD.pack(len(head), sum(map(len, body))), head, *body]
        self._unsent = []
        known = len(self._process.attempts)
        limit = self._timeout if timeout is None else timeout
        try:
            reply = self._process.exchange(request, limit)
        except Trouble as trouble:
            self._over = refusals.troubled(doing, trouble, limit, self._meanwhile(known))
            return self._over
        return self._read(reply.head, reply.body, doing, kind, known)

    def _read(self, head: bytes, body: memoryview, doing: str, kind: type[T], known: int) -> Answer[T] | Refused:
        try:
            envelope = answers.decoded(head, answers.Envelope)
            if envelope.id != self._number:
                raise ValueError(f"an answer to request {envelope.id}, expected one to {self._number}")
            if envelope.error is not None:
                return refusals.faulted(doing, envelope.error.fact(), self._python, self._meanwhile(known))
            said = answers.decoded(envelope.ok, kind)
            return Answer(said, _arrays(envelope, body), self._process.attempts.since(known))
        except answers.IMPOSSIBLE as error:
            return self.broken(doing, error)

    def broken(self, doing: str, error: Exception) -> Refused:
        """End a worker whose answer is none: what else it says can't be believed either."""
        self._process.end()
        self._over = refusals.nonsense(doing, str(error), self._meanwhile(0))
        return self._over

    def _meanwhile(self, known: int) -> refusals.Meanwhile:
        attempts, printed = self._process.attempts.since(known), self._process.printed.text()
        return refusals.Meanwhile(attempts=attempts, printed=printed, blocked=self.shut_in)

    @property
    def printed(self) -> str:
        """The end of what was printed."""
        return self._process.printed.text()

    @property
    def folder(self) -> str:
        """Where the worker makes its own folder, if it must have one on disk."""
        return self._process.folder


def _arrays(envelope: answers.Envelope, body: memoryview) -> Mapping[str, Any]:
    if not envelope.arrays and not body:
        return {}
    from gatekeeper.replay.arrays import unpacked  # noqa: PLC0415 - numpy is loaded when there are numbers

    return unpacked(envelope.arrays, body)
