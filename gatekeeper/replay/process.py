"""The worker as a process: started, asked over pipes, and ended with all that it started.

What comes back is hostile: it may be late, endless, cut short, or no frame at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from gatekeeper.replay import sources
from gatekeeper.replay.evidence import Attempts, Tail

MAX_HEAD = 32 << 20
"""Bytes of JSON in one answer: a vocabulary of a million categories."""

MAX_BODY = 512 << 20
"""Bytes of arrays in one answer: a forest of 500 deep trees."""

_HEAD = struct.Struct(">IQ")
_POLL = 0.05
_BLOCK = 1 << 20
_GRACE = 2.0


class Trouble(Exception):  # noqa: N818 - the names say what happened
    """The process did not answer, and is ended."""


class TimedOut(Trouble):
    """It took longer than it may."""


class Ended(Trouble):
    """It is gone. `status` is as subprocess has it: an exit status, or a signal, negative."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with {status}")
        self.status = status


class Nonsense(Trouble):
    """What it wrote is no answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame: the JSON of its head, and its body."""

    head: bytes
    body: memoryview


class Process:
    """A started process; close it.

    Raises:
        OSError: There is no such program, or it can't be started.
        ValueError: Its name can't be one.
    """

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="gatekeeper-"))
        self.printed, self.attempts = Tail(), Attempts()
        self._open: list[int] = []
        try:
            requests, self._requests = self._pipe()
            self._answers, answers = self._pipe()
            self._evidence, evidence = self._pipe()
            given = (requests, answers, evidence)
            command = [python, "-I", "-S", "-c", sources.boot(), *map(str, given)]
            private = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR"), self.folder)
            self._child = subprocess.Popen(  # noqa: S603 - to start the interpreter that the user names is what this is for
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**environment, **private},
                pass_fds=given,
                start_new_session=True,
            )
        except (OSError, ValueError):
            self._free()
            raise
        for each in given:
            self._open.remove(each)
            os.close(each)
        assert self._child.stdout is not None
        self._output: IO[bytes] = self._child.stdout
        for each in (self._requests, self._answers, self._evidence, self._output.fileno()):
            os.set_blocking(each, False)
            _widen(each)

    def exchange(self, request: Sequence[bytes | memoryview], timeout: float) -> Reply:
        """Send a request, which may be empty, and return the next answer.

        Args:
            request: What is written, in pieces.
            timeout: In seconds.

        Raises:
            Trouble: there is none; the process is ended.
        """
        try:
            return _Exchange(self, request).run(time.monotonic() + timeout)
        except Trouble:
            self.end()
            raise

    def end(self) -> None:
        """Kill it and all that it started, and take what it said last."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self.listen()

    def close(self) -> None:
        """End it and free what it held."""
        self.end()
        self._output.close()
        self._free()

    def listen(self) -> None:
        """Take what it printed and tried, as far as it is here."""
        _drain(self._output.fileno(), self.printed)
        _drain(self._evidence, self.attempts)

    def has_ended(self) -> bool:
        """Return whether it has, without forgetting it: its process group keeps its number until `end`."""
        return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def status(self) -> int:
        """Return how it ended; one that closed its pipe and lives on is killed for it."""
        until = time.monotonic() + _GRACE
        while not self.has_ended() and time.monotonic() < until:
            time.sleep(0.005)
        alive = not self.has_ended()
        self.end()
        return 0 if alive else self._child.returncode

    @property
    def pipes(self) -> tuple[int, int, int, int]:
        """Where requests go, and where answers, evidence and prints come from."""
        return self._requests, self._answers, self._evidence, self._output.fileno()

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open += ends
        return ends

    def _free(self) -> None:
        for each in self._open:
            os.close(each)
        self._open.clear()
        # Where the folder was not a file system of its own, the candidate may have left in it what can't be removed.
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(self.folder)


class _Exchange:
    """One request and its answer: writes, reads, and keeps the other pipes from filling up."""

    def __init__(self, process: Process, request: Sequence[bytes | memoryview]) -> None:
        self._process = process
        self._unsent = [memoryview(each) for each in request if len(each)]
        self._received = bytearray(_HEAD.size)
        self._rest = memoryview(self._received)
        self._head_size: int | None = None

    def run(self, until: float) -> Reply:
        requests, answers, evidence, output = self._process.pipes
        with selectors.DefaultSelector() as waiting:
            for each in (answers, evidence, output):
                waiting.register(each, selectors.EVENT_READ)
            if self._unsent:
                waiting.register(requests, selectors.EVENT_WRITE)
            while True:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimedOut
                ready = {key.fd for key, _ in waiting.select(min(left, _POLL))}
                if requests in ready and not self._send(requests):
                    waiting.unregister(requests)
                for source, sink in ((evidence, self._process.attempts), (output, self._process.printed)):
                    if source in ready and not _drain(source, sink):
                        waiting.unregister(source)
                if answers in ready:
                    reply = self._receive(answers)
                    if reply is not None:
                        self._process.listen()
                        return reply
                elif not ready and self._process.has_ended():
                    raise Ended(self._process.status())

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
                    raise Ended(self._process.status())
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


def _drain(source: int, sink: Tail | Attempts) -> bool:
    """Take what a pipe holds now, at most a few blocks; returns whether more may come."""
    try:
        for _ in range(16):
            block = os.read(source, 1 << 16)
            if not block:
                return False
            sink.take(block)
    except BlockingIOError:
        return True
    return True


def _widen(pipe: int) -> None:
    """Let a pipe hold a megabyte, where it may: 40 MB then take a tenth of the turns."""
    number = getattr(fcntl, "F_SETPIPE_SZ", None)
    if number is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, number, _BLOCK)
