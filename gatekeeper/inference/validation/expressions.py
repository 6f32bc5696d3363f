"""What expressions make of data, and which of them put a constant in its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.validation import mending
from gatekeeper.inference.validation.data import Data, joined
from gatekeeper.inference.validation.facts import Mending
from gatekeeper.inference.values import PLAIN, UNKNOWN, Constant, Container, Value, join

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.validation.watching import Watcher

_PASSING = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.IfExp, ast.Subscript, ast.JoinedStr, ast.NamedExpr)
"""Expressions that are made of their parts; of the others the machine knows what they are, or nobody."""


def passed_on(watcher: Watcher, node: ast.expr, value: Value, seen: list[Data], frame: Frame) -> Value:
    """Return what an expression is, of which the parts that are data are `seen`."""
    if not seen:
        return value
    if isinstance(node, ast.Dict):
        return _display(watcher, node, value, seen, frame)
    if not isinstance(node, _PASSING) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        return value
    if isinstance(node, ast.Subscript) and _is_read(node, seen):
        watcher.visit.events += 1
    where = watcher.where(frame)
    raw = [each for each in seen if each.raw]
    replaced = raw and (
        (isinstance(node, ast.BoolOp) and mending.either(node, where, watcher.lookup_))
        or (isinstance(node, ast.IfExp) and mending.chooses(node, where, watcher.lookup_))
    )
    if replaced:
        key = watcher.mend(Mending.SENTINEL, node, frame)
        return joined(each.repaired(key) if each.raw else each for each in seen)
    known = value is not UNKNOWN and value is not PLAIN and not isinstance(value, Constant)
    return value if known else joined(seen)


def _is_read(node: ast.Subscript, seen: list[Data]) -> bool:
    return isinstance(node.ctx, ast.Load) and any(each.raw for each in seen)


def _display(watcher: Watcher, node: ast.Dict, value: Value, seen: list[Data], frame: Frame) -> Value:
    """Return a dictionary with what `**data` brings; what stands before it stands in for what is missing."""
    starred = any(key is None for key in node.keys)
    if not starred or not isinstance(value, Container):
        return value
    several = [each for each in seen if each.raw]
    if several and mending.merges(node):
        key = watcher.mend(Mending.SENTINEL, node, frame)
        seen = [each.repaired(key) if each.raw else each for each in seen]
    for each in seen:
        value.put(each)
    return value


def replaced(watcher: Watcher, node: ast.If, frame: Frame) -> list[tuple[str, Value]]:
    """Return the variables with raw data in whose place a condition about them puts a constant.

    `if cost is None: cost = -1`, `if "cost" not in request: request["cost"] = 0`.
    """
    named = {each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)}
    found: list[tuple[str, Value]] = []
    for each in node.body:
        if not isinstance(each, ast.Assign) or not mending.is_sentinel(
            watcher.lookup_.constant(each.value, watcher.where(frame))
        ):
            continue
        target = each.targets[0].value if isinstance(each.targets[0], ast.Subscript) else each.targets[0]
        value = frame.variables.get(target.id) if isinstance(target, ast.Name) and target.id in named else None
        raw = [data for data in watcher.data(value) if data.raw] if value is not None else []
        if raw and isinstance(target, ast.Name):
            key = watcher.mend(Mending.SENTINEL, each, frame)
            found.append((target.id, joined(data.repaired(key) for data in raw)))
    return found


def put(watcher: Watcher, name: str, value: Value, frame: Frame) -> None:
    """Note that data was put into what a name holds: `frame["cost"] = cost`."""
    before = frame.variables.get(name)
    if before is not None and not isinstance(before, Container):
        frame.variables[name] = join(before, joined(watcher.data(value)))
