"""The same facts from a JSON Schema, as `Model.model_json_schema()` gives it where the model could be imported.

A schema says nothing of strictness, nor of NaN: both are None in what is returned, and no comparison claims them.
It is text of the candidate's process, so nothing of it is trusted: what is no schema is an error, and depth is bounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from gatekeeper.errors import Unreadable
from gatekeeper.inference.validation.constraints import Shape
from gatekeeper.inference.validation.facts import Extra, Field, InputModel, Scalar, Type
from gatekeeper.inference.validation.kinds import type_of

MAX_DEPTH = 24
"""References to references, and unions within unions."""
MAX_FIELDS = 10_000

_TYPES: Mapping[str, Type] = {
    "number": Type.NUMBER,
    "integer": Type.INTEGER,
    "boolean": Type.BOOLEAN,
    "string": Type.TEXT,
    "object": Type.OBJECT,
    "array": Type.LIST,
}
_BOUNDS = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
_FIX = "give what Model.model_json_schema() returns"


def from_json_schema(schema: object) -> InputModel:
    """Return what a JSON Schema of an object says of its fields.

    Raises:
        Unreadable: it is no schema of an object, or refers to itself without end.
    """
    document = _mapping(schema, "the schema")
    node = _resolved(document, document, 0)
    properties = _mapping(node.get("properties", {}), "properties")
    required = node.get("required", [])
    if not isinstance(required, list) or len(properties) > MAX_FIELDS:
        raise Unreadable("got a schema whose `required` is no list, or that has too many fields", fix=_FIX)
    extra = {False: Extra.FORBID, True: Extra.ALLOW}
    more = node.get("additionalProperties")
    title = node.get("title")
    return InputModel(
        name=title if isinstance(title, str) else "",
        fields=tuple(_field(str(name), each, str(name) in required, document) for name, each in properties.items()),
        extra=Extra.IGNORE if more is None else extra.get(more, Extra.ALLOW) if isinstance(more, bool) else Extra.ALLOW,
        strict=None,
        finite=None,
    )


def _field(name: str, node: object, required: bool, document: Mapping[str, object]) -> Field:  # noqa: FBT001 - a key of the schema
    schema = _mapping(node, name)
    shape = _shape(schema, document, 0)
    default = schema.get("default")
    shape.nullable = shape.nullable or ("default" in schema and default is None)
    return Field(
        name=name,
        attribute=name,
        types=tuple(sorted(shape.types, key=list(Type).index)) or (Type.ANY,),
        nullable=shape.nullable,
        required=required,
        default=default if isinstance(default, str | int | float | bool) else None,
        made=not required and "default" not in schema,
        low=shape.low,
        high=shape.high,
        low_open=shape.low_open,
        high_open=shape.high_open,
        multiple_of=shape.multiple_of,
        vocabulary=shape.vocabulary,
    )


def _shape(node: Mapping[str, object], document: Mapping[str, object], depth: int) -> Shape:
    node = _resolved(node, document, depth)
    shape = Shape()
    union = node.get("anyOf", node.get("oneOf", node.get("allOf")))
    if isinstance(union, list) and union:
        return _union([_shape(_mapping(each, "a member"), document, depth + 1) for each in union])
    listed = node.get("enum", [node["const"]] if "const" in node else None)
    if isinstance(listed, list):
        shape.nullable = any(each is None for each in listed)
        values: list[Scalar] = [each for each in listed if isinstance(each, str | int | float | bool)]
        shape.vocabulary = tuple(dict.fromkeys(values))
        shape.types = {type_of(each) for each in values}
        return shape
    said = node.get("type")
    for each in said if isinstance(said, list) else [said]:
        if each == "null":
            shape.nullable = True
        elif isinstance(each, str):
            shape.types.add(_TYPES.get(each, Type.OTHER))
    _bounds(node, shape)
    return shape


def _bounds(node: Mapping[str, object], shape: Shape) -> None:
    for key, name in _BOUNDS.items():
        value = _number(node.get(key), key)
        if value is not None:
            shape.bound(name, value)
    shape.multiple_of = _number(node.get("multipleOf"), "multipleOf")


def _number(value: object, key: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1.7e308 or math.isnan(value):
        raise Unreadable(f"{key}: got {str(value)[:40]}, expected a finite number", fix=_FIX)
    return float(value)


def _union(members: list[Shape]) -> Shape:
    """Return what any of the members takes; bounds hold if there is one member that is not null."""
    real = [each for each in members if each.types]
    nullable = any(each.nullable or not each.types for each in members)
    if len(real) == 1:
        (only,) = real
        only.nullable = only.nullable or nullable
        return only
    shape = Shape(nullable=nullable)
    for each in real:
        shape.types |= each.types
    numbers = [each for each in real if each.types & {Type.NUMBER, Type.INTEGER}]
    lows, highs = [each.low for each in numbers], [each.high for each in numbers]
    if numbers and None not in lows:
        shape.low = min(each for each in lows if each is not None)
    if numbers and None not in highs:
        shape.high = max(each for each in highs if each is not None)
    if real and all(each.vocabulary is not None for each in real):
        shape.vocabulary = tuple(dict.fromkeys(value for each in real for value in each.vocabulary or ()))
    return shape


def _resolved(node: Mapping[str, object], document: Mapping[str, object], depth: int) -> Mapping[str, object]:
    """Return what a `$ref` of this document refers to."""
    while "$ref" in node:
        depth += 1
        target = node["$ref"]
        if depth > MAX_DEPTH or not isinstance(target, str) or not target.startswith("#/"):
            raise Unreadable(f"got the reference {str(target)[:60]!r}, expected one inside that ends", fix=_FIX)
        found: object = document
        for part in target[2:].split("/"):
            found = _mapping(found, target[:60]).get(part)
        node = _mapping(found, target[:60])
    if depth > MAX_DEPTH:
        raise Unreadable("the schema is nested too deeply", fix=_FIX)
    return node


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable(f"{what}: got {type(value).__name__}, expected an object of JSON", fix=_FIX)
    return value
