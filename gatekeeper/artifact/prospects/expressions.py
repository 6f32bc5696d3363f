"""Follows the expressions of a method: what they read, whom they call, what they ask other objects for."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping

from gatekeeper.artifact.facts import Attribute
from gatekeeper.artifact.prospects.arguments import bind, bind_receiver, decorated, given, receiver_of
from gatekeeper.artifact.prospects.bindings import Function
from gatekeeper.artifact.prospects.classes import Class, Family
from gatekeeper.artifact.prospects.evaluation import Evaluation
from gatekeeper.artifact.prospects.frame import Flow, Frame
from gatekeeper.artifact.prospects.resolve import follow
from gatekeeper.artifact.prospects.sources import Source, Sources
from gatekeeper.artifact.prospects.trace import Arguments, Read, Trace
from gatekeeper.artifact.prospects.values import ANYTHING, Held, Parent, Receiver, Value

_DEEPEST = 15
_MOST_CALLS = 4000
"""Functions followed for one object. A pipeline of scikit-learn needs some hundred."""

_PROPERTIES = ("property", "cached_property", "deprecated")


class Expressions(ABC):
    """What `following.Follower` does with expressions; `trace` has what was seen."""

    def __init__(self, sources: Sources, family: Family, state: Mapping[str, Attribute]) -> None:
        self.trace = Trace()
        self._sources = sources
        self._family = family
        self._state = state
        self._known = Evaluation(family, state, self.trace)
        self._top = family.classes[0].source.module.partition(".")[0]
        self._entry = ""
        self._done: set[tuple[object, ...]] = set()

    @abstractmethod
    def _block(self, body: list[ast.stmt], frame: Frame) -> Flow:
        """Follow the statements of a block."""

    def _follow(
        self, source: Source, owner: Class | None, node: Function, values: dict[str, Value], caller: Frame
    ) -> None:
        key = (source.module, node.lineno, frozenset(values.items()), caller.standing, self._entry)
        if key not in self._done and caller.depth < _DEEPEST and len(self._done) < _MOST_CALLS:
            self._done.add(key)
            self._block(node.body, caller.call(source, owner, values))

    def _bind(self, target: ast.expr, value: Value, frame: Frame) -> None:
        match target:
            case ast.Name():
                frame.values[target.id] = value
            case ast.Tuple() | ast.List():
                for each in target.elts:
                    self._bind(each, ANYTHING, frame)
            case ast.Starred():
                self._bind(target.value, ANYTHING, frame)
            case ast.Attribute() if isinstance(self._known.value(target.value, frame.values), Receiver):
                self.trace.provided.add(target.attr)
                if frame.direct:
                    self.trace.established.add(target.attr)

    def _expression(self, node: ast.expr, frame: Frame) -> None:
        match node:
            case ast.Call():
                self._call(node, frame)
            case ast.Attribute(ctx=ast.Load()):
                self._load(node, frame)
            case ast.Name(ctx=ast.Load()):
                self._reference(node, frame)
            case ast.BoolOp():
                self._operands(node, frame)
            case ast.IfExp():
                self._choice(node, frame)
            case ast.Lambda():
                self._expression(node.body, inner(node.args, frame))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node, frame)
            case ast.NamedExpr():
                self._expression(node.value, frame)
                self._bind(node.target, self._known.value(node.value, frame.values), frame)
            case _:
                self._parts(node, frame)

    def _parts(self, node: ast.AST, frame: Frame) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child, frame)
            elif isinstance(child, ast.keyword):
                self._expression(child.value, frame)

    def _operands(self, node: ast.BoolOp, frame: Frame) -> None:
        decisive = isinstance(node.op, ast.Or)
        for each in node.values:
            self._expression(each, frame)
            truth = self._known.truth(each, frame.values)
            if truth is decisive:
                return
            if truth is None:
                frame = frame.branch()

    def _choice(self, node: ast.IfExp, frame: Frame) -> None:
        self._expression(node.test, frame)
        taken = self._known.truth(node.test, frame.values)
        for branch, wanted in ((node.body, True), (node.orelse, False)):
            if taken is None or taken is wanted:
                self._expression(branch, frame if taken is not None else frame.branch())

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame) -> None:
        self._expression(node.generators[0].iter, frame)
        inside = frame.branch()
        inside.forget(node.generators)
        for number, generator in enumerate(node.generators):
            for part in (generator.iter, *generator.ifs) if number else generator.ifs:
                self._expression(part, inside)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self._expression(part, inside)

    def _load(self, node: ast.Attribute, frame: Frame) -> None:
        """Follow the reading of an attribute; a method that is only named may be called later, or not."""
        owner = self._known.value(node.value, frame.values)
        match owner:
            case Receiver() | Parent():
                found = self._family.find(node.attr, after=frame.owner if isinstance(owner, Parent) else None)
                if found is None:
                    self._note(node, "", frame)
                elif decorated(found[1], *_PROPERTIES):
                    self._follow(found[0].source, *found, bind_receiver(found[1]), frame)
                else:
                    self._follow(found[0].source, *found, bind_receiver(found[1], ()), frame.branch())
            case _:
                self._ask(node, owner, None, frame)

    def _ask(self, node: ast.Attribute, owner: Value, arguments: Arguments | None, frame: Frame) -> None:
        """Note that another object is asked for something; of one that the state tells the class, what it must have."""
        self.trace.ask(node.attr, arguments)
        if isinstance(owner, Held) and owner.attribute.kind == "object":
            self._note(node, owner.attribute.type, frame)
        self._expression(node.value, frame)

    def _note(self, node: ast.Attribute, holder: str, frame: Frame) -> None:
        """Note a read, unless it is one that the object's class or state answers, or whose failing is caught."""
        if not holder and (self._known.has(node.attr) or isinstance(node.ctx, ast.Store)):
            return
        if not frame.guarded:
            self.trace.reads.append(
                Read(
                    attribute=node.attr,
                    holder=holder,
                    entry=self._entry,
                    source=frame.source,
                    line=node.lineno,
                    certain=frame.certain,
                )
            )

    def _call(self, node: ast.Call, frame: Frame) -> None:
        for each in node.args:
            self._expression(each, frame)
        for keyword in node.keywords:
            self._expression(keyword.value, frame)
        match node.func:
            case ast.Attribute() as member:
                self._call_member(node, member, frame)
            case ast.Name(id="hasattr" | "getattr" | "setattr" | "delattr") as name:
                self._access(name.id, node, frame)
            case ast.Name() as name:
                self._call_function(node, name, frame)
            case other:
                self._expression(other, frame)

    def _call_member(self, node: ast.Call, member: ast.Attribute, frame: Frame) -> None:
        owner = self._known.value(member.value, frame.values)
        if isinstance(owner, Receiver | Parent):
            found = self._family.find(member.attr, after=frame.owner if isinstance(owner, Parent) else None)
            if found is None or decorated(found[1], *_PROPERTIES[:2]):
                self._load(member, frame)
                return
            values = self._bound(node, found[1], receiver_of(found[1]), frame)
            self._follow(found[0].source, *found, values, frame)
            return
        self._ask(member, owner, given(node), frame)

    def _call_function(self, node: ast.Call, name: ast.Name, frame: Frame) -> None:
        function = self._function(name, frame)
        if function is None:
            return
        source, definition = function
        values = self._bound(node, definition, [], frame)
        # A function of another module that is given data alone does not know the object, nor what it holds.
        if source is frame.source or any(isinstance(value, Receiver | Held) for value in values.values()):
            self._follow(source, None, definition, values, frame)

    def _reference(self, name: ast.Name, frame: Frame) -> None:
        """Follow a function that is handed on, as to `delayed`: it may be called, nobody knows with what."""
        function = self._function(name, frame)
        if function is not None:
            source, definition = function
            self._follow(source, None, definition, bind(definition, [], {}, complete=False), frame.branch())

    def _function(self, name: ast.Name, frame: Frame) -> tuple[Source, Function] | None:
        if name.id in frame.values:
            return None
        found = follow(self._sources, frame.source, name.id)
        if found is None or found.source.module.partition(".")[0] != self._top:
            return None
        node = found.node
        return (found.source, node) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None

    def _bound(self, node: ast.Call, definition: Function, first: list[Value], frame: Frame) -> dict[str, Value]:
        spread = any(isinstance(each, ast.Starred) for each in node.args) or any(not each.arg for each in node.keywords)
        positional = [self._known.value(each, frame.values) for each in node.args if not isinstance(each, ast.Starred)]
        keywords = {each.arg: self._known.value(each.value, frame.values) for each in node.keywords if each.arg}
        return bind(definition, [*first, *([] if spread else positional)], keywords, complete=not spread)

    def _access(self, function: str, node: ast.Call, frame: Frame) -> None:
        """Note what `hasattr` and `getattr` with a default ask for, and what `setattr` sets."""
        owner = self._known.value(node.args[0], frame.values) if node.args else ANYTHING
        name = node.args[1] if len(node.args) > 1 else None
        if not isinstance(owner, Receiver | Held):
            return
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            holder = owner.attribute.type if isinstance(owner, Held) else ""
            self.trace.guarded.add((holder, name.value))
        elif function == "setattr" and isinstance(owner, Receiver):
            self.trace.open = True


def inner(arguments: ast.arguments, frame: Frame) -> Frame:
    """Return the frame of a function in a function: it is perhaps called, and its parameters hide variables."""
    inside = frame.branch()
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        inside.values[each.arg] = ANYTHING
    return inside
