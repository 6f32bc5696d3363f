"""From YAML nodes to plain values, by the shape that a type demands; every problem and every position is kept."""

from __future__ import annotations

import re
from typing import TypeAlias, TypeGuard

import yaml
from msgspec import inspect as shape

from gatekeeper.errors import PolicyError, Problem
from gatekeeper.model import Location
from gatekeeper.words import did_you_mean

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

MAX_DEPTH = 64
"""Levels of a document; the types that are read have a handful. Python's own limit differs between its versions."""

_TAG = "tag:yaml.org,2002:"
_READ_AS = {"float": "a number", "int": "a number", "bool": "a truth value", "timestamp": "a date", "null": "nothing"}
_NAMES = {
    shape.StrType: "text",
    shape.IntType: "a whole number",
    shape.FloatType: "a number",
    shape.BoolType: "true or false",
    shape.NoneType: "nothing",
    shape.StructType: "keys and values",
    shape.DataclassType: "keys and values",
    shape.DictType: "keys and values",
    shape.ListType: "a list",
    shape.VarTupleType: "a list",
}


class Decoder:
    """Walks nodes by the shape that they must have and collects each problem and each key's position."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.marks: dict[str, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()
        self._depth = 0

    def finish(self) -> None:
        """Raise PolicyError if there was any problem."""
        if self.problems:
            raise PolicyError(self.problems)

    def decode(self, node: yaml.Node, type_: shape.Type, key: str) -> Plain:
        """Return the plain value of `node`; where it is wrong, a problem is noted and None stands for it."""
        if self._depth == MAX_DEPTH:
            return self._problem(node, "", "nested too deeply to be read", "flatten it; a few levels are enough")
        self._depth += 1
        try:
            return self._decode(node, type_, key)
        finally:
            self._depth -= 1

    def _decode(self, node: yaml.Node, type_: shape.Type, key: str) -> Plain:
        self.marks[key] = mark(node)
        if id(node) in self._seen:
            return self._problem(node, key, "an alias (`*name`); expected the value itself", "write it out")
        self._seen.add(id(node))
        match type_:
            case shape.Metadata(type=shape.StrType() as inner, extra={"yaml": read_as}) if _is_read_as(node, read_as):
                return self._decode_pattern(node, inner, key)
            case shape.Metadata(type=inner):
                self._seen.discard(id(node))
                return self.decode(node, inner, key)
            case shape.UnionType(types=types):
                return self._decode_union(node, types, key)
            case shape.StructType() | shape.DataclassType():
                return self._decode_fields(node, type_, key)
            case shape.DictType(value_type=value_type):
                return self._decode_mapping(node, value_type, key)
            case shape.ListType(item_type=item) | shape.VarTupleType(item_type=item):
                return self._decode_list(node, item, key)
            case shape.AnyType():
                return self._decode_any(node, key)
            case _:
                return self._decode_scalar(node, type_, key)

    def _decode_union(self, node: yaml.Node, types: tuple[shape.Type, ...], key: str) -> Plain:
        if node.tag == _TAG + "null":
            return None
        others = [type_ for type_ in types if not isinstance(type_, shape.NoneType)]
        fitting = [type_ for type_ in others if _fits(node, type_)]
        if not fitting and len(others) > 1:
            expected = " or ".join(dict.fromkeys(_expected(type_) for type_ in others))
            return self._problem(node, key, f"got {describe(node)}, expected {expected}", "change the value")
        self._seen.discard(id(node))
        return self.decode(node, (fitting or others)[0], key)

    def _decode_mapping(self, node: yaml.Node, value_type: shape.Type, key: str) -> Plain:
        return {name: self.decode(value, value_type, _join(key, name)) for name, _, value in self._items(node, key)}

    def _decode_fields(self, node: yaml.Node, type_: shape.StructType | shape.DataclassType, key: str) -> Plain:
        fields = {field.encode_name: field for field in type_.fields}
        values: dict[str, Plain] = {}
        for name, name_node, value in self._items(node, key):
            if name in fields:
                values[name] = self.decode(value, fields[name].type, _join(key, name))
            else:
                self._problem(name_node, _join(key, name), f"unknown key {name!r}", did_you_mean(name, fields))
        if isinstance(node, yaml.MappingNode):
            for name, field in fields.items():
                if field.required and name not in values:
                    self._problem(node, _join(key, name), f"{_join(key, name)!r} is missing", f"add `{name}:`")
        return values

    def _decode_list(self, node: yaml.Node, item: shape.Type, key: str) -> Plain:
        if not isinstance(node, yaml.SequenceNode):
            shown = node.value if isinstance(node, yaml.ScalarNode) and node.value else "..."
            return self._problem(node, key, f"got {describe(node)}, expected a list", f"write: [{shown}]")
        return [self.decode(each, item, f"{key}[{index}]") for index, each in enumerate(node.value)]

    def _decode_any(self, node: yaml.Node, key: str) -> Plain:
        """Return what plain YAML says; the options of a check are typed when the check is known."""
        if isinstance(node, yaml.MappingNode):
            return self._decode_mapping(node, shape.AnyType(), key)
        if isinstance(node, yaml.SequenceNode):
            return self._decode_list(node, shape.AnyType(), key)
        for tag, type_ in (("int", shape.IntType()), ("float", shape.FloatType()), ("bool", shape.BoolType())):
            if node.tag == _TAG + tag:
                return self._decode_scalar(node, type_, key)
        return None if node.tag == _TAG + "null" else str(node.value)

    def _decode_scalar(self, node: yaml.Node, type_: shape.Type, key: str) -> Plain:
        if not isinstance(node, yaml.ScalarNode):
            return self._problem(node, key, f"got {describe(node)}, expected {_expected(type_)}", "write one value")
        tag = node.tag.removeprefix(_TAG)
        if isinstance(type_, shape.StrType | shape.LiteralType):
            return self._decode_text(node, tag, type_, key)
        wanted = {shape.IntType: ("int",), shape.FloatType: ("float", "int"), shape.BoolType: ("bool",)}[type(type_)]
        if tag not in wanted:
            return self._problem(node, key, f"got {describe(node)}, expected {_expected(type_)}", "change the value")
        try:
            return _construct(node, tag)
        except ValueError:
            return self._problem(node, key, f"got {node.value!r}, expected {_expected(type_)}", "write it in decimal")

    def _decode_text(self, node: yaml.ScalarNode, tag: str, type_: shape.Type, key: str) -> Plain:
        if tag in _READ_AS:
            fix = f'write: "{node.value}"' if node.value else "write a value, or delete the key"
            return self._problem(node, key, f"{node.value or 'nothing'} is read as {_READ_AS[tag]}, expected text", fix)
        if tag != "str":
            return self._problem(node, key, f"the tag {node.tag!r} is not used here", "write plain text")
        if isinstance(type_, shape.LiteralType) and node.value not in type_.values:
            known = [str(value) for value in type_.values]
            return self._problem(node, key, f"got {node.value!r}, expected {' or '.join(known)}", f"write: {known[0]}")
        if isinstance(type_, shape.StrType):
            return self._decode_pattern(node, type_, key)
        return str(node.value)

    def _decode_pattern(self, node: yaml.ScalarNode, type_: shape.StrType, key: str) -> Plain:
        if type_.min_length and len(node.value) < type_.min_length:
            return self._problem(node, key, "the text is empty", "write a value, or delete the key")
        if type_.pattern and not re.search(type_.pattern, node.value):
            return self._problem(node, key, f"got {node.value!r}", f"it must match {type_.pattern}")
        return str(node.value)

    def _items(self, node: yaml.Node, key: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """Return (key, key's node, value) for each pair of a mapping; each key once and each a string."""
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, key, f"got {describe(node)}, expected keys and values", "indent `key: value` below it")
            return []
        first: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self._problem(name, key, f"a key is {describe(name)}, expected text", "write a plain key")
            elif name.value in first:
                line = first[name.value][0].start_mark.line + 1
                what = f"duplicate key {name.value!r}; it stands in line {line} too"
                self._problem(name, key, what, "keep one of them")
            else:
                first[name.value] = (name, value)
        return [(text, name, value) for text, (name, value) in first.items()]

    def _problem(self, node: yaml.Node, key: str, what: str, fix: str) -> Plain:
        """Note a problem; return None, which stands for the value that there is not."""
        line, column = mark(node)
        prefix = "" if not key or repr(key) in what else f"{key}: "
        at = Location(path=self.path, line=line, column=column, key=key or None)
        self.problems.append(Problem(at=at, what=prefix + what, fix=fix))
        return None


def _fits(node: yaml.Node, type_: shape.Type) -> bool:
    """Return whether a node may be a value of one type of a union, by what it is alone."""
    if isinstance(type_, shape.Metadata):
        return _fits(node, type_.type)
    if isinstance(type_, shape.ListType | shape.VarTupleType):
        return isinstance(node, yaml.SequenceNode)
    if isinstance(type_, shape.StructType | shape.DataclassType | shape.DictType):
        return isinstance(node, yaml.MappingNode)
    tags = {shape.IntType: ("int",), shape.FloatType: ("float", "int"), shape.BoolType: ("bool",)}
    return isinstance(node, yaml.ScalarNode) and node.tag.removeprefix(_TAG) in tags.get(type(type_), ("str",))


def _is_read_as(node: yaml.Node, tag: str) -> TypeGuard[yaml.ScalarNode]:
    """Return whether YAML takes a plain text for what a field says it may be: `2026-12-31` for a day, without quotes.

    The text is kept as it stands; whoever reads the field judges whether it is a day.
    """
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.tag == _TAG + tag


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _expected(type_: shape.Type) -> str:
    if isinstance(type_, shape.LiteralType):
        return " or ".join(str(value) for value in type_.values)
    return _NAMES.get(type(type_), "another type")


def _construct(node: yaml.ScalarNode, tag: str) -> int | float | bool:
    if tag == "bool":
        return node.value.lower() in {"true", "yes", "on"}
    text = node.value.replace("_", "")
    return int(text, 10) if tag == "int" else float(text)


def mark(node: yaml.Node) -> tuple[int, int]:
    """Return the line and the column of a node, both from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def describe(node: yaml.Node) -> str:
    """Return what a node is, for a message."""
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if node.tag == _TAG + "null" else repr(node.value)
