"""Tensors that are put where they outlive the request."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Kind
from gatekeeper.inference.machine.frames import Phase
from gatekeeper.inference.values import PLAIN, Constant, Container, Instance, Tensor, Value, parts, tensors_in

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine


def put(machine: Machine, container: Container, value: Value, node: ast.expr, frame: Frame) -> None:
    """Put a value into a container, and tell of a tensor that outlives the request there."""
    container.put(value)
    _keep(machine, container, value, node, frame, overwritten=False)


def put_item(machine: Machine, container: Container, key: ast.expr, value: Value, node: ast.expr, frame: Frame) -> None:
    """Put a value under a key. One that is a constant holds one value, and the next replaces it."""
    container.put(value)
    if isinstance(key, ast.Constant):
        container.named = {**(container.named or {}), key.value: value}
    # In a loop over names, the same few are assigned by each request.
    fixed = isinstance(key, ast.Constant) or (frame.loops > 0 and isinstance(key, ast.Name))
    _keep(machine, container, value, node, frame, overwritten=fixed)


def _keep(
    machine: Machine, container: Container, value: Value, node: ast.expr, frame: Frame, *, overwritten: bool
) -> None:
    if not container.lasting or frame.phase is Phase.STARTUP:
        return
    tensor = tensors_in(value) or _graph_in_fields(machine, value)
    if tensor is None:
        return
    if frame.hook is not None:
        if not overwritten and not container.bounded:
            machine.recorder.observe(Kind.HOOK_RETAINS, frame.hook, frame, detail=(("container", container.kind),))
        return
    detail = (("container", container.kind), ("bounded", "yes" if container.bounded else ""))
    kind = kept_with_graph(tensor)
    if kind is not None:
        machine.recorder.observe(kind, node, frame, detail=detail)
    elif container.kind != "queue" and not overwritten and not frame.inside:
        _without_graph(machine, container, tensor, node, frame)


def _graph_in_fields(machine: Machine, value: Value) -> Tensor | None:
    """Return the tensor with a graph that a record keeps: an object of the tree that is no torch module."""
    for each in parts(value):
        if isinstance(each, Instance) and not machine.objects.is_module(each.class_):
            held = [
                tensor for field in machine.objects.fields(each.class_) if (tensor := tensors_in(field)) is not None
            ]
            found = next((tensor for tensor in held if tensor.graph), None)
            if found is not None:
                return found
    return None


def _without_graph(machine: Machine, container: Container, tensor: Tensor, node: ast.expr, frame: Frame) -> None:
    detail = (("container", container.kind),)
    if tensor.device and not container.bounded:
        # Whether something is ever taken out of it is known when everything has been walked.
        machine.recorder.later(container, Kind.DEVICE_RETAINED, node, frame, detail)
    elif tensor.view:
        machine.recorder.later(container, Kind.VIEW_RETAINED, node, frame, detail)


def kept_with_graph(tensor: Tensor) -> Kind | None:
    """Return how to call a tensor that is kept with its graph, or None if it has none."""
    if not tensor.graph:
        return None
    return Kind.CPU_WITHOUT_DETACH if tensor.copied else Kind.GRAPH_RETAINED


def assigned(machine: Machine, value: Value, node: ast.expr, frame: Frame, home: str) -> None:
    """Tell of a tensor with a graph that is assigned to what outlives the request: a global, a class, a function."""
    if frame.phase is Phase.STARTUP:
        return
    tensor = tensors_in(value)
    kind = None if tensor is None else kept_with_graph(tensor)
    if kind is not None:
        machine.recorder.observe(kind, node, frame, detail=(("container", home),))


def accumulated(machine: Machine, node: ast.AugAssign, before: Value, value: Value, frame: Frame) -> bool:
    """Tell of a sum of tensors with graphs, which holds every one of them until it is dropped; return whether it was.

    A residual connection (`x += layer(x)`) adds to a tensor; a sum over requests or batches starts from a number, or
    stands where it outlives the request.
    """
    added = any(isinstance(each, Tensor) and each.graph for each in parts(value))
    if not added or not isinstance(node.op, ast.Add) or frame.inside or frame.phase is Phase.STARTUP:
        return False
    starts_from_number = before is PLAIN or isinstance(before, Constant)
    lasting = isinstance(node.target, ast.Attribute) or (
        isinstance(node.target, ast.Name) and node.target.id in frame.globals_
    )
    told = lasting or (frame.loops > 0 and starts_from_number)
    if told:
        machine.recorder.observe(Kind.ACCUMULATED, node.value, frame)
    return told


CONTAINERS = {
    "builtins.list": ("list", False),
    "builtins.dict": ("dict", False),
    "builtins.set": ("set", False),
    "builtins.tuple": ("tuple", False),
    "collections.deque": ("deque", False),
    "collections.OrderedDict": ("dict", False),
    "collections.defaultdict": ("dict", False),
    "queue.Queue": ("queue", True),
    "queue.SimpleQueue": ("queue", True),
    "queue.LifoQueue": ("queue", True),
    "queue.PriorityQueue": ("queue", True),
    "asyncio.Queue": ("queue", True),
    "multiprocessing.Queue": ("queue", True),
    "torch.multiprocessing.Queue": ("queue", True),
    "cachetools.TTLCache": ("cache", True),
    "cachetools.LRUCache": ("cache", True),
    "cachetools.LFUCache": ("cache", True),
    "cachetools.FIFOCache": ("cache", True),
    "cachetools.RRCache": ("cache", True),
    "diskcache.Cache": ("cache", True),
    "weakref.WeakValueDictionary": ("cache", True),
}
"""What calling these makes, and whether it drops elements by itself. What is put into a queue is taken out again."""

PUTTING = {
    "append": 0,
    "appendleft": 0,
    "add": 0,
    "put": 0,
    "put_nowait": 0,
    "push": 0,
    "insert": 1,
    "setdefault": 1,
}
"""Methods that put one value in, and which of their arguments it is."""

JOINING = frozenset({"extend", "extendleft", "update"})
"""Methods that put in every element of their argument."""

TAKING = frozenset({"pop", "popleft", "popitem", "clear", "remove", "discard"})
"""Methods that take something out for good."""

READING = frozenset({"get", "get_nowait", "pop", "popleft", "popitem", "values", "items", "copy", "most_common"})
"""Methods whose answer is, or holds, an element."""
