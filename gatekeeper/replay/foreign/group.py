"""A program with all that it starts: one process group, whose memory and number are looked at as one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatekeeper.replay.exchange import Overgrown
from gatekeeper.replay.process import MAX_THREADS, Process

MAX_PROCESSES = 64 + 16 * (os.cpu_count() or 1)
"""More than any server starts: some for itself, and a few a processor."""

_GROUP, _THREADS = 2, 17
"""Where /proc/PID/stat has them after the name, from zero (proc_pid_stat(5))."""

_SHARE = 20
"""Of its time, looking may take one in so many parts."""


class Group(Process):
    """A started program and what it started: they can't leave its group (seccomp), and end with it.

    Raises:
        OSError: the interpreter that becomes it can't be started.
    """

    def __init__(self, python: str, environment: Mapping[str, str], memory: int | None) -> None:
        super().__init__(python, environment, memory)
        self._next = 0.0

    def check(self) -> None:
        """Look at the group's processes, threads and memory.

        Memory is what each has for itself, and once the most that one of them may share with others.

        Raises:
            Overgrown: it has more than it may.
        """
        begun = time.monotonic()
        if begun < self._next:
            return
        threads, own, shared = [], 0, 0
        page = os.sysconf("SC_PAGE_SIZE")
        for count, resident, common in _members(self._child.pid):
            threads.append(count)
            own += (resident - common) * page
            shared = max(shared, common * page)
        self._next = time.monotonic() + _SHARE * (time.monotonic() - begun)
        if len(threads) > MAX_PROCESSES:
            raise Overgrown(f"made {len(threads)} processes, expected at most {MAX_PROCESSES}", memory=False)
        if sum(threads) > MAX_THREADS:
            raise Overgrown(f"made {sum(threads)} threads, expected at most {MAX_THREADS}", memory=False)
        if self._memory is not None and own + shared > self._memory:
            held = (own + shared) >> 20
            raise Overgrown(f"holds {held} MiB of memory, expected at most {self._memory >> 20}", memory=True)


def _members(group: int) -> Iterator[tuple[int, int, int]]:
    """Yield the threads of each process of a group, its resident pages, and how many of them may be shared."""
    for each in os.listdir("/proc") if Path("/proc").is_dir() else ():  # noqa: PTH208 - names are all that is wanted
        if not each.isdecimal():
            continue
        try:
            stated = Path("/proc", each, "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            if int(stated[_GROUP]) == group:
                pages = Path("/proc", each, "statm").read_text("ascii").split()
                yield int(stated[_THREADS]), int(pages[1]), int(pages[2])
        except (OSError, IndexError):
            continue  # it has ended meanwhile
