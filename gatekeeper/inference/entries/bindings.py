"""What the statements of a function bind: its names, and the attributes of its `self`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gatekeeper.inference.modules import Function

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def statements(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements and those of the blocks in them; not those of functions and classes."""
    for each in body:
        yield each
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for block in _BLOCKS:
                yield from statements(getattr(each, block, ()))


class Bindings:
    """The expressions that a function's statements bind, each function looked at once."""

    def __init__(self) -> None:
        self._bound: dict[Function, dict[str, list[ast.expr]]] = {}
        self._shared: dict[Function, frozenset[str]] = {}
        self._imports: dict[Function, frozenset[str]] = {}

    def of(self, function: Function) -> dict[str, list[ast.expr]]:
        """Return the expressions by name; attributes of the first argument as `self.NAME`, however it is called."""
        if function not in self._bound:
            self._bound[function] = _bound(function)
        return self._bound[function]

    def imports(self, function: Function) -> frozenset[str]:
        """Return the names that a function imports itself."""
        if function not in self._imports:
            found = [
                each.names for each in statements(_body(function)) if isinstance(each, ast.Import | ast.ImportFrom)
            ]
            names = [alias.asname or alias.name.partition(".")[0] for several in found for alias in several]
            self._imports[function] = frozenset(names)
        return self._imports[function]

    def shared(self, function: Function) -> frozenset[str]:
        """Return the names that a function declares `global`."""
        if function not in self._shared:
            names = [each.names for each in statements(_body(function)) if isinstance(each, ast.Global)]
            self._shared[function] = frozenset(name for several in names for name in several)
        return self._shared[function]


def _bound(function: Function) -> dict[str, list[ast.expr]]:
    bound: dict[str, list[ast.expr]] = {}
    arguments = function.node.args.posonlyargs or function.node.args.args
    first = arguments[0].arg if arguments else ""
    for target, value in _pairs(statements(_body(function))):
        match target:
            case ast.Name(id=name):
                bound.setdefault(name, []).append(value)
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if owner == first:
                bound.setdefault(f"self.{attr}", []).append(value)
            case _:
                pass
    return bound


def _pairs(several: Iterator[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target with its expression; of `a, b = x, y` each with its own."""
    for each in several:
        match each:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _unpacked(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield target, value
            case ast.With(items=items) | ast.AsyncWith(items=items):
                yield from ((item.optional_vars, item.context_expr) for item in items if item.optional_vars)
            case _:
                pass


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    match target, value:
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            yield from zip(names, values, strict=True)
        case _:
            yield target, value


def _body(function: Function) -> Sequence[ast.stmt]:
    return () if isinstance(function.node, ast.Lambda) else function.node.body
