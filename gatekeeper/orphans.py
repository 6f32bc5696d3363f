"""Processes that a check leaves behind in a session of their own: found, because they become the gate's children.

A check's process group dies with it. What has left the group (`setsid`, a daemon) would be adopted by init; on Linux
the gate asks to adopt it instead (`PR_SET_CHILD_SUBREAPER`, prctl(2)) and kills it when the run ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER in linux/prctl.h."""

_ROUNDS = 100
"""Each round kills a generation; who forks faster than that is not a check that forgot a child."""


@contextlib.contextmanager
def adopted_and_killed() -> Iterator[None]:
    """Adopt orphans while the block runs; when it ends, kill each child that was not there before it began.

    For a process that has no other use for children than this block: the command line. Elsewhere than on Linux, nothing
    is adopted.
    """
    if sys.platform != "linux":
        yield
        return
    before = frozenset(_children())
    _adopt(on=True)
    try:
        yield
    finally:
        for _ in range(_ROUNDS):
            left = [pid for pid in _children() if pid not in before]
            if not left:
                break
            for pid in left:
                _kill(pid)
        _adopt(on=False)


def _adopt(*, on: bool) -> None:
    import ctypes  # 5 ms, and only a run needs it

    # A sandbox may refuse it. Then orphans go to init, as elsewhere than on Linux; process groups die all the same.
    ctypes.CDLL(None).prctl(_SUBREAPER, int(on), 0, 0, 0)


def _children() -> Iterator[int]:
    """Yield the children of this process, those that have ended and wait to be reaped among them."""
    own = str(os.getpid())
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
                parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                if parent == own:
                    yield int(entry.name)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
