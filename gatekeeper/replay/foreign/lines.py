"""One line to a program and one line back, over its pipes. What comes may be late, endless, too early, or nothing."""

from __future__ import annotations

import os
import selectors
import time

from gatekeeper.replay.exchange import Ended, Nonsense, Peer, Pipes, TimedOut, Trouble, listen

MAX_LINE = 32 << 20
"""Bytes of one answer."""

_POLL = 0.05
_BLOCK = 1 << 20


class Lines:
    """The lines of one program, in order."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._received = bytearray()
        self._searched = 0
        self._unsent = memoryview(b"")
        self._next_look = 0.0

    def ask(self, line: bytes, until: float) -> bytes:
        """Send a line and return the one that comes back, without its end.

        Args:
            line: Without its end.
            until: When the answer must be here, on the monotonic clock.

        Raises:
            Trouble: there is none.
        """
        pipes = self._peer.pipes
        self._receive(pipes.answers)
        if self._received:
            raise Nonsense(f"wrote {shown(self._received)} before it was asked")
        self._unsent = memoryview(line + b"\n")
        with selectors.DefaultSelector() as waiting:
            waiting.register(pipes.answers, selectors.EVENT_READ)
            waiting.register(pipes.requests, selectors.EVENT_WRITE)
            while True:
                answer = self._turn(waiting, pipes, until)
                if answer is not None:
                    listen(pipes)
                    return answer

    def _turn(self, waiting: selectors.BaseSelector, pipes: Pipes, until: float) -> bytes | None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimedOut("no answer in time")
        ended = self._peer.has_ended()
        ready = {key.fd for key, _ in waiting.select(min(left, _POLL))}
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _POLL
            self._peer.check()
            listen(pipes)
        if pipes.requests in ready and not self._send(pipes.requests):
            waiting.unregister(pipes.requests)
        closed = not self._receive(pipes.answers) if ended or pipes.answers in ready else False
        answer = self._line()
        if answer is None and (closed or ended):
            raise self._gone()
        return answer

    def _send(self, target: int) -> bool:
        """Write what the pipe takes; returns whether there is more."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(target, self._unsent[:_BLOCK]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            self._unsent = memoryview(b"")  # how it ended is seen where its answers come from
        return False

    def _receive(self, source: int) -> bool:
        """Read what the pipe holds, at most a line's bytes; returns whether more may come."""
        try:
            while len(self._received) <= MAX_LINE:
                block = os.read(source, _BLOCK)
                if not block:
                    return False
                self._received += block
        except BlockingIOError:
            pass
        return True

    def _line(self) -> bytes | None:
        """Take the line that is whole.

        Raises:
            Nonsense: it is too long, or there is more than one.
        """
        end = self._received.find(b"\n", self._searched)
        self._searched = len(self._received)
        if end > MAX_LINE or (end < 0 and len(self._received) > MAX_LINE):
            raise Nonsense(f"wrote a line of more than {MAX_LINE >> 20} MiB")
        if end < 0:
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._searched = 0
        if self._received:
            raise Nonsense(f"wrote {shown(self._received)} after its answer")
        return line

    def _gone(self) -> Trouble:
        status = self._peer.last_status()
        if status is None:
            return Nonsense("closed its standard output and lived on")
        return Ended(status)


def shown(text: bytes | bytearray, most: int = 80) -> str:
    """Return the begin of what was written, on one line, as text."""
    found = " ".join(bytes(text[:400]).decode("utf-8", "replace").split())
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in found)
    return repr(plain if len(plain) <= most and len(text) <= 400 else plain[: most - 1] + "…")
