"""Closed vocabularies that are written as code: a set of words, and what tests whether a value is one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gatekeeper.inference.modules import Class, Function
from gatekeeper.inference.validation.facts import Scalar
from gatekeeper.inference.validation.lookup import Lookup, Where


def demanded(function: Function, lookup: Lookup) -> tuple[Scalar, ...] | None:
    """Return the words outside of which a validator raises: `if value not in WORDS: raise ...`."""
    if isinstance(function.node, ast.Lambda):
        return None
    parameters = {each.arg for each in function.node.args.args}
    for each in function.node.body:
        match each:
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.NotIn()], comparators=[words]), body=[*_, ast.Raise()]
            ) if name in parameters:
                return lookup.constants(words, Where(function.module, function))
            case _:
                pass
    return None


def mapped(classes: Sequence[Class], lookup: Lookup) -> dict[str, tuple[Scalar, ...]]:
    """Return the words that the methods of a model hold its fields against: `self.size in WORDS`."""
    found: dict[str, tuple[Scalar, ...]] = {}
    for class_ in classes:
        for method in class_.methods.values():
            for name, words in _tests(method):
                known = lookup.constants(words, Where(class_.module, method))
                if known is not None:
                    found.setdefault(name, known)
    return found


def _tests(method: Function) -> Iterator[tuple[str, ast.expr]]:
    for each in ast.walk(method.node):
        match each:
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id="self"), attr=name),
                ops=[ast.In() | ast.NotIn()],
                comparators=[words],
            ):
                yield name, words
            case _:
                pass
