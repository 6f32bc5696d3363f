"""A program asked one thing, with an end to its time and to what it may say. It says it on standard output."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.environment.installed.listening import listen
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
    data, late = listen(child, timeout, _LONGEST)
    text = data.decode("utf-8", "replace")
    if late:
        return Said(text=text, trouble=f"did not end within {timeout:g} s and was stopped")
    if len(data) > _LONGEST:
        return Said(trouble="said more than anybody asked for")
    return Said(text=text, trouble=f"ended with {child.returncode}" if child.returncode else "")
