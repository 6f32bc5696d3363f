"""What a framework passes to an entry point: a value for each parameter that brings something of a request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatekeeper.inference.modules import Class, Function
from gatekeeper.inference.validation import kinds, tables
from gatekeeper.inference.validation.annotations import Brought, brought
from gatekeeper.inference.validation.data import Data, Origin
from gatekeeper.inference.validation.facts import Way
from gatekeeper.inference.validation.lookup import Where
from gatekeeper.inference.validation.steps import step_before
from gatekeeper.inference.values import UNKNOWN, Arguments, Bound, External, Guarded, Instance, Partial, Value, Wrapped

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.validation.watching import Watcher

_HANDLES = frozenset("request req reader websocket ws socket sock conn connection scope environ http_request".split())
_RECORDS = frozenset({"gRPC"})
_NAMED = re.compile(r"(Input|Inputs|Request|Payload|Features|Query|Schema|Record|Item|Items|Body|Params|Model|In)$")
"""How models of input are called, where a caller is named and passes services as well."""
_DEPENDED = frozenset({"Depends", "Security", "Provide"})
_SPECIFYING = frozenset({"input_spec", "pydantic_model", "model", "body_model", "request_model"})
"""Keywords of decorators that name the model of the input: BentoML's, the event parser of Lambda Powertools'."""


def innermost(value: Value) -> Bound | None:
    """Return the function under decorators and partial applications."""
    while isinstance(value, Guarded | Wrapped | Partial):
        value = value.inner
    return value if isinstance(value, Bound) else None


def given_by_framework(watcher: Watcher, value: Value, framework: str, frame: Frame) -> Arguments:
    """Return what the framework passes, by the names of the parameters."""
    bound = innermost(value)
    if bound is None:
        return Arguments(starred=True)
    given = dict(_seeds(watcher, bound.function, framework, frame, bound=bound.receiver is not None))
    entered = frame.trail.function
    if entered is not None and entered is not bound.function and bound.function.node.args.kwarg is not None:
        # A decorator of the tree hands on what it gets: `def wrapper(*args, **kwargs)`.
        given |= dict(_seeds(watcher, entered, framework, frame, bound=entered.owner is not None))
    return Arguments(keywords=tuple(given.items()), starred=True)


def _seeds(
    watcher: Watcher, function: Function, framework: str, frame: Frame, *, bound: bool
) -> Iterator[tuple[str, Value]]:
    arguments = function.node.args
    parameters = [*arguments.posonlyargs, *arguments.args]
    defaults = _defaults(arguments)
    specified, enforced = _decorators(watcher, function, framework)
    own = parameters[1:] if bound and parameters else parameters
    for place, parameter in enumerate([*own, *arguments.kwonlyargs]):
        value = _depended(watcher, parameter, defaults.get(parameter.arg), function, frame)
        if value is None and place == 0:
            known = None if specified is None else _checked(watcher, specified, parameter, function)
            value = known or _prepared(watcher, function, framework, frame)
        if value is None:
            value = _seed(watcher, parameter, function, framework, place, enforced=enforced)
        if value is not None:
            yield parameter.arg, value
    if arguments.kwarg is not None and not own:
        kwarg = arguments.kwarg
        if specified is not None:
            _checked(watcher, specified, kwarg, function)
            yield "*", watcher.checked(Instance(specified)) or UNKNOWN
        elif framework in tables.SERVERS:
            yield "*", _raw(watcher, Way.MAPPING, kwarg, function)


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    """Return the defaults of parameters, by name."""
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    pairs += [
        (each.arg, default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    return dict(pairs)


def _decorators(watcher: Watcher, function: Function, framework: str) -> tuple[Class | None, bool]:
    """Return the model that a decorator names, and whether the framework or one of them enforces annotations."""
    enforced, specified = framework in tables.VALIDATING, None
    where = Where(function.module, function.parent)
    for node in function.decorators:
        call = node if isinstance(node, ast.Call) else None
        made = watcher.evaluate(call.func if call else node, watcher.scope(function.module))
        dotted = made.dotted if isinstance(made, External) else ""
        enforced = enforced or any(f"{dotted}.".startswith(f"{each}.") for each in tables.VALIDATING_DECORATORS)
        enforced = enforced or dotted.startswith(("ninja.", "fastapi.", "litestar."))
        for keyword in (
            (each for part in ast.walk(call) if isinstance(part, ast.Call) for each in part.keywords) if call else ()
        ):
            if keyword.arg in _SPECIFYING:
                specified = kinds.resolve_class(keyword.value, watcher.lookup_, where) or specified
    return specified, enforced


def _depended(
    watcher: Watcher, parameter: ast.arg, default: ast.expr | None, function: Function, frame: Frame
) -> Value | None:
    """Return what `Depends(f)` gives, as a default or in the annotation; None where there is none."""
    inside = parameter.annotation.slice if isinstance(parameter.annotation, ast.Subscript) else None
    marks = inside.elts[1:] if isinstance(inside, ast.Tuple) else []
    where = Where(function.module, function.parent)
    for node in [*([default] if default is not None else []), *marks]:
        if isinstance(node, ast.Call) and watcher.lookup_.dotted(node.func, where).rpartition(".")[2] in _DEPENDED:
            if not node.args:
                return None  # the class of the annotation, made of the query
            made = watcher.evaluate(node.args[0], watcher.scope(function.module))
            return watcher.finish(watcher.call(made, Arguments(starred=True), node, frame), node, frame)
    return None


def _prepared(watcher: Watcher, function: Function, framework: str, frame: Frame) -> Value | None:
    """Return what the step before has made of the request; None where there is none."""
    before = step_before(watcher.project, function, function.owner, framework)
    if before is None:
        return None
    value: Value = Bound(before, None if before.owner is None else Instance(before.owner))
    site = ast.copy_location(ast.Name(id=before.name), before.node)
    return watcher.finish(watcher.call(value, Arguments(starred=True), site, frame), site, frame)


def _seed(
    watcher: Watcher, parameter: ast.arg, function: Function, framework: str, place: int, *, enforced: bool
) -> Value | None:
    said = brought(parameter.annotation, Where(function.module, function.parent, function.owner), watcher.lookup_)
    if said is not None and said.model is not None:
        if enforced:
            return _checked(watcher, said.model, parameter, function, several=said.several)
        return _raw(watcher, Way.CLAIMED, parameter, function)
    if tables.NOT_INPUT.match(parameter.arg) or (framework == "gRPC" and place > 0):
        return None
    if framework in _RECORDS:
        return _raw(watcher, Way.RECORD, parameter, function)
    if said is None:
        said = _by_name(parameter.arg, framework)
    if said.way is Way.UNSEEN and not (enforced and (framework != "named" or _NAMED.search(_last_word(parameter)))):
        return None
    return None if said.way is None else _raw(watcher, said.way, parameter, function)


def _last_word(parameter: ast.arg) -> str:
    text = "" if parameter.annotation is None else ast.unparse(parameter.annotation)
    return text.strip("'\"").rpartition(".")[2]


def _by_name(name: str, framework: str) -> Brought:
    """Return what a parameter without an annotation brings."""
    if name in _HANDLES:
        return Brought(Way.HANDLE)
    return Brought(Way.PARAMETERS if framework in {"FastAPI", "Flask", "Quart", "Bottle"} else Way.MAPPING)


def _raw(watcher: Watcher, way: Way, parameter: ast.arg, function: Function) -> Value:
    origin = Origin(way, watcher.place(function.module, parameter), ast.unparse(parameter), function.qualname)
    watcher.enter(origin)
    return Data(origin)


def _checked(
    watcher: Watcher, class_: Class, parameter: ast.arg, function: Function, *, several: bool = False
) -> Value:
    at = watcher.place(function.module, parameter)
    origin = Origin(Way.MODEL, at, ast.unparse(parameter), function.qualname, model=class_)
    watcher.enter(origin)
    made = Instance(class_)
    return watcher.packed("list", (made,), {}) if several else made
