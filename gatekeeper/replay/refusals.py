"""Trouble in words: what happened, and what whoever reads it can do."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gatekeeper.replay.exchange import Ended, Nonsense, Overgrown, TimedOut, Trouble
from gatekeeper.replay.outcomes import Fault, Layer, Protection, Reason, Refused

_OTHER = "name a CPython of 3.8 or newer: --python PATH"
_LOOK = "run it by hand in that interpreter and mend it there"
_HINTS = {
    "SIGKILL": " (out of memory?)",
    "SIGXCPU": " (its processor time is used up)",
    "SIGXFSZ": " (it wrote a file larger than it may)",
    "SIGSEGV": " (a crash in native code, or a recursion without end)",
    "SIGABRT": " (a library gave up)",
    "SIGILL": " (built for another processor?)",
}
_MAX_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """What went on beside a request.

    Attributes:
        attempts: what the candidate tried to do.
        printed: the end of what it printed.
        blocked: whether the sandbox keeps out all that an attempt can be.
    """

    attempts: tuple[str, ...]
    printed: str
    blocked: bool

    def __str__(self) -> str:
        if not self.attempts:
            return ""
        shown = "; to ".join(_line(each) for each in self.attempts[:3])
        return f"; it tried to {shown}{': blocked' if self.blocked else ''}"


def no_interpreter(python: str, error: Exception) -> Refused:
    """Return what to say of a program that can't be started."""
    what = f"{python[:_MAX_SHOWN]!r} can't be started: {error}"
    return Refused(reason=Reason.NO_INTERPRETER, what=what, fix="name a Python interpreter: --python PATH", fatal=True)


def not_python(python: str, trouble: Trouble, printed: str) -> Refused:
    """Return what to say of a program that does not say which Python it is."""
    last = f": {_line(printed.splitlines()[-1])}" if printed else ""
    match trouble:
        case TimedOut():
            how = "did not say which version it is in time"
        case Ended(status=status):
            how = f"ended with {status} and did not say which version it is"
        case _:
            how = f"said what no Python says: {trouble}"
    what = f"{python} is no Python that can be used: it {how}{last}"
    return Refused(reason=Reason.NOT_PYTHON, what=what, fix=_OTHER, printed=printed, fatal=True)


def too_old(python: str, version: str) -> Refused:
    """Return what to say of a Python before 3.8."""
    what = f"{python} is Python {version}, expected 3.8 or newer"
    return Refused(reason=Reason.TOO_OLD, what=what, fix=_OTHER, fatal=True)


def unprotected(missing: Iterable[Protection], layers: Sequence[Layer]) -> Refused:
    """Return what to say where the machine has not what must hold."""
    reasons = "; ".join(f"{each.name}: {each.detail}" for each in layers if not each.applied)
    what = f"the sandbox does not keep out {', '.join(sorted(missing))} here ({reasons})"
    fix = "run the gate where the kernel allows these layers, or require less"
    return Refused(reason=Reason.UNPROTECTED, what=what, fix=fix, fatal=True)


def troubled(doing: str, trouble: Trouble, timeout: float, meanwhile: Meanwhile) -> Refused:
    """Return what to say of a worker that did not answer."""
    match trouble:
        case TimedOut():
            reason, how = Reason.TIMED_OUT, f"did not end within {timeout:g} s and was stopped"
            fix = "if it is not hung, allow it more time"
        case Ended(status=status) if status < 0:
            name = _signal(-status)
            reason, how, fix = Reason.KILLED, f"was killed by {name}{_HINTS.get(name, '')}", _LOOK
        case Ended(status=status):
            reason, how, fix = Reason.ENDED, f"ended the process with exit status {status} before it answered", _LOOK
        case Overgrown(memory=memory):
            reason, how = (Reason.OUT_OF_MEMORY if memory else Reason.TOO_MANY_THREADS), f"{trouble} and was stopped"
            fix = "look at what it starts, or allow it more"
        case Nonsense() | _:
            reason, how = Reason.NONSENSE, f"disturbed the gate's pipe: {trouble}"
            fix = "nothing that loads or predicts writes there: look at what this model runs"
    what = f"{doing} {how}{meanwhile}"
    return Refused(
        reason=reason, what=what, fix=fix, attempts=meanwhile.attempts, printed=meanwhile.printed, fatal=True
    )


def nonsense(doing: str, why: str, meanwhile: Meanwhile) -> Refused:
    """Return what to say of an answer that is none."""
    return troubled(doing, Nonsense(_line(why)), 0.0, meanwhile)


def faulted(doing: str, fault: Fault, python: str, meanwhile: Meanwhile) -> Refused:
    """Return what to say of an exception."""
    match fault.kind:
        case "memory":
            reason, how = Reason.OUT_OF_MEMORY, f"needs more memory than it may have: {fault}"
            fix = "allow it more memory, or look at what asks for it"
        case "missing":
            reason = Reason.MODULE_MISSING
            how = f"needs {_absent(fault.module, python)}: {fault.message}"
            fix = "name the interpreter that production runs, with all that its lock pins: --python PATH"
        case "unfit":
            reason, how, fix = Reason.WRONG_ANSWER, f"can't be used: {fault.message}", _LOOK
        case _:
            reason, how, fix = Reason.RAISED, f"raised {fault}", _LOOK
    what = f"{doing} {_line(how)}{meanwhile}"
    return Refused(
        reason=reason, what=what, fix=fix, fault=fault, attempts=meanwhile.attempts, printed=meanwhile.printed
    )


def _absent(module: str, python: str) -> str:
    """Say which module is missing: all of a library, or a part that its version there has not."""
    library, _, part = module.partition(".")
    if part:
        return f"{module}, which the {library} that is installed in {python} does not have"
    return f"{module or 'a module'}, which is not installed in {python}"


def _line(text: str) -> str:
    """Return a text as one bounded line of characters that show themselves."""
    whole = " ".join(text.split())
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in whole)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
