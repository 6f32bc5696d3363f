"""What a model's configuration says: `ConfigDict(...)`, a plain dict, `class Config`, keywords of the class."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct, field

from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation.facts import Extra
from gatekeeper.inference.validation.lookup import Alias, Lookup, Where

_KEYS = frozenset({"strict", "extra", "frozen", "allow_inf_nan"})
_ALIASES = {"allow_mutation": "frozen"}
_MAX_DEPTH = 8


class Configuration(Struct):
    """What holds for all fields; None where it can't be told."""

    strict: bool | None = False
    extra: Extra | None = Extra.IGNORE
    finite: bool | None = False
    frozen: bool = False
    unjudged: list[str] = field(default_factory=list)


def configuration_of(class_: Class, lookup: Lookup) -> Configuration:
    """Return the configuration of a class: what a class says wins over what its bases say."""
    config = Configuration()
    for each in reversed(lookup.project.ancestry(class_)[0]):
        where = Where(each.module, each.parent, each)
        for name, value in _said(each, where, lookup, config):
            _take(config, name, value, where, lookup)
    return config


def _said(class_: Class, where: Where, lookup: Lookup, config: Configuration) -> Iterator[tuple[str, ast.expr]]:
    """Yield the keys of one class and their values."""
    inner = class_.module.classes.get(f"{class_.qualname}.Config")
    if inner is not None:
        for own in reversed(lookup.project.ancestry(inner)[0]):
            yield from ((name, assigned[-1]) for name, assigned in own.assigned.items())
    for node in class_.assigned.get("model_config", ()):
        yield from _keys(node, where, lookup, config)
    for keyword in class_.node.keywords:
        if keyword.arg in _KEYS:
            yield keyword.arg, keyword.value
    for node in class_.node.decorator_list:  # pydantic.dataclasses.dataclass(config=ConfigDict(...))
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg == "config":
                yield from _keys(keyword.value, where, lookup, config)


def _keys(
    node: ast.expr, where: Where, lookup: Lookup, config: Configuration, depth: int = 0
) -> Iterator[tuple[str, ast.expr]]:
    """Yield the keys of `ConfigDict(...)` or of a dict, through names, `**` and `|`."""
    further: list[ast.expr] = []
    match node:
        case _ if depth > _MAX_DEPTH:
            config.unjudged.append("its configuration refers to itself")
        case ast.Call(args=[], keywords=keywords):
            further = [each.value for each in keywords if each.arg is None]
            yield from ((each.arg, each.value) for each in keywords if each.arg is not None)
        case ast.Dict(keys=keys, values=values):
            further = [value for key, value in zip(keys, values, strict=True) if key is None]
            yield from (
                (key.value, value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            )
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            further = [left, right]
        case _:
            yield from _named(node, where, lookup, config, depth)
    for each in further:
        yield from _keys(each, where, lookup, config, depth + 1)


def _named(
    node: ast.expr, where: Where, lookup: Lookup, config: Configuration, depth: int
) -> Iterator[tuple[str, ast.expr]]:
    found = lookup.meaning(node, where)
    if isinstance(found, Alias):
        yield from _keys(found.node, found.where, lookup, config, depth + 1)
    elif isinstance(found, Class):  # config=Config, a class of its own
        yield from ((name, assigned[-1]) for name, assigned in found.assigned.items())
    else:
        config.unjudged.append(f"its configuration {ast.unparse(node)[:40]} is made when the code runs")


def _take(config: Configuration, name: str, node: ast.expr, where: Where, lookup: Lookup) -> None:
    key = _ALIASES.get(name, name)
    if key not in _KEYS:
        return
    value = lookup.constant(node, where)
    if isinstance(node, ast.Attribute) and node.attr in {each.value for each in Extra}:  # Extra.forbid
        value = node.attr
    if key == "extra":
        config.extra = next((each for each in Extra if each.value == value), None)
    elif key == "strict":
        config.strict = value if isinstance(value, bool) else None
    elif key == "allow_inf_nan":
        config.finite = not value if isinstance(value, bool) else None
    else:
        config.frozen = value is (name == "frozen")
    if value is None:
        config.unjudged.append(f"{name}={ast.unparse(node)[:40]} is no constant")
