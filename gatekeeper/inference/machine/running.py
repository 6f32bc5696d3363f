"""Calls of functions of the tree: arguments become variables, the body is walked once for each way to call it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.inference.facts import Guarding
from gatekeeper.inference.grad import Mode
from gatekeeper.inference.machine.frames import Frame, Phase, Trail
from gatekeeper.inference.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Bound,
    Environment,
    Instance,
    Value,
    join_all,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.machine import Machine
    from gatekeeper.inference.modules import Class, Function

MAX_DEPTH = 100
"""Calls within calls. That something lies deeper is told: it was not looked at."""

MAX_WAYS = 8
"""Ways to call one function that are walked apart; the next are walked with arguments of which nothing is known."""

MAX_RECEIVERS = 48
"""The same for objects of several classes that inherit a method; the next are taken for objects of its own class."""


class Result(Struct, frozen=True):
    """What a call did.

    Attributes:
        mode: the grad mode at the end, if the body changed it for its caller.
        entered: the mode at the first `yield`.
        nested: forward calls in it, where it is a torch module's own code, and `building` those with gradients on.
        shielded, open: see `Frame`.
    """

    value: Value = UNKNOWN
    mode: Mode | None = None
    entered: Mode | None = None
    yields: Value = UNKNOWN
    nested: int = 0
    building: int = 0
    shielded: bool = False
    open: tuple[ast.expr, Frame] | None = None


IN_PROGRESS = Result()
"""Stands for a function that calls itself."""


class Way(Struct, frozen=True):
    """How a function is called: in which mode, in which phase, from where."""

    mode: Mode
    phase: Phase
    trail: Trail
    inside: bool = False
    reports: bool = True
    depth: int = 0
    hook: ast.expr | None = None


def from_frame(frame: Frame, site: ast.AST, *, what: str = "calls:", mode: Mode | None = None) -> Way:
    """Return the way that a call in a frame takes."""
    return Way(
        mode=(mode or frame.mode).called(own=not frame.decorated),
        phase=frame.phase,
        trail=frame.trail.then(frame, site, what) if frame.reports and what else frame.trail,
        inside=frame.inside,
        reports=frame.reports,
        depth=frame.depth + 1,
        hook=frame.hook,
    )


def run(machine: Machine, bound: Bound, arguments: Arguments, way: Way) -> Result:
    """Walk a function's body, or return what an equal walk gave."""
    function = bound.function
    if way.depth > MAX_DEPTH:
        if way.reports and way.phase is Phase.REQUEST:
            machine.note_unfollowed(function, MAX_DEPTH)
        return IN_PROGRESS
    machine.note_walk(bound)
    variables = _variables(machine, bound, arguments)
    apart = (function, bound.closure, way.mode, way.phase, way.inside, way.reports, way.hook)
    key = (apart, bound.receiver, tuple(variables.items()))
    known = machine.results.get(key)
    if known is not None:
        return known
    machine.ways[apart] = machine.ways.get(apart, 0) + 1
    if machine.ways[apart] > MAX_WAYS:
        if machine.ways[apart] > MAX_RECEIVERS and function.owner is not None and isinstance(bound.receiver, Instance):
            bound = replace(bound, receiver=Instance(function.owner))
        variables = _variables(machine, bound, Arguments())
        key = (apart, bound.receiver, tuple(variables.items()))
        known = machine.results.get(key)
        if known is not None:
            return known
    machine.results[key] = IN_PROGRESS
    machine.results[key] = result = _walk(machine, bound, variables, way)
    return result


def _walk(machine: Machine, bound: Bound, variables: Environment, way: Way) -> Result:
    function = bound.function
    frame = Frame(
        module=function.module,
        mode=way.mode,
        phase=way.phase,
        trail=way.trail,
        variables=variables,
        function=function,
        closure=bound.closure,
        receiver=bound.receiver,
        class_=_owner(function),
        inside=way.inside,
        reports=way.reports,
        depth=way.depth,
        hook=way.hook,
        decorated=way.mode.how is Guarding.FUNCTION,
    )
    if way.reports and way.phase is Phase.REQUEST:
        machine.visited.add(function)
    node = function.node
    if isinstance(node, ast.Lambda):
        frame.returns.append(machine.evaluate(node.body, frame))
    else:
        machine.execute(node.body, frame)
    changed = frame.mode if (frame.mode.on, frame.mode.inference) != (way.mode.on, way.mode.inference) else None
    return Result(
        value=join_all(frame.returns) if frame.returns else NONE,
        mode=changed,
        entered=frame.entered,
        yields=join_all(frame.yields) if frame.yields else UNKNOWN,
        nested=frame.nested,
        building=frame.building,
        shielded=frame.shielded,
        open=frame.open,
    )


def _owner(function: Function | None) -> Class | None:
    """Return the class in whose method a function stands, closures included."""
    while function is not None:
        if function.owner is not None:
            return function.owner
        function = function.parent
    return None


def _variables(machine: Machine, bound: Bound, arguments: Arguments) -> Environment:
    """Return the variables that a call starts with: its arguments, the defaults, what annotations say."""
    arguments_node = bound.function.node.args
    given = list(arguments.positional)
    if bound.receiver is not None:
        given.insert(0, bound.receiver)
    variables: Environment = {}
    named = dict(arguments.keywords)
    parameters = [*arguments_node.posonlyargs, *arguments_node.args]
    defaults = dict(zip([each.arg for each in reversed(parameters)], reversed(arguments_node.defaults), strict=False))
    for index, parameter in enumerate(parameters):
        if index < len(given):
            value = given[index]
        else:
            value = _passed(named, parameter) or _default(machine, bound, parameter, defaults, arguments)
        variables[parameter.arg] = _known(machine, bound, parameter, value)
    keyword_defaults = {
        parameter.arg: default
        for parameter, default in zip(arguments_node.kwonlyargs, arguments_node.kw_defaults, strict=True)
        if default is not None
    }
    for parameter in arguments_node.kwonlyargs:
        value = _passed(named, parameter) or _default(machine, bound, parameter, keyword_defaults, arguments)
        variables[parameter.arg] = _known(machine, bound, parameter, value)
    # What is left are `*args` and `**kwargs`.
    if arguments_node.vararg is not None:
        variables[arguments_node.vararg.arg] = machine.packed("tuple", tuple(given[len(parameters) :]), {})
    if arguments_node.kwarg is not None:
        variables[arguments_node.kwarg.arg] = machine.packed("dict", (), named)
    return variables


def _passed(named: dict[str, Value], parameter: ast.arg) -> Value | None:
    """Take the argument that is passed by a parameter's name."""
    return named.pop(parameter.arg) if parameter.arg in named else None


def _default(
    machine: Machine, bound: Bound, parameter: ast.arg, defaults: dict[str, ast.expr], arguments: Arguments
) -> Value:
    """Return the default of a parameter that is not passed; nobody knows what `*args` brings."""
    node = defaults.get(parameter.arg)
    if node is None or arguments.starred:
        return UNKNOWN
    return machine.default(bound.function, node)


def _known(machine: Machine, bound: Bound, parameter: ast.arg, value: Value) -> Value:
    """Return the value, or what the annotation says where nothing, or only None, is known of it."""
    if parameter.annotation is None or not (value is UNKNOWN or value == NONE):
        return value
    said = machine.annotation(parameter.annotation, machine.scope(bound.function.module))
    return value if said is UNKNOWN else said
