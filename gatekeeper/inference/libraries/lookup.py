"""What a dotted expression over a library does when it is called, and what the call gives."""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from gatekeeper.inference.libraries.knowledge import UNKNOWN, Behaviour, Making, Product
from gatekeeper.inference.libraries.listing import MAKINGS, Callable, Library, LibraryClass, libraries

FLUENT = frozenset(
    {"apply", "bfloat16", "cpu", "cuda", "double", "eval", "float", "half", "requires_grad_", "share_memory", "to"}
    | {"to_empty", "train", "type"}
)
"""The methods of a torch module that return it. `nn.Module` has them, whatever the library."""

FORWARDS = frozenset({"__call__", "forward"})

_STEPS = re.compile(r"\(\)|\[(\d+)\]|\.?([^\W\d]\w*)")


class _Name(Struct, frozen=True):
    """A dotted name in a library: a package, a class, a function, or a method of a class."""

    library: Library
    path: tuple[str, ...]


class _Object(Struct, frozen=True):
    """What a call gave: `product`, of the class `cls` where that is known."""

    library: Library
    product: Product
    cls: LibraryClass | None


class _Method(Struct, frozen=True):
    owner: _Object
    name: str


_Value: TypeAlias = _Name | _Object | _Method


def is_known_library(package: str) -> bool:
    """Return whether anything is known of a package, given by the name that is imported."""
    return package in libraries()


def behaviour_of_call(dotted: str) -> Behaviour:
    """Return what calling an expression does.

    Args:
        dotted: the name with its imports resolved; `()` stands behind what is called to get there, and `[0]` for an
            element: `transformers.pipeline()`, `whisper.load_model().transcribe`, `clip.load()[0].encode_image`,
            `sentence_transformers.SentenceTransformer.encode`.
    """
    value = _value(dotted)
    if isinstance(value, _Object):
        value = _Method(value, "__call__")
    if isinstance(value, _Method):
        return _behaviour_of_method(value)
    if value is None:
        return Behaviour.UNKNOWN
    known = _callable(value)
    if isinstance(known, Callable):
        return known.behaviour
    # To construct an object is no forward call.
    return Behaviour.UNKNOWN if known is None else Behaviour.NOT_TORCH


def product_of_call(dotted: str) -> Product:
    """Return what the call of an expression gives; see `behaviour_of_call` for how it is written."""
    value = _value(f"{dotted}()")
    return value.product if isinstance(value, _Object) else UNKNOWN


def _value(dotted: str) -> _Value | None:
    package, rest = re.match(r"(\w*)(.*)", dotted, re.DOTALL).groups()  # type: ignore[union-attr]  # it matches any text
    library = libraries().get(package)
    if library is None:
        return None
    value: _Value | None = _Name(library, ())
    at = 0
    while at < len(rest):
        step = _STEPS.match(rest, at)
        if step is None or value is None:
            return None
        at = step.end()
        index, name = step.groups()
        if name:
            value = _attribute(value, name)
        elif index:
            value = _element(value, int(index))
        else:
            value = _called(value)
    return value


def _attribute(value: _Value, name: str) -> _Value | None:
    if isinstance(value, _Name):
        return _Name(value.library, (*value.path, name))
    return _Method(value, name) if isinstance(value, _Object) else None


def _element(value: _Value, index: int) -> _Object | None:
    elements = value.product.elements if isinstance(value, _Object) else ()
    if index >= len(elements) or not isinstance(value, _Object):
        return None
    product = elements[index]
    return _Object(value.library, product, _class_of(value.library, product))


def _called(value: _Value) -> _Object | None:
    if isinstance(value, _Object):
        value = _Method(value, "__call__")
    if isinstance(value, _Name):
        known = _callable(value)
        if isinstance(known, LibraryClass):
            return _instance(value.library, known)
        return None if known is None else _given(value.library, known.gives, _owner(value))
    if value.name in FLUENT and value.owner.product.making in (Making.MODULE, Making.FROZEN_MODULE):
        return value.owner
    method = value.owner.cls.method(value.name) if value.owner.cls else None
    if method is not None:
        return _given(value.owner.library, method.gives, value.owner.cls)
    making = _GIVEN_BY.get(_behaviour_of_method(value))
    return None if making is None else _Object(value.owner.library, Product(making=making), None)


_GIVEN_BY = {
    Behaviour.FORWARD: Making.TENSOR,
    Behaviour.GUARDS: Making.DETACHED,
    Behaviour.NOT_TORCH: Making.NOT_TORCH,
}
"""What the methods give that the list does not name."""


def _behaviour_of_method(value: _Method) -> Behaviour:
    making = value.owner.product.making
    if making is Making.NOT_TORCH:
        return Behaviour.NOT_TORCH
    method = value.owner.cls.method(value.name) if value.owner.cls else None
    if method is not None:
        return method.behaviour
    if making in (Making.MODULE, Making.FROZEN_MODULE):
        if value.name in FORWARDS:
            return Behaviour.FORWARD if making is Making.MODULE else Behaviour.GUARDS
        if value.name in FLUENT:
            return Behaviour.NOT_TORCH
    return Behaviour.UNKNOWN


def _callable(name: _Name) -> LibraryClass | Callable | None:
    """Return the class or function of that name, or the method of a class, called with its object or on the class."""
    owner = _owner(name)
    if owner is not None:
        if owner.making is Making.NOT_TORCH:
            return owner
        method = owner.method(name.path[-1])
        if method is not None:
            return method
    return name.library.entry(name.path)


def _owner(name: _Name) -> LibraryClass | None:
    entry = name.library.entry(name.path[:-1]) if len(name.path) > 1 else None
    return entry if isinstance(entry, LibraryClass) else None


def _given(library: Library, gives: str, owner: LibraryClass | None) -> _Object:
    product = _product(library, gives, owner)
    return _Object(library, product, _class_of(library, product))


def _product(library: Library, gives: str, owner: LibraryClass | None) -> Product:
    if gives.startswith("("):
        elements = tuple(_product(library, each, owner) for each in gives[1:-1].split(","))
        return Product(making=Making.TUPLE, elements=elements)
    if gives in MAKINGS:
        return Product(making=MAKINGS[gives])
    cls = owner if gives == "itself" and owner is not None else library.named(gives)
    return _instance(library, cls).product


def _instance(library: Library, cls: LibraryClass) -> _Object:
    return _Object(library, Product(making=cls.making, cls=f"{library.package}.{cls.name}"), cls)


def _class_of(library: Library, product: Product) -> LibraryClass | None:
    return library.named(product.cls.partition(".")[2]) if product.cls else None
