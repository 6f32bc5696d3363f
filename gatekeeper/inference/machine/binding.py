"""Assigning a value to a target of any form."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatekeeper.inference.machine import retention
from gatekeeper.inference.machine.attributes import is_application
from gatekeeper.inference.values import UNKNOWN, Container, Tensor, Value, Weights, join, join_all, parts

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


def bind(machine: Machine, target: ast.expr, value: Value, frame: Frame) -> None:
    """Assign a value to a target."""
    kind = type(target)
    if kind is ast.Name:
        name: str = target.id  # type: ignore[attr-defined]  # by `kind`
        machine.assign_name(name, value, frame)
        if name in frame.globals_:
            retention.assigned(machine, value, target, frame, f"the global {name}")
    elif kind is ast.Attribute:
        machine.assign_attribute(target, value, frame)  # type: ignore[arg-type]  # by `kind`
    elif kind is ast.Subscript:
        _bind_item(machine, target, value, frame)  # type: ignore[arg-type]  # by `kind`
    elif kind is ast.Starred:
        bind(machine, target.value, value, frame)  # type: ignore[attr-defined]  # by `kind`
    elif kind is ast.Tuple or kind is ast.List:
        _unpack(machine, target.elts, value, frame)  # type: ignore[attr-defined]  # by `kind`


def _unpack(machine: Machine, targets: Sequence[ast.expr], value: Value, frame: Frame) -> None:
    if isinstance(value, Weights):  # `for name, parameter in model.named_parameters()`
        bind(machine, targets[-1], value, frame)
        return
    for index, each in enumerate(targets):
        found = [_item(part, index, len(targets)) for part in parts(value)]
        bind(machine, each, join_all(found), frame)


def _item(value: Value, index: int, count: int) -> Value:
    if isinstance(value, Container):
        return value.items[index] if len(value.items) == count else value.element
    return value if isinstance(value, Tensor) else UNKNOWN


def _bind_item(machine: Machine, target: ast.Subscript, value: Value, frame: Frame) -> None:
    container = machine.evaluate(target.value, frame)
    if not isinstance(target.slice, ast.Constant | ast.Name):
        machine.evaluate(target.slice, frame)
    if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str) and is_application(target.value):
        machine.keep_in_application(target.slice.value, value)
    for each in parts(container):
        if isinstance(each, Container):
            retention.put_item(machine, each, target.slice, value, target, frame)


def meet(left: Value | None, right: Value) -> Value:
    """Return the join with what was there, if anything was."""
    return right if left is None else join(left, right)
