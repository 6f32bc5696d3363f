"""Resource limits of this process, none above what it may have anyway."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415, PTH123

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

_MAX = (1 << 63) - 1
_ROOM = 5


def apply(wanted: Mapping[str, Any]) -> list[str]:
    """Set the limits that are given and return each in words.

    Args:
        wanted: `memory` (bytes of address space or None), `cpu` (seconds), `disk` (bytes a file), `threads`, `files`.
    """
    import resource

    table: dict[str, Any] = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": wanted["cpu"],
        "RLIMIT_FSIZE": wanted["disk"],
        "RLIMIT_NOFILE": wanted["files"],
        "RLIMIT_NPROC": wanted["threads"],
        "RLIMIT_AS": wanted["memory"],
    }
    done = []
    for name, value in table.items():
        if value is None or not hasattr(resource, name):
            continue
        _, hard = resource.getrlimit(getattr(resource, name))
        ceiling = _MAX if hard == resource.RLIM_INFINITY else hard
        soft = min(int(value), ceiling)
        # A little room: SIGXCPU says what it is about, and SIGKILL, which comes at the hard limit, does not.
        room = _ROOM if name == "RLIMIT_CPU" else 0
        resource.setrlimit(getattr(resource, name), (soft, min(soft + room, ceiling)))
        done.append(f"{name[7:]}={soft}")
    return done


def first_to_go() -> None:
    """Ask the kernel to end this process before any other when memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
