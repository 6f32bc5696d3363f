"""From a parsed file to its index: one walk over the statements, which looks at no expression twice."""

from __future__ import annotations

import ast

from gatekeeper.inference.modules import Class, Function, Module, earlier


def index(module: Module) -> Module:
    """Fill in a module's functions, classes, imports and assignments, and return it."""
    _Indexer(module).block(module.tree.body, "", None, None)
    return module


class _Indexer:
    def __init__(self, module: Module) -> None:
        self.module = module
        parts = module.name.split(".")
        self._package = parts if module.is_package else parts[:-1]

    def block(self, body: list[ast.stmt], prefix: str, owner: Class | None, parent: Function | None) -> None:
        """Index statements that stand in a class (`owner`), in a function (`parent`), or in neither."""
        for statement in body:
            kind = type(statement)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._function(statement, prefix, owner, parent)  # type: ignore[arg-type]  # narrowed by `kind`
            elif kind is ast.ClassDef:
                self._class(statement, prefix, parent)  # type: ignore[arg-type]  # the same
            elif kind is ast.Import:
                self._import(statement)  # type: ignore[arg-type]  # the same
            elif kind is ast.ImportFrom:
                self._import_from(statement)  # type: ignore[arg-type]  # the same
            elif kind is ast.Assign or kind is ast.AnnAssign or kind is ast.AugAssign:
                self._assign(statement, owner, parent)
            elif kind is ast.Global:
                self._global(statement, parent)  # type: ignore[arg-type]  # the same
            elif kind is not ast.Expr and kind is not ast.Return:
                self._inner(statement, prefix, owner, parent)

    def _inner(self, statement: ast.stmt, prefix: str, owner: Class | None, parent: Function | None) -> None:
        if isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr, owner, parent)
        elif isinstance(statement, ast.For | ast.AsyncFor):
            self._bind(statement.target, statement.iter, owner, parent)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(statement, name, None)
            if body:
                self.block(body, prefix, owner, parent)
        for handler in getattr(statement, "handlers", ()):
            self.block(handler.body, prefix, owner, parent)
        for case in getattr(statement, "cases", ()):
            self.block(case.body, prefix, owner, parent)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, owner: Class | None, parent: Function | None
    ) -> None:
        function = Function(self.module, prefix + node.name, node, owner, parent)
        functions = self.module.functions
        if (before := functions.get(function.qualname)) is not None:
            # A decorator may have handed the earlier one of that name to a framework.
            functions[earlier(before)] = before
        functions[function.qualname] = function
        if owner is not None:
            owner.methods[node.name] = function
        self.block(node.body, f"{function.qualname}.", None, function)

    def _class(self, node: ast.ClassDef, prefix: str, parent: Function | None) -> None:
        class_ = Class(self.module, prefix + node.name, node, parent)
        self.module.classes[class_.qualname] = class_
        self.block(node.body, f"{class_.qualname}.", class_, None)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.module.imports[alias.asname] = alias.name
            else:
                top = alias.name.partition(".")[0]
                self.module.imports[top] = top

    def _import_from(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if node.level:
            base = self._package[: len(self._package) - node.level + 1]
            source = ".".join([*base, source] if source else base)
        for alias in node.names:
            if alias.name == "*":
                self.module.star_imports.append(source)
            else:
                self.module.imports[alias.asname or alias.name] = f"{source}.{alias.name}" if source else alias.name

    def _assign(self, statement: ast.stmt, owner: Class | None, parent: Function | None) -> None:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._bind(target, statement.value, owner, parent)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._bind(statement.target, statement.value, owner, parent)

    def _bind(self, target: ast.expr, value: ast.expr, owner: Class | None, parent: Function | None) -> None:
        kind = type(target)
        if kind is ast.Attribute:
            method = _method_of(parent)
            if method is not None and method.owner is not None and _is_self(target, method):
                functions = method.owner.stored.setdefault(target.attr, [])  # type: ignore[attr-defined]  # by `kind`
                if method not in functions:
                    functions.append(method)
        elif kind is ast.Name:
            if owner is not None:
                owner.assigned.setdefault(target.id, []).append(value)  # type: ignore[attr-defined]  # by `kind`
            elif parent is None:
                self.module.assigned.setdefault(target.id, []).append(value)  # type: ignore[attr-defined]  # by `kind`
        elif kind is ast.Tuple or kind is ast.List:
            for each in target.elts:  # type: ignore[attr-defined]  # by `kind`
                self._bind(each, value, owner, parent)

    def _global(self, node: ast.Global, parent: Function | None) -> None:
        if parent is not None:
            for name in node.names:
                self.module.rebound.setdefault(name, []).append(parent)


def _method_of(function: Function | None) -> Function | None:
    """Return the method that a function stands in: a closure in a method knows its `self`."""
    while function is not None and function.owner is None:
        function = function.parent
    return function


def _is_self(target: ast.expr, method: Function) -> bool:
    node = method.node
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name) or isinstance(node, ast.Lambda):
        return False
    arguments = node.args.posonlyargs or node.args.args
    return bool(arguments) and arguments[0].arg == target.value.id
