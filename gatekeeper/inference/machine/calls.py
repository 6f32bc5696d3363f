"""Calling a value, and what decorators make of functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gatekeeper.inference.facts import Guarding
from gatekeeper.inference.machine import contexts, forwards, running
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Bound,
    ClassValue,
    External,
    Guard,
    Guarded,
    Instance,
    Method,
    Network,
    Partial,
    Pending,
    Union,
    Value,
    Wrapped,
    join_all,
    parts,
    tensors_in,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine
    from gatekeeper.inference.modules import Class, Function

_WRAPPERS = {
    "builtins.property": "property",
    "functools.cached_property": "property",
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "contextlib.contextmanager": "contextmanager",
    "contextlib.asynccontextmanager": "contextmanager",
    "functools.lru_cache": "cached",
    "functools.lru_cache()": "cached",
    "functools.cache": "cached",
    "functools.cache()": "cached",
}
"""Decorators of the standard library that change how a function is used."""


def call(machine: Machine, value: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """Call a value."""
    caller = _CALLERS.get(type(value))
    if caller is not None:
        return caller(machine, value, arguments, node, frame)
    return forwards.guessed(machine, node, arguments, frame) if isinstance(node, ast.Call) else UNKNOWN


def _library(machine: Machine, value: External, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    return machine.call_library(value.dotted, arguments, _as_call(node), frame)


def _class(machine: Machine, value: ClassValue, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    return _instantiate(machine, value.class_, arguments, node, frame)


def _network(machine: Machine, value: Network, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    if value.name and machine.libraries.knows(value.name) and isinstance(node, ast.Call):
        return machine.call_library(value.name, arguments, node, frame, value)
    return forwards.of_network(machine, value, arguments, node, frame)


def _partial(machine: Machine, value: Partial, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    positional = (*value.arguments, *arguments.positional)
    given = Arguments(positional, (*arguments.keywords, *value.keywords), arguments.starred)
    return machine.call(value.inner, given, node, frame)


def _guard(machine: Machine, value: Guard, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """`torch.no_grad()(function)`; on an `async def` it has no effect."""
    del machine, node, frame
    return guard_function(arguments.positional[0], value) if arguments.positional else UNKNOWN


def _any(machine: Machine, value: Union, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    return join_all([machine.call(each, arguments, node, frame) for each in value.values])


def _as_call(node: ast.expr) -> ast.Call:
    return node if isinstance(node, ast.Call) else ast.copy_location(ast.Call(func=node, args=[], keywords=[]), node)


def _invoke(machine: Machine, bound: Bound, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    function = bound.function
    if machine.is_suspended(function):
        kind = "coroutine" if function.is_async else "generator"
        if function.is_async and machine.is_generator(function):
            kind = "async generator"
        return Pending(bound, arguments, kind, node, frame)
    result = running.run(machine, bound, arguments, running.from_frame(frame, node, what=frame.what))
    if result.mode is not None:  # the callee switched the mode, and left it so
        guard = Guard(on=result.mode.on, inference=result.mode.inference)
        frame.mode = frame.mode.under(guard, Guarding.CALLEE)
    frame.nested += result.nested
    frame.building += result.building
    frame.shielded = frame.shielded or result.shielded
    frame.open = frame.open or result.open
    return result.value


def _guarded(machine: Machine, value: Guarded, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    before = frame.mode
    frame.mode = before.under(value.guard, Guarding.FUNCTION)
    result = machine.call(value.inner, arguments, node, frame)
    frame.mode = before
    if isinstance(result, Pending) and result.function == value.inner:
        # torch enters the guard anew each time that the generator is resumed; not so one that a function only returns
        return Pending(result.function, result.arguments, result.kind, result.site, result.frame, value.guard)
    return result


def guard_function(value: Value, guard: Guard) -> Value:
    """Return a function under a guard's decorator."""
    if isinstance(value, Bound) and value.function.is_async:
        return value
    return value if isinstance(value, ClassValue) else Guarded(value, guard)


def _call_object(machine: Machine, value: Instance, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    is_module = machine.objects.is_module(value.class_)
    method = machine.method(value, "__call__")
    name = "__call__"
    if method is None and is_module:
        method, name = machine.method(value, "forward"), "forward"
    if method is None:
        if is_module:
            network = Network(frozen=machine.objects.is_frozen(value))
            return forwards.of_network(machine, network, arguments, node, frame)
        return UNKNOWN
    if is_module:
        return forwards.of_object(machine, value, method, arguments, node, frame, name)
    return machine.call(method, arguments, node, frame)


def _call_method(machine: Machine, value: Method, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """Call a method that was read as an attribute before: `f = self.model.forward`, `self.model.head(x)`."""
    if not isinstance(node, ast.Call):
        return UNKNOWN
    site = node
    if not isinstance(node.func, ast.Attribute):
        method = ast.copy_location(ast.Attribute(value=node.func, attr=value.name), node.func)
        site = ast.copy_location(ast.Call(func=method, args=node.args, keywords=node.keywords), node)
    return machine.call_method(value.receiver, value.name, arguments, site, frame)


def _instantiate(machine: Machine, class_: Class, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    guard = machine.objects.guard_base(class_)
    if guard is not None:
        return guard
    instance = Instance(class_)
    method = machine.method(instance, "__init__")
    if method is not None:
        inside, frame.inside = frame.inside, False
        machine.call(method, arguments, node, frame)
        frame.inside = inside
    else:
        _fill_fields(machine, instance, arguments, frame)
    return instance


def _fill_fields(machine: Machine, instance: Instance, arguments: Arguments, frame: Frame) -> None:
    """Bind the fields of a dataclass, a named tuple or a pydantic model."""
    fields = [
        each.target.id
        for each in instance.class_.node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    for name, value in (*zip(fields, arguments.positional, strict=False), *arguments.keywords):
        machine.objects.store(instance.class_, name, value, frame)


def _wrapped(machine: Machine, value: Wrapped, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    if value.kind == "contextmanager":
        inner, guard = value.inner, None
        while isinstance(inner, Guarded | Wrapped):
            guard = inner.guard if isinstance(inner, Guarded) else guard
            inner = inner.inner
        return Pending(inner, arguments, "context", node, frame, guard) if isinstance(inner, Bound) else UNKNOWN
    before = machine.recorder.count
    result = machine.call(value.inner, arguments, node, frame)
    if value.kind == "cached":
        # A table computed once for a few plain arguments is what such a cache is for; outputs of a model are not.
        made = tensors_in(result) is not None and machine.recorder.count > before
        inner = value.inner
        while isinstance(inner, Guarded | Wrapped):
            inner = inner.inner
        if isinstance(inner, Bound) and (made or _takes_tensor(inner, arguments)):
            machine.observe_cache(value.node, inner.function, frame)
    return result


_PLAIN_TYPES = frozenset({"bool", "bytes", "float", "int", "str"})
_AROUND_TYPES = frozenset({"Optional", "Union", "typing", "list", "tuple", "List", "Tuple", "Sequence", "Literal"})


def _takes_tensor(bound: Bound, arguments: Arguments) -> bool:
    """Return whether a call passes a tensor to a parameter that is not annotated as something plain."""
    node = bound.function.node.args
    parameters = [*node.posonlyargs, *node.args][1 if bound.receiver is not None else 0 :]
    given = [
        *zip(parameters, arguments.positional, strict=False),
        *(
            (each, value)
            for name, value in arguments.keywords
            for each in (*parameters, *node.kwonlyargs)
            if each.arg == name
        ),
    ]
    return any(tensors_in(value) is not None for each, value in given if not _is_plain_type(each.annotation))


def _is_plain_type(node: ast.expr | None) -> bool:
    """Return whether an annotation names nothing but plain types: `int`, `Optional[str]`, `list[float] | None`."""
    if node is None:
        return False
    names = {
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
    }
    return bool(names & _PLAIN_TYPES) and names <= _PLAIN_TYPES | _AROUND_TYPES


_CALLERS: Mapping[type[Value], Callable[[Machine, Any, Arguments, ast.expr, Frame], Value]] = {
    Bound: _invoke,
    Guarded: _guarded,
    External: _library,
    ClassValue: _class,
    Instance: _call_object,
    Network: _network,
    Wrapped: _wrapped,
    Partial: _partial,
    Guard: _guard,
    Method: _call_method,
    Union: _any,
}


def decorate(machine: Machine, value: Value, function: Function, decorator: ast.expr, frame: Frame) -> Value:
    """Return what a decorator makes of a function."""
    made = machine.evaluate(decorator, frame)
    guard = contexts.guard_of(made)
    if guard is not None:
        return value if function.is_async else guard_function(value, guard)
    for each in parts(made):
        if isinstance(each, External):
            kind = _WRAPPERS.get(each.dotted)
            if kind is not None:
                return Wrapped(value, kind, decorator)
            if each.dotted.rpartition(".")[2] in {"setter", "getter", "deleter"}:
                return value
        elif isinstance(each, Wrapped) and each.kind == "contextmanager":
            # A context manager made by contextlib decorates as well: its body runs around the function.
            return _around(machine, value, machine.call(each, Arguments(), decorator, frame), decorator, frame)
        elif isinstance(each, Pending) and each.kind == "context":
            return _around(machine, value, each, decorator, frame)
        elif isinstance(each, Bound | Guarded | Partial | Instance | ClassValue):
            result = machine.call(each, Arguments((value,)), decorator, frame)
            if machine.is_callable(result) or isinstance(result, Instance):
                return result
    return value


def _around(machine: Machine, value: Value, context: Value, node: ast.expr, frame: Frame) -> Value:
    if not isinstance(context, Pending):
        return value
    entered = machine.drive(context, node, frame).entered
    if entered is None or entered.on:
        return value
    return guard_function(value, Guard(inference=entered.inference))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without those of functions and classes inside of it."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        each = waiting.pop()
        yield each
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(each))
