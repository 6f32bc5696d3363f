"""Calling what is the candidate's: whatever it does, the caller gets a value or a fault, never an exception."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

MAX_MESSAGE = 2000
_FRAMES = 6


class Fault(NamedTuple):
    """Why there is no value.

    Attributes:
        kind: "raised", "memory", "missing" (a module) or "unfit" (what was returned is not what was asked for).
        type: the exception's class, with its module unless it is a built-in one.
        message: its text, cut.
        module: the name of the module that is missing; else empty.
        status: the HTTP status that the exception carries, as those of web frameworks do.
        where: the last lines of the traceback.
    """

    kind: str
    type: str
    message: str
    module: str = ""
    status: Any = None
    where: str = ""

    def document(self) -> dict[str, Any]:
        """Return it for the answer."""
        return self._asdict()


class Unfit(Exception):
    """What the candidate gave is not what was asked for."""


class Missing(Exception):
    """A module that is needed is not installed in this interpreter."""

    def __init__(self, module: str, purpose: str) -> None:
        super().__init__(purpose)
        self.module = module


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the function returns, or a Fault. SystemExit and KeyboardInterrupt are faults like any other."""
    try:
        return function(*arguments)
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is part of the answer
        return _fault(error)


def module(name: str, purpose: str) -> Any:
    """Return a module of the candidate's environment.

    Raises:
        Missing: it is not installed. A module that is missing below it raises what it raises.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise Missing(error.name, purpose) from error
        raise


def _fault(error: BaseException) -> Fault:
    message, where = _text(error), _where(error)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _is_torch_memory(message)):
        traceback.clear_frames(error.__traceback__)  # what filled the memory hangs on the frames
        return Fault("memory", named(type(error)), message, where=where)
    if isinstance(error, Missing):
        return Fault("missing", "ModuleNotFoundError", message, module=str(error.module), where=where)
    if isinstance(error, ModuleNotFoundError):
        name = error.name if type(error.name) is str else ""
        return Fault("missing", "ModuleNotFoundError", message, module=name[:MAX_MESSAGE], where=where)
    if isinstance(error, Unfit):
        return Fault("unfit", "Unfit", message)
    return Fault("raised", named(type(error)), message, status=_status(error), where=where)


def _is_torch_memory(message: str) -> bool:
    return "can't allocate memory" in message or "out of memory" in message


def named(kind: type) -> str:
    """Return a class's name with its module, unless it is a built-in one."""
    name, home = str(kind.__qualname__)[:200], str(kind.__module__)[:200]
    return name if home == "builtins" else f"{home}.{name}"


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001 - an exception may lie about its text in any way
        return "<its text can't be shown>"


def _where(error: BaseException) -> str:
    try:
        frames = traceback.extract_tb(error.__traceback__)
    except BaseException:  # noqa: BLE001 - a traceback names files that may be anything
        return ""
    mine = ("<gatekeeper.replay.inside.", "<string>")  # what the gate sent, and the first lines of it
    lines = [f"{each.filename}:{each.lineno} in {each.name}" for each in frames if not each.filename.startswith(mine)]
    return "\n".join(line[:300] for line in lines[-_FRAMES:])


def _status(error: BaseException) -> Any:
    try:
        found = getattr(error, "status_code", None)
    except BaseException:  # noqa: BLE001 - a property of the candidate's
        return None
    return found if type(found) is int and 100 <= found <= 599 else None
