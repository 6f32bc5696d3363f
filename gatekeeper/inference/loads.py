"""Calls of `torch.load`, and whether they read anything but weights.

The details of the observations, by name: `torch`, the version that the code runs with, if known; `default`, what
`weights_only` is without being said: `False`, or `unknown` where the version is; `form`, `call` or `partial`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Kind, Observation
from gatekeeper.inference.names import Names, Scope, Survey
from gatekeeper.inference.versions import precedes

if TYPE_CHECKING:
    from gatekeeper.inference.sources import Source

LOADS = frozenset({"torch.load", "torch.serialization.load"})

WEIGHTS_ONLY_SINCE = (2, 6)
"""The first torch whose `load` reads weights alone unless it is told otherwise, or given a pickle module.

Read in `torch/serialization.py` of 2.5.1 and 2.6.0.
"""

_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})


def loads(found: Survey, names: Names, source: Source, torch: str | None) -> Iterator[Observation]:
    """Yield the calls of `torch.load` that may execute what they read. What can't be told is not yielded."""
    aliases = frozenset(local for local, value, _ in found.assigned if isinstance(value, ast.Attribute | ast.Name))
    for call, scope in found.calls:
        form = _form(call, scope, names, aliases)
        kind = _kind(call, scope, names, torch) if form else None
        if kind is not None:
            default = "unknown" if torch is None else "False"
            yield Observation(
                kind=kind,
                at=source.place(call),
                subject=" ".join(ast.unparse(call).split()),
                function=scope.function,
                detail=(("torch", torch or ""), ("default", default), ("form", form)),
            )


def _form(call: ast.Call, scope: Scope, names: Names, aliases: frozenset[str]) -> str:
    """Return how a call is one of `torch.load`: `call`, `partial`, or the empty string where it is none."""
    if _may_be_load(call.func, names, aliases) and LOADS.intersection(names.held(call.func, scope)):
        return "call"
    if (
        call.args
        and _may_be_load(call.args[0], names, aliases)
        and _PARTIALS.intersection(names.held(call.func, scope))
    ):
        return "partial" if LOADS.intersection(names.held(call.args[0], scope)) else ""
    return ""


def _may_be_load(node: ast.expr, names: Names, aliases: frozenset[str]) -> bool:
    """Return whether it is worth asking what an expression stands for: most calls are told by their last name."""
    if isinstance(node, ast.Name):
        return node.id in aliases or node.id in names.module.imports
    return isinstance(node, ast.Attribute) and node.attr == "load"


def _kind(call: ast.Call, scope: Scope, names: Names, torch: str | None) -> Kind | None:
    said = {each.arg: each.value for each in _keywords(call)}
    if None in said:
        return None
    value = names.constant(said["weights_only"], scope) if "weights_only" in said else None
    if value is None:
        pickles = names.constant(said["pickle_module"], scope) if "pickle_module" in said else None
        restricted = torch is not None and not precedes(torch, WEIGHTS_ONLY_SINCE) and pickles is None
        return None if restricted else Kind.LOAD_WITHOUT_WEIGHTS_ONLY
    return Kind.LOAD_OF_ANYTHING if value is False or value == 0 else None


def _keywords(call: ast.Call) -> Iterator[ast.keyword]:
    """Yield the keywords of a call; those of `**{"literal": value}` as if they were written out."""
    for each in call.keywords:
        if each.arg is None and isinstance(each.value, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in each.value.keys]
            for key, value in zip(keys, each.value.values, strict=True):
                yield ast.keyword(arg=key if isinstance(key, str) else None, value=value)
        else:
            yield each
