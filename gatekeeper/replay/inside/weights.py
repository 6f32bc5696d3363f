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
_LIBRARIES = ("torch", "sklearn")


class Weights:
    """What is watched: each object once, with the digest that it had when it was first seen."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, str]] = {}
        self._loaded: tuple[bool, ...] = ()

    def look(self, *known: Any) -> None:
        """Take what is alive now: all modules that are in no other, all estimators, and what is known to compute.

        What is loaded is looked for again once a library has been imported in between, else not.
        """
        for each in known:
            self.add(each)
        loaded = tuple(name in sys.modules for name in _LIBRARIES)
        if any(loaded) and loaded != self._loaded:
            for each in _alive():
                self.add(each)
        self._loaded = loaded

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


def _alive() -> list[Any]:
    """Return the modules that are in no other, and the estimators, which the collector knows of."""
    kinds: dict[type, str] = {}
    modules: list[Any] = []
    found: list[Any] = []
    for each in gc.get_objects():
        # `type`, where `isinstance` asks the object: what a proxy or a mock says of itself is its own affair.
        kind = type(each)
        if kind not in kinds:
            kinds[kind] = _kind(kind)
        if kinds[kind] == "module":
            modules.append(each)
        elif kinds[kind]:
            found.append(each)
    inner: set[int] = set()
    for each in modules:
        children = attempt(lambda each=each: [id(child) for child in each._modules.values()])  # noqa: SLF001 - as torch
        inner.update([] if isinstance(children, Fault) else children)
    return [each for each in modules if id(each) not in inner] + found


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
