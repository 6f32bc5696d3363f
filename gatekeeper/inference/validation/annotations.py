"""What a parameter of an entry point brings, by its annotation: a model, raw data, a request, or none of these."""

from __future__ import annotations

import ast

from msgspec import Struct

from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation import kinds, tables
from gatekeeper.inference.validation.facts import Way
from gatekeeper.inference.validation.lookup import MAX_DEPTH, Alias, Lookup, Where
from gatekeeper.inference.validation.shapes import parsed


class Brought(Struct, frozen=True):
    """What a parameter brings.

    Attributes:
        way: None where it brings nothing of a request: a service, a database session.
        model: the class that the annotation names.
        several: a list of such.
    """

    way: Way | None
    model: Class | None = None
    several: bool = False


_NOTHING = Brought(None)


def brought(node: ast.expr | None, where: Where, lookup: Lookup, depth: int = 0) -> Brought | None:
    """Return what an annotation says; None where it says nothing."""
    match node:
        case None:
            return None
        case _ if depth > MAX_DEPTH:
            return Brought(Way.MAPPING)
        case ast.Constant(value=str(text)) if (inner := parsed(text)) is not None:
            return brought(inner, where, lookup, depth + 1)
        case ast.Constant(value=None):
            return None
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _first([left, right], where, lookup, depth)
        case ast.Subscript():
            return _generic(node, where, lookup, depth)
        case ast.Call():
            dotted = lookup.dotted(node.func, where)
            made = dotted.rpartition(".")[2] == "create_model"
            return Brought(Way.UNSEEN if made else Way.PARAMETERS if dotted.startswith("pydantic") else Way.MAPPING)
        case _:
            return _named(lookup.meaning(node, where), lookup, depth)


def _first(nodes: list[ast.expr], where: Where, lookup: Lookup, depth: int) -> Brought | None:
    """Return what the members of a union bring: raw data if one of them does, else a model."""
    found = [each for node in nodes if (each := brought(node, where, lookup, depth + 1)) is not None]
    loose = [each for each in found if each.way is not None and each.model is None]
    return next(iter([*loose, *found]), None)


def _generic(node: ast.Subscript, where: Where, lookup: Lookup, depth: int) -> Brought | None:
    found = lookup.meaning(node.value, where)
    last = found.rpartition(".")[2] if isinstance(found, str) else ""
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if last in {"Annotated", "Final", "ClassVar", "Required", "Body", "JSON", "Type", "Form", "Json"} and inner:
        return brought(inner[0], where, lookup, depth + 1)
    if last in {"Optional", "Union"}:
        return _first(inner, where, lookup, depth)
    if last in tables.LISTS and inner:
        element = brought(inner[0], where, lookup, depth + 1)
        if element is None or element.way is None:
            return element
        return Brought(element.way, element.model, several=True)
    if last in tables.UNTYPED:
        return Brought(Way.MAPPING)
    return _named(found, lookup, depth)


def _named(found: Class | Alias | str | None, lookup: Lookup, depth: int) -> Brought | None:
    if isinstance(found, Alias):
        return brought(found.node, found.where, lookup, depth + 1)
    if isinstance(found, Class):
        return _of_class(found, lookup)
    if found is None:
        return _NOTHING
    return _of_library(found)


_WAYS = (
    (tables.SCALARS | tables.LISTS, Way.PARAMETERS),
    (tables.UNTYPED, Way.MAPPING),
    (tables.ARRAYS, Way.ARRAY),
    (tables.FILES, Way.BODY),
)


def _of_library(dotted: str) -> Brought:
    top, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
    if top == "pydantic":
        return Brought(Way.PARAMETERS)
    if "_pb2" in dotted:
        return Brought(Way.RECORD)
    for names, way in _WAYS:
        if last in names:
            return Brought(way)
    if dotted == "cog.Path":  # a file that was uploaded
        return Brought(Way.BODY)
    known = top in tables.FRAMEWORKS or "." not in dotted
    if last.endswith(tables.REQUESTS) and top not in tables.SERVICES:
        return Brought(Way.HANDLE if known else Way.UNSEEN)
    return _NOTHING if known or top in tables.SERVICES else Brought(Way.UNSEEN)


def _of_class(class_: Class, lookup: Lookup) -> Brought:
    kind = kinds.kind_of(class_, lookup)
    if kind is not None:
        return Brought(Way.MODEL if kind.checks else Way.RECORD, class_ if kind.checks else None)
    if kinds.is_enum(class_, lookup) or kinds.restricted(class_, lookup) is not None:
        return Brought(Way.PARAMETERS)
    bases = lookup.project.ancestry(class_)[1]
    return Brought(Way.MAPPING) if any(each in {"dict", "collections.UserDict"} for each in bases) else _NOTHING
