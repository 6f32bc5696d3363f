"""Classes as their source has them: the order in which Python looks through their bases, and what each defines."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.artifact.prospects.bindings import Function, scope_of
from gatekeeper.artifact.prospects.resolve import Found, follow, look_up
from gatekeeper.artifact.prospects.sources import Source, Sources

_OF_EVERY_OBJECT = frozenset({*dir(object), "__dict__", "__module__", "__weakref__"})
_OWN_LOOK_UP = frozenset({"__getattr__", "__getattribute__"})
_BRING_NOTHING = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol"})
"""Bases of the standard library that give objects no attribute that a model would read; wheels do not have them."""
_DEEPEST = 50
"""Bases of bases that are followed; a chain so long is a circle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Class:
    """One class statement. `bound` has the line of each name that its body or its class methods set on it."""

    name: str
    source: Source
    node: ast.ClassDef
    bound: dict[str, ast.AST]

    def method(self, name: str) -> Function | None:
        """Return the function that this class itself defines under a name."""
        node = self.bound.get(name)
        return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A class and its bases, in the order of look-up.

    `whole` says that every base was found and that no `__getattr__` answers for names that none of them has.
    `builtin` are the names that bases built into Python bring along.
    """

    classes: tuple[Class, ...]
    builtin: frozenset[str]
    whole: bool

    def has(self, name: str) -> bool:
        """Whether the class has an attribute of this name without any state."""
        return name in self.builtin or any(name in each.bound for each in self.classes)

    def find(self, name: str, after: Class | None = None) -> tuple[Class, Function] | None:
        """Return the method of a name and the class that defines it; with `after`, as `super()` finds it."""
        start = self.classes.index(after) + 1 if after in self.classes else 0
        for each in self.classes[start:]:
            if name in each.bound:
                method = each.method(name)
                return (each, method) if method is not None else None
        return None


def family_of(sources: Sources, module: str, name: str) -> Family | None:
    """Return the class of this dotted name with its bases; None where its statement is not found in source."""
    found = look_up(sources, module, name)
    if not isinstance(found, Found) or not isinstance(found.node, ast.ClassDef):
        return None
    outside = _Outside()
    try:
        order = _linear(sources, _class(found.source, found.node), outside, 0)
    except _Unordered:
        return None
    classes = tuple(order)
    dynamic = any(_OWN_LOOK_UP & each.bound.keys() for each in classes)
    return Family(classes=classes, builtin=_OF_EVERY_OBJECT | outside.names, whole=not (outside.unknown or dynamic))


class _Unordered(Exception):
    """The bases have no order that Python would accept, or one is its own base."""


class _Outside:
    """The bases that are no class statements: what the built-in ones bring, and whether others are unknown."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self.unknown = False

    def add(self, name: str) -> None:
        built_in = getattr(builtins, name, None)
        if isinstance(built_in, type):
            self.names |= frozenset(dir(built_in))
        else:
            self.unknown = True


def _class(source: Source, node: ast.ClassDef) -> Class:
    names: dict[str, ast.AST] = {name: binding.node for name, binding in scope_of(node.body).names.items()}
    for name, setter in _set_on_class(node):
        names.setdefault(name, setter)
    return Class(name=f"{source.module}.{node.name}", source=source, node=node, bound=names)


def _set_on_class(node: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    for each in ast.walk(node):
        match each:
            case ast.Attribute(value=ast.Name(id="cls"), ctx=ast.Store()):
                yield each.attr, each
            case _:
                pass


def _linear(sources: Sources, first: Class, outside: _Outside, depth: int) -> list[Class]:
    """Return the order of look-up by the C3 rule, which Python's own `type.mro` follows."""
    if depth > _DEEPEST:
        raise _Unordered
    bases = [
        base
        for expression in first.node.bases
        if (base := _base(sources, first.source, expression, outside)) is not None
    ]
    orders = [_linear(sources, base, outside, depth + 1) for base in bases]
    return [first, *_merge([*orders, bases])]


def _merge(orders: Sequence[Sequence[Class]]) -> Iterator[Class]:
    rest = [list(order) for order in orders if order]
    while rest:
        tails = {each.name for order in rest for each in order[1:]}
        head = next((order[0] for order in rest if order[0].name not in tails), None)
        if head is None:
            raise _Unordered
        yield head
        rest = [kept for order in rest if (kept := [each for each in order if each.name != head.name])]


def _base(sources: Sources, source: Source, expression: ast.expr, outside: _Outside) -> Class | None:
    while isinstance(expression, ast.Subscript):
        expression = expression.value
    match expression:
        case ast.Name():
            found = follow(sources, source, expression.id)
            if found is None:
                outside.add(expression.id)
                return None
        case ast.Attribute(value=ast.Name() as owner):
            found = _member_of_module(sources, source, owner.id, expression.attr)
        case _:
            found = None
    if found is None or not isinstance(found.node, ast.ClassDef):
        outside.unknown = outside.unknown or _dotted(sources, source, expression) not in _BRING_NOTHING
        return None
    return _class(found.source, found.node)


def _dotted(sources: Sources, source: Source, expression: ast.expr) -> str:
    """Return what an expression stands for where an import says so: "abc.ABC"."""
    scope = sources.scope(source)
    text = ast.unparse(expression)
    first, _, rest = text.partition(".")
    origin = scope.names[first].origin if scope is not None and first in scope.names else None
    if origin is None:
        return text
    return ".".join(part for part in (origin.module, origin.name or "", rest) if part)


def _member_of_module(sources: Sources, source: Source, owner: str, name: str) -> Found | None:
    """Return what `owner.name` is where `owner` is an imported module: `abc.ABC`."""
    scope = sources.scope(source)
    origin = scope.names[owner].origin if scope is not None and owner in scope.names else None
    if origin is None:
        return None
    module = sources.module(origin.module if origin.name is None else f"{origin.module}.{origin.name}")
    return follow(sources, module, name) if module is not None else None
