"""Functions of the standard library that pass values on: iterate, bind, look up, wrap."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from gatekeeper.inference.values import (
    PLAIN,
    UNKNOWN,
    Arguments,
    Constant,
    External,
    Instance,
    Network,
    Partial,
    Super,
    Tensor,
    Value,
    Wrapped,
    join_all,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

Handler: TypeAlias = "Callable[[Machine, Arguments, ast.Call, Frame], Value]"


def _partial(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    del machine, node, frame
    if not arguments.positional:
        return UNKNOWN
    return Partial(arguments.positional[0], arguments.positional[1:], arguments.keywords)


def _getattr(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    if len(arguments.positional) < 2:
        return UNKNOWN
    owner, name = arguments.positional[:2]
    if isinstance(name, Constant) and isinstance(name.value, str):
        read = ast.copy_location(ast.Attribute(value=node.args[0], attr=name.value), node)
        return machine.attribute(owner, name.value, read, frame)
    if isinstance(owner, Network) or (isinstance(owner, Instance) and machine.objects.is_module(owner.class_)):
        return Network()
    return UNKNOWN


def _super(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    del node
    receiver = frame.receiver
    around = frame
    while receiver is None and around.closure is not None:
        around = around.closure
        receiver = around.receiver
    if receiver is None and arguments.positional[1:]:
        receiver = arguments.positional[1]
    if isinstance(receiver, Instance) and frame.class_ is not None:
        return Super(frame.class_, receiver)
    del machine
    return UNKNOWN


def _element(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`next`, `sum`, `max` and the like: one element of the argument."""
    if not arguments.positional:
        return UNKNOWN
    value = arguments.positional[0]
    if isinstance(value, Tensor):
        return value
    found = machine.iterate(value, node, frame)
    return join_all([found, *arguments.positional[1:]]) if len(arguments.positional) > 1 else found


def _iterator(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`iter`, `list`, `reversed`, `sorted`, `filter` and the like: an iterable of the same elements."""
    value = arguments.positional[-1] if arguments.positional else UNKNOWN
    return machine.packed("list", (machine.iterate(value, node, frame),), {})


def _zip(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    items = tuple(machine.iterate(each, node, frame) for each in arguments.positional)
    return machine.packed("list", (machine.packed("tuple", items, {}),), {})


def _enumerate(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    element = machine.iterate(arguments.positional[0], node, frame) if arguments.positional else UNKNOWN
    return machine.packed("list", (machine.packed("tuple", (PLAIN, element), {}),), {})


def _map(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    if not arguments.positional:
        return UNKNOWN
    elements = tuple(machine.iterate(each, node, frame) for each in arguments.positional[1:])
    return machine.packed("list", (machine.call(arguments.positional[0], Arguments(elements), node, frame),), {})


def _plain(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    del machine, arguments, node, frame
    return PLAIN


def _depends(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`Depends(get_engine)`: what the function returns, or yields."""
    if not arguments.positional:
        return UNKNOWN
    made = machine.call(arguments.positional[0], Arguments(), node, frame)
    return machine.finish(made, node, frame)


def _finished(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`asyncio.run` and `wait_for`: the coroutine is run here."""
    return machine.finish(arguments.positional[0], node, frame) if arguments.positional else UNKNOWN


def _decorating(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`functools.wraps(f)` and the like give a decorator that changes nothing of note."""
    del machine, arguments, node, frame
    return External("functools.wraps()")


def _cached(machine: Machine, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """`functools.lru_cache(f)`; with options only it gives a decorator."""
    del frame
    if arguments.positional and machine.is_callable(arguments.positional[0]):
        return Wrapped(arguments.positional[0], "cached", node)
    return External("functools.lru_cache")


_SCALARS = frozenset(
    f"builtins.{name}"
    for name in """
    len int float str bool repr print range abs round isinstance issubclass hasattr id hash type format open input bytes
    bytearray any all callable ord chr hex divmod pow setattr vars
    """.split()
)
"""Built-in functions whose result holds no tensor and is no function."""

FUNCTIONS: Mapping[str, Handler] = {
    **dict.fromkeys(sorted(_SCALARS), _plain),
    "functools.partial": _partial,
    "builtins.getattr": _getattr,
    "builtins.super": _super,
    **dict.fromkeys(("builtins.next", "builtins.sum", "builtins.max", "builtins.min", "builtins.anext"), _element),
    **dict.fromkeys(("builtins.iter", "builtins.reversed", "builtins.sorted", "builtins.filter"), _iterator),
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.map": _map,
    **dict.fromkeys(("fastapi.Depends", "fastapi.Security", "fastapi.params.Depends"), _depends),
    **dict.fromkeys(("asyncio.run", "asyncio.wait_for", "asyncio.shield", "anyio.run"), _finished),
    "functools.wraps": _decorating,
    "functools.lru_cache": _cached,
    "functools.cache": _cached,
}
"""What the standard library and a few frameworks do with what they are given."""
