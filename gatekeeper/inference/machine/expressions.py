"""What expressions stand for: one function for each kind of node."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from gatekeeper.inference.modules import Function
from gatekeeper.inference.values import (
    FALSE,
    NONE,
    PLAIN,
    TRUE,
    UNKNOWN,
    Arguments,
    Bound,
    Constant,
    Container,
    Instance,
    Network,
    Pending,
    Tensor,
    Value,
    Weights,
    join,
    join_all,
    parts,
    tensors_in,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

Evaluator: TypeAlias = "Callable[[Machine, Any, Frame], Value]"

_CONSTANTS: Mapping[object, Value] = {True: TRUE, False: FALSE, None: NONE}


def constant(machine: Machine, node: ast.Constant, frame: Frame) -> Value:
    """Return a constant; of numbers it does not matter which they are."""
    del machine, frame
    kind = type(node.value)
    if kind is bool or node.value is None:
        return _CONSTANTS[node.value]
    return Constant(node.value) if kind is str or kind is int else PLAIN


def name(machine: Machine, node: ast.Name, frame: Frame) -> Value:
    """Return what a variable holds."""
    return machine.lookup(node.id, frame)


def attribute(machine: Machine, node: ast.Attribute, frame: Frame) -> Value:
    """Return an attribute of a value."""
    return machine.attribute(machine.evaluate(node.value, frame), node.attr, node, frame)


def call(machine: Machine, node: ast.Call, frame: Frame) -> Value:
    """Return what a call returns; its callee is walked."""
    function = node.func
    if type(function) is ast.Attribute:
        receiver = machine.evaluate(function.value, frame)
        return machine.call_method(receiver, function.attr, _arguments(machine, node, frame), node, frame)
    value = machine.evaluate(function, frame)
    return machine.call(value, _arguments(machine, node, frame), node, frame)


def _arguments(machine: Machine, node: ast.Call, frame: Frame) -> Arguments:
    if not node.args and not node.keywords:
        return _NO_ARGUMENTS
    positional: list[Value] = []
    starred = False
    for each in node.args:
        if type(each) is ast.Starred:
            starred = True
            value = machine.evaluate(each.value, frame)
            if isinstance(value, Container):
                positional.extend(value.items or (value.element,))
        else:
            positional.append(machine.evaluate(each, frame))
    keywords: list[tuple[str, Value]] = []
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            keywords.append((keyword.arg, value))
            continue
        starred = True
        known_names = value.named if isinstance(value, Container) else None
        keywords.extend((key, each) for key, each in (known_names or {}).items() if isinstance(key, str))
    return Arguments(tuple(positional), tuple(keywords), starred)


_NO_ARGUMENTS = Arguments()


def awaited(machine: Machine, node: ast.Await, frame: Frame) -> Value:
    """Run what is awaited, in the mode that holds here."""
    return machine.finish(machine.evaluate(node.value, frame), node, frame)


def binary(machine: Machine, node: ast.BinOp, frame: Frame) -> Value:
    """Return a tensor if one of the operands is one."""
    left, right = machine.evaluate(node.left, frame), machine.evaluate(node.right, frame)
    if left is PLAIN and right is PLAIN:
        return PLAIN
    found = [each for each in (_operand(left), _operand(right)) if each is not None]
    if found:
        joined = join_all(found)
        return joined if frame.mode.on or not isinstance(joined, Tensor) else replace(joined, graph=False)
    if isinstance(left, Container) and isinstance(node.op, ast.Add):
        return left
    scalars = all(each is PLAIN or type(each) is Constant for each in (left, right))
    return PLAIN if scalars else UNKNOWN


def _operand(value: Value) -> Tensor | None:
    return next((each for each in parts(value) if isinstance(each, Tensor)), None)


def boolean(machine: Machine, node: ast.BoolOp, frame: Frame) -> Value:
    """Return any of the operands."""
    return join_all([machine.evaluate(each, frame) for each in node.values])


def unary(machine: Machine, node: ast.UnaryOp, frame: Frame) -> Value:
    """Return a tensor for a tensor, a truth value for `not`."""
    value = machine.evaluate(node.operand, frame)
    if isinstance(node.op, ast.Not):
        return Constant(not value.value) if isinstance(value, Constant) else PLAIN
    return value


def compare(machine: Machine, node: ast.Compare, frame: Frame) -> Value:
    """Return a tensor without a graph if tensors are compared, else nothing of note."""
    values = [machine.evaluate(each, frame) for each in (node.left, *node.comparators)]
    tensors = [found for each in values if (found := _operand(each)) is not None]
    return Tensor(device=any(each.device for each in tensors)) if tensors else PLAIN


def conditional(machine: Machine, node: ast.IfExp, frame: Frame) -> Value:
    """Return either of the two."""
    machine.evaluate(node.test, frame)
    way = frame.way
    frame.way = (*way, id(node))
    both = join(machine.evaluate(node.body, frame), machine.evaluate(node.orelse, frame))
    frame.way = way
    return both


def display(machine: Machine, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Value:
    """Return a container of the elements."""
    items = [machine.evaluate(each.value if type(each) is ast.Starred else each, frame) for each in node.elts]
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
    made = machine.container(node, kind, frame)
    made.items = () if any(type(each) is ast.Starred for each in node.elts) else tuple(items)
    for each in items:
        made.put(each)
    return made


def dictionary(machine: Machine, node: ast.Dict, frame: Frame) -> Value:
    """Return a container of the values, by key where the keys are constants."""
    made = machine.container(node, "dict", frame)
    named = made.named if made.named is not None else {}
    for key, each in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(each, frame)
        if key is None:
            if isinstance(value, Container):
                named.update(value.named or {})
        else:
            machine.evaluate(key, frame)
            if isinstance(key, ast.Constant):
                named[key.value] = value
        made.put(value)
    made.named = named
    return made


def subscript(machine: Machine, node: ast.Subscript, frame: Frame) -> Value:
    """Return an element of a container, or a part of a tensor."""
    value = machine.evaluate(node.value, frame)
    if not isinstance(node.slice, ast.Constant | ast.Name):
        machine.evaluate(node.slice, frame)
    found = join_all([_element(each, node) for each in parts(value)])
    return machine.kept_by_application(node) if found is UNKNOWN else found


def _element(value: Value, node: ast.Subscript) -> Value:
    if isinstance(value, Tensor):
        # `batch[0]` is most often all of a batch of one; a range of a dimension is a part.
        part = isinstance(node.slice, ast.Slice | ast.Tuple)
        return Tensor(value.graph, value.device, value.copied, view=value.view or part)
    if isinstance(value, Network):  # nn.Sequential, nn.ModuleList, a dictionary of models that torch.load gave
        return value
    if not isinstance(value, Container):
        return UNKNOWN
    key = node.slice
    if isinstance(key, ast.Slice):
        return value
    if isinstance(key, ast.Constant):
        if value.named and key.value in value.named:
            return value.named[key.value]
        if isinstance(key.value, int) and 0 <= key.value < len(value.items):
            return value.items[key.value]
    return value.element


def function(machine: Machine, node: ast.Lambda, frame: Frame) -> Value:
    """Return the function that a lambda makes."""
    prefix = f"{frame.function.qualname}." if frame.function is not None else ""
    made = Function(frame.module, f"{prefix}<lambda>", node, parent=frame.function)
    return Bound(machine.shared(node, made), None, frame)


def comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Value:
    """Return a container of what the element may be."""
    before = dict(frame.variables)
    _generators(machine, node.generators, frame)
    value = machine.evaluate(node.elt, frame)
    frame.variables = before
    made = machine.container(node, "set" if isinstance(node, ast.SetComp) else "list", frame)
    made.put(value)
    return made


def dictionary_comprehension(machine: Machine, node: ast.DictComp, frame: Frame) -> Value:
    """Return a container of what the values may be."""
    before = dict(frame.variables)
    _generators(machine, node.generators, frame)
    machine.evaluate(node.key, frame)
    value = machine.evaluate(node.value, frame)
    frame.variables = before
    made = machine.container(node, "dict", frame)
    made.put(value)
    return made


def _generators(machine: Machine, generators: list[ast.comprehension], frame: Frame) -> None:
    frame.loops += 1
    for each in generators:
        machine.assign(each.target, machine.iterate(machine.evaluate(each.iter, frame), each.iter, frame), frame)
        for condition in each.ifs:
            machine.evaluate(condition, frame)
    frame.loops -= 1


def formatted(machine: Machine, node: ast.JoinedStr, frame: Frame) -> Value:
    """Walk what is formatted; text holds no tensor."""
    for each in node.values:
        if isinstance(each, ast.FormattedValue):
            machine.evaluate(each.value, frame)
    return PLAIN


def named(machine: Machine, node: ast.NamedExpr, frame: Frame) -> Value:
    """Assign and return."""
    value = machine.evaluate(node.value, frame)
    machine.assign(node.target, value, frame)
    return value


def yielded(machine: Machine, node: ast.Yield, frame: Frame) -> Value:
    """Note what is yielded, and the mode that whoever iterates is left with."""
    value = machine.evaluate(node.value, frame) if node.value is not None else NONE
    frame.yields.append(value)
    if frame.entered is None:
        frame.entered = frame.mode
    return UNKNOWN


def yielded_from(machine: Machine, node: ast.YieldFrom, frame: Frame) -> Value:
    """Run the inner generator here."""
    frame.yields.append(machine.iterate(machine.evaluate(node.value, frame), node.value, frame))
    return UNKNOWN


def starred(machine: Machine, node: ast.Starred, frame: Frame) -> Value:
    """Return the container that is unpacked."""
    return machine.evaluate(node.value, frame)


def parts_of_slice(machine: Machine, node: ast.Slice, frame: Frame) -> Value:
    """Walk the bounds of a slice."""
    for each in (node.lower, node.upper, node.step):
        if each is not None and not isinstance(each, ast.Constant | ast.Name):
            machine.evaluate(each, frame)
    return PLAIN


EXPRESSIONS: Mapping[type[ast.expr], Evaluator] = {
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: attribute,
    ast.Call: call,
    ast.Await: awaited,
    ast.BinOp: binary,
    ast.BoolOp: boolean,
    ast.UnaryOp: unary,
    ast.Compare: compare,
    ast.IfExp: conditional,
    ast.List: display,
    ast.Tuple: display,
    ast.Set: display,
    ast.Dict: dictionary,
    ast.Subscript: subscript,
    ast.Lambda: function,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: dictionary_comprehension,
    ast.JoinedStr: formatted,
    ast.NamedExpr: named,
    ast.Yield: yielded,
    ast.YieldFrom: yielded_from,
    ast.Starred: starred,
    ast.Slice: parts_of_slice,
}


def iterated(machine: Machine, value: Value, node: ast.expr, frame: Frame) -> Value:
    """Return what one element of an iterable is; a generator is run for it."""
    found: list[Value] = []
    for each in parts(value):
        if isinstance(each, Pending):
            found.append(machine.finish(each, node, frame))
        elif isinstance(each, Tensor):
            found.append(each)
        elif isinstance(each, Container):
            found.append(each.element)
        elif isinstance(each, Network | Weights):
            found.append(each)
        elif isinstance(each, Instance):
            iterator = machine.method(each, "__iter__")
            if iterator is not None:
                made = machine.call(iterator, _NO_ARGUMENTS, node, frame)
                found.append(iterated(machine, made, node, frame) if made is not each else UNKNOWN)
    return join_all(found) if found else UNKNOWN


def has_tensor(value: Value) -> bool:
    """Return whether a value is or holds a tensor."""
    return tensors_in(value) is not None
