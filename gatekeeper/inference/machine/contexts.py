"""Guards and other context managers: what entering one does to the grad mode."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gatekeeper.inference.facts import Guarding, Kind
from gatekeeper.inference.grad import GUARDS, Mode
from gatekeeper.inference.machine import gradients
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.values import (
    FALSE,
    TRUE,
    UNKNOWN,
    Arguments,
    External,
    Guard,
    Instance,
    Pending,
    Union,
    Value,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


def made(dotted: str, arguments: Arguments) -> Guard | None:
    """Return the guard that calling a function of torch makes, or None if it makes none.

    A mode that depends on what is not known (`set_grad_enabled(self.training)`) is taken for a guard: who writes that
    has thought of gradients.
    """
    guard = GUARDS.get(dotted)
    if guard is None:
        return None
    asked = arguments.named("mode", 0)
    if guard.switch:
        return Guard(on=asked == TRUE, switch=True)
    return Guard(on=True) if guard.inference and asked == FALSE else guard


def guard_of(value: Value) -> Guard | None:
    """Return the guard that a value is, or may be; for the class of one, an object of it."""
    for each in parts(value):
        if isinstance(each, Guard):
            return each
        if isinstance(each, External) and each.dotted in GUARDS:
            return GUARDS[each.dotted]
    return None


def switch(machine: Machine, value: Value, node: ast.expr, frame: Frame) -> None:
    """Set the mode where a value is `set_grad_enabled(...)`, which needs no entering."""
    guard = next((each for each in parts(value) if isinstance(each, Guard) and each.switch), None)
    if guard is not None and isinstance(node, ast.Call):
        _set(machine, guard, node, frame)


def enter(machine: Machine, value: Value, node: ast.expr, frame: Frame) -> Value:
    """Set the mode that a context manager sets when it is entered; return what `as` binds."""
    guards = [each for each in parts(value) if isinstance(each, Guard)]
    if guards:
        # One of several: gradients are off if each of them switches them off.
        if len(guards) == len(parts(value)) and not any(each.switch for each in guards):
            _set(machine, next((each for each in guards if each.on), guards[0]), node, frame)
        return UNKNOWN
    if guard_of(value) is not None:  # `with torch.no_grad:` raises TypeError, which is told where it stands
        frame.mode = replace(frame.mode, enabled=True)
    bound = UNKNOWN if isinstance(value, Union) else value
    for each in parts(value):
        if isinstance(each, Pending) and each.kind == "context":
            result = machine.drive(each, node, frame)
            _adopt(frame, result.entered)
            bound = result.value
        elif isinstance(each, Instance):
            bound = _enter_object(machine, each, node, frame)
    return bound


def _enter_object(machine: Machine, value: Instance, node: ast.expr, frame: Frame) -> Value:
    method = machine.method(value, "__enter__") or machine.method(value, "__aenter__")
    if method is None:
        base = machine.objects.guard_base(value.class_)
        if base is not None:
            _set(machine, base, node, frame)
        return value
    entered = machine.call(method, Arguments(), node, frame)
    return value if entered is UNKNOWN else machine.finish(entered, node, frame)


def _adopt(frame: Frame, entered: Mode | None) -> None:
    """Take over the mode that a context manager's body was in at its `yield`."""
    if entered is not None and (entered.on != frame.mode.on or entered.inference != frame.mode.inference):
        frame.mode = frame.mode.under(Guard(on=entered.on, inference=entered.inference), Guarding.LEXICAL)


def _set(machine: Machine, guard: Guard, node: ast.expr, frame: Frame) -> None:
    asked = guard.on and not frame.mode.on and not frame.mode.inference and frame.phase is Phase.REQUEST
    if asked and not (frame.function is not None and gradients.guides(frame.function.node)):
        machine.recorder.observe(Kind.GRAD_ENABLED_INSIDE, node, frame)
    frame.mode = frame.mode.under(guard, Guarding.LEXICAL)
    if guard.switch and frame.phase is Phase.STARTUP and not guard.on:
        machine.note_switch(frame)


def enter_for_good(machine: Machine, value: Value, node: ast.expr, frame: Frame) -> Value:
    """Set the mode by `__enter__()` or `enter_context(...)`, outside of a `with` over the guard itself."""
    guard = next((each for each in parts(value) if isinstance(each, Guard)), None)
    if guard is not None:
        frame.left.append(frame.mode)
    bound = enter(machine, value, node, frame)
    if guard is not None and not guard.on and frame.phase is Phase.STARTUP and not frame.scoped:
        machine.note_switch(frame, told=True)
        machine.recorder.observe(Kind.GUARD_ENTERED_AT_STARTUP, node, frame, always=True)
    return bound


def leave(frame: Frame, *, all_: bool = False) -> None:
    """Go back to the mode before the last guard that was entered for good, or before all of them (a stack is closed).

    A guard that another function has entered is not left here as far as anybody knows.
    """
    while frame.left:
        frame.mode = frame.left.pop()
        if not all_:
            return
