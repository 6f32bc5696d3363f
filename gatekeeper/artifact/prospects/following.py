"""Follows a method of an object from line to line, and the calls in it, without executing anything.

What is followed are `self.` calls and `super()` along the order of bases, properties, and functions of the same
distribution that are called with the object or handed on. Conditions are decided where the state in the file or a
constant argument decides them; both branches count otherwise, as reads that not every call comes by.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gatekeeper.artifact.facts import Attribute
from gatekeeper.artifact.prospects.arguments import bind, bind_receiver, decorated, given, receiver_of
from gatekeeper.artifact.prospects.bindings import Function
from gatekeeper.artifact.prospects.classes import Class, Family
from gatekeeper.artifact.prospects.evaluation import Evaluation
from gatekeeper.artifact.prospects.frame import Flow, Frame, either, ends
from gatekeeper.artifact.prospects.resolve import follow
from gatekeeper.artifact.prospects.sources import Source, Sources
from gatekeeper.artifact.prospects.trace import Arguments, Read, Trace
from gatekeeper.artifact.prospects.values import ANYTHING, Held, Parent, Receiver, Value, merged

_DEEPEST = 15
_MOST_CALLS = 4000
"""Functions followed for one object. A pipeline of scikit-learn needs some hundred."""

_PROPERTIES = ("property", "cached_property", "deprecated")
_CONDITIONAL = ("available_if", "if_delegate_has_method")
"""scikit-learn's decorators for methods that an object has or has not, as what it holds decides."""
_CAUGHT = frozenset({"AttributeError", "Exception", "BaseException"})


class Follower:
    """Follows the methods of one object; `trace` has what was seen."""

    def __init__(self, sources: Sources, family: Family, state: Mapping[str, Attribute]) -> None:
        self.trace = Trace()
        self._sources = sources
        self._family = family
        self._state = state
        self._known = Evaluation(family, state, self.trace)
        self._top = family.classes[0].source.module.partition(".")[0]
        self._entry = ""
        self._done: set[tuple[object, ...]] = set()

    def enter(self, method: str, arguments: Arguments | None = None) -> None:
        """Follow a method of the object; see `arguments.bind_receiver` for its arguments."""
        found = self._family.find(method)
        if found is not None:
            self._entry = method
            values = bind_receiver(found[1], arguments)
            self._follow(found[0].source, *found, values, _outermost(*found))

    def _follow(
        self, source: Source, owner: Class | None, node: Function, values: dict[str, Value], caller: Frame
    ) -> None:
        certain, guarded, depth = caller.certain, caller.guarded, caller.depth + 1
        key = (source.module, node.lineno, frozenset(values.items()), certain, guarded, self._entry)
        if key not in self._done and depth <= _DEEPEST and len(self._done) < _MOST_CALLS:
            self._done.add(key)
            frame = Frame(source=source, owner=owner, values=values, certain=certain, guarded=guarded, depth=depth)
            self._block(node.body, frame)

    def _block(self, body: list[ast.stmt], frame: Frame) -> Flow:
        flow = Flow.GOES_ON
        for statement in body:
            this = self._statement(statement, frame)
            if ends(this):
                return this
            if this is Flow.MAY_RETURN:
                frame.certain, flow = False, Flow.MAY_RETURN
        return flow

    def _statement(self, statement: ast.stmt, frame: Frame) -> Flow:
        match statement:
            case ast.If():
                return self._if(statement, frame)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(statement, frame)
            case ast.Try() | ast.TryStar():
                return self._try(statement, frame)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    self._expression(item.context_expr, frame)
                return self._block(statement.body, frame)
            case ast.Match():
                self._expression(statement.subject, frame)
                flows = [self._block(case.body, frame.branch()) for case in statement.cases]
                return Flow.GOES_ON if all(flow is Flow.GOES_ON for flow in flows) else Flow.MAY_RETURN
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._block(statement.body, _inner(statement.args, frame))
                return Flow.GOES_ON
            case ast.ClassDef():
                return Flow.GOES_ON
            case _:
                return self._plain(statement, frame)

    def _plain(self, statement: ast.stmt, frame: Frame) -> Flow:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self._expression(child, frame)
        match statement:
            case ast.Return() | ast.Break() | ast.Continue():
                return Flow.RETURNS
            case ast.Raise():
                return Flow.RAISES
            case ast.Assign():
                value = self._known.value(statement.value, frame.values)
                for target in statement.targets:
                    self._bind(target, value, frame)
            case ast.AnnAssign(value=ast.expr() as assigned):
                self._bind(statement.target, self._known.value(assigned, frame.values), frame)
            case ast.AugAssign(target=ast.Attribute() as target):
                self._load(target, frame)
            case ast.AugAssign():
                self._bind(statement.target, ANYTHING, frame)
            case _:
                pass
        return Flow.GOES_ON

    def _if(self, statement: ast.If, frame: Frame) -> Flow:
        self._expression(statement.test, frame)
        taken = self._known.truth(statement.test, frame.values)
        if taken is not None:
            return self._block(statement.body if taken else statement.orelse, frame)
        first, second = frame.branch(), frame.branch()
        flows = self._block(statement.body, first), self._block(statement.orelse, second)
        if ends(flows[0]) or ends(flows[1]):
            frame.values = second.values if ends(flows[0]) else first.values
        else:
            frame.values = merged(first.values, second.values)
        return either(*flows)

    def _loop(self, statement: ast.For | ast.AsyncFor | ast.While, frame: Frame) -> Flow:
        frame.forget([statement])
        if isinstance(statement, ast.While):
            self._expression(statement.test, frame)
        else:
            self._expression(statement.iter, frame)
            self._bind(statement.target, ANYTHING, frame)
        inside = frame.branch()
        flow = either(self._block(statement.body, inside), self._block(statement.orelse, frame.branch()))
        return Flow.GOES_ON if flow is Flow.GOES_ON else Flow.MAY_RETURN

    def _try(self, statement: ast.Try | ast.TryStar, frame: Frame) -> Flow:
        guarded = frame.guarded
        frame.guarded = guarded or any(_catches(handler) for handler in statement.handlers)
        flow = self._block(statement.body, frame)
        frame.guarded = guarded
        for handler in statement.handlers:
            flow = either(flow, self._block(handler.body, frame.branch()))
        if not ends(flow):
            flow = either(flow, self._block(statement.orelse, frame))
        last = self._block(statement.finalbody, frame)
        return last if ends(last) else flow

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
                self._expression(node.body, _inner(node.args, frame))
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
        # What is given data alone can neither read the object nor call what it holds.
        if any(isinstance(value, Receiver | Held) for value in values.values()):
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


def _outermost(owner: Class, method: Function) -> Frame:
    """Return the frame that a service calls from; what is only there on a condition is not certain to be called."""
    certain = not decorated(method, *_CONDITIONAL)
    return Frame(source=owner.source, owner=owner, values={}, certain=certain, guarded=False, depth=0)


def _inner(arguments: ast.arguments, frame: Frame) -> Frame:
    """Return the frame of a function in a function: it is perhaps called, and its parameters hide variables."""
    inside = frame.branch()
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        inside.values[each.arg] = ANYTHING
    return inside


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CAUGHT) for kind in kinds)
