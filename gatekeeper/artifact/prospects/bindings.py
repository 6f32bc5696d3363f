"""The names that a module or class body binds, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an import binds: a module where `name` is None, else a name of that module, or its submodule."""

    module: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where a name is bound, and to what, as far as the syntax shows."""

    node: ast.AST
    line: int
    origin: Origin | None = None
    value: ast.expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a body binds.

    Attributes:
        names: each name and its binding; of alternatives (`try` and `except`, `if` and `else`) the first.
        stars: the modules of which all public names are imported.
        exported: what `__all__` lists, None where there is none or where it is computed.
        dynamic: why further names may be there, or a name may be gone again: "" where neither is so.
    """

    names: dict[str, Binding]
    stars: tuple[str, ...]
    exported: frozenset[str] | None
    dynamic: str


def scope_of(body: Iterable[ast.stmt], package: str = "") -> Scope:
    """Return what a body binds when it is executed; `package` is where its relative imports start from."""
    reader = _Reader(package)
    reader.read(body)
    return Scope(
        names=reader.names, stars=tuple(reader.stars), exported=_exported(reader.names), dynamic=reader.dynamic
    )


def is_type_checking(test: ast.expr) -> bool:
    """Whether an `if` is one that only type checkers enter."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


class _Reader:
    def __init__(self, package: str) -> None:
        self._package = package
        self.names: dict[str, Binding] = {}
        self.stars: list[str] = []
        self.dynamic = ""

    def read(self, body: Iterable[ast.stmt], *, alternative: bool = False) -> None:
        for statement in body:
            self._statement(statement, alternative=alternative)

    def _statement(self, statement: ast.stmt, *, alternative: bool) -> None:
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(statement, alternative=alternative)
            case ast.Import() | ast.ImportFrom():
                self._import(statement, alternative=alternative)
            case ast.If():
                if not is_type_checking(statement.test):
                    self.read(statement.body, alternative=alternative)
                self.read(statement.orelse, alternative=True)
            case ast.Try() | ast.TryStar():
                self.read(statement.body, alternative=alternative)
                self.read(statement.orelse, alternative=alternative)
                for handler in statement.handlers:
                    self.read(handler.body, alternative=True)
                self.read(statement.finalbody, alternative=True)
            case ast.For() | ast.While() | ast.With() | ast.Match():
                self._block(statement)
            case _:
                self._plain(statement, alternative=alternative)

    def _block(self, statement: ast.For | ast.While | ast.With | ast.Match) -> None:
        if isinstance(statement, ast.For):
            self._targets(statement.target, None)
        self._note_dynamic(statement)
        if isinstance(statement, ast.Match):
            for case in statement.cases:
                self.read(case.body, alternative=True)
            return
        self.read(statement.body, alternative=True)
        if not isinstance(statement, ast.With):
            self.read(statement.orelse, alternative=True)

    def _plain(self, statement: ast.stmt, *, alternative: bool) -> None:
        match statement:
            case ast.Assign():
                for target in statement.targets:
                    self._targets(target, statement.value, alternative=alternative)
            case ast.AnnAssign(value=ast.expr() as value) | ast.AugAssign(value=value):
                self._targets(statement.target, value, alternative=True)
            case ast.Delete():
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self.dynamic = self.dynamic or f"deletes {target.id}"
            case _:
                pass
        self._note_dynamic(statement)

    def _define(self, node: ast.ClassDef | Function, *, alternative: bool) -> None:
        if node.name == "__getattr__":
            self.dynamic = self.dynamic or "has a __getattr__"
        self._bind(node.name, Binding(node=node, line=node.lineno), alternative=alternative)

    def _import(self, node: ast.Import | ast.ImportFrom, *, alternative: bool) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                bound = alias.asname or alias.name.partition(".")[0]
                origin = Origin(module=alias.name if alias.asname else bound, name=None)
            elif alias.name == "*":
                self.stars.append(self._absolute(node))
                continue
            else:
                bound, origin = alias.asname or alias.name, Origin(module=self._absolute(node), name=alias.name)
            self._bind(bound, Binding(node=node, line=node.lineno, origin=origin), alternative=alternative)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self._package.split(".")
        start = parts[: len(parts) - node.level + 1]
        return ".".join([*start, *([node.module] if node.module else [])])

    def _targets(self, target: ast.expr, value: ast.expr | None, *, alternative: bool = True) -> None:
        match target:
            case ast.Name():
                self._bind(target.id, Binding(node=target, line=target.lineno, value=value), alternative=alternative)
            case ast.Tuple() | ast.List():
                for each in target.elts:
                    self._targets(each, None, alternative=alternative)
            case ast.Starred():
                self._targets(target.value, None, alternative=alternative)
            case _:
                pass

    def _bind(self, name: str, binding: Binding, *, alternative: bool) -> None:
        if not (alternative and name in self.names):
            self.names[name] = binding

    def _note_dynamic(self, statement: ast.stmt) -> None:
        """Note what binds names past the syntax: `globals()`, `vars()`, `setattr`, `exec`, `sys.modules`."""
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Name(id="globals" | "vars" | "locals" | "exec" | "setattr" as called)):
                    self.dynamic = self.dynamic or f"calls {called}"
                case ast.Attribute(attr="modules", value=ast.Name(id="sys")):
                    self.dynamic = self.dynamic or "uses sys.modules"
                case _:
                    pass


def _exported(names: dict[str, Binding]) -> frozenset[str] | None:
    bound = names.get("__all__")
    if bound is None or not isinstance(bound.value, ast.List | ast.Tuple):
        return None
    texts = [each.value for each in bound.value.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return frozenset(texts) if len(texts) == len(bound.value.elts) else None
