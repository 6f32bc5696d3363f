"""A function in a process of its own: killable, bounded in memory, unable to end or to fool its parent.

The child is forked, so it starts in milliseconds and knows what the parent knows. It answers with bytes on a pipe, or
with the failure that its function raised; what it prints goes to a file of its own. It leads its own process group, so
that what it starts dies with it, and it dies itself when the parent does, however that ends.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import resource
import signal
import struct
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NoReturn, Self

MAX_ANSWER = 64 << 20
"""Bytes: some hundred thousand findings. More is no answer but an attempt on the parent's memory."""

_HEAD = struct.Struct(">?Q")
"""What precedes an answer: whether the function failed, and the answer's length."""

_TAIL = 2000
_MAX_LIMIT = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Failure:
    """What a child answers whose function raised: the exception in one line, and its traceback."""

    error: str
    detail: str


@dataclass(slots=True, kw_only=True)
class Child:
    """A running child.

    Attributes:
        pid: its process id, which is its process group too.
        pipe: where its answer comes from; non-blocking.
        output: what it prints.
        received: the part of the answer that is here.
        closed: whether the pipe has ended; a child may close it and go on.
        exit_status: as `os.waitstatus_to_exitcode` gives it, once it is known.
    """

    pid: int
    pipe: int
    output: BinaryIO
    received: bytearray
    closed: bool = False
    exit_status: int | None = None

    def pump(self) -> None:
        """Take what the pipe holds now."""
        with contextlib.suppress(BlockingIOError):
            while not self.closed and not self.is_flooding():
                block = os.read(self.pipe, 1 << 16)
                self.received += block
                self.closed = not block

    def answer(self) -> bytes | Failure | None:
        """Return the whole answer, or None while there is none."""
        if len(self.received) < _HEAD.size:
            return None
        failed, length = _HEAD.unpack_from(self.received)
        if len(self.received) - _HEAD.size < length:
            return None
        body = bytes(self.received[_HEAD.size : _HEAD.size + length])
        if not failed:
            return body
        error, _, detail = body.decode("utf-8", "replace").partition("\0")
        return Failure(error, detail)

    def is_flooding(self) -> bool:
        """Return whether the child sent more than any answer may hold."""
        return len(self.received) > MAX_ANSWER + _HEAD.size

    def poll(self) -> bool:
        """Return whether the child has ended."""
        if self.exit_status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status is not None

    def tail(self) -> str:
        """Return the end of what the child printed."""
        size = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, size - _TAIL))
        return self.output.read().decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Kill the child and all that it started, and free what it held here."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.exit_status is None:
            _, status = os.waitpid(self.pid, 0)
            self.exit_status = os.waitstatus_to_exitcode(status)
        os.close(self.pipe)
        self.output.close()


class Nursery:
    """Starts children and ends them all, whatever happens: use it as a context manager."""

    def __init__(self) -> None:
        # Nothing is ever written here. When the parent is gone, reading ends: that is how a child notices.
        self._lifeline, self._held_by_parent = os.pipe()
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in list(self._children):
            self.end(child)
        os.close(self._lifeline)
        os.close(self._held_by_parent)

    def start(self, function: Callable[[], bytes], *, memory: int | None, cpu: float) -> Child:
        """Fork a child that answers with what `function` returns.

        Args:
            function: called in the child; what it raises is the answer.
            memory: bytes of address space; None for no limit.
            cpu: seconds of processor time, after which the kernel ends the child even if nobody else does.
        """
        reader, writer = os.pipe()
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            os.close(self._held_by_parent)
            _live(function, writer, output, self._lifeline, memory, cpu)
        os.close(writer)
        os.set_blocking(reader, False)
        child = Child(pid=pid, pipe=reader, output=output, received=bytearray())
        self._children.append(child)
        return child

    def end(self, child: Child) -> None:
        """Kill and forget a child."""
        self._children.remove(child)
        child.close()


def _live(
    function: Callable[[], bytes], writer: int, output: BinaryIO, lifeline: int, memory: int | None, cpu: float
) -> NoReturn:
    """Be the child. Leaves by `os._exit` alone: nothing of the parent's clean-up may run twice."""
    code = 70  # EX_SOFTWARE: what is seen when the lines below themselves fail
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _redirect(output)
        _thread.start_new_thread(_die_with_parent, (lifeline,))
        _send(writer, *_call(function, memory, cpu))
        code = 0
    finally:
        os._exit(code)


def _call(function: Callable[[], bytes], memory: int | None, cpu: float) -> tuple[bool, bytes]:
    """Return whether the function failed within its limits, and its answer. The one broad `except` of the project.

    SystemExit and KeyboardInterrupt are caught too: what calls `sys.exit(0)` has not answered.
    """
    try:
        _limit(memory, cpu)
        return False, function()
    except BaseException as error:  # noqa: BLE001 - whatever a check does, it must not pass for an answer
        if isinstance(error, MemoryError):
            traceback.clear_frames(error.__traceback__)  # what filled the memory hangs on the frames
        shown = f"{type(error).__name__}: {error}".strip().removesuffix(":")
        return True, f"{shown}\0{traceback.format_exc(limit=-8)}".encode("utf-8", "replace")


def _redirect(output: BinaryIO) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)


def _limit(memory: int | None, cpu: float) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_CPU, int(cpu) + 1)
    if memory is not None:
        _lower(resource.RLIMIT_AS, memory)


def _lower(limit: int, value: int) -> None:
    """Set a limit, but never above what the process may have anyway."""
    _, hard = resource.getrlimit(limit)
    value = min(value, _MAX_LIMIT)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (ceiling, ceiling))


def _die_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def _send(writer: int, failed: bool, answer: bytes) -> None:  # noqa: FBT001 - the head's own order
    data = memoryview(_HEAD.pack(failed, len(answer)) + answer)
    while data:
        data = data[os.write(writer, data) :]
