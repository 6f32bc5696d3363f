"""What an expression of the tree stands for: a function, a class, an object of one, or a name from outside.

Applications are made in factories, kept in attributes and imported from other files. Each is followed as far as names
and assignments tell; what they don't tell is None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from gatekeeper.inference.entries.bindings import Bindings, statements
from gatekeeper.inference.modules import Class, Function, Module, Project


class Foreign(Struct, frozen=True):
    """What comes from outside of the tree, by all dotted names that it may have: `fastapi.FastAPI().post`."""

    names: tuple[str, ...]


class Callee(Struct, frozen=True):
    """A function of the tree; `owner` is the class on whose instance it is called."""

    function: Function
    owner: Class | None = None


class Instance(Struct, frozen=True):
    """An object of a class of the tree."""

    class_: Class


Value: TypeAlias = Foreign | Callee | Instance | Class | Module


class Scope(Struct, frozen=True):
    """Where an expression stands: in a function, in the body of a class, or in neither."""

    module: Module
    function: Function | None = None
    class_: Class | None = None


class Tracer:
    """Says what expressions stand for, each worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bindings = Bindings()
        # None while it is being worked out: what refers to itself stands for nothing.
        self._values: dict[int, Value | None] = {}
        self._globals: dict[tuple[int, str], Value | None] = {}
        self._named: dict[tuple[int, str], Value | None] = {}
        self._ancestries: dict[Class, tuple[list[Class], list[str]]] = {}

    def value(self, node: ast.expr, scope: Scope) -> Value | None:
        """Return what an expression stands for, or None."""
        if id(node) not in self._values:
            self._values[id(node)] = None
            self._values[id(node)] = self._value(node, scope)
        return self._values[id(node)]

    def ancestry(self, class_: Class) -> tuple[list[Class], list[str]]:
        """Return the classes of the tree that a class is made of, itself first, and the names of the others."""
        if class_ not in self._ancestries:
            self._ancestries[class_] = self.project.ancestry(class_)
        return self._ancestries[class_]

    def variable(self, name: str, module: Module) -> Value | None:
        """Return what a name of a module stands for, or None."""
        key = (id(module), name)
        if key not in self._globals:
            self._globals[key] = None
            self._globals[key] = self._variable(name, module)
        return self._globals[key]

    def _value(self, node: ast.expr, scope: Scope) -> Value | None:
        match node:
            case ast.Name(id=name):
                return self._name(name, scope)
            case ast.Attribute(value=inner, attr=attr):
                base = self.value(inner, scope)
                return None if base is None else self._attribute(base, attr)
            case ast.Call():
                return self._called(node, scope)
            case ast.Lambda():
                within = f"{scope.function.qualname}." if scope.function else ""
                return Callee(Function(scope.module, f"{within}<lambda>", node, None, scope.function))
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self.value(inner, scope)
            case _:
                return None

    def _called(self, node: ast.Call, scope: Scope) -> Value | None:
        match self.value(node.func, scope):
            case Foreign(names=("functools.partial",)) if node.args:
                return self.value(node.args[0], scope)
            case Foreign(names=names):
                return Foreign(tuple(f"{name}()" for name in names))
            case Class() as class_:
                return Instance(class_)
            case Callee(function=function):
                return self._returned(function)
            case _:
                return None

    def _returned(self, function: Function) -> Value | None:
        """Return what a function returns: by its first `return` of which it is known, else by its annotation."""
        scope = Scope(function.module, function)
        if isinstance(function.node, ast.Lambda):
            return self.value(function.node.body, scope)
        for statement in statements(function.node.body):
            if isinstance(statement, ast.Return) and statement.value is not None:
                found = self.value(statement.value, scope)
                if found is not None:
                    return found
        return self._annotated(function.node.returns, scope)

    def _annotated(self, node: ast.expr | None, scope: Scope) -> Value | None:
        """Return what is of an annotated type: `FastAPI`, `"FastAPI"`, `FastAPI | None`."""
        if isinstance(node, ast.BinOp):
            node = node.left
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            type_ = self._name(node.value, scope) if node.value.isidentifier() else None
        else:
            type_ = None if node is None else self.value(node, scope)
        if isinstance(type_, Foreign):
            return Foreign(tuple(f"{name}()" for name in type_.names))
        return Instance(type_) if isinstance(type_, Class) else None

    def _name(self, name: str, scope: Scope) -> Value | None:
        function = scope.function
        if scope.class_ is not None:
            if name in scope.class_.assigned:
                return self._either(self.value(each, scope) for each in scope.class_.assigned[name])
            function = scope.class_.parent
        while function is not None:
            known, found = self._local(name, function)
            if known:
                return found
            function = function.parent or (function.owner.parent if function.owner else None)
        return self.variable(name, scope.module)

    def _local(self, name: str, function: Function) -> tuple[bool, Value | None]:
        """Return whether a name is one of a function's own, and what it stands for."""
        module, scope = function.module, Scope(function.module, function)
        inner = f"{function.qualname}.{name}"
        if inner in module.functions:
            return True, Callee(module.functions[inner])
        if inner in module.classes:
            return True, module.classes[inner]
        if name in module.imports and name in self._bindings.imports(function):
            return True, self.named(module.imports[name], module)
        bound = self._bindings.of(function).get(name)
        if bound and name not in self._bindings.shared(function):
            return True, self._either(self.value(each, scope) for each in bound)
        for position, argument in enumerate(_arguments(function)):
            if argument.arg == name:
                return True, self._argument(argument, position, function)
        return False, None

    def _argument(self, argument: ast.arg, position: int, function: Function) -> Value | None:
        if position == 0 and function.owner is not None:
            names = {each.id for each in function.decorators if isinstance(each, ast.Name)}
            if "staticmethod" not in names:
                return function.owner if "classmethod" in names else Instance(function.owner)
        return self._annotated(argument.annotation, Scope(function.module, function))

    def _variable(self, name: str, module: Module) -> Value | None:
        if name in module.functions:
            return Callee(module.functions[name])
        if name in module.classes:
            return module.classes[name]
        scope = Scope(module)
        found = [self.value(each, scope) for each in module.assigned.get(name, ())]
        for function in module.rebound.get(name, ()):
            inside = Scope(module, function)
            found += [self.value(each, inside) for each in self._bindings.of(function).get(name, ())]
        if name in module.imports:
            found.append(self.named(module.imports[name], module))
        elif not found:
            found += [self._starred(source, name, module) for source in module.star_imports]
        return self._either(found)

    def _starred(self, source: str, name: str, module: Module) -> Value | None:
        home = self.project.module(source, module)
        return Foreign((f"{source}.{name}",)) if home is None else self.variable(name, home)

    def named(self, dotted: str, near: Module) -> Value | None:
        """Return what an imported name stands for; what is not of the tree stands for itself."""
        key = (id(near), dotted)
        if key not in self._named:
            self._named[key] = Foreign((dotted,))
            self._named[key] = self._lookup(dotted, near) or Foreign((dotted,))
        return self._named[key]

    def _lookup(self, dotted: str, near: Module) -> Value | None:
        found = self.project.find(dotted, near)
        if isinstance(found, Function):
            return Callee(found)
        if found is not None:
            # `celery.py` of a project imports `celery`, and does not mean itself.
            return None if found is near else found
        head, _, last = dotted.rpartition(".")
        base = self.named(head, near) if head else None
        return None if base is None or isinstance(base, Foreign) else self._attribute(base, last)

    def _attribute(self, base: Value, name: str) -> Value | None:
        match base:
            case Foreign(names=names):
                return Foreign(tuple(f"{each}.{name}" for each in names))
            case Module():
                inner = self.project.module(f"{base.name}.{name}", base)
                return self.variable(name, base) or inner
            case Class():
                return self._member(base, name, "")
            case Instance(class_=class_):
                return self._member(class_, name, "()")
            case Callee():
                return None

    def _member(self, class_: Class, name: str, made: str) -> Value | None:
        own, others = self.ancestry(class_)
        for each in own:
            if name in each.methods:
                method = each.methods[name]
                return self._returned(method) if _is_property(method) else Callee(method, class_)
            found = self._either([*self._stored(each, name), *self._assigned(each, name)])
            if found is not None:
                return found
        return Foreign(tuple(f"{other}{made}.{name}" for other in others)) if others else None

    def _stored(self, class_: Class, name: str) -> list[Value | None]:
        return [
            self.value(expression, Scope(class_.module, method))
            for method in class_.stored.get(name, ())
            for expression in self._bindings.of(method).get(f"self.{name}", ())
        ]

    def _assigned(self, class_: Class, name: str) -> list[Value | None]:
        scope = Scope(class_.module, None, class_)
        return [self.value(each, scope) for each in class_.assigned.get(name, ())]

    def _either(self, values: Iterable[Value | None]) -> Value | None:
        """Return what one of several assignments gives: all names from outside, else the first that is known."""
        known = [each for each in values if each is not None]
        names = [name for each in known if isinstance(each, Foreign) for name in each.names]
        if names:
            return Foreign(tuple(dict.fromkeys(names)))
        return known[0] if known else None


def _arguments(function: Function) -> Sequence[ast.arg]:
    arguments = function.node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _is_property(method: Function) -> bool:
    names = {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in method.decorators}
    return bool(names & {"property", "cached_property"})
