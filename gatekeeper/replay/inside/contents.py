"""What lies in something that grew: which objects were made since the warm-up, which are tensors, and what they weigh.

A tensor with a `grad_fn` keeps its graph, and the graph the activations that the backward pass would need: they lie in
C++, where no list of objects shows them, and are weighed by asking each node for what it saved.
"""

from __future__ import annotations

import gc
import sys
import types
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from gatekeeper.replay.inside.calls import Fault, attempt, named
from gatekeeper.replay.inside.memory import has_graph, kind_of_tensors, storage

MAX_OBJECTS = 50000
MAX_GRAPH = 20000
_NOT_ENTERED = (type, types.ModuleType, types.FunctionType, types.CodeType, types.BuiltinFunctionType, types.FrameType)


class Contents(NamedTuple):
    """What lies in something.

    Attributes:
        things: all of it, each once.
        tensors: those of them that are.
        graphs: how many of the tensors carry a `grad_fn`.
        size: bytes, the storages of tensors and what their graphs saved included.
    """

    things: list[Any]
    tensors: list[Any]
    graphs: int
    size: int

    def common(self, entries: Iterable[Any]) -> str:
        """Return of which class the things are: tensors if there are any, else the commonest of the entries."""
        counted = Counter(named(type(each)) for each in self.tensors or entries)
        return counted.most_common(1)[0][0] if counted else ""


def contents(entries: Iterable[Any], new: frozenset[int], old_storages: set[Any]) -> Contents:
    """Return what lies in the entries, of what was made since the warm-up.

    Args:
        entries: Where to begin.
        new: The objects that the collector lists, by id; what it does not follow, as numbers, texts and arrays of
            numpy, counts as new.
        old_storages: The storages that were there before: of weights.
    """
    kind = kind_of_tensors()
    things: list[Any] = []
    waiting, seen = list(entries), set()
    while waiting and len(things) < MAX_OBJECTS:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _NOT_ENTERED) or (gc.is_tracked(thing) and id(thing) not in new):
            continue
        seen.add(id(thing))
        things.append(thing)
        waiting.extend(gc.get_referents(thing))
    tensors = [each for each in things if kind is not None and issubclass(type(each), kind)]
    with_graph = [each for each in tensors if has_graph(each)]
    storages = dict(storage(each) for each in [*tensors, *_saved(with_graph, kind)])
    size = sum(weight for key, weight in storages.items() if key not in old_storages)
    size += sum(attempt(_weight, each) or 0 for each in things if each is not None)
    return Contents(things, tensors, len(with_graph), size)


def _weight(thing: Any) -> int:
    return int(sys.getsizeof(thing))


def _saved(tensors: list[Any], kind: Any) -> list[Any]:
    """Return the tensors that the graphs of others saved for a backward pass."""
    found: list[Any] = []
    seen: dict[int, Any] = {}
    waiting = [attempt(lambda each=each: each.grad_fn) for each in tensors]
    while waiting and len(seen) < MAX_GRAPH:
        node = waiting.pop()
        if node is None or isinstance(node, Fault) or id(node) in seen:
            continue
        seen[id(node)] = node
        for name in dir(node):
            held = attempt(getattr, node, name) if name.startswith("_saved_") else None
            several = held if isinstance(held, (tuple, list)) else [held]
            found.extend(each for each in several if kind is not None and issubclass(type(each), kind))
        further = attempt(lambda node=node: [each[0] for each in node.next_functions])
        waiting.extend([] if isinstance(further, Fault) else further)
    return found
