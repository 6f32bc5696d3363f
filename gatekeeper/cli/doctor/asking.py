"""A program asked one thing, with an end to its time and to what it may say. It says it on standard output."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.replay.worker import handed_on

_LONGEST = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program said; `trouble` is empty where it came to a good end, else why it did not."""

    text: str = ""
    trouble: str = ""

    @property
    def last(self) -> str:
        """The last line that holds anything: what a program says of its own failure."""
        return next((line.strip() for line in reversed(self.text.splitlines()) if line.strip()), "")


def ask(command: Sequence[str], timeout: float) -> Said:
    """Run a program and return what it said on standard output and standard error.

    Args:
        command: the program and its arguments.
        timeout: in seconds; then it is killed with all that it started.
    """
    try:
        child = subprocess.Popen(  # noqa: S603 - to ask what the user names is what this is for
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=handed_on(),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Said(trouble=f"can't be started: {error}")
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _kill(child)

    timer = threading.Timer(timeout, give_up)
    timer.start()
    try:
        assert child.stdout is not None
        with child.stdout as output:
            data = output.read(_LONGEST + 1)
            if len(data) > _LONGEST:
                _kill(child)
        status = child.wait()
    finally:
        timer.cancel()
        if child.returncode is None:
            _kill(child)
            child.wait()
    text = data.decode("utf-8", "replace")
    if late.is_set():
        return Said(text=text, trouble=f"did not end within {timeout:g} s and was stopped")
    if len(data) > _LONGEST:
        return Said(trouble="said more than anybody asked for")
    return Said(text=text, trouble=f"ended with {status}" if status else "")


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
