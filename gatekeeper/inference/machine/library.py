"""Calls of what the tree does not define, by dotted name: each kind has a room of its own."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gatekeeper.inference.machine import contexts, forwards, knowledge, pytorch, retention, threads
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.machine.stdlib import FUNCTIONS
from gatekeeper.inference.values import (
    NONE,
    UNKNOWN,
    Arguments,
    ClassValue,
    External,
    Network,
    Pending,
    Value,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


_NO_MODEL = re.compile(r"(Tokenizer|Processor|Extractor|Config|Scheduler|Pipeline|Predictor|Transforms?|Vocab\w*)$")
"""How classes end that have a `from_pretrained` and are no torch modules, or guard themselves."""

_MOVED = (".to()", ".cuda()", ".eval()", ".half()")
"""How expressions end that are torch modules if they are called."""

_HELD = (".model", ".net", ".network")
"""How something of a file that is not at hand is called that holds a torch module: `PricesConfig.model(x)`."""

_SERVERS = (".run_app", "uvicorn.run", "asyncio.run", ".serve_forever", ".run_until_complete", ".run_forever")
"""Functions that run a server, and return when it ends."""


def call(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call something of a library by its dotted name."""
    guard = contexts.made(dotted, arguments)
    if guard is not None:
        return guard
    special = FUNCTIONS.get(dotted)
    if special is not None:
        return special(machine, arguments, node, frame)
    handed = threads.of_function(machine, dotted, arguments, node, frame)
    if handed is not None:
        return handed
    if dotted in retention.CONTAINERS:
        return _container(machine, dotted, arguments, node, frame)
    if dotted.endswith(_SERVERS) and frame.phase is Phase.STARTUP and not frame.mode.on:
        machine.note_switch(frame)  # the guard around the server holds in the thread that runs it
    made = pytorch.module_made(dotted, arguments)
    if made is not None:  # `torch.compile(f)` calls nothing yet
        return made
    _run_arguments(machine, dotted, arguments, node, frame)
    return _other(machine, dotted, arguments, node, frame)


def _other(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    if dotted.startswith("torch."):
        return pytorch.call(machine, dotted, arguments, node, frame)
    if machine.libraries.knows(dotted):
        return knowledge.call(machine, dotted, arguments, node, frame)
    if dotted.startswith("builtins."):
        return UNKNOWN
    made = f"{dotted}()"
    if dotted.endswith(_MOVED) and machine.uses_torch(frame.module):  # tensors, which are moved as well, are not called
        return forwards.of_network(machine, Network(), arguments, node, frame)
    if "()" in dotted:  # an object of a library is called, or an attribute of one
        guessed = forwards.guessed(machine, node, arguments, frame, dotted)
        return External(made) if guessed is UNKNOWN and not dotted.endswith("()") else guessed
    if dotted.endswith(_HELD) and isinstance(node.func, ast.Attribute) and machine.uses_torch(frame.module):
        return forwards.of_network(machine, Network(), arguments, node, frame)
    if not dotted.endswith((".from_pretrained", ".load_from_checkpoint")) or _NO_MODEL.search(dotted.split(".")[-2]):
        return External(made)
    return Network(made)


_STARTING = re.compile(r"(Streamer|Batcher|Worker|Runner|Consumer|Dispatcher|Scheduler|Queue|Thread|Server)$")
"""How classes end whose objects call back what they are given, in a thread of their own."""


def _run_arguments(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> None:
    """Run what a library is given to run: coroutines, and in a request, callables that it calls back."""
    for each in arguments.all():
        if isinstance(each, Pending) and each.kind != "context":
            machine.finish(each, node, frame)
        elif frame.phase is Phase.STARTUP and machine.is_callable(each) and _STARTING.search(dotted):
            threads.hand_over(machine, each, Arguments(starred=True), node, frame)
        elif frame.phase is Phase.REQUEST and machine.is_callable(each) and not isinstance(each, ClassValue):
            mode = frame.mode.in_another_thread() if "thread" in dotted.lower() else frame.mode
            machine.call_in(each, Arguments(starred=True), node, frame, mode, "is called by:")


def _container(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    kind, drops = retention.CONTAINERS[dotted]
    made = machine.container(node, kind, frame)
    made.bounded = made.bounded or (drops and kind != "queue")
    if kind == "deque" and (length := arguments.named("maxlen", 1)) is not None and length != NONE:
        made.bounded = True
    for each in arguments.all():
        element = machine.iterate(each, node, frame)
        if element is not UNKNOWN:
            made.put(element)
    if dotted == "collections.defaultdict" and arguments.positional:
        factory = arguments.positional[0]
        made.put(machine.call(factory, Arguments(), node, frame))
    return made
