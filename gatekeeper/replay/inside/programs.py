"""Becoming the program that answers in this process's place: shut in as it is, with the gate's pipes as its own."""

# `os.path`, where ruff likes `pathlib`: what this interpreter has loaded already is enough.
# ruff: noqa: PTH109, PTH118

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence

from gatekeeper.replay.inside.calls import Unfit

CANNOT_START = 126
"""The exit status where the kernel does not start what was found, as shells have it."""

_HIGHEST = 256
"""Of descriptors: this interpreter has opened a dozen."""


def found(command: Sequence[str], root: str) -> list[str]:
    """Return the command with the program's path, and go to the root.

    Args:
        command: The program, by its path (from the root, or absolute) or by its name on PATH, and its arguments.
        root: The candidate's folder: the program's working directory.

    Raises:
        Unfit: there is no such program, or it can't be executed.
        OSError: the root can't be entered.
    """
    os.chdir(root)
    path = shutil.which(command[0])
    if path is None:
        raise Unfit(f"there is no program {command[0][:200]!r} that can be executed, in {root[:200]} or on PATH")
    return [os.path.join(os.getcwd(), path), *command[1:]]


def become(command: list[str], requests: int, answers: int) -> None:
    """Become the program: requests are its standard input, answers its standard output, and the gate hears the rest.

    Every other pipe of the gate's is closed by it. Where the kernel refuses, the process says so and ends.
    """
    os.dup2(requests, 0)
    os.dup2(answers, 1)
    for each in range(3, _HIGHEST):
        _close_then(each)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # this interpreter ignores them, and what is ignored stays so
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(command[0], command)  # noqa: S606 - the program that the user names; no shell is wanted
    except OSError as error:
        os.write(2, f"it can't be started: {error.strerror}\n".encode("utf-8", "replace"))
        os._exit(CANNOT_START)


def _close_then(descriptor: int) -> None:
    """Have a descriptor closed when the program starts."""
    try:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no keyword
    except OSError:
        return  # it is not open
