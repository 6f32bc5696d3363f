"""The worker as a process: started, asked over pipes, and ended with all that it started."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from gatekeeper.replay import sources
from gatekeeper.replay.evidence import Attempts, Tail
from gatekeeper.replay.exchange import Exchange, Overgrown, Pipes, Reply, Trouble, listen

MAX_THREADS = 1000 + 16 * (os.cpu_count() or 1)
"""More than all libraries together start, each with a thread or two a processor."""

_PIPE = 1 << 20
_THREADS, _RESIDENT = 17, 21
"""Where /proc/PID/stat has them after the name, from zero (proc_pid_stat(5))."""

_GRACE = 1.0
"""Seconds that a worker has to be gone after it closed its pipe: the kernel may be writing off a gigabyte."""


class Process:
    """A started process; close it.

    Raises:
        OSError: there is no such program, or it can't be started.
        ValueError: its name can't be one.
    """

    def __init__(self, python: str, environment: Mapping[str, str], memory: int | None) -> None:
        self._memory = memory
        # Made by the worker, and only where it can't have a file system of its own that ends with it.
        self.folder = str(Path(tempfile.gettempdir()).resolve() / f"gatekeeper-{secrets.token_hex(8)}")
        self.printed, self.attempts = Tail(), Attempts()
        self._open: list[int] = []
        try:
            self._child = self._start(python, environment)
        except (OSError, ValueError):
            self._free()
            raise
        assert self._child.stdout is not None
        self._output: IO[bytes] = self._child.stdout
        requests, answers, evidence = self._open
        said = ((evidence, self.attempts), (self._output.fileno(), self.printed))
        self.pipes = Pipes(requests, answers, said)
        for each in (requests, answers, evidence, self._output.fileno()):
            os.set_blocking(each, False)
            _widen(each)

    def _start(self, python: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start it with its ends of the pipes; the gate's stay in `_open`."""
        requests, ours = os.pipe()
        self._open += requests, ours
        pairs = [os.pipe() for _ in range(2)]
        self._open += [end for pair in pairs for end in pair]
        given = (requests, *(writer for _, writer in pairs))
        child = subprocess.Popen(  # noqa: S603 - to start the interpreter that the user names is what this is for
            [python, "-I", "-S", "-c", sources.boot(), *map(str, given)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=given,
            start_new_session=True,
        )
        for each in given:
            self._open.remove(each)
            os.close(each)
        return child

    def exchange(self, request: Sequence[bytes | memoryview], timeout: float) -> Reply:
        """Send a request, which may be empty, and return the next answer.

        Args:
            request: What is written, in pieces.
            timeout: In seconds.

        Raises:
            Trouble: there is none; the process is ended.
        """
        try:
            return Exchange(self, request).run(time.monotonic() + timeout)
        except Trouble:
            self.end()
            raise

    def has_ended(self) -> bool:
        """Return whether it has, without forgetting it: its process group keeps its number until `end`."""
        if self._child.returncode is not None:
            return True
        return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def check(self) -> None:
        """Look at its threads, which are not limited for root, and its memory, which is not for a GPU's driver.

        Raises:
            Overgrown: it has more than it may.
        """
        try:
            stated = Path(f"/proc/{self._child.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            return  # there is no /proc, or it has ended: `has_ended` sees that
        threads, held = int(stated[_THREADS]), int(stated[_RESIDENT]) * os.sysconf("SC_PAGE_SIZE")
        if threads > MAX_THREADS:
            raise Overgrown(f"made {threads} threads, expected at most {MAX_THREADS}", memory=False)
        if self._memory is not None and held > self._memory:
            raise Overgrown(f"holds {held >> 20} MiB of memory, expected at most {self._memory >> 20}", memory=True)

    def last_status(self) -> int | None:
        """Return how it ended, after a moment's patience; None where it lives on, and is killed."""
        until = time.monotonic() + _GRACE
        while not self.has_ended() and time.monotonic() < until:
            time.sleep(0.005)
        alive = not self.has_ended()
        self.end()
        return None if alive else self._child.returncode

    def end(self) -> None:
        """Kill it and all that it started, and take what it said last."""
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        listen(self.pipes)

    def close(self) -> None:
        """End it and free what it held."""
        self.end()
        self._output.close()
        self._free()

    def _free(self) -> None:
        for each in self._open:
            os.close(each)
        self._open.clear()
        # It is rarely there; and then the candidate may have left in it what can't be removed.
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(self.folder)


def _widen(pipe: int) -> None:
    """Let a pipe hold a megabyte, where it may: 40 MB then take a sixteenth of the turns."""
    number = getattr(fcntl, "F_SETPIPE_SZ", None)
    if number is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, number, _PIPE)
