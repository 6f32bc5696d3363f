"""What an expression of a followed method gives, as far as the source and the file's state say."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gatekeeper.artifact.facts import Attribute
from gatekeeper.artifact.prospects.arguments import constant
from gatekeeper.artifact.prospects.classes import Family
from gatekeeper.artifact.prospects.trace import Trace
from gatekeeper.artifact.prospects.values import (
    ANYTHING,
    Anything,
    Constant,
    Held,
    Known,
    Parent,
    Receiver,
    Value,
    compare,
    truth_of,
    value_of,
)


class Evaluation:
    """Evaluates expressions over one object: its class, its state, and what was set on it so far."""

    def __init__(self, family: Family, state: Mapping[str, Attribute], trace: Trace) -> None:
        self._family = family
        self._state = state
        self._trace = trace

    def value(self, node: ast.expr, values: Mapping[str, Value]) -> Value:
        """Return what is known of an expression's value."""
        match node:
            case ast.Name():
                return values.get(node.id, ANYTHING)
            case ast.Attribute():
                return self._attribute(self.value(node.value, values), node.attr)
            case ast.Call():
                return self._call(node, values)
            case ast.BoolOp():
                return self._choice(node, values)
            case ast.IfExp():
                taken = self.truth(node.test, values)
                return ANYTHING if taken is None else self.value(node.body if taken else node.orelse, values)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                truth = self.truth(node, values)
                return ANYTHING if truth is None else Known(value=truth)
            case ast.NamedExpr():
                return self.value(node.value, values)
            case ast.Subscript():
                return self._item(node, values)
            case _:
                return constant(node)

    def truth(self, node: ast.expr, values: Mapping[str, Value]) -> bool | None:
        """Return whether an expression counts as true, None where that is not known."""
        match node:
            case ast.UnaryOp(op=ast.Not()):
                inner = self.truth(node.operand, values)
                return None if inner is None else not inner
            case ast.BoolOp():
                truths = [self.truth(each, values) for each in node.values]
                decisive = isinstance(node.op, ast.Or)
                if decisive in truths:
                    return decisive
                return None if None in truths else not decisive
            case ast.Compare(ops=[operator], comparators=[right]):
                members = _members(right)
                return compare(self.value(node.left, values), operator, self.value(right, values), members)
            case ast.Compare():
                return None
            case _:
                return truth_of(self.value(node, values))

    def has(self, name: str) -> bool | None:
        """Return whether the object has an attribute; None where something on the way may set it."""
        if name in self._state or self._family.has(name):
            return True
        return None if name in self._trace.provided or not self._family.whole else False

    def _item(self, node: ast.Subscript, values: Mapping[str, Value]) -> Value:
        """Return a tag of an estimator: `self._get_tags()["allow_nan"]`."""
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Attribute(value=owner, attr="_get_tags")),
                slice=ast.Constant(value=str() as tag),
            ) if isinstance(self.value(owner, values), Receiver):
                return self._tag(tag)
            case _:
                return ANYTHING

    def _tag(self, tag: str) -> Value:
        """Return a tag as scikit-learn before 1.6 does: the first class whose `_more_tags` has it decides.

        Only a method of plain assignments and one returned dictionary is understood.
        """
        for each in self._family.classes:
            method = each.method("_more_tags")
            values: dict[str, Value] = {"self": Receiver()}
            for statement in method.body if method is not None else ():
                match statement:
                    case ast.Assign(targets=[ast.Name() as target]):
                        values[target.id] = self.value(statement.value, values)
                    case ast.Expr(value=ast.Constant()):
                        continue
                    case ast.Return(value=ast.Dict() as tags):
                        for key, value in zip(tags.keys, tags.values, strict=True):
                            if isinstance(key, ast.Constant) and key.value == tag:
                                return self.value(value, values)
                    case _:
                        return ANYTHING
        return ANYTHING

    def _attribute(self, owner: Value, name: str) -> Value:
        if not isinstance(owner, Receiver) or name in self._trace.provided or name not in self._state:
            return ANYTHING
        return value_of(self._state[name])

    def _choice(self, node: ast.BoolOp, values: Mapping[str, Value]) -> Value:
        decisive = isinstance(node.op, ast.Or)
        value: Value = ANYTHING
        for each in node.values:
            value = self.value(each, values)
            truth = truth_of(value)
            if truth is None:
                return ANYTHING
            if truth is decisive:
                return value
        return value

    def _call(self, node: ast.Call, values: Mapping[str, Value]) -> Value:
        match node:
            case ast.Call(func=ast.Name(id="super")):
                return Parent()
            case ast.Call(func=ast.Name(id="isinstance"), args=[target, ast.Name(id="type")]):
                return Known(value=False) if _is_object(self.value(target, values)) else ANYTHING
            case ast.Call(func=ast.Name(id="hasattr"), args=[target, ast.Constant(value=str() as name)]):
                there = self.has(name) if isinstance(self.value(target, values), Receiver) else None
                return ANYTHING if there is None else Known(value=there)
            case ast.Call(func=ast.Name(id="getattr"), args=[target, ast.Constant(value=str() as name), *default]):
                return self._getattr(self.value(target, values), name, default, values)
            case _:
                return ANYTHING

    def _getattr(self, owner: Value, name: str, default: list[ast.expr], values: Mapping[str, Value]) -> Value:
        if not isinstance(owner, Receiver):
            return ANYTHING
        known = self._attribute(owner, name)
        if not isinstance(known, Anything):
            return known
        return self.value(default[0], values) if default and self.has(name) is False else ANYTHING


def _is_object(value: Value) -> bool:
    """Whether this is an object that is no class."""
    return isinstance(value, Receiver) or (isinstance(value, Held) and value.attribute.kind == "object")


def _members(node: ast.expr) -> frozenset[Constant] | None:
    """Return what a literal collection of constants holds."""
    if not isinstance(node, ast.Tuple | ast.List | ast.Set):
        return None
    known = [constant(each) for each in node.elts]
    return frozenset(each.value for each in known if isinstance(each, Known)) if _all_known(known) else None


def _all_known(values: list[Value]) -> bool:
    return all(isinstance(each, Known) for each in values)
