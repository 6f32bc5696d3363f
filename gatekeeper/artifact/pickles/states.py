"""What the state of an object says about it: its attributes and what each of them is."""

from __future__ import annotations

from gatekeeper.artifact.facts import Attribute
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.texts import encodable
from gatekeeper.artifact.pickles.values import (
    Array,
    ArrayWrapper,
    Bag,
    Dictionary,
    Global,
    Object,
    Opaque,
    Raw,
    Storage,
    Value,
)

_KINDS: dict[type, str] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    tuple: "tuple",
    type(None): "none",
    Dictionary: "dict",
    Array: "array",
    ArrayWrapper: "array",
    Dtype: "dtype",
    Raw: "bytes",
    Storage: "unknown",
}


def attributes(state: Dictionary) -> tuple[Attribute, ...]:
    """Return the attributes that a state sets, by name."""
    kept = state.kept or {}
    return tuple(_attribute(encodable(name), kept[name]) for name in sorted(kept))


def _attribute(name: str, value: Value) -> Attribute:
    match value:
        case Opaque():
            return Attribute(name=name, kind=value.value)
        case Object():
            return Attribute(name=name, kind="object", type=str(value.made_by))
        case Global():
            return Attribute(name=name, kind="global", type=str(value))
        case Bag():
            return Attribute(name=name, kind="list" if value.ordered else "set")
        case Array():
            return Attribute(name=name, kind="array", text=str(value.element or "object"))
        case bool():
            return Attribute(name=name, kind="bool", text=str(value))
        case str():
            return Attribute(name=name, kind="str", text=value if value.isprintable() else "")
        case _:
            return Attribute(name=name, kind=_KINDS[type(value)])
