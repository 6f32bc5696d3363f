"""Where walks begin: start-up code first, then each entry point, then what was started beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec.structs import replace

from gatekeeper.inference.entries import Found
from gatekeeper.inference.entries import Phase as Called
from gatekeeper.inference.facts import Flaw, Guarding
from gatekeeper.inference.grad import ON, Mode
from gatekeeper.inference.machine.calls import own_nodes
from gatekeeper.inference.machine.conditions import main_blocks
from gatekeeper.inference.machine.frames import Frame, Phase, Trail
from gatekeeper.inference.machine.machine import Machine, Started
from gatekeeper.inference.machine.objects import with_receiver
from gatekeeper.inference.modules import Function, Module, any_between, lines_with
from gatekeeper.inference.values import Arguments, Bound, Guarded, Instance, Pending, Value, Wrapped, parts

_APPLICATIONS = frozenset(
    """
    FastAPI Flask Starlette Quart Sanic Application Litestar Blocks Celery Robyn Bottle Falcon App ASGIApp LitServer Api
    """.split()
)
"""Classes of applications. A function that makes one is called by the server, or by a program that starts it."""
_RUNS = frozenset(
    {"run", "run_app", "serve", "serve_forever", "launch", "run_simple", "start_server", "run_until_complete"}
)
"""Methods and functions that start a server: what calls one is a program, whoever calls that."""
_MAKING = frozenset({"create_app", "make_app", "build_app", "get_app", "create_application", "init_app"})
"""Names under which servers look for what makes the application."""

_HANDLING = ("__call__", "predict", "handle", "infer")
"""Methods by which an object that a factory made answers a request: the first that it has."""

_NOTHING_KNOWN = Arguments(starred=True)
"""What a framework passes: nobody knows, so defaults don't count."""


def walk_entries(machine: Machine, found: Sequence[Found], factories: Sequence[Found] = ()) -> None:
    """Walk everything that a server calls, and what the factories of handlers make."""
    homes = dict.fromkeys(each.module for each in (*found, *factories))
    _start(machine, homes)
    for each in found:
        if each.phase is Called.STARTUP:
            _attempt(machine, each, partial(_walk, machine, each, Phase.STARTUP))
    _walk_started(machine)
    for each in sorted(found, key=lambda each: not each.before):
        if each.phase is Called.REQUEST:
            _attempt(machine, each, partial(_walk_request, machine, each))
    for each in factories:
        _attempt(machine, each, partial(_walk_made, machine, each))
        _walk_started(machine)


def _start(machine: Machine, homes: Iterable[Module]) -> None:
    """Walk what runs before the first request: modules, programs, and the functions that make applications."""
    known, names = set(homes), {each.name.rpartition(".")[2] for each in homes}
    importing = (each for each in machine.project.modules if _imports_any(machine, each, known, names))
    programs = [*homes, *importing]
    for module in dict.fromkeys(programs):
        machine.scope(module)
        machine.run_as_program(module)
    for module in dict.fromkeys(programs):
        # Looking for the words first spares most functions the walk.
        lines = lines_with(_WORDS, module.text)
        for function in module.functions.values():
            at_top = function.parent is None and function.owner is None
            if at_top and any_between(lines, function.node) and _makes_application(function):
                machine.walk_once(function)


_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_APPLICATIONS | _RUNS | _MAKING))})\b")


def _imports_any(machine: Machine, module: Module, homes: set[Module], names: set[str]) -> bool:
    """Return whether a module imports one of some modules, which have these last names."""
    targets = (each for each in module.imports.values() if not names.isdisjoint(each.split(".")))
    return any(machine.project.locate(each, module)[0] in homes for each in targets)


def _makes_application(function: Function) -> bool:
    """Return whether a function makes an application, or runs one."""
    if function.name in _MAKING:
        return True
    called = (each.func for each in own_nodes(function.node) if isinstance(each, ast.Call))
    last = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in called}
    return bool(last & _APPLICATIONS) or bool(
        last & _RUNS and function.name in {"main", "cli", "serve", "start", "run"}
    )


def _attempt(machine: Machine, found: Found, walk: Callable[[], None]) -> None:
    """Walk an entry point; what is nested deeper than Python's own limit is told as not looked at."""
    try:
        walk()
    except RecursionError:
        name = found.module.name if found.function is None else found.function.dotted
        what = f"{name} leads to code that is nested too deeply to be walked"
        machine.flaws.append(
            Flaw(what=what, fix="break up the deepest expression or call chain", path=found.module.path)
        )


def _walk_request(machine: Machine, found: Found) -> None:
    if not _prepares(machine, found):
        _walk(machine, found, Phase.REQUEST)
        _walk_started(machine)


def _prepares(machine: Machine, found: Found) -> bool:
    """Walk what runs before each request, in its thread: a switch that it turns off is off for the handler."""
    if not found.before or found.function is None:
        return False
    frame, site = _root(found, found.function, ON, Phase.REQUEST)
    machine.call(_value(machine, found), Arguments(), site, frame)
    machine.prepared = machine.prepared or not frame.mode.on
    return True


def _walk(machine: Machine, found: Found, phase: Phase) -> None:
    mode = _mode(machine, found) if phase is Phase.REQUEST else ON
    if found.function is None:
        _walk_script(machine, found, mode)
    else:
        frame, site = _root(found, found.function, mode, phase)
        result = machine.call(_value(machine, found), _given(machine, found, site, frame), site, frame)
        # What a handler leaves to be run (a coroutine, a generator) the framework runs where it called the handler.
        if isinstance(result, Pending):
            machine.drive(result, site, frame)


def _given(machine: Machine, found: Found, site: ast.expr, frame: Frame) -> Arguments:
    """Return what the framework passes, as far as that is known: what another function of the file has returned."""
    if found.given is None or found.function is None:
        return _NOTHING_KNOWN
    position, maker = found.given
    parameters = found.function.node.args.args
    if position >= len(parameters):
        return _NOTHING_KNOWN
    before = replace(frame, phase=Phase.STARTUP, mode=ON, reports=False, variables={})
    made = machine.call(machine.decorated(maker), Arguments(starred=True), site, before)
    return Arguments(keywords=((parameters[position].arg, made),), starred=True)


def _root(found: Found, function: Function, mode: Mode, phase: Phase) -> tuple[Frame, ast.expr]:
    """Return the frame that the framework calls a function from, and what stands for the call."""
    what = f"entry point of {found.framework}"
    trail = Trail(function.module, function.node, function.qualname, what, function)
    frame = Frame(module=function.module, mode=mode, phase=phase, trail=trail, variables={}, what="")
    return frame, ast.copy_location(ast.Name(id=function.name), function.node)


def _walk_made(machine: Machine, found: Found) -> None:
    """Walk what a factory makes; one that makes nothing to call is a handler itself."""
    function = found.function
    if function is None:
        return
    frame, site = _root(found, function, ON, Phase.STARTUP)
    made = machine.finish(machine.call(_value(machine, found), Arguments(), site, frame), site, frame)
    frame, site = _root(found, function, _mode(machine, found), Phase.REQUEST)
    handlers = [each for each in parts(made) if machine.is_callable(each)]
    for each in parts(made):
        if isinstance(each, Instance):
            methods = [machine.method(each, name) for name in _HANDLING]
            handlers += [method for method in methods if method is not None][:1]
    for each in handlers or [_value(machine, found)]:
        machine.finish(machine.call(each, _NOTHING_KNOWN, site, frame), site, frame)


def _value(machine: Machine, found: Found) -> Value:
    function = found.function
    assert function is not None
    if found.decorator is not None:
        return _registered(machine, found, function, found.decorator)
    if found.owner is not None:
        method = machine.method(Instance(found.owner), function.name)
        if method is not None:
            return method
    if function.parent is not None:
        return _closure(machine, function)
    if function.owner is not None:
        method = machine.method(Instance(function.owner), function.name)
        return Bound(function, Instance(function.owner)) if method is None else method
    known = machine.lookup(function.name, machine.scope(function.module))
    if not machine.is_callable(known) or _is_namesake(_innermost(known), function):
        return machine.decorated(function)
    return known


def _is_namesake(bound: Bound | None, function: Function) -> bool:
    """Return whether a later definition took the name of a function; a wrapper has a name of its own."""
    if bound is None or bound.function.node is function.node:
        return False
    return bound.function.qualname == function.qualname and bound.function.module is function.module


def _registered(machine: Machine, found: Found, function: Function, decorator: ast.expr) -> Value:
    """Return what a framework's decorator is given: the function under the decorators that stand below it."""
    receiver = None if found.owner is None else Instance(found.owner)
    value: Value = Bound(function)
    frame = machine.scope(function.module)
    if function.parent is not None:
        closure = _closure(machine, function)
        around = _innermost(closure)
        value = Bound(function, None, around.closure if around is not None else None)
        frame = value.closure or frame
    below = function.decorators[list(function.decorators).index(decorator) + 1 :]
    for each in reversed(below):
        value = machine.decorate(value, function, each, frame)
    return value if receiver is None else with_receiver(value, receiver)


def _innermost(value: Value) -> Bound | None:
    while isinstance(value, Guarded | Wrapped):
        value = value.inner
    return value if isinstance(value, Bound) else None


def _closure(machine: Machine, function: Function) -> Value:
    """Return a function that another one defines: the other is walked first, for what the inner one closes over."""
    assert function.parent is not None
    outer = function.parent
    if function not in machine.closures:
        if outer.parent is not None:
            _closure(machine, outer)
        machine.walk_once(outer, Instance(outer.owner) if outer.owner is not None else None)
    return machine.closures.get(function, Bound(function))


def _mode(machine: Machine, found: Found) -> Mode:
    if machine.prepared:
        return Mode(on=False, how=Guarding.CALLER)
    if found.guarded:
        return Mode(on=False, how=Guarding.LIBRARY)
    if not machine.switched:
        return ON
    return Mode(switched=True, enabled=machine.switch_told) if found.threaded else Mode(on=False, how=Guarding.CALLER)


def _walk_script(machine: Machine, found: Found, mode: Mode) -> None:
    """Walk a script that its framework runs anew for each request, as Streamlit does."""
    module = found.module
    trail = Trail(module, module.tree, "<module>", f"entry point of {found.framework}")
    variables = dict(machine.scope(module).variables)
    frame = Frame(module=module, mode=mode, phase=Phase.REQUEST, trail=trail, variables=variables)
    machine.execute(module.tree.body, frame)
    for body in main_blocks(module):
        frame.stopped = False
        machine.execute(body, frame)


def _walk_started(machine: Machine) -> None:
    """Walk the threads that were started while the service came up."""
    while machine.started:
        started = machine.started.pop()
        found = Found(function=started[3].function, module=started[3].module, framework="thread")
        _attempt(machine, found, partial(_walk_thread, machine, started))


def _walk_thread(machine: Machine, started: Started) -> None:
    target, arguments, node, frame = started
    mode = frame.mode.in_another_thread()
    if isinstance(target, Pending):
        mode = Mode(switched=machine.switched)
    what = "starts a task:" if isinstance(target, Pending) else "starts a thread:"
    trail = Trail(frame.module, node, frame.name, what, frame.function)
    inner = replace(frame, mode=mode, phase=Phase.REQUEST, trail=trail, reports=True, inside=False, depth=0, what="")
    if isinstance(target, Pending):
        machine.drive(replace(target, frame=inner), node, inner, mode)
    else:
        machine.finish(machine.call(target, arguments, node, inner), node, inner)
