"""What a name in an annotation stands for: a class of the tree, an expression that was assigned, or a dotted name."""

from __future__ import annotations

import ast
import math
from typing import TypeAlias

from msgspec import Struct

from gatekeeper.inference.entries.bindings import Bindings
from gatekeeper.inference.modules import Class, Function, Module, Project
from gatekeeper.inference.validation.facts import Scalar

MAX_DEPTH = 24
"""Names that stand for names, and types within types. Code that people read has five."""


class Where(Struct, frozen=True):
    """Where an expression stands."""

    module: Module
    function: Function | None = None
    class_: Class | None = None


class Alias(Struct, frozen=True):
    """An expression that a name stands for, and where that stands."""

    node: ast.expr
    where: Where


Meaning: TypeAlias = Class | Alias | str | None


class Lookup:
    """Follows names through assignments, imports and re-exports of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bindings = Bindings()

    def meaning(self, node: ast.expr, where: Where, depth: int = 0) -> Meaning:
        """Return what a chain of names stands for; a name from outside by its whole dotted name, None for others."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or depth > MAX_DEPTH:
            return None
        found = self._name(node.id, where, depth)
        for part in reversed(parts):
            found = self._member(found, part, depth)
        return found

    def dotted(self, node: ast.expr, where: Where) -> str:
        """Return the dotted name that an expression stands for outside of the tree, or the empty string."""
        found: Meaning = self.meaning(node, where)
        for _ in range(MAX_DEPTH):
            if not isinstance(found, Alias):
                break
            found = self.meaning(found.node, found.where)
        return found if isinstance(found, str) else ""

    def function(self, node: ast.expr, where: Where) -> Function | None:
        """Return the function of the tree that an expression names."""
        if isinstance(node, ast.Name) and node.id in where.module.functions:
            return where.module.functions[node.id]
        dotted = where.module.dotted(node)
        found = None if dotted is None else self.project.find(dotted, where.module)
        return found if isinstance(found, Function) else None

    def constant(self, node: ast.expr, where: Where, depth: int = 0) -> Scalar | None:
        """Return the number, text or truth value that an expression is, through names and signs; None for others."""
        match node:
            case ast.Constant(value=str() | int() | float() as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                negated = self.constant(inner, where, depth + 1)
                return -negated if isinstance(negated, int | float) and not isinstance(negated, bool) else None
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]) if _is_float(text):
                return float(text)
            case ast.Name() | ast.Attribute() if depth < MAX_DEPTH:
                found = self.meaning(node, where)
                if isinstance(found, Alias):
                    return self.constant(found.node, found.where, depth + 1)
                return _SPECIAL.get(found) if isinstance(found, str) else None
            case _:
                return None

    def constants(self, node: ast.expr, where: Where, depth: int = 0) -> tuple[Scalar, ...] | None:
        """Return the constants of a list, tuple or set, through names; None where one of them is something else."""
        match node:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                values = [self.constant(each, where) for each in elements]
                known = tuple(each for each in values if each is not None)
                return known if len(known) == len(values) else None
            case ast.Name() | ast.Attribute() if depth < MAX_DEPTH:
                found = self.meaning(node, where)
                return self.constants(found.node, found.where, depth + 1) if isinstance(found, Alias) else None
            case ast.Call(func=ast.Name(id="frozenset" | "tuple" | "set" | "list"), args=[inner]) if depth < MAX_DEPTH:
                return self.constants(inner, where, depth + 1)
            case _:
                return None

    def _name(self, name: str, where: Where, depth: int) -> Meaning:
        module = where.module
        if where.class_ is not None:
            found = self._in_class(where.class_, name)
            if found is not None:
                return found
        function = where.function
        while function is not None:
            inner = module.classes.get(f"{function.qualname}.{name}")
            bound = self._bindings.of(function).get(name)
            if inner is not None or bound:
                return inner or Alias((bound or [])[-1], Where(module, function))
            function = function.parent
        return self.of_module(name, module, depth)

    def of_module(self, name: str, module: Module, depth: int = 0) -> Meaning:
        """Return what a name of a module stands for; one that nothing binds is a built-in, and stands for itself."""
        if depth > MAX_DEPTH:
            return None
        if name in module.classes:
            return module.classes[name]
        if name in module.assigned:
            return Alias(module.assigned[name][-1], Where(module))
        if name in module.imports:
            return self._imported(module.imports[name], module, depth)
        alias = _type_alias(name, module)
        if alias is not None:
            return Alias(alias, Where(module))
        for source in module.star_imports:
            home = self.project.module(source, module)
            if home is None:
                return f"{source}.{name}" if len(module.star_imports) == 1 and name not in _BUILTINS else name
            found = self.of_module(name, home, depth + 1) if home is not module else None
            if found is not None and found != name:
                return found
        return name

    def _imported(self, dotted: str, near: Module, depth: int) -> Meaning:
        home, rest = self.project.locate(dotted, near)
        if home is None:
            return dotted
        if not rest:
            return dotted
        head, _, tail = rest.partition(".")
        if home is near and near.imports.get(head) == dotted:  # a file that is called like what it imports
            return dotted
        found = self.of_module(head, home, depth + 1)
        if found == head:
            return None  # the tree has the module, and not the name
        for part in tail.split(".") if tail else ():
            found = self._member(found, part, depth)
        return found

    def _member(self, found: Meaning, name: str, depth: int) -> Meaning:
        if isinstance(found, Class):
            return self._in_class(found, name)
        if isinstance(found, Alias):
            target = self.meaning(found.node, found.where, depth + 1)
            return None if target is None or isinstance(target, Alias) else self._member(target, name, depth + 1)
        if isinstance(found, str):
            home, rest = self.project.locate(found)
            return self.of_module(name, home, depth + 1) if home is not None and not rest else f"{found}.{name}"
        return None

    def _in_class(self, class_: Class, name: str) -> Meaning:
        inner = class_.module.classes.get(f"{class_.qualname}.{name}")
        if inner is not None:
            return inner
        if name in class_.assigned:
            return Alias(class_.assigned[name][-1], Where(class_.module, class_.parent))
        return None


def _is_float(text: str) -> bool:
    return text.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}


def _type_alias(name: str, module: Module) -> ast.expr | None:
    """Return what `type NAME = ...` stands for (Python 3.12)."""
    for each in module.tree.body:
        if type(each).__name__ == "TypeAlias" and getattr(getattr(each, "name", None), "id", "") == name:
            value: ast.expr = each.value  # type: ignore[attr-defined]  # by its name
            return value
    return None


_BUILTINS = frozenset("float int str bool bytes list dict tuple set frozenset object type None True False".split())
_SPECIAL: dict[str, Scalar] = {
    **dict.fromkeys(("math.inf", "numpy.inf", "np.inf"), math.inf),
    **dict.fromkeys(("math.nan", "numpy.nan", "numpy.NaN", "pandas.NA", "pandas.NaT"), math.nan),
    "math.pi": math.pi,
    "sys.maxsize": 2**63 - 1,
}
