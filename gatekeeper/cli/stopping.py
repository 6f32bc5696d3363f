"""Signals that stop a command, as an exception: nothing is half written, and no process is left behind."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from gatekeeper.errors import Interrupted

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def stopped_by_signals(consequence: str) -> Iterator[None]:
    """Raise `Interrupted` when SIGINT, SIGTERM or SIGHUP comes while the block runs.

    Args:
        consequence: What there is not, now that the command was stopped.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for each in _NUMBERS:  # a second Ctrl-C must not stop the clean-up half-way
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"stopped by {signal.Signals(number).name}; {consequence}", fix="run it again")

    before = {number: signal.signal(number, stop) for number in _NUMBERS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
