"""Work that is handed to another thread, or put off: the grad mode of the one who hands it over does not go with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gatekeeper.inference.grad import ON, Mode
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Container,
    External,
    Instance,
    Method,
    Network,
    Pending,
    Value,
    parts,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_WHAT = "hands work to a thread:"

FUNCTIONS: Mapping[str, tuple[str, int]] = {
    "threading.Thread": ("target", 1),
    "threading.Timer": ("function", 1),
    "multiprocessing.Process": ("target", 1),
    "torch.multiprocessing.Process": ("target", 1),
    "torch.multiprocessing.spawn": ("fn", 0),
    "_thread.start_new_thread": ("function", 0),
    "asyncio.to_thread": ("func", 0),
    "anyio.to_thread.run_sync": ("func", 0),
    "trio.to_thread.run_sync": ("sync_fn", 0),
    "starlette.concurrency.run_in_threadpool": ("func", 0),
    "fastapi.concurrency.run_in_threadpool": ("func", 0),
    "starlette.background.BackgroundTask": ("func", 0),
    "fastapi.background.BackgroundTask": ("func", 0),
    "quart.utils.run_sync": ("func", 0),
}
"""Functions that hand over a callable: the keyword and the position of it."""

METHODS: Mapping[str, int] = {
    "submit": 0,
    "run_in_executor": 1,
    "add_task": 0,
    "apply_async": 0,
    "start_soon": 0,
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "run_in_threadpool": 0,
}
"""Methods that hand over a callable, whatever they are called on: the position of it."""

_POOLS = ("PoolExecutor()", "ThreadPool()", "Pool()")
_POOLED = frozenset({"map", "imap", "imap_unordered", "starmap", "apply", "map_async"})

TASKS = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "gather"})
"""What makes a task of a coroutine: it runs when its maker lets go of the event loop."""

STREAMS = frozenset({"StreamingResponse", "EventSourceResponse", "StreamingHttpResponse", "ContentStream"})
"""Responses that draw from a generator after the handler has returned; Starlette does so in its thread pool."""


def of_function(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value | None:
    """Hand over what a function of a library runs in another thread; None if it does nothing of the kind."""
    known = FUNCTIONS.get(dotted)
    if known is not None:
        keyword, index = known
        target = arguments.named(keyword, index)
        rest = _arguments(arguments, index) if keyword not in {"target", "function"} else _args(arguments)
        return External(f"{dotted}()") if target is None else _made(machine, dotted, target, rest, node, frame)
    last = dotted.rpartition(".")[2]
    if last in TASKS:
        for each in arguments.positional:
            # A task runs in this thread, when its maker lets go of the loop: a block around its making is over then.
            postponed(machine, each, node, frame, replace(ON, switched=frame.mode.switched), "makes a task:")
        return UNKNOWN
    if last in STREAMS:
        for each in arguments.all():
            postponed(machine, each, node, frame, frame.mode.in_another_thread(), "streams from a thread:")
        return External(f"{dotted}()")
    return None


def _made(machine: Machine, dotted: str, target: Value, rest: Arguments, node: ast.Call, frame: Frame) -> Value:
    given = hand_over(machine, target, rest, node, frame)
    return External(f"{dotted}()") if dotted.rpartition(".")[2][0].isupper() else given


def of_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Value | None:
    """Hand over what a method runs in another thread; None if it does nothing of the kind."""
    if name not in METHODS and name not in _POOLED:
        return None
    pooled = isinstance(receiver, External) and receiver.dotted.endswith(_POOLS) and name in _POOLED
    index = 0 if pooled else METHODS.get(name)
    if index is None or len(arguments.positional) <= index:
        return None
    target = arguments.positional[index]
    if not machine.is_callable(target) and not _runs_module(machine, target):
        return None
    rest = _arguments(arguments, index)
    if name in _POOLED or name == "apply_async":
        rest = Arguments(tuple(_elements(each) for each in rest.positional))
    return hand_over(machine, target, rest, node, frame)


def _runs_module(machine: Machine, target: Value) -> bool:
    """Return whether a torch module itself, or a method of one, is handed over."""
    for each in parts(target):
        owner = each.receiver if isinstance(each, Method) else each
        if isinstance(owner, Network) or (isinstance(owner, Instance) and machine.objects.is_module(owner.class_)):
            return True
    return False


def _elements(value: Value) -> Value:
    return value.element if isinstance(value, Container) else UNKNOWN


def _arguments(arguments: Arguments, index: int) -> Arguments:
    return arguments.after(index + 1)


def _args(arguments: Arguments) -> Arguments:
    """Return what `Thread(target=f, args=(...), kwargs={...})` passes."""
    given, named = arguments.named("args"), arguments.named("kwargs")
    positional = given.items if isinstance(given, Container) else ()
    keywords = (named.named or {}).items() if isinstance(named, Container) else ()
    return Arguments(positional, tuple((key, value) for key, value in keywords if isinstance(key, str)))


def hand_over(machine: Machine, target: Value, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """Run a callable in another thread: at once where a request waits for it, else when the service runs."""
    mode = frame.mode.in_another_thread()
    if frame.phase is Phase.STARTUP:
        machine.started.append((target, arguments, node, frame))
        return UNKNOWN
    return machine.call_in(target, arguments, node, frame, mode, _WHAT)


def postponed(machine: Machine, value: Value, node: ast.expr, frame: Frame, mode: Mode, what: str) -> None:
    """Run a coroutine or a generator later: none of the guards that are open now will be.

    What is started while the service starts goes on beside the requests, and works for them.
    """
    for each in _pending(value):
        if frame.phase is Phase.STARTUP:
            machine.started.append((each, Arguments(), node, frame))
        else:
            machine.drive(each, node, frame, mode, what)


def _pending(value: Value) -> Iterator[Pending]:
    for each in parts(value):
        if isinstance(each, Pending):
            yield each
        elif isinstance(each, Container) and each.kind in {"list", "tuple"}:
            yield from (item for item in parts(each.element) if isinstance(item, Pending))
