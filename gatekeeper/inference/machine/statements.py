"""What statements do to the variables and to the grad mode: one function for each kind of node."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from gatekeeper.inference.grad import Mode
from gatekeeper.inference.machine import contexts, retention
from gatekeeper.inference.machine.conditions import decided, is_main
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.values import (
    UNKNOWN,
    ClassValue,
    Container,
    External,
    Instance,
    Network,
    Tensor,
    Value,
    Weights,
    join_all,
    merge,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

Executor: TypeAlias = "Callable[[Machine, Any, Frame], None]"


def expression(machine: Machine, node: ast.Expr, frame: Frame) -> None:
    """Walk an expression for what it does; `set_grad_enabled(...)` as a statement sets the mode."""
    if type(node.value) is ast.Constant:
        return
    value = machine.evaluate(node.value, frame)
    contexts.switch(machine, value, node.value, frame)


def assign(machine: Machine, node: ast.Assign, frame: Frame) -> None:
    """Assign to each target."""
    if (sum_ := _as_augmented(node)) is not None:
        augmented(machine, sum_, frame)
        return
    before = _given_back(machine, node, frame)
    value = machine.evaluate(node.value, frame)
    contexts.switch(machine, value, node.value, frame)
    if before is not None and (value is UNKNOWN or isinstance(value, External)):
        value = before
    for target in node.targets:
        if _is_trimmed(target, node.value):
            _cut(value, frame)
        machine.assign(target, value, frame)


def _given_back(machine: Machine, node: ast.Assign, frame: Frame) -> Value | None:
    """Return the torch module that something unknown is called with, and that its result takes the place of.

    `model = accelerator.prepare(model)` is still the model.
    """
    call, target = node.value, node.targets[0]
    if type(call) is not ast.Call or not call.args or not isinstance(target, ast.Name | ast.Attribute):
        return None
    if not any(_is_same(each, target) for each in call.args):
        return None
    value = machine.evaluate(target, frame)
    modules = [each for each in parts(value) if isinstance(each, Instance) and machine.objects.is_module(each.class_)]
    return value if modules or any(isinstance(each, Network) for each in parts(value)) else None


def _is_trimmed(target: ast.expr, value: ast.expr) -> bool:
    """`recent = recent[-100:]`, `recent[:] = recent[-100:]`."""
    if not isinstance(value, ast.Subscript) or not isinstance(value.slice, ast.Slice):
        return False
    if isinstance(target, ast.Subscript):
        target = target.value
    return _is_same(target, value.value)


def _is_same(left: ast.expr, right: ast.expr) -> bool:
    """Return whether two expressions are one variable or one attribute of it: `x`, `self.model.head`."""
    while isinstance(left, ast.Attribute) and isinstance(right, ast.Attribute) and left.attr == right.attr:
        left, right = left.value, right.value
    return isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id


def _as_augmented(node: ast.Assign) -> ast.AugAssign | None:
    """Return `x = x + y` as `x += y`."""
    sum_ = node.value
    if type(sum_) is not ast.BinOp or type(sum_.op) is not ast.Add or len(node.targets) > 1:
        return None
    (target,) = node.targets
    if not isinstance(target, ast.Name | ast.Attribute) or not _is_same(target, sum_.left):
        return None
    return ast.copy_location(ast.AugAssign(target=target, op=sum_.op, value=sum_.right), node)


def annotated(machine: Machine, node: ast.AnnAssign, frame: Frame) -> None:
    """Assign; what the annotation says stands in for a value of which nothing is known."""
    if node.value is None:
        return
    value = machine.evaluate(node.value, frame)
    machine.assign(node.target, machine.annotation(node.annotation, frame) if value is UNKNOWN else value, frame)


def augmented(machine: Machine, node: ast.AugAssign, frame: Frame) -> None:
    """Assign the sum; a tensor with a graph that is added up keeps every graph that it was computed by."""
    value = machine.evaluate(node.value, frame)
    before = machine.evaluate(node.target, frame)
    told = retention.accumulated(machine, node, before, value, frame)
    if isinstance(before, Container):
        if isinstance(value, Container):
            retention.put(machine, before, value.element, node.value, frame)
        return
    tensors = [each for each in (*parts(before), *parts(value)) if isinstance(each, Tensor)]
    joined = join_all(tensors) if tensors else before
    if told and isinstance(joined, Tensor):  # once: that it is kept would be told where it is assigned
        joined = replace(joined, graph=False)
    machine.assign(node.target, joined, frame)


def returned(machine: Machine, node: ast.Return, frame: Frame) -> None:
    """Note what is returned; the rest of the block is not reached."""
    if node.value is not None:
        frame.returns.append(machine.evaluate(node.value, frame))
    frame.stopped = True


def raised(machine: Machine, node: ast.Raise, frame: Frame) -> None:
    """Walk the exception; the rest of the block is not reached."""
    if node.exc is not None:
        machine.evaluate(node.exc, frame)
    frame.stopped = True


def left(machine: Machine, node: ast.Break | ast.Continue, frame: Frame) -> None:
    """The rest of the block is not reached."""
    del machine, node
    frame.stopped = True


def branched(machine: Machine, node: ast.If, frame: Frame) -> None:
    """Walk both ways, or the one that a constant argument leaves."""
    if is_main(node.test):
        return
    known = decided(machine, node.test, frame)
    if known is None:
        machine.evaluate(node.test, frame)
        _ways(machine, (node.body, node.orelse), frame)
    else:
        machine.execute(node.body if known else node.orelse, frame)


def _ways(machine: Machine, bodies: Sequence[Sequence[ast.stmt]], frame: Frame) -> None:
    """Walk ways that exclude each other, and let them meet."""
    before, mode, way = frame.variables, frame.mode, frame.way
    ends: list[tuple[dict[str, Value], Mode]] = []
    for body in bodies:
        frame.variables, frame.mode, frame.stopped = dict(before), mode, False
        frame.way = (*way, id(body))
        machine.execute(body, frame)
        if not frame.stopped:
            ends.append((frame.variables, frame.mode))
    frame.way = way
    frame.stopped = not ends
    if ends:
        frame.variables, frame.mode = ends[0]
        for variables, other in ends[1:]:
            frame.variables, frame.mode = merge(frame.variables, variables), frame.mode.meet(other)
    else:
        frame.variables, frame.mode = before, mode


def loop(machine: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    """Walk the body once for any element."""
    iterable = machine.evaluate(node.iter, frame)
    element = machine.iterate(iterable, node.iter, frame)
    if isinstance(element, Weights):
        _each_weight(machine, node, element, frame)
        return
    machine.assign(node.target, element, frame)
    _repeat(machine, node.body, frame)
    machine.execute(node.orelse, frame)


def _each_weight(machine: Machine, node: ast.For | ast.AsyncFor, weights: Weights, frame: Frame) -> None:
    """Walk a loop over parameters: there are some, and under a condition only some of them are meant."""
    conditional = any(isinstance(each, ast.If) for each in ast.walk(node))
    machine.assign(node.target, Weights(weights.owner, None if conditional else frame.way), frame)
    machine.execute(node.body, frame)
    frame.stopped = False


def repeated(machine: Machine, node: ast.While, frame: Frame) -> None:
    """Walk the body once. A loop without an end that the start of the service runs into is what serves."""
    machine.evaluate(node.test, frame)
    before = frame.phase
    if frame.reports and isinstance(node.test, ast.Constant) and node.test.value:
        frame.phase = Phase.REQUEST
    _repeat(machine, node.body, frame)
    frame.phase = before
    machine.execute(node.orelse, frame)


def _repeat(machine: Machine, body: Sequence[ast.stmt], frame: Frame) -> None:
    before, mode = dict(frame.variables), frame.mode
    frame.loops += 1
    machine.execute(body, frame)
    frame.loops -= 1
    if not frame.stopped:
        mode = mode.meet(frame.mode)
    frame.stopped = False
    frame.variables, frame.mode = merge(before, frame.variables), mode


def guarded(machine: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    """Walk the body in the mode that the contexts set, and restore the mode."""
    mode = frame.mode
    for item in node.items:
        value = contexts.enter(machine, machine.evaluate(item.context_expr, frame), item.context_expr, frame)
        if item.optional_vars is not None:
            machine.assign(item.optional_vars, value, frame)
    frame.scoped += 1
    machine.execute(node.body, frame)
    frame.scoped -= 1
    frame.mode = mode


def attempted(machine: Machine, node: ast.Try, frame: Frame) -> None:
    """Walk the body, then each handler from any point of it."""
    before, mode, way = dict(frame.variables), frame.mode, frame.way
    machine.execute(node.body, frame)
    if not frame.stopped:
        machine.execute(node.orelse, frame)
    ends = [] if frame.stopped else [(frame.variables, frame.mode)]
    after = frame.variables
    for handler in node.handlers:
        frame.variables, frame.mode, frame.stopped = merge(before, after), mode, False
        frame.way = (*way, id(handler))
        machine.execute(handler.body, frame)
        if not frame.stopped:
            ends.append((frame.variables, frame.mode))
    frame.way = way
    stopped = not ends
    frame.variables, frame.mode = ends[0] if ends else (after, mode)
    for variables, other in ends[1:]:
        frame.variables, frame.mode = merge(frame.variables, variables), frame.mode.meet(other)
    frame.stopped = False
    machine.execute(node.finalbody, frame)
    frame.stopped = frame.stopped or stopped


def matched(machine: Machine, node: ast.Match, frame: Frame) -> None:
    """Walk each case, and the way past all of them."""
    machine.evaluate(node.subject, frame)
    _ways(machine, [*(case.body for case in node.cases), []], frame)


def defined(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    """Bind the function's name to what its decorators make of it."""
    machine.assign_name(node.name, machine.definition(node, frame), frame)


def defined_class(machine: Machine, node: ast.ClassDef, frame: Frame) -> None:
    """Bind the class's name."""
    class_ = machine.class_for(node, frame)
    if class_ is not None:
        machine.assign_name(node.name, ClassValue(class_), frame)


def imported(machine: Machine, node: ast.Import, frame: Frame) -> None:
    """Bind the names of modules."""
    for alias in node.names:
        if alias.asname:
            machine.assign_name(alias.asname, machine.resolve(alias.name, frame.module), frame)
        else:
            top = alias.name.partition(".")[0]
            machine.assign_name(top, machine.resolve(top, frame.module), frame)
            machine.load(alias.name, frame.module)


def imported_from(machine: Machine, node: ast.ImportFrom, frame: Frame) -> None:
    """Bind the names that are imported."""
    for alias in node.names:
        local = alias.asname or alias.name
        dotted = frame.module.imports.get(local)
        if dotted is not None:
            machine.assign_name(local, machine.resolve(dotted, frame.module), frame)


def made_global(machine: Machine, node: ast.Global, frame: Frame) -> None:
    """From here on the names are the module's."""
    del machine
    frame.globals_ |= frozenset(node.names)


def made_nonlocal(machine: Machine, node: ast.Nonlocal, frame: Frame) -> None:
    """From here on the names are those of the function around."""
    del machine
    frame.nonlocals |= frozenset(node.names)


def nothing(machine: Machine, node: ast.stmt, frame: Frame) -> None:
    """Do nothing."""
    del machine, node, frame


def asserted(machine: Machine, node: ast.Assert, frame: Frame) -> None:
    """Walk the condition."""
    machine.evaluate(node.test, frame)


def deleted(machine: Machine, node: ast.Delete, frame: Frame) -> None:
    """Forget the variables; what a request deletes from a container does not stay in it."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.variables.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            _cut(machine.evaluate(target.value, frame), frame)


def _cut(value: Value, frame: Frame) -> None:
    for each in parts(value):
        if isinstance(each, Container) and each.lasting and frame.phase is Phase.REQUEST:
            each.bounded = True


STATEMENTS: Mapping[type[ast.stmt], Executor] = {
    ast.Expr: expression,
    ast.Assign: assign,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.Return: returned,
    ast.Raise: raised,
    ast.Break: left,
    ast.Continue: left,
    ast.If: branched,
    ast.For: loop,
    ast.AsyncFor: loop,
    ast.While: repeated,
    ast.With: guarded,
    ast.AsyncWith: guarded,
    ast.Try: attempted,
    ast.TryStar: attempted,
    ast.Match: matched,
    ast.FunctionDef: defined,
    ast.AsyncFunctionDef: defined,
    ast.ClassDef: defined_class,
    ast.Import: imported,
    ast.ImportFrom: imported_from,
    ast.Global: made_global,
    ast.Nonlocal: made_nonlocal,
    ast.Pass: nothing,
    ast.Assert: asserted,
    ast.Delete: deleted,
}
