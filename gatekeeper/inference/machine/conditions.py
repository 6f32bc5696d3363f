"""Conditions that are decided before the code runs, and code that runs only where the file is the program."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.values import FALSE, NONE, TRUE, External, Value

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine
    from gatekeeper.inference.modules import Module


def main_blocks(module: Module) -> list[list[ast.stmt]]:
    """Return what a module does where it is the program."""
    return [each.body for each in module.tree.body if isinstance(each, ast.If) and is_main(each.test)]


def is_main(test: ast.expr) -> bool:
    """Return whether a block runs only where the file is the program: a server imports it."""
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Name) or test.left.id != "__name__":
        return False
    (other, *_) = test.comparators
    return isinstance(other, ast.Constant) and other.value == "__main__" and isinstance(test.ops[0], ast.Eq)


def decided(machine: Machine, test: ast.expr, frame: Frame) -> bool | None:
    """Return how a condition on a parameter goes that was called with a constant.

    Flags of modules and objects are not taken at their word: they exist to be changed.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decided(machine, test.operand, frame)
        return None if inner is None else not inner
    if frame.function is None:
        return None
    if isinstance(test, ast.Name):
        value = frame.variables.get(test.id)
        return True if value == TRUE else False if value == FALSE or _is_not_given(test, frame) else None
    match test:
        case ast.Compare(
            left=ast.Name() as name, ops=[ast.Is() | ast.IsNot() as how], comparators=[ast.Constant(None)]
        ):
            if _is_not_given(name, frame):
                return isinstance(how, ast.Is)
            return isinstance(how, ast.IsNot) if _is_import(machine.lookup(name.id, frame)) else None
        case ast.Call(func=ast.Name("hasattr"), args=[owner, ast.Constant("no_grad" | "inference_mode")]):
            return True if _is_import(machine.evaluate(owner, frame)) else None
        case ast.BoolOp(op=ast.And(), values=values):
            ways = [decided(machine, each, frame) for each in values]
            return False if False in ways else True if all(ways) else None
        case _:
            return None


def _is_import(value: Value) -> bool:
    """Return whether a value is a library, or a name of one: what is served has what it needs."""
    return isinstance(value, External) and "()" not in value.dotted


def _is_not_given(name: ast.Name, frame: Frame) -> bool:
    """Return whether a name is that of a parameter which is None by default and which the caller has not given."""
    function = frame.function
    if function is None or frame.variables.get(name.id) != NONE:
        return False
    arguments = function.node.args
    return any(each.arg == name.id for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
