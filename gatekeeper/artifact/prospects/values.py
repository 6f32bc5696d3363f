"""What is known of a value while a method is followed: a constant, the object itself, an object that it holds."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.artifact.facts import Attribute

Constant: TypeAlias = "str | int | bool | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A value that the source or the file says."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Receiver:
    """The object whose method is followed: `self`, under whatever name a function has it."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What `super()` gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value in the object's state of which no more is known than its kind, and of an object its class."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Anything:
    """A value of which nothing is known."""


Value: TypeAlias = Known | Receiver | Parent | Held | Anything
ANYTHING = Anything()
_UNSURE = frozenset({"none", "unknown"})
_NO_TEXT = frozenset({"object", "global", "list", "tuple", "dict", "bool", "int", "float"})
"""Kinds of values that are never equal to a string; a compared array gives an array."""


def value_of(attribute: Attribute) -> Value:
    """Return what the file says of an attribute's value."""
    match attribute.kind:
        case "none":
            return Known(value=None)
        case "bool" if attribute.text in ("True", "False"):
            return Known(value=attribute.text == "True")
        case "int" if attribute.text.lstrip("-").isdecimal():
            return Known(value=int(attribute.text))
        case "str" if attribute.text:
            return Known(value=attribute.text)
        case _:
            return Held(attribute=attribute)


def is_none(value: Value) -> bool | None:
    """Whether a value is None, or None where that is not known."""
    match value:
        case Known():
            return value.value is None
        case Receiver() | Parent():
            return False
        case Held() if value.attribute.kind not in _UNSURE:
            return False
        case _:
            return None


def truth_of(value: Value) -> bool | None:
    """Whether a value counts as true, or None where that is not known; what it holds may be empty."""
    return bool(value.value) if isinstance(value, Known) else None


def compare(left: Value, operator: ast.cmpop, right: Value, members: frozenset[Constant] | None) -> bool | None:
    """Return the result of a comparison, or None where it is not known.

    Args:
        left: what stands before the operator.
        operator: only identity with None, equality and membership are understood.
        right: what stands after it.
        members: of a tuple, list or set of constants after it, what it holds.
    """
    match operator:
        case ast.Is() | ast.IsNot() if isinstance(right, Known) and right.value is None:
            same = is_none(left)
        case ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() if isinstance(left, Known) and isinstance(right, Known):
            same = left.value == right.value and type(left.value) is type(right.value)
        case ast.Eq() | ast.NotEq() if (
            isinstance(left, Held) and isinstance(right, Known) and isinstance(right.value, str)
        ):
            same = False if left.attribute.kind in _NO_TEXT else None
        case ast.In() | ast.NotIn() if isinstance(left, Known) and members is not None:
            same = left.value in members
        case _:
            return None
    if same is None:
        return None
    return not same if isinstance(operator, ast.IsNot | ast.NotEq | ast.NotIn) else same


def merged(first: Mapping[str, Value], second: Mapping[str, Value]) -> dict[str, Value]:
    """Return what is known after one of two branches was taken."""
    return {name: value for name, value in first.items() if second.get(name) == value}
