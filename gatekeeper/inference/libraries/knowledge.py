"""The words in which the behaviour of library code is told."""

from __future__ import annotations

import enum

from msgspec import Struct


class Behaviour(enum.StrEnum):
    """What calling something of a library does."""

    GUARDS = "guards"
    """It runs a model, and gives no graph: it has a guard of its own, or weights that require no gradients."""
    FORWARD = "forward"
    """It runs a model with the grad mode of its caller: a forward call."""
    NOT_TORCH = "not-torch"
    """It is never a forward call of a torch module."""
    UNKNOWN = "unknown"


class Making(enum.StrEnum):
    """What a call of a library gives."""

    MODULE = "module"
    """A torch module, or what wraps one as a callable, with weights that require gradients."""
    FROZEN_MODULE = "frozen-module"
    """A torch module without weights that require gradients."""
    OBJECT = "object"
    """An object of a known class that is no torch module; ask for the behaviour of its methods."""
    TENSOR = "tensor"
    """A tensor (or a container of tensors) that holds its graph where gradients are on."""
    DETACHED = "detached"
    """A tensor (or a container of tensors) without a graph, on the device."""
    NOT_TORCH = "not-torch"
    """Neither a module nor a tensor: numbers, text, arrays, a model of another library."""
    TUPLE = "tuple"
    UNKNOWN = "unknown"


class Product(Struct, frozen=True, kw_only=True):
    """What a call gives.

    Attributes:
        cls: `library.Class` where the class is known, by its name in the list; its methods are asked for under the
            expression that made the object.
        elements: those of a tuple, in order.
    """

    making: Making
    cls: str = ""
    elements: tuple[Product, ...] = ()


UNKNOWN = Product(making=Making.UNKNOWN)
