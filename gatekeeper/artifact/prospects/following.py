"""Follows a method of an object from line to line, and the calls in it, without executing anything.

What is followed are `self.` calls and `super()` along the order of bases, properties, and functions of the same
distribution that are called with the object or handed on. Conditions are decided where the state in the file or a
constant argument decides them; both branches count otherwise, as reads that not every call comes by.
"""

from __future__ import annotations

import ast

from gatekeeper.artifact.prospects.arguments import bind_receiver, decorated
from gatekeeper.artifact.prospects.bindings import Function
from gatekeeper.artifact.prospects.classes import Class
from gatekeeper.artifact.prospects.expressions import Expressions, inner
from gatekeeper.artifact.prospects.frame import Flow, Frame, either, ends
from gatekeeper.artifact.prospects.trace import Arguments
from gatekeeper.artifact.prospects.values import ANYTHING, merged

_CONDITIONAL = ("available_if", "if_delegate_has_method")
"""scikit-learn's decorators for methods that an object has or has not, as what it holds decides."""
_CAUGHT = frozenset({"AttributeError", "Exception", "BaseException"})


class Follower(Expressions):
    """Follows the methods of one object; `trace` has what was seen."""

    def enter(self, method: str, arguments: Arguments | None = None) -> None:
        """Follow a method of the object; see `arguments.bind_receiver` for its arguments."""
        found = self._family.find(method)
        if found is None:
            return
        self._entry = method
        values = bind_receiver(found[1], arguments)
        try:
            self._follow(found[0].source, *found, values, _outermost(*found))
        except RecursionError:
            # Generated source can nest deeper than Python recurses; then what it sets is not known either.
            self.trace.open = True

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
                self._block(statement.body, inner(statement.args, frame))
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


def _outermost(owner: Class, method: Function) -> Frame:
    """Return the frame that a service calls from; what is only there on a condition is not certain to be called."""
    certain = not decorated(method, *_CONDITIONAL)
    return Frame(source=owner.source, owner=owner, values={}, certain=certain, direct=True, guarded=False, depth=0)


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CAUGHT) for kind in kinds)
