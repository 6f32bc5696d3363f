"""What the names of one file may hold, by its imports and assignments alone; no path through the code is followed."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from gatekeeper.inference.grad import GUARDS
from gatekeeper.inference.modules import Module, Project, lines_with

FunctionDef: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_MAX_DEPTH = 5
"""Names that stand for names. Code that people read has two."""


class Scope(Struct, eq=False):
    """A function's body, a class's, or the module's.

    Attributes:
        function: the function that it belongs to, dotted; `<module>` outside of all.
        prefix: what stands before the name of something that is defined in it.
        parent: the scope whose names it sees too.
        node: what it is the body of.
        bound: the expressions that it assigns, by name; none for a parameter, which may hold anything.
    """

    function: str
    prefix: str
    parent: Scope | None
    node: ast.Module | ast.ClassDef | FunctionDef
    bound: dict[str, list[ast.expr]] = field(default_factory=dict)


class Survey(Struct):
    """The nodes of a file that guards and loads are found in, each with the scope that it stands in."""

    functions: list[tuple[FunctionDef, Scope]] = field(default_factory=list)
    classes: list[tuple[ast.ClassDef, Scope]] = field(default_factory=list)
    with_blocks: list[tuple[ast.With, Scope]] = field(default_factory=list)
    bare: list[tuple[ast.Expr, Scope]] = field(default_factory=list)
    assigned: list[tuple[str, ast.expr, Scope]] = field(default_factory=list)
    calls: list[tuple[ast.Call, Scope]] = field(default_factory=list)


def survey(tree: ast.Module, text: str) -> Survey:
    """Return the nodes of a file that this package's other readers ask for, in one walk over its statements.

    Expressions are looked into only on lines where a call may be one of `load`: that is most of the time of a walk.
    """
    found = Survey()
    lines = _lines_of_calls(text)
    waiting = [(each, Scope("<module>", "", None, tree)) for each in reversed(tree.body)]
    while waiting:
        node, scope = waiting.pop()
        inner = _note(found, node, scope)
        blocks = _blocks(node)
        if lines:
            _note_calls(found, node, scope, lines, blocks)
        for body in reversed(blocks):
            there = inner if body is getattr(node, "body", None) else scope
            waiting += [(each, there) for each in reversed(body)]
    return found


_CALLED = re.compile(r"\bload\b|\bpartial(?:method)?\b|\blifespan\b")
_ALIASED = re.compile(r"(?:=|:=)\s*\w+(?:\.\w+)*\.load\s*(?:$|[;#)])|\bload as\b", re.MULTILINE)


def _lines_of_calls(text: str) -> Sequence[int]:
    """Return the lines, from 1 and in order, on which calls are asked for; all of them where `load` has an alias."""
    if _ALIASED.search(text):
        return range(1, text.count("\n") + 2)
    return lines_with(_CALLED, text)


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of a statement in the order of the source."""
    if not hasattr(node, "body"):
        return []
    if isinstance(node, ast.Match):
        return [case.body for case in node.cases]
    handlers = [each.body for each in getattr(node, "handlers", ())]
    return [node.body, *handlers, *(getattr(node, name, None) or [] for name in ("orelse", "finalbody"))]


def _note_calls(
    found: Survey, node: ast.stmt, scope: Scope, lines: Sequence[int], blocks: list[list[ast.stmt]]
) -> None:
    """Keep the calls in a statement's own expressions, where one of the lines is among its own."""
    first = min((each.lineno for each in getattr(node, "decorator_list", ())), default=node.lineno)
    last = blocks[0][0].lineno if blocks and blocks[0] else node.end_lineno or node.lineno
    index = bisect_left(lines, first)
    if index == len(lines) or lines[index] > last:
        return
    waiting: list[ast.AST] = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt)]
    waiting.reverse()
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Call):
            found.calls.append((each, scope))
        if not isinstance(each, ast.stmt):
            waiting += list(ast.iter_child_nodes(each))[::-1]


def _note(found: Survey, node: ast.stmt, scope: Scope) -> Scope:
    """Keep a statement that is asked for, and return the scope of its body."""
    kind = type(node)
    if kind is ast.Expr:
        found.bare.append((node, scope))  # type: ignore[arg-type]  # by `kind`
    elif kind is ast.Assign or kind is ast.AnnAssign:
        _assign(found, node, scope)  # type: ignore[arg-type]  # the same
    elif kind is ast.With:
        found.with_blocks.append((node, scope))  # type: ignore[arg-type]  # the same
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        found.functions.append((node, scope))
        qualname = scope.prefix + node.name
        return Scope(qualname, f"{qualname}.", _visible(scope), node, {name: [] for name in _parameters(node)})
    elif isinstance(node, ast.ClassDef):
        found.classes.append((node, scope))
        return Scope(scope.function, f"{scope.prefix}{node.name}.", scope, node)
    return scope


def _assign(found: Survey, node: ast.Assign | ast.AnnAssign, scope: Scope) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name) and node.value is not None:
            scope.bound.setdefault(target.id, []).append(node.value)
            found.assigned.append((target.id, node.value, scope))


def _visible(scope: Scope | None) -> Scope | None:
    """Return the scope whose names a function sees: those of a class's body are none of them."""
    while scope is not None and isinstance(scope.node, ast.ClassDef):
        scope = scope.parent
    return scope


def _parameters(node: FunctionDef) -> Iterator[str]:
    arguments = node.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if each is not None:
            yield each.arg


class Names(Struct, frozen=True):
    """The names of one file, and what they may hold."""

    module: Module
    project: Project

    def held(self, node: ast.expr, scope: Scope, depth: int = 0) -> list[str]:
        """Return the dotted names that an expression may stand for; what a call made ends in `()`.

        `ctx` after `ctx = torch.inference_mode if fast else torch.no_grad` is either. Empty for what is no name.
        """
        if depth > _MAX_DEPTH:
            return []
        match node:
            case ast.IfExp():
                alternatives = [node.body, node.orelse]
            case ast.BoolOp():
                alternatives = node.values
            case ast.NamedExpr():
                alternatives = [node.value]
            case ast.Call(func=ast.Name(id="getattr"), args=[holder, ast.Constant(value=str(name)), *default]):
                alternatives = [ast.Attribute(value=holder, attr=name), *default]
            case ast.Call():
                return [f"{each}()" for each in self.held(node.func, scope, depth)]
            case ast.Name():
                return self._name(node, scope, depth)
            case ast.Attribute():
                kind = self.project.kind_of(self.module, node)
                return [] if kind is None else [self.canonical(kind)]
            case _:
                return []
        return [each for one in alternatives for each in self.held(one, scope, depth + 1)]

    def constant(self, node: ast.expr, scope: Scope) -> object:
        """Return the value of an expression that is a constant, or a name that holds one; else `...`."""
        if isinstance(node, ast.Constant):
            return node.value
        values = self._values(node.id, scope) if isinstance(node, ast.Name) else None
        if values is not None and len(values) == 1 and isinstance(values[0], ast.Constant):
            return values[0].value
        return ...

    def canonical(self, dotted: str) -> str:
        """Return where a name is defined. A module of the tree that is called `torch` is not what `torch` means."""
        return dotted if dotted.startswith("torch.") else self.project.origin(dotted, self.module)

    def _name(self, node: ast.Name, scope: Scope, depth: int) -> list[str]:
        values = self._values(node.id, scope)
        if values is None:
            kind = self.project.kind_of(self.module, node)
            return [] if kind is None else [self.canonical(kind)]
        return [each for one in values for each in self.held(one, scope, depth + 1)]

    def _values(self, name: str, scope: Scope) -> list[ast.expr] | None:
        """Return what the nearest scope with that name assigns to it; None for an imported or unknown one."""
        at: Scope | None = scope
        while at is not None:
            if name in at.bound:
                return at.bound[name]
            at = at.parent
        return None if name in self.module.imports else self.module.assigned.get(name)


def is_guard_class(held: list[str]) -> bool:
    """Return whether an expression is `torch.no_grad` or another of its kind, whatever else decides which."""
    return bool(held) and all(each in GUARDS for each in held)


def is_guard(held: list[str]) -> bool:
    """Return whether an expression may be what calling one of these makes."""
    return any(each.endswith("()") and each[:-2] in GUARDS for each in held)
