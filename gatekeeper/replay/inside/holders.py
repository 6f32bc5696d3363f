"""Who holds what was kept: containers that grew, and names that lead to what was made since the warm-up."""

from __future__ import annotations

import gc
import types
from collections import deque
from typing import Any, NamedTuple

from gatekeeper.replay.inside.calls import Fault, attempt, named
from gatekeeper.replay.inside.contents import Contents, contents
from gatekeeper.replay.inside.reach import CACHE, CONTAINERS, Node, Reach, size
from gatekeeper.replay.inside.slopes import RATE

MAX_HOLDERS = 20
_STATED = ("maxsize", "max_size", "maxlen", "capacity")
"""What limits are called: by queue.Queue, cachetools and functools, and by those who write their own."""
_SCOPES = (types.ModuleType, types.FunctionType, type)


class Anchor:
    """Something old that leads to what is new.

    Attributes:
        thing: the container that grew, or what stands under the name that leads there.
        scope: where it stands under the last part of its name, if it is no container.
        owner: the object whose container it is, where that states the limit; else the thing itself.
        grown: by how many entries; 0 for what is no container.
        entries: what is new in it.
        limit: the most that it holds, if it says so.
    """

    def __init__(self, thing: Any, name: str, owner: Any, scope: Any = None) -> None:
        self.thing, self.name, self.owner, self.scope = thing, name, owner, scope
        self.grown = 0
        self.entries: list[Any] = []
        self.limit = limit(owner)
        held = size(thing)
        if self.limit is not None and held > self.limit:
            self.limit = None  # a limit that it is beyond is none

    @property
    def kind(self) -> str:
        """Its class."""
        return "functools.lru_cache" if type(self.owner) is CACHE else named(type(self.owner))

    def fill(self, before: int | None) -> None:
        """Find what is new in it by what it held before."""
        self.grown = max(0, size(self.thing) - before) if before is not None else 0
        self.entries.extend(self.last(self.grown))

    def last(self, count: int) -> list[Any]:
        """Return the last entries of a container; of one without an order all."""
        return _last(self.thing, count) if count > 0 else []

    def token(self) -> int:
        """Return a number that is another when there is more: how much a container holds, or which object it is."""
        held = size(self.thing)
        return held if held >= 0 else id(next(iter(self.now()), None))

    def now(self) -> list[Any]:
        """Return what stands under its name now."""
        found = attempt(getattr, self.scope, self.name.rpartition(".")[2])
        return [] if isinstance(found, Fault) else [found]


class Holder(NamedTuple):
    """An anchor, and what lies in it."""

    anchor: Anchor
    holds: str
    number: int
    contents: Contents


def limit(thing: Any) -> int | None:
    """Return the most that a container says it can hold; None where it says nothing."""
    if isinstance(thing, deque):
        return thing.maxlen
    if type(thing) is CACHE:
        found = thing.cache_info().maxsize
        return found if type(found) is int else None
    if isinstance(thing, _SCOPES) or type(thing) in (list, dict, set, tuple):
        return None
    for name in _STATED:
        said = attempt(getattr, thing, name)
        if type(said) is int and said > 0:
            return said
    return None


def _last(thing: Any, count: int) -> list[Any]:
    if type(thing) is CACHE:
        old = thing.__wrapped__
        return [each for each in _referents(thing) if each is not old and not isinstance(each, type)]
    if isinstance(thing, dict):
        return [each for pair in list(dict.items(thing))[-count:] for each in reversed(pair)]
    return list(thing)[-count:]


def _referents(cache: Any) -> list[Any]:
    """Return what a cache of functools holds: its results lie in it, or in the dict that is its own."""
    found = gc.get_referents(cache)
    return [each for one in found for each in (dict.values(one) if type(one) is dict else [one])]


def new_ids() -> frozenset[int]:
    """Return what the collector lists, by id: after `gc.freeze`, what was made since."""
    return frozenset(map(id, gc.get_objects()))


def sizes(reach: Reach) -> dict[int, int]:
    """Return how much each container holds, by id."""
    return {id(each.thing): size(each.thing) for each in reach.nodes if isinstance(each.thing, CONTAINERS)}


def anchors(reach: Reach, before: dict[int, int], new: frozenset[int]) -> list[Anchor]:
    """Return what grew, and what leads to new objects.

    Args:
        reach: What can be reached now; it stops at what is new.
        before: What `sizes` said after the warm-up.
        new: The new objects.
    """
    found: dict[int, Anchor] = {}
    for at, node in enumerate(reach.nodes):
        if id(node.thing) in new:
            inner = node.namespace or node.parent < 0
            anchor = _anchor(reach, at if inner else node.parent, found)
            anchor.entries.append(node.thing)
        elif isinstance(node.thing, CONTAINERS) and size(node.thing) > before.get(id(node.thing), 1 << 62):
            _anchor(reach, at, found)
    for anchor in found.values():
        anchor.fill(before.get(id(anchor.thing)))
    return list(found.values())


def _anchor(reach: Reach, at: int, found: dict[int, Anchor]) -> Anchor:
    node = reach.nodes[at]
    if id(node.thing) not in found:
        owner = _owner(reach, node)
        name = reach.name(at if owner is node.thing else node.parent)
        found[id(node.thing)] = Anchor(node.thing, name, owner, reach.nodes[node.parent].thing)
    return found[id(node.thing)]


def _owner(reach: Reach, node: Node) -> Any:
    if node.parent >= 0 and node.namespace and limit(node.thing) is None:
        parent = reach.nodes[node.parent].thing
        if not isinstance(parent, _SCOPES) and limit(parent) is not None:
            return parent
    return node.thing


def weighed(found: list[Anchor], new: frozenset[int], old_storages: set[Any], requests: int) -> list[Holder]:
    """Return the anchors that hold at least one thing in twenty requests, the largest first."""
    least = max(2.0, RATE * requests)
    holders = []
    for anchor in found:
        inside = contents(anchor.entries, new, old_storages)
        entries = anchor.entries if anchor.grown else inside.things
        count = len(inside.tensors) or anchor.grown or len({id(each) for each in anchor.entries})
        if not anchor.grown and not inside.tensors:
            count = max(count, _alike(inside))
        # One tensor may be all that is kept, and grow: whether it does is seen when it is looked at again.
        if count >= least or (size(anchor.thing) < 0 and inside.tensors):
            holders.append(Holder(anchor, inside.common(entries), count, inside))
    holders.sort(key=lambda each: (-each.contents.size, -each.number))
    return holders[:MAX_HOLDERS]


def _alike(inside: Contents) -> int:
    """Return how many things of the commonest class lie in something that is no container: a chain has many."""
    common = inside.common(inside.things)
    return sum(named(type(each)) == common for each in inside.things)
