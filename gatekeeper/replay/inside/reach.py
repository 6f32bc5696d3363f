"""What can be reached from the candidate's modules, by name: the way to an object is how its code would write it.

From a module to its globals, from a class or an instance to its attributes, from a function to what it closes over,
from a container to what lies in it. Breadth first, so each object has its shortest name. Only code that is the
candidate's is looked into; of a library's objects, those that the candidate holds.
"""

from __future__ import annotations

import functools
import gc
import sys
import threading
import types
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from gatekeeper.replay.inside.calls import Fault, attempt

MAX_NODES = 100000
_MAX_KEY = 40
_ATOMS = (
    *(str, int, float, bool, bytes, complex, bytearray, range, slice, type(None), types.CodeType),
    *(types.BuiltinFunctionType, types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType),
    *(types.MethodDescriptorType, types.FrameType, types.GeneratorType),
)
_OURS = __name__.rpartition(".")[0]
CACHE = functools._lru_cache_wrapper  # noqa: SLF001 - the class has no other name
SEQUENCES = (list, tuple, deque)
CONTAINERS = (list, dict, set, deque, CACHE)


class Node(NamedTuple):
    """An object, and how it was come to.

    Attributes:
        thing: the object.
        parent: the position of the node that leads to it; -1 for a root.
        step: what is added to the parent's name.
        absolute: whether the step is the whole name.
        namespace: whether the parent is no container: what leads here is a name, not a place among many.
        suffix: said once, after the whole name: "(closure)".
    """

    thing: Any
    parent: int
    step: str
    absolute: bool = False
    namespace: bool = True
    suffix: str = ""


class Reach:
    """All that was reached, in one pass.

    Args:
        root: The candidate's folder: modules from there are its own, but for installed packages.
        predictor: What is called.
        stop: Objects, by id, that are noted and not looked into.
    """

    def __init__(self, root: str, predictor: Any, stop: frozenset[int] = frozenset()) -> None:
        self.nodes: list[Node] = []
        self._seen: set[int] = set()
        self._stop = stop
        self._root = root.rstrip("/") + "/"
        self._own = {name: each for name, each in list(sys.modules.items()) if self._is_own(name, each)}
        for name, each in sorted(self._own.items()):
            self._add(Node(each, -1, name))
        self._add(Node(predictor, -1, "the predictor"))
        self._add_threads()
        at = 0
        while at < len(self.nodes) and len(self.nodes) < MAX_NODES:
            if id(self.nodes[at].thing) not in self._stop:
                attempt(self._expand, at)
            at += 1

    def _is_own(self, name: str, module: Any) -> bool:
        path = getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None
        return type(path) is str and path.startswith(self._root) and "-packages/" not in path and name != _OURS

    def _add_threads(self) -> None:
        """Take the local variables of running threads: what waits there is held as well."""
        for number, last in sys._current_frames().items():  # noqa: SLF001 - there is no other way to them
            frame: types.FrameType | None = last
            while frame is not None and number != threading.get_ident():
                if frame.f_globals.get("__name__") in self._own:
                    name = f"{frame.f_globals['__name__']}.{frame.f_code.co_name}.<locals>."
                    for key, each in list(frame.f_locals.items()):
                        self._add(Node(each, -1, name + key, suffix=" (running thread)"))
                frame = frame.f_back

    def _add(self, node: Node) -> None:
        kind = type(node.thing)
        if kind in _ATOMS or id(node.thing) in self._seen or len(self.nodes) >= MAX_NODES:
            return
        foreign = isinstance(node.thing, (types.ModuleType, type))
        if foreign and not self._is_candidates(node.thing):
            return
        self._seen.add(id(node.thing))
        self.nodes.append(node)

    def _is_candidates(self, thing: Any) -> bool:
        if isinstance(thing, types.ModuleType):
            return any(thing is each for each in self._own.values())
        return getattr(thing, "__module__", None) in self._own

    def name(self, at: int) -> str:
        """Return the name of a node."""
        steps, suffix = [], ""
        while at >= 0:
            node = self.nodes[at]
            steps.append(node.step)
            suffix = suffix or node.suffix
            at = -1 if node.absolute else node.parent
        return "".join(reversed(steps))[:500] + suffix

    def _expand(self, at: int) -> None:
        for node in _edges(self.nodes[at].thing, at):
            self._add(node)


def _edges(thing: Any, at: int) -> Iterator[Node]:
    kind = type(thing)
    if isinstance(thing, types.FunctionType):
        yield from _of_function(thing, at)
    elif kind is types.MethodType:
        yield Node(thing.__self__, at, "")
    elif kind in (staticmethod, classmethod):
        yield Node(thing.__func__, at, "")
    elif kind is functools.partial:
        yield Node(thing.func, at, "")
        yield Node(thing.args, at, " (argument)")
        yield Node(thing.keywords, at, " (argument)")
    elif kind is CACHE:
        yield Node(thing.__wrapped__, at, "")
    elif kind in (tuple, list, set, frozenset, dict, deque):
        yield from _inside(thing, at)
    else:
        yield from _attributes(thing, at)
        yield from _inside(thing, at)


def _of_function(function: Any, at: int) -> Iterator[Node]:
    ours = str(function.__module__).startswith(_OURS)
    outer = function.__qualname__.rpartition(".<locals>")[0] or function.__qualname__
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):  # noqa: B905 - Python 3.8
        held = attempt(lambda cell=cell: cell.cell_contents)
        if not isinstance(held, Fault):
            path = f"{function.__module__}.{outer}.<locals>.{name}"
            yield Node(held, at, "") if ours else Node(held, at, path, absolute=True, suffix=" (closure)")
    for each in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        path = f"{function.__module__}.{function.__qualname__}"
        yield Node(each, at, path, absolute=True, suffix=" (default of an argument)")
    for name, each in list(vars(function).items()):
        yield Node(each, at, f".{name}")


def _attributes(thing: Any, at: int) -> Iterator[Node]:
    suffix = " (thread-local)" if isinstance(thing, threading.local) else ""
    found = attempt(vars, thing)
    if not isinstance(found, Fault):
        for name, each in list(found.items()):
            yield Node(each, at, f".{name}", suffix=suffix)
    for base in type(thing).__mro__:
        for name, slot in list(vars(base).items()):
            if type(slot) is types.MemberDescriptorType and base.__module__ != "builtins":
                held = attempt(slot.__get__, thing)
                if not isinstance(held, Fault):
                    yield Node(held, at, f".{name}")
    if type(thing).__flags__ & (1 << 9) == 0 and not hasattr(thing, "__dict__"):  # a type made in C
        for each in gc.get_referents(thing):
            yield Node(each, at, "")


def _inside(thing: Any, at: int) -> Iterator[Node]:
    """Yield what a container holds; by the methods of the built-in class, so that no code of the candidate runs."""
    if isinstance(thing, dict):
        for key, each in list(dict.items(thing)):
            yield Node(each, at, f"[{_key(key)}]", namespace=False)
            if type(key) not in _ATOMS:
                yield Node(key, at, " (key)", namespace=False)
    elif isinstance(thing, SEQUENCES):
        base: Any = next(each for each in SEQUENCES if isinstance(thing, each))
        for position, each in enumerate(list(base.__iter__(thing))):
            yield Node(each, at, f"[{position}]", namespace=False)
    elif isinstance(thing, (set, frozenset)):
        for each in list(thing):
            yield Node(each, at, " (member)", namespace=False)


def _key(key: Any) -> str:
    if type(key) in (str, int, float, bool, type(None)):
        return repr(key)[:_MAX_KEY]
    return "..."


def size(thing: Any) -> int:
    """Return how many things a container holds; -1 for what is none."""
    for base in (list, dict, set, deque):
        if isinstance(thing, base):
            return int(base.__len__(thing))  # type: ignore[arg-type] # an instance of the very class
    if type(thing) is CACHE:
        return int(thing.cache_info().currsize)
    return -1
