"""Whether weights change while records are answered: digests of modules and fitted estimators, before and after."""

from __future__ import annotations

import gc
import hashlib
import sys
import weakref
from collections.abc import Iterator
from typing import Any

from gatekeeper.replay.inside.calls import Fault, attempt, named

_MAX_OBJECTS = 2000
_MAX_DEPTH = 5
_MAX_ITEMS = 20000


class Weights:
    """What is watched: each object once, with the digest that it had when it was first seen."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, str]] = {}

    def look(self, *, new: bool = False) -> None:
        """Take what is alive now: all modules that are in no other, and all estimators.

        Args:
            new: whether only what was made lately is looked at: what the collector has not gone through twice.
        """
        kinds = _kinds()
        if kinds:
            everything = gc.get_objects(0) + gc.get_objects(1) if new else gc.get_objects()
            for each in _outermost([each for each in everything if type(each) in kinds]):
                self.add(each)

    def known(self) -> list[Any]:
        """Return weak references to what is watched: nothing is kept alive by it."""
        return [reference for reference, _ in self._seen.values() if reference() is not None]

    def add(self, thing: Any) -> None:
        """Take a module or an estimator, unless it is known; anything else is left."""
        if id(thing) in self._seen or len(self._seen) >= _MAX_OBJECTS or not _kind(type(thing)):
            return
        reference = attempt(weakref.ref, thing)
        digest = attempt(digested, thing)
        if not isinstance(reference, Fault) and not isinstance(digest, Fault):
            self._seen[id(thing)] = (reference, digest)

    def changed(self) -> list[str]:
        """Return the classes of those whose numbers are not what they were."""
        found = set()
        for reference, before in self._seen.values():
            thing = reference()
            if thing is not None and attempt(digested, thing) != before:
                found.add(named(type(thing)))
        return sorted(found)


def _kinds() -> set[type]:
    """Return all classes of modules and of estimators that there are.

    There are hundreds of thousands of objects: `type(each) in kinds` is what a look at one may cost. And `isinstance`
    would ask the object: what a proxy or a mock says of itself is its own affair.
    """
    homes = {"torch.nn.modules.module": "Module", "sklearn.base": "BaseEstimator"}
    waiting = [getattr(sys.modules[home], name, None) for home, name in homes.items() if home in sys.modules]
    found: set[type] = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and kind not in found:
            found.add(kind)
            waiting.extend(type.__subclasses__(kind))
    return found


def _outermost(things: list[Any]) -> list[Any]:
    """Return the estimators, and the modules that are in no other."""
    inner: set[int] = set()
    for each in things:
        children = attempt(lambda each=each: [id(child) for child in each._modules.values()])  # noqa: SLF001 - as torch
        inner.update([] if isinstance(children, Fault) else children)
    return [each for each in things if id(each) not in inner]


def _kind(kind: type) -> str:
    """Return "module" for a class of torch's modules, "estimator" for one with parameters as scikit-learn's."""
    for each in kind.__mro__:
        if each.__name__ == "Module" and each.__module__ == "torch.nn.modules.module":
            return "module"
        if "get_params" in each.__dict__:
            return "estimator"
    return ""


def digested(thing: Any) -> str:
    """Return a digest of all numbers of a module or an estimator."""
    digest = hashlib.blake2b(digest_size=16)
    if _kind(type(thing)) == "module":
        for name, each in (*thing.named_parameters(), *thing.named_buffers()):
            digest.update(f"{name} {each.dtype} {tuple(each.shape)} {each.device}".encode("utf-8", "replace"))
            _of_tensor(digest, each)
    else:
        for array in _arrays(thing, 0, set()):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(memoryview(array.reshape(-1).view("u1")) if array.size else b"")
    return digest.hexdigest()


def _of_tensor(digest: Any, tensor: Any) -> None:
    torch = sys.modules["torch"]
    if tensor.device.type == "meta" or tensor.layout != torch.strided or tensor.is_quantized:
        digest.update(str(tensor._version).encode())  # noqa: SLF001 - it counts changes where the bytes can't be had
        return
    flat = tensor.detach().contiguous().reshape(-1).cpu()
    if flat.numel():
        digest.update(memoryview(flat.view(torch.uint8).numpy()))


def _arrays(thing: Any, depth: int, seen: set[int]) -> Iterator[Any]:
    """Yield the numeric arrays in an object of a library of models, in the order of its attributes."""
    numpy = sys.modules.get("numpy")
    if numpy is None or depth > _MAX_DEPTH or len(seen) > _MAX_ITEMS:
        return
    if type(thing) is numpy.ndarray:
        if thing.dtype.kind in "biuf" or thing.dtype.names:
            yield numpy.ascontiguousarray(thing)
        elif thing.dtype.kind == "O":
            for each in thing.reshape(-1).tolist():
                yield from _arrays(each, depth + 1, seen)
        return
    members = _members(thing, depth)
    if not members or id(thing) in seen:
        return
    seen.add(id(thing))
    for each in members:
        yield from _arrays(each, depth + 1, seen)


def _members(thing: Any, depth: int) -> list[Any]:
    kind = type(thing)
    if kind in (list, tuple):
        return list(thing)
    if kind is dict:
        return list(thing.values())
    if depth and not kind.__module__.startswith(("sklearn.", "xgboost.", "lightgbm.")) and not _kind(kind):
        return []
    inside = getattr(thing, "__dict__", None)
    if isinstance(inside, dict):
        return list(inside.values())
    # A tree of scikit-learn's is no Python object within: what it would be pickled as is what it is.
    state = attempt(getattr(thing, "__getstate__", dict)) if kind.__module__.startswith("sklearn.") else None
    return list(state.values()) if type(state) is dict else []
