"""Which values the parameters of a function have when it is called."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from gatekeeper.artifact.prospects.bindings import Function
from gatekeeper.artifact.prospects.trace import Arguments
from gatekeeper.artifact.prospects.values import ANYTHING, Known, Receiver, Value


def constant(node: ast.expr) -> Value:
    """Return the value of a literal."""
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str | int)):
        return Known(value=node.value)
    return ANYTHING


def decorated(node: Function, *names: str) -> bool:
    """Whether a function has a decorator of one of these names, called or not."""
    for each in node.decorator_list:
        plain = each.func if isinstance(each, ast.Call) else each
        if (isinstance(plain, ast.Name) and plain.id in names) or (
            isinstance(plain, ast.Attribute) and plain.attr in names
        ):
            return True
    return False


def bind(
    node: Function, positional: Sequence[Value], keywords: Mapping[str, Value], *, complete: bool = True
) -> dict[str, Value]:
    """Return the value of each parameter.

    Args:
        node: the function.
        positional: the values of the positional arguments, the receiver among them.
        keywords: those of the named ones.
        complete: whether these are all; if not, a parameter without one may have another value than its default.
    """
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    bound: dict[str, Value] = dict.fromkeys([*names, *(each.arg for each in node.args.kwonlyargs)], ANYTHING)
    if complete:
        defaults = node.args.defaults
        bound |= zip(names[len(names) - len(defaults) :], map(constant, defaults), strict=True)
        named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        bound |= {each.arg: constant(default) for each, default in named if default is not None}
    bound |= zip(names, positional, strict=False)
    return bound | {name: value for name, value in keywords.items() if name in bound}


def receiver_of(node: Function) -> list[Value]:
    """Return the argument that Python adds when a method is called on the object that is followed."""
    if decorated(node, "staticmethod"):
        return []
    return [ANYTHING if decorated(node, "classmethod") else Receiver()]


def bind_receiver(node: Function, arguments: Arguments | None = None) -> dict[str, Value]:
    """Return the values when a method is called on the object that is followed.

    Args:
        node: the method.
        arguments: the constants among its arguments, the others being unknown; None for a call by a service, that
            gives data alone and leaves everything else at its default.
    """
    constants = {name: Known(value=value) for name, value in arguments or ()}
    return bind(node, receiver_of(node), constants, complete=arguments is None)


def given(call: ast.Call) -> Arguments:
    """Return the named arguments of a call that are constants."""
    pairs = ((each.arg, constant(each.value)) for each in call.keywords)
    return tuple((name, value.value) for name, value in pairs if name is not None and isinstance(value, Known))
