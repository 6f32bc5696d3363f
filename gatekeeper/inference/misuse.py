"""Guards that do not guard, and loads that may execute what they read: told by the place alone, on any path or none.

The details of the observations, by name:

- `guard`, `line`: the source and the line of the guard whose block is suspended.
- `what`: for `await` and `yield` in a guard, what suspends: `await`, `async for`, `async with`, `async comprehension`,
  `yield`, `yield from`; for a guard on a function or class, `coroutine`, `async generator`, `class`; for one that was
  not called, `with` or `decorator`; for one that was not entered, `statement` or `variable`.
- `name`: the name of the class, of the function, or of the variable that nothing uses.
- those of `gatekeeper.inference.loads`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Kind, Observation
from gatekeeper.inference.grad import GUARDS
from gatekeeper.inference.loads import LOADS, loads
from gatekeeper.inference.modules import Module, Project
from gatekeeper.inference.names import FunctionDef, Names, Scope, Survey, is_guard, is_guard_class, survey
from gatekeeper.inference.versions import precedes

if TYPE_CHECKING:
    from gatekeeper.inference.sources import Source

NO_PARENTHESES_SINCE = (2, 1)
"""The first torch whose guards decorate a function without parentheses: `__new__` takes the function there.

Read in `torch/autograd/grad_mode.py` of 2.0.1 and 2.1.0, executed on 1.13.1, 2.1.2 and 2.13.0. `set_grad_enabled` does
in none of them: it takes the function for its argument.
"""

_RUNNERS = frozenset({"async_to_sync", "syncify"})
"""Decorators that make a plain function of a coroutine function (asgiref, asyncer): a guard around one works."""

_MANAGERS = ("contextmanager", "asynccontextmanager", "fixture")
"""What makes a context of a generator: to suspend it there is what the guard is for."""


def misuses(module: Module, project: Project, source: Source, torch: str | None) -> Iterator[Observation]:
    """Yield what is wrong with the guards and loads of a file, reached by an entry point or not.

    Args:
        module: the file.
        project: the tree that it belongs to; helpers of other files may be torch's guards under another name.
        source: its text.
        torch: the version that the code runs with; None if it is not known, which counts as any.
    """
    if _concerns(module, project, source):
        found = survey(module.tree, source.text)
        names = Names(module, project)
        reader = _Reader(names, source, torch)
        yield from reader.decorated(found)
        yield from reader.blocks(found)
        yield from reader.unused(found)
        yield from loads(found, names, source, torch)


_WANTED = frozenset({*GUARDS, *LOADS, *(f"{each}()" for each in GUARDS)})
_WORDS = re.compile(r"\b(?:no_grad|inference_mode|enable_grad|set_grad_enabled|load)\b")


def _concerns(module: Module, project: Project, source: Source) -> bool:
    """Return whether a file has torch's guards or `load` by their names, or a helper of the tree that may be one."""
    if any(_is_torch(each) for each in (*module.imports.values(), *module.star_imports)) and _WORDS.search(source.text):
        return True
    names = Names(module, project)
    return any(_leads_to_torch(local, target, names) for local, target in module.imports.items())


def _leads_to_torch(local: str, target: str, names: Names) -> bool:
    """Return whether an import is a file of the tree that has torch's names, or a name of one that stands for them."""
    if _is_torch(target):
        return target in _WANTED
    found = names.project.find(target, names.module)
    if isinstance(found, Module):
        return any(_is_torch(each) for each in found.imports.values())
    kind = names.project.kind_of(names.module, ast.Name(id=local)) if found is None else None
    return kind is not None and names.canonical(kind) in _WANTED


def _is_torch(dotted: str) -> bool:
    return dotted == "torch" or dotted.startswith("torch.")


class _Reader:
    def __init__(self, names: Names, source: Source, torch: str | None) -> None:
        self.names = names
        self.source = source
        self.torch = torch

    def decorated(self, found: Survey) -> Iterator[Observation]:
        """Yield the guards that decorate what they can't guard, or that decorate without being called."""
        for function, scope in found.functions:
            for decorator in function.decorator_list:
                held = self.names.held(decorator, scope)
                if not is_guard(held) and not is_guard_class(held):
                    continue
                if isinstance(function, ast.AsyncFunctionDef):
                    if not self._is_run(function, decorator):
                        what = "async generator" if _is_generator(function) else "coroutine"
                        yield self._on(Kind.GUARD_ON_ASYNC, function, decorator, scope, what)
                elif is_guard_class(held) and not self._decorates_uncalled(held):
                    yield self._on(Kind.GUARD_NOT_CALLED, function, decorator, scope, "decorator")
        for class_, scope in found.classes:
            for decorator in class_.decorator_list:
                held = self.names.held(decorator, scope)
                if is_guard(held) or is_guard_class(held):
                    detail = {"what": "class", "name": class_.name}
                    yield self._seen(Kind.GUARD_ON_CLASS, decorator, scope.function, detail)

    def _on(self, kind: Kind, function: FunctionDef, decorator: ast.expr, scope: Scope, what: str) -> Observation:
        return self._seen(kind, decorator, scope.prefix + function.name, {"what": what, "name": function.name})

    def _is_run(self, function: ast.AsyncFunctionDef, guard: ast.expr) -> bool:
        """Return whether a decorator between the guard and the function makes a plain function of it."""
        between = function.decorator_list[function.decorator_list.index(guard) + 1 :]
        return any(_last_name(each) in _RUNNERS for each in between)

    def _decorates_uncalled(self, held: list[str]) -> bool:
        if any(each.endswith("set_grad_enabled") for each in held):
            return False
        return not precedes(self.torch, NO_PARENTHESES_SINCE)

    def blocks(self, found: Survey) -> Iterator[Observation]:
        """Yield the `with` blocks whose guard is not called, and those that are left while they are entered."""
        seen: set[ast.AST] = set()
        for block, scope in found.with_blocks:
            for item in block.items:
                held = self.names.held(item.context_expr, scope)
                if is_guard_class(held):
                    detail = {"what": "with"}
                    yield self._seen(Kind.GUARD_NOT_CALLED, item.context_expr, scope.function, detail)
                elif is_guard(held):
                    yield from self._suspended(block, item.context_expr, scope, seen, found)
                    break

    def _suspended(
        self, block: ast.With, guard: ast.expr, scope: Scope, seen: set[ast.AST], found: Survey
    ) -> Iterator[Observation]:
        """Yield the first `await` and the first `yield` of a block that no block around it has told of already."""
        told: set[Kind] = set()
        for node, what in _suspensions(block.body):
            kind = Kind.YIELD_IN_GUARD if what.startswith("yield") else Kind.AWAIT_IN_GUARD
            if node in seen or kind in told or (kind is Kind.YIELD_IN_GUARD and self._is_context(scope, found)):
                continue
            told.add(kind)
            detail = {"what": what, "guard": ast.unparse(guard), "line": str(guard.lineno)}
            yield self._seen(kind, node, scope.function, detail)
        seen.update(node for node, _ in _suspensions(block.body))

    def _is_context(self, scope: Scope, found: Survey) -> bool:
        """Return whether a generator is made a context of, or one that a guard around it restores at each yield."""
        function = scope.node
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        for decorator in function.decorator_list:
            if _last_name(decorator) in _MANAGERS:
                return True
            held = self.names.held(decorator, scope.parent or scope)
            if isinstance(function, ast.FunctionDef) and (is_guard(held) or is_guard_class(held)):
                return True
        return any(_is_lifespan(call, function.name) for call, _ in found.calls)

    def unused(self, found: Survey) -> Iterator[Observation]:
        """Yield the guards that are made, or only named, and never entered."""
        for statement, scope in found.bare:
            value = statement.value
            if self._makes(value, scope) or (isinstance(value, ast.Attribute) and self._names(value, scope)):
                yield self._seen(Kind.GUARD_NOT_ENTERED, value, scope.function, {"what": "statement"})
        for name, value, scope in found.assigned:
            if self._makes(value, scope) and not self._is_used(name, scope):
                detail = {"what": "variable", "name": name}
                yield self._seen(Kind.GUARD_NOT_ENTERED, value, scope.function, detail)

    def _makes(self, value: ast.expr, scope: Scope) -> bool:
        """Return whether an expression makes a guard and does nothing by that.

        To call `set_grad_enabled` turns gradients off, entered or not.
        """
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name | ast.Attribute | ast.IfExp):
            return False
        held = self.names.held(value, scope)
        return is_guard(held) and not any("set_grad_enabled" in each for each in held)

    def _names(self, value: ast.expr, scope: Scope) -> bool:
        return is_guard_class(self.names.held(value, scope))

    def _is_used(self, name: str, scope: Scope) -> bool:
        """Return whether anything may read a variable; what a class or a module has, others may reach."""
        if isinstance(scope.node, ast.ClassDef):
            return True
        if isinstance(scope.node, ast.Module) and self._is_imported(name):
            return True
        return any(_reads(node, name) for node in ast.walk(scope.node))

    def _is_imported(self, name: str) -> bool:
        return self.names.project.is_imported(self.names.module.name.rpartition(".")[2], name)

    def _seen(self, kind: Kind, node: ast.expr | ast.stmt, function: str, detail: dict[str, str]) -> Observation:
        return Observation(
            kind=kind,
            at=self.source.place(node),
            subject=_header(node),
            function=function,
            detail=tuple(detail.items()),
        )


def _suspensions(body: Iterable[ast.AST]) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield what suspends the function that runs these statements, in the order of the source."""
    waiting = list(body)[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _NESTED):
            continue
        if isinstance(node, ast.expr | ast.stmt) and (what := _suspends(node)):
            yield node, what
        waiting += list(ast.iter_child_nodes(node))[::-1]


_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

_SUSPENDING: dict[type[ast.AST], str] = {
    ast.Await: "await",
    ast.AsyncFor: "async for",
    ast.AsyncWith: "async with",
    ast.Yield: "yield",
    ast.YieldFrom: "yield from",
}


def _suspends(node: ast.expr | ast.stmt) -> str:
    # A generator expression is suspended where it is iterated, not where it stands.
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp) and any(each.is_async for each in node.generators):
        return "async comprehension"
    return _SUSPENDING.get(type(node), "")


def _is_generator(function: FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node, _ in _suspensions(function.body))


def _is_lifespan(call: ast.Call, name: str) -> bool:
    """Return whether a call takes a function for the lifespan of an application, which makes a context of it."""
    return any(
        each.arg == "lifespan" and isinstance(each.value, ast.Name) and each.value.id == name for each in call.keywords
    )


def _last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, called or not."""
    target = node.func if isinstance(node, ast.Call) else node
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _reads(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Global | ast.Nonlocal):
        return name in node.names
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Store)


def _header(node: ast.expr | ast.stmt) -> str:
    """Return the source of an expression on one line; of a block, what stands before its colon."""
    if isinstance(node, ast.AsyncFor | ast.AsyncWith):
        return ast.unparse(node).partition("\n")[0].removesuffix(":")
    text = " ".join(ast.unparse(node).split())
    return text[1:-1] if isinstance(node, ast.Yield | ast.YieldFrom) else text
