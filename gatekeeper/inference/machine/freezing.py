"""Weights that require no gradients: a call of a module whose weights are frozen builds no graph."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.values import FALSE, Instance, Network, Value, Weights, frozen, parts

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


def freeze(machine: Machine, weights: Weights, value: Value, frame: Frame) -> None:
    """Freeze a module whose parameters are set to require no gradients, one by one; under a condition only some are."""
    if value == FALSE and frame.way == weights.way:
        freeze_at(machine, weights.owner, frame)


def freeze_at(machine: Machine, owner: ast.expr, frame: Frame) -> None:
    """Freeze the module that an expression reads, wherever that is kept."""
    if isinstance(owner, ast.Name):
        _freeze_variable(machine, owner, frame)
    elif isinstance(owner, ast.Attribute):
        _freeze_attribute(machine, owner, frame)


def _freeze_variable(machine: Machine, owner: ast.Name, frame: Frame) -> None:
    value = machine.evaluate(owner, frame)
    if owner.id in frame.globals_:  # to assign would join it with what it was
        machine.scope(frame.module).variables[owner.id] = frozen(value)
    else:
        machine.assign_name(owner.id, frozen(value), frame)
    for each in parts(value):
        if isinstance(each, Instance) and each == frame.receiver:
            machine.objects.freeze(each.class_, "")


def _freeze_attribute(machine: Machine, owner: ast.Attribute, frame: Frame) -> None:
    if isinstance(owner.value, ast.Name):
        replaced = frozen(machine.evaluate(owner, frame))
        key = f"{owner.value.id}.{owner.attr}"
        if key in frame.variables:
            machine.assign_attribute(owner, replaced, frame)
            return
        frame.variables[key] = replaced
    if frame.way:  # under a condition the weights may as well not be frozen
        return
    for each in parts(machine.evaluate(owner.value, frame)):
        if isinstance(each, Instance):
            machine.objects.freeze(each.class_, owner.attr)


def is_frozen(machine: Machine, value: Value) -> bool:
    """Return whether a torch module's weights require no gradients."""
    if isinstance(value, Instance):
        return machine.objects.is_frozen(value)
    return isinstance(value, Network) and (value.frozen or value.weightless)
