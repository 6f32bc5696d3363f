"""What a child says on standard output, with an end to its time and to how much it may say."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading


def listen(child: subprocess.Popen[bytes], timeout: float, most: int) -> tuple[bytes, bool]:
    """Return what a child prints and whether it took too long; then it has ended, with all that it started.

    Args:
        child: It has a pipe for standard output, and leads a session of its own.
        timeout: In seconds.
        most: Bytes. One more is returned of a child that says more: it is not waited for.
    """
    hung = threading.Event()

    def give_up() -> None:
        hung.set()
        _kill(child)

    timer = threading.Timer(timeout, give_up)
    timer.start()
    try:
        assert child.stdout is not None
        with child.stdout as output:
            answer = output.read(most + 1)
            if len(answer) > most:
                _kill(child)
        child.wait()
    finally:
        timer.cancel()
        if child.poll() is None:
            _kill(child)
            child.wait()
    return answer, hung.is_set()


def _kill(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
