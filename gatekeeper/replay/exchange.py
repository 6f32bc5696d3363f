"""One request and its answer over a worker's pipes. What comes back may be late, endless, cut short, or no frame."""

from __future__ import annotations

import os
import selectors
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_HEAD = 32 << 20
"""Bytes of JSON in one answer: a vocabulary of a million categories."""

MAX_BODY = 512 << 20
"""Bytes of arrays in one answer: a forest of 500 deep trees."""

_HEAD = struct.Struct(">IQ")
_POLL = 0.05
"""Seconds between two looks at a worker that says nothing: it may be gone while what it started holds its pipes."""
_BLOCK = 1 << 20
_TURNS = 16


class Trouble(Exception):
    """There is no answer."""


class TimedOut(Trouble):
    """It took longer than it may."""


class Ended(Trouble):
    """The worker is gone. `status` is as subprocess has it: an exit status, or a signal, negative."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with {status}")
        self.status = status


class Nonsense(Trouble):
    """What it wrote is no answer."""


class Overgrown(Trouble):
    """It has more threads, or holds more memory, than it may: what no limit of the kernel's keeps from it."""

    def __init__(self, what: str, *, memory: bool) -> None:
        super().__init__(what)
        self.memory = memory


class Sink(Protocol):
    """Where what is read from a pipe goes."""

    def take(self, block: bytes) -> None:
        """Take the next bytes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame: the JSON of its head, and its body."""

    head: bytes
    body: memoryview


@dataclass(frozen=True, slots=True)
class Pipes:
    """The gate's ends, all of them non-blocking.

    Attributes:
        requests: where requests are written.
        answers: where answers come from.
        listened: where else something comes from, and where that goes.
    """

    requests: int
    answers: int
    listened: Sequence[tuple[int, Sink]]


class Peer(Protocol):
    """The process at the other end."""

    @property
    def pipes(self) -> Pipes:
        """The gate's ends of its pipes."""

    def has_ended(self) -> bool:
        """Return whether it has, without forgetting it."""

    def check(self) -> None:
        """Look whether it has grown beyond its bounds.

        Raises:
            Overgrown: it has.
        """

    def last_status(self) -> int | None:
        """Return how it ended, after a moment's patience; None where it lives on without its pipe."""


class Exchange:
    """Writes a request, reads its answer, and keeps the other pipes from filling up meanwhile."""

    def __init__(self, peer: Peer, request: Sequence[bytes | memoryview]) -> None:
        self._peer = peer
        self._unsent = [memoryview(each) for each in request if len(each)]
        self._received = bytearray(_HEAD.size)
        self._rest = memoryview(self._received)
        self._head_size: int | None = None
        self._next_look = 0.0

    def run(self, until: float) -> Reply:
        """Return the answer.

        Args:
            until: When it must be here, on the monotonic clock.

        Raises:
            Trouble: there is none.
        """
        pipes = self._peer.pipes
        with selectors.DefaultSelector() as waiting:
            for each in (pipes.answers, *(source for source, _ in pipes.listened)):
                waiting.register(each, selectors.EVENT_READ)
            if self._unsent:
                waiting.register(pipes.requests, selectors.EVENT_WRITE)
            while True:
                reply = self._turn(waiting, pipes, until)
                if reply is not None:
                    listen(pipes)
                    return reply

    def _turn(self, waiting: selectors.BaseSelector, pipes: Pipes, until: float) -> Reply | None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimedOut("no answer in time")
        ended = self._peer.has_ended()
        ready = {key.fd for key, _ in waiting.select(min(left, _POLL))}
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _POLL
            self._peer.check()
        if pipes.requests in ready and not self._send(pipes.requests):
            waiting.unregister(pipes.requests)
        for source, sink in pipes.listened:
            if source in ready and not _drain(source, sink):
                waiting.unregister(source)
        reply = self._receive(pipes.answers) if ended or pipes.answers in ready else None
        if reply is None and ended:
            raise self._gone()
        return reply

    def _send(self, target: int) -> bool:
        """Write what the pipe takes; returns whether there is more."""
        try:
            while self._unsent:
                count = os.write(target, self._unsent[0][:_BLOCK])
                self._unsent[0] = self._unsent[0][count:]
                if not self._unsent[0]:
                    self._unsent.pop(0)
        except BlockingIOError:
            return True
        except BrokenPipeError:
            self._unsent.clear()  # how it ended is seen where its answers come from
        return False

    def _receive(self, source: int) -> Reply | None:
        """Read what the pipe holds; returns the answer when it is whole."""
        try:
            while self._rest:
                count = os.readv(source, [self._rest])
                if not count:
                    raise self._gone()
                self._rest = self._rest[count:]
                if not self._rest and self._head_size is None:
                    self._expect(*_HEAD.unpack(self._received))
        except BlockingIOError:
            return None
        whole = memoryview(self._received)
        assert self._head_size is not None
        return Reply(bytes(whole[: self._head_size]), whole[self._head_size :].toreadonly())

    def _expect(self, head: int, body: int) -> None:
        if head > MAX_HEAD or body > MAX_BODY or not head:
            raise Nonsense(f"an answer of {head} and {body} bytes, expected at most {MAX_HEAD} and {MAX_BODY}")
        self._head_size = head
        self._received = bytearray(head + body)
        self._rest = memoryview(self._received)

    def _gone(self) -> Trouble:
        status = self._peer.last_status()
        return Nonsense("it closed it and lived on") if status is None else Ended(status)


def listen(pipes: Pipes) -> None:
    """Take what came beside the answers, as far as it is here."""
    for source, sink in pipes.listened:
        _drain(source, sink)


def _drain(source: int, sink: Sink) -> bool:
    """Take what a pipe holds now, at most a few blocks; returns whether more may come."""
    try:
        for _ in range(_TURNS):
            block = os.read(source, 1 << 16)
            if not block:
                return False
            sink.take(block)
    except BlockingIOError:
        return True
    return True
