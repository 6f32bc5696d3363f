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
    if value == FALSE and frame.branches == weights.depth:
        freeze_at(machine, weights.owner, frame)


def freeze_at(machine: Machine, owner: ast.expr, frame: Frame) -> None:
    """Freeze the module that an expression reads, wherever that is kept."""
    value = machine.evaluate(owner, frame)
    replaced = frozen(value)
    if isinstance(owner, ast.Name):
        machine.assign_name(owner.id, replaced, frame)
        for each in parts(value):
            if isinstance(each, Instance) and each == frame.receiver:
                machine.objects.freeze(each.class_, "")
    elif isinstance(owner, ast.Attribute):
        if isinstance(owner.value, ast.Name):
            key = f"{owner.value.id}.{owner.attr}"
            if key in frame.variables:
                machine.assign_attribute(owner, replaced, frame)
                return
            frame.variables[key] = replaced
        for each in parts(machine.evaluate(owner.value, frame)):
            if isinstance(each, Instance):
                machine.objects.freeze(each.class_, owner.attr)


def is_frozen(machine: Machine, value: Value) -> bool:
    """Return whether a torch module's weights require no gradients."""
    if isinstance(value, Instance):
        return machine.objects.is_frozen(value)
    return isinstance(value, Network) and (value.frozen or value.weightless)
