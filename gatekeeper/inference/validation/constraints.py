"""What `Field(...)`, `confloat(...)` and the markers of `Annotated` say about a field."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.inference.validation.facts import Scalar, Type
from gatekeeper.inference.validation.lookup import Alias, Lookup, Where
from gatekeeper.inference.validation.words import demanded


class Shape(Struct):
    """What is known of a field so far; see `facts.Field` for the names that it shares.

    Attributes:
        given: a default was given; `default` is it if it is a constant, `null` whether it is null.
        models: nested models, by identity of their class.
    """

    types: set[Type] = field(default_factory=set)
    nullable: bool = False
    given: bool = False
    null: bool = False
    default: Scalar | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    multiple_of: float | None = None
    vocabulary: tuple[Scalar, ...] | None = None
    strict: bool | None = None
    finite: bool | None = None
    alias: str | None = None
    models: list[object] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

    def bound(self, name: str, value: float) -> None:
        """Take a bound: of several of one side the tightest holds."""
        value = as_float(value)
        if math.isinf(value):
            return
        is_low, is_open = name in {"ge", "gt"}, name in {"gt", "lt"}
        if is_low and (self.low is None or value > self.low or (value == self.low and is_open)):
            self.low, self.low_open = value, is_open
        if not is_low and (self.high is None or value < self.high or (value == self.high and is_open)):
            self.high, self.high_open = value, is_open

    def doubt(self, why: str) -> None:
        """Note why something can't be told."""
        if why not in self.unjudged:
            self.unjudged.append(why)


_BOUNDS = frozenset({"ge", "gt", "le", "lt"})
_V1_BOUNDS = {"min_value": "ge", "max_value": "le"}
_FLAGS = frozenset({"strict", "allow_inf_nan"})

MARKERS: Mapping[str, tuple[str, ...]] = {
    "Ge": ("ge",),
    "Gt": ("gt",),
    "Le": ("le",),
    "Lt": ("lt",),
    "MultipleOf": ("multiple_of",),
    "Strict": ("strict",),
    "AllowInfNan": ("allow_inf_nan",),
    "Interval": (),
}
"""Markers of `annotated_types` and pydantic, and the names of their positional arguments."""

_FIELDS = frozenset({"Field", "Query", "Body", "Path", "Header", "Cookie", "Form", "Parameter", "Meta"})
"""Functions that describe a field: of pydantic, FastAPI, Litestar."""
_LOOSE = frozenset({"BeforeValidator", "WrapValidator", "PlainValidator", "GetPydanticSchema", "Discriminator"})
_HARMLESS = frozenset(
    """
    Doc Tag PlainSerializer WrapSerializer SerializeAsAny WithJsonSchema Depends Security
    StringConstraints MinLen MaxLen Len UrlConstraints Description Unit
    """.split()
)


def from_call(shape: Shape, call: ast.Call, where: Where, lookup: Lookup) -> None:
    """Take the keywords of `Field(...)`, `confloat(...)`, `Interval(...)`."""
    for keyword in call.keywords:
        name = _V1_BOUNDS.get(keyword.arg or "", keyword.arg)
        if name is None:
            shape.doubt(f"{ast.unparse(call.func)} takes **{ast.unparse(keyword.value)[:40]}")
        else:
            _take(shape, name, keyword.value, where, lookup)


def _take(shape: Shape, name: str, node: ast.expr, where: Where, lookup: Lookup) -> None:
    if isinstance(node, ast.Constant) and node.value is None and name != "default":
        return
    value = lookup.constant(node, where)
    if name in _BOUNDS or name == "multiple_of" or name in _FLAGS:
        taken = _flag(shape, name, value) if name in _FLAGS else _bound(shape, name, value)
        if not taken:
            shape.doubt(f"{name}={ast.unparse(node)[:40]} is no constant")
    elif name in {"alias", "validation_alias"} and isinstance(value, str):
        shape.alias = value
    elif name == "default":
        take_default(shape, node, where, lookup)
    elif name == "default_factory":
        shape.given = True
        shape.doubt("its default is made by code")


def _bound(shape: Shape, name: str, value: Scalar | None) -> bool:
    """Take a bound; return whether it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(as_float(value)):
        return False
    if name == "multiple_of":
        shape.multiple_of = as_float(value)
    else:
        shape.bound(name, value)
    return True


def _flag(shape: Shape, name: str, value: Scalar | None) -> bool:
    """Take a flag; return whether it is a truth value."""
    if not isinstance(value, bool):
        return False
    if name == "strict":
        shape.strict = value
    else:
        shape.finite = not value
    return True


def take_default(shape: Shape, node: ast.expr, where: Where, lookup: Lookup) -> None:
    """Take what stands behind the `=` of a field, or is the default of `Field(...)`."""
    if isinstance(node, ast.Constant) and node.value is ...:
        return
    if isinstance(node, ast.Call) and is_field(lookup.dotted(node.func, where)):
        if node.args:
            take_default(shape, node.args[0], where, lookup)
        from_call(shape, node, where, lookup)
        return
    shape.given = True
    if isinstance(node, ast.Constant) and node.value is None:
        shape.null = shape.nullable = True
        return
    shape.default = lookup.constant(node, where)
    if shape.default is None:
        shape.doubt(f"its default {ast.unparse(node)[:40]} is no constant")


def as_float(value: float) -> float:
    """Return a number as a float; an integer beyond all floats bounds nothing that can be compared."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_field(dotted: str) -> bool:
    """Return whether a dotted name is a function that describes a field."""
    return dotted.rpartition(".")[2] in _FIELDS and dotted.partition(".")[0] in {
        "pydantic", "fastapi", "litestar", "sqlmodel", "ninja", "msgspec",
    }  # fmt: skip


def from_marker(shape: Shape, node: ast.expr, where: Where, lookup: Lookup, depth: int = 0) -> None:
    """Take one of the markers of `Annotated`; what is no call and no known name describes, and changes nothing."""
    if isinstance(node, ast.Name | ast.Attribute) and depth < 8:
        found = lookup.meaning(node, where)
        if isinstance(found, Alias):
            from_marker(shape, found.node, found.where, lookup, depth + 1)
            return
    call = node if isinstance(node, ast.Call) else None
    dotted = lookup.dotted(node if call is None else call.func, where)
    last = dotted.rpartition(".")[2]
    if last in _LOOSE:
        shape.doubt(f"{last} runs before its checks")
    elif call is not None and last == "AfterValidator":
        _after(shape, call, where, lookup)
    elif call is None or last in _HARMLESS:
        return  # it describes, and changes nothing
    elif is_field(dotted):
        take_default(shape, call, where, lookup)
    elif last in MARKERS:
        _positional(shape, call, MARKERS[last], where, lookup)
    elif not dotted.startswith(("typing", "annotated_types", "fastapi", "litestar")):
        shape.doubt(f"{ast.unparse(call.func)[:40]} is a marker of its own")


def _after(shape: Shape, call: ast.Call, where: Where, lookup: Lookup) -> None:
    """Take the words that a validator demands; whatever else it does comes after the checks."""
    function = lookup.function(call.args[0], where) if call.args else None
    words = None if function is None else demanded(function, lookup)
    if words is not None:
        shape.vocabulary = words


def _positional(shape: Shape, call: ast.Call, names: tuple[str, ...], where: Where, lookup: Lookup) -> None:
    if names and not call.args and not call.keywords:  # Strict(), AllowInfNan()
        _take(shape, names[0], ast.Constant(value=True), where, lookup)
    for name, each in zip(names, call.args, strict=False):
        _take(shape, name, each, where, lookup)
    from_call(shape, call, where, lookup)
