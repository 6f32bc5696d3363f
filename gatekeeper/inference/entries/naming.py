"""Entry points that are named: `package.module:Class.method`."""

from __future__ import annotations

import difflib

from gatekeeper.errors import UsageError
from gatekeeper.inference.entries.found import Found
from gatekeeper.inference.modules import Class, Function, Module, Project

_CALLED = ("__call__", "predict", "handle", "forward", "run")
"""The methods that a class alone stands for: the first that it has."""


def named_entry(project: Project, name: str) -> Found:
    """Return the entry point of a name: `:` or `.` before what is in the module; a class stands for its `__call__`.

    Raises:
        UsageError: the tree has no such function.
    """
    module, rest = _split(project, name)
    if module is None or not rest:
        known = sorted(each.dotted for each in project.functions())
        meant = difflib.get_close_matches(name, known, n=1)
        fix = f"did you mean {meant[0]}?" if meant else "write it as package.module:Class.method"
        raise UsageError(f"there is no entry point {name!r} in the linted code", fix=fix)
    target = project.find(f"{module.name}.{rest}", module)
    class_ = project.find(f"{module.name}.{rest.rpartition('.')[0]}", module) if "." in rest else None
    if isinstance(target, Function):
        return _found(target, class_ if isinstance(class_, Class) else target.owner)
    if isinstance(target, Class):
        for method in _CALLED:
            inherited = _method(project, target, method)
            if inherited is not None:
                return _found(inherited, target)
        raise UsageError(f"{name!r} is a class without a method to call", fix=f"name the method: {name}.METHOD")
    if isinstance(class_, Class):
        inherited = _method(project, class_, rest.rpartition(".")[2])
        if inherited is not None:
            return _found(inherited, class_)
    known = sorted(each.dotted for each in module.functions.values())
    meant = difflib.get_close_matches(f"{module.name}:{rest}", known, n=1)
    fix = f"did you mean {meant[0]}?" if meant else f"it has: {', '.join(known[:5]) or 'no function'}"
    raise UsageError(f"there is no function {rest!r} in module {module.name}", fix=fix)


def _split(project: Project, name: str) -> tuple[Module | None, str]:
    module, colon, rest = name.partition(":")
    if colon:
        return project.module(module), rest
    return project.locate(name)


def _method(project: Project, class_: Class, name: str) -> Function | None:
    return next((each.methods[name] for each in project.ancestry(class_)[0] if name in each.methods), None)


def _found(function: Function, owner: Class | None) -> Found:
    return Found(function=function, module=function.module, framework="named", owner=owner)
