"""Method calls on containers: what they put in, take out and give."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.machine import retention
from gatekeeper.inference.values import PLAIN, UNKNOWN, Arguments, Constant, Container, Value, parts

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


def call_method(
    machine: Machine, value: Container, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value:
    """Call a method of a container."""
    _fill(machine, value, name, arguments, node, frame)
    if name in retention.TAKING and value.lasting:
        value.bounded = True
    if name == "get" and arguments.positional and isinstance(arguments.positional[0], Constant) and value.named:
        return value.named.get(arguments.positional[0].value, value.element)
    if name == "items":
        return machine.packed("list", (machine.packed("tuple", (PLAIN, value.element), {}),), {})
    if name == "values":
        return machine.packed("list", (value.element,), {})
    return value.element if name in retention.READING else UNKNOWN


def _fill(machine: Machine, value: Container, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> None:
    """Put in what a method puts in: `append(x)`, `setdefault(key, x)`, `extend(several)`, `update(key=x)`."""
    given = arguments.positional
    if name in retention.PUTTING:
        index = retention.PUTTING[name]
        if len(given) > index or name == "setdefault":
            retention.put(machine, value, given[index] if len(given) > index else UNKNOWN, node, frame)
    elif name in retention.JOINING:
        for key, each in arguments.keywords:
            retention.put_item(machine, value, ast.Constant(key), each, node, frame)
        for each in given:
            for part in parts(each):
                element = part.element if isinstance(part, Container) else part
                retention.put(machine, value, element, node, frame)
