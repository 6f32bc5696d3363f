"""Which classes are models, enumerations, or records that check nothing."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator

from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation.facts import Scalar, Type
from gatekeeper.inference.validation.lookup import Alias, Lookup, Where


class Kind(enum.StrEnum):
    """What a class of the tree is, as far as input is concerned."""

    MODEL = "a Pydantic model"
    PYDANTIC_DATACLASS = "a Pydantic dataclass"
    TYPED_DICT = "a TypedDict"
    DATACLASS = "a dataclass"
    NAMED_TUPLE = "a named tuple"
    STRUCT = "a struct"

    @property
    def checks(self) -> bool:
        """Whether making one checks it."""
        return self in {Kind.MODEL, Kind.PYDANTIC_DATACLASS}


_MODELS = frozenset(
    """
    pydantic.BaseModel pydantic.main.BaseModel pydantic.v1.BaseModel pydantic.v1.main.BaseModel pydantic.RootModel
    pydantic.generics.GenericModel pydantic_settings.BaseSettings sqlmodel.SQLModel ninja.Schema ninja.schema.Schema
    bentoml.IODescriptor bentoml.validators.IODescriptor
    """.split()
)
_BASES = {
    "typing.TypedDict": Kind.TYPED_DICT,
    "typing_extensions.TypedDict": Kind.TYPED_DICT,
    "typing.NamedTuple": Kind.NAMED_TUPLE,
    "msgspec.Struct": Kind.STRUCT,
    "marshmallow.Schema": Kind.STRUCT,
}
_DECORATORS = {
    "pydantic.dataclasses.dataclass": Kind.PYDANTIC_DATACLASS,
    "pydantic.v1.dataclasses.dataclass": Kind.PYDANTIC_DATACLASS,
    "dataclasses.dataclass": Kind.DATACLASS,
    "attrs.define": Kind.STRUCT,
    "attrs.frozen": Kind.STRUCT,
    "attr.s": Kind.STRUCT,
}


def kind_of(class_: Class, lookup: Lookup) -> Kind | None:
    """Return what a class is; None for one that is nothing of the kind."""
    own, others = lookup.project.ancestry(class_)
    if any(each in _MODELS or each == "BaseModel" for each in others):
        return Kind.MODEL
    for each in own:
        for node in each.node.decorator_list:
            target = node.func if isinstance(node, ast.Call) else node
            kind = _DECORATORS.get(lookup.dotted(target, Where(each.module, each.parent)))
            if kind is not None:
                return kind
    return next((_BASES[each] for each in others if each in _BASES), None)


_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "strenum.StrEnum"})


def is_enum(class_: Class, lookup: Lookup) -> bool:
    """Return whether a class is an enumeration."""
    return any(each in _ENUMS for each in lookup.project.ancestry(class_)[1])


def enum_values(class_: Class, lookup: Lookup) -> tuple[tuple[Scalar, ...] | None, list[str]]:
    """Return the values of an enumeration, None where they can't be told, and what else can't be."""
    own, others = lookup.project.ancestry(class_)
    why = [f"{class_.name} has a _missing_ of its own" for each in own if "_missing_" in each.methods]
    values: list[Scalar] = []
    texts = any(each.endswith("StrEnum") for each in others)
    for name, value, where in _members(own):
        if isinstance(value, ast.Call) and lookup.dotted(value.func, where) == "enum.auto":
            values.append(name.lower() if texts else len(values) + 1)
            continue
        first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
        known = lookup.constant(first, where)
        if known is None:
            return None, [*why, f"the value of {class_.name}.{name} is no constant"]
        values.append(known)
    return tuple(dict.fromkeys(values)), why


def _members(classes: list[Class]) -> Iterator[tuple[str, ast.expr, Where]]:
    for each in reversed(classes):
        for name, assigned in each.assigned.items():
            if not name.startswith("_"):
                yield name, assigned[-1], Where(each.module, each.parent)


def restricted(class_: Class, lookup: Lookup) -> str | None:
    """Return the built-in type that a class derives from: `class Price(float)`."""
    others = lookup.project.ancestry(class_)[1]
    return next((each for each in others if each in {"float", "int", "str", "bool"}), None)


def type_of(value: Scalar) -> Type:
    """Return the type of a constant."""
    match value:
        case bool():
            return Type.BOOLEAN
        case int():
            return Type.INTEGER
        case float():
            return Type.NUMBER
        case str():
            return Type.TEXT


def resolve_class(node: ast.expr, lookup: Lookup, where: Where, depth: int = 0) -> Class | None:
    """Return the class of the tree that an expression names, through assignments."""
    found = lookup.meaning(node, where)
    if isinstance(found, Alias):
        return resolve_class(found.node, lookup, found.where, depth + 1) if depth < 12 else None
    return found if isinstance(found, Class) else None
