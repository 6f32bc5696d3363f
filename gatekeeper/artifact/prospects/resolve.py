"""Whether a module of an environment has a name, and where it is defined; answered from its source alone."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.artifact.prospects.bindings import Binding, Scope, scope_of
from gatekeeper.artifact.prospects.sources import Make, Source, Sources

_LONGEST_CHAIN = 20
"""Imports that are followed from one module to the next: re-exports of real packages take three or four."""

_OF_EVERY_MODULE = frozenset(
    {"__name__", "__doc__", "__file__", "__loader__", "__package__", "__spec__", "__builtins__"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The name is there. Where `node` is no class or function, what it stands for is not known."""

    source: Source
    line: int
    node: ast.AST


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModule:
    """The import fails: this module, the name asked for or one it lies in, is not there."""

    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoName:
    """The module is there and has no such name."""

    source: Source
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The source does not decide it."""

    why: str


Answer: TypeAlias = Found | NoModule | NoName | Unknown


def look_up(sources: Sources, module: str, name: str) -> Answer:
    """Return whether `module` can be imported and has `name`, which may be dotted: a class in a class."""
    source = sources.module(module)
    if source is None:
        return _absent(sources, module)
    first, _, rest = name.partition(".")
    answer = _in_module(sources, source, first, frozenset())
    return _inside(answer, rest) if rest and isinstance(answer, Found) else answer


def follow(sources: Sources, source: Source, name: str) -> Found | None:
    """Return what a name in a module stands for, through the imports that bind it; None if that is not known."""
    answer = _in_module(sources, source, name, frozenset())
    return answer if isinstance(answer, Found) else None


def _absent(sources: Sources, module: str) -> Answer:
    """Say which part of a dotted module is missing, unless some code may put it there."""
    parts = module.split(".")
    prefixes = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    known = next((prefix for prefix in prefixes if sources.module(prefix) is not None), "")
    missing = ".".join(parts[: known.count(".") + 2 if known else 1])
    if not known:
        return NoModule(module=missing) if sources.closed else Unknown(why=f"{missing} may be where was not looked")
    parent = sources.module(known)
    if parent is None or parts[0] in sys.stdlib_module_names:
        return Unknown(why=f"{missing} belongs to Python itself")
    if parent.make is not Make.PYTHON:
        decided = parent.make is Make.NAMESPACE and sources.closed
        return NoModule(module=missing) if decided else Unknown(why=f"{known} is an {parent.make.value}")
    text = sources.content(parent)
    if b"sys.modules" in text or b"__path__" in text:
        return Unknown(why=f"{known} brings modules of its own making")
    return NoModule(module=missing)


def _in_module(sources: Sources, source: Source, name: str, seen: frozenset[str]) -> Answer:
    """Return what a name of a module stands for; `seen` are the names that were looked for on the way here."""
    if source.make is Make.EXTENSION:
        if sources.lacks(source, name):
            return NoName(source=source, name=name)
        return Unknown(why=f"{source.path} is compiled")
    bound = sources.scope(source)
    here = f"{source.module}:{name}"
    if bound is None or here in seen or len(seen) > _LONGEST_CHAIN:
        return Unknown(why=f"the text of {source.module} does not say it")
    if name in _OF_EVERY_MODULE:
        return Found(source=source, line=1, node=ast.Module(body=[], type_ignores=[]))
    if name in bound.names:
        return _followed(sources, source, bound.names[name], seen | {here})
    return _by_other_ways(sources, source, name, bound, seen | {here})


def _followed(sources: Sources, source: Source, binding: Binding, seen: frozenset[str]) -> Found:
    """Return where a binding comes from; where the chain of imports is lost, the last place that is known."""
    here = Found(source=source, line=binding.line, node=binding.node)
    origin = binding.origin
    other = sources.module(origin.module) if origin is not None and origin.name is not None else None
    if origin is None or origin.name is None or other is None:
        return here
    answer = _in_module(sources, other, origin.name, seen)
    return answer if isinstance(answer, Found) else here


def _by_other_ways(sources: Sources, source: Source, name: str, bound: Scope, seen: frozenset[str]) -> Answer:
    undecided = f"{source.path} {bound.dynamic}" if bound.dynamic else ""
    for star in bound.stars:
        other = sources.module(star)
        if other is None:
            undecided = undecided or f"{source.path} imports all of {star}"
            continue
        answer = _in_module(sources, other, name, seen)
        if isinstance(answer, Found) and _is_public(sources, other, name):
            return answer
        if isinstance(answer, Unknown):
            undecided = undecided or answer.why
    if sources.module(f"{source.module}.{name}") is not None:
        undecided = undecided or f"{source.module}.{name} is a module"
    return Unknown(why=undecided) if undecided else NoName(source=source, name=name)


def _is_public(sources: Sources, source: Source, name: str) -> bool:
    bound = sources.scope(source)
    if bound is None or bound.exported is None:
        return not name.startswith("_") or (bound is not None and "__all__" in bound.names)
    return name in bound.exported


def _inside(outer: Found, rest: str) -> Answer:
    """Return what a dotted name means inside of a class."""
    found = outer
    for name in rest.split("."):
        if not isinstance(found.node, ast.ClassDef):
            return Unknown(why=f"{name} is looked for in what is no class statement")
        bound = scope_of(found.node.body)
        if name not in bound.names:
            plain = not found.node.bases and not found.node.keywords and not found.node.decorator_list
            if plain and not bound.dynamic:
                return NoName(source=found.source, name=name)
            return Unknown(why=f"{name} may come from a base of {found.node.name}")
        binding = bound.names[name]
        found = Found(source=found.source, line=binding.line, node=binding.node)
    return found
