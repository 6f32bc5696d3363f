"""What an expression of serving code may stand for, as far as gradients and memory are concerned.

Values are few and coarse: a torch module, a tensor that may hold a graph, a guard, a function, a container. Everything
else is `UNKNOWN`, of which nothing is claimed, or `PLAIN`, which is known to be nothing of the kind.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.modules import Class, Function, Module

MAX_UNION = 16
"""Alternatives that are kept apart. Serving code has one or two; a registry of models has a dozen."""


class Value:
    """Base of all values."""

    __slots__ = ()


class _Single(Struct, Value, frozen=True, eq=False):
    name: str

    def __repr__(self) -> str:
        return self.name


UNKNOWN = _Single("UNKNOWN")
"""Could be anything."""
PLAIN = _Single("PLAIN")
"""A number, a string, a shape: holds no tensor and can't be called."""


class Constant(Struct, Value, frozen=True):
    """A constant of the source: True, False, None, a string, a small number."""

    value: object


class Tensor(Struct, Value, frozen=True):
    """A tensor, or a structure of the library that holds tensors (a model's output).

    Attributes:
        graph: it may hold the graph that it was computed by.
        device: it may lie in the memory of the accelerator.
        copied: `.cpu()` was called on it while it held its graph.
        view: it is a part of a larger one, whose storage it keeps.
    """

    graph: bool = False
    device: bool = False
    copied: bool = False
    view: bool = False


class Network(Struct, Value, frozen=True):
    """A torch module of which the tree has no source.

    Attributes:
        name: the dotted name of what made it, with `()`; empty where only its use says that it is one.
        frozen: its weights require no gradients, so a call builds no graph.
        weightless: it has none: an activation, a loss, a transform.
    """

    name: str = ""
    frozen: bool = False
    weightless: bool = False


class Instance(Struct, Value, frozen=True):
    """An object of a class of the tree; `frozen` as for `Network`."""

    class_: Class
    frozen: bool = False


class ClassValue(Struct, Value, frozen=True):
    """A class of the tree."""

    class_: Class


class ModuleValue(Struct, Value, frozen=True):
    """A module of the tree."""

    module: Module


class External(Struct, Value, frozen=True):
    """What the tree does not define, by its dotted name; a value that a call of it made ends in `()`."""

    dotted: str


class Bound(Struct, Value, frozen=True):
    """A function of the tree, with the object that it is bound to and the frame that it closes over."""

    function: Function
    receiver: Value | None = None
    closure: Frame | None = None


class Super(Struct, Value, frozen=True):
    """`super()`: what comes after `class_` among the bases of `instance`."""

    class_: Class
    instance: Instance


class Guard(Struct, Value, frozen=True):
    """An object that sets the grad mode: entered, called on a function, or used as its decorator.

    Attributes:
        on: gradients are on under it: `enable_grad()`.
        inference: it is `inference_mode`, under which `enable_grad` has no effect.
        switch: it is `set_grad_enabled(...)`, which works without being entered.
    """

    on: bool = False
    inference: bool = False
    switch: bool = False


class Guarded(Struct, Value, frozen=True):
    """A callable that sets the grad mode while it runs: `torch.no_grad()(function)`."""

    inner: Value
    guard: Guard


class Wrapped(Struct, Value, frozen=True):
    """A function under a decorator that changes how it is used.

    Attributes:
        kind: `property`, `contextmanager`, `static`, `class` or `cached`.
        node: the decorator.
    """

    inner: Value
    kind: str
    node: ast.expr


class Partial(Struct, Value, frozen=True):
    """`functools.partial(inner, *arguments, **keywords)`."""

    inner: Value
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


class Pending(Struct, Value, frozen=True):
    """A coroutine, generator or context manager: the call is made, its body has yet to run.

    Attributes:
        kind: `coroutine`, `generator`, `async generator` or `context`.
        site: the call, and the frame that it was made in.
    """

    function: Bound
    arguments: Arguments
    kind: str
    site: ast.expr
    frame: Frame
    guard: Guard | None = None


class Weights(Struct, Value, frozen=True):
    """The parameters of a module, or one of them.

    Attributes:
        owner: the expression that the module was read from.
        way: the branches that it was read in (see `Frame`); None where only some of the parameters are meant.
    """

    owner: ast.expr
    way: tuple[int, ...] | None


class Method(Struct, Value, frozen=True):
    """A method, not yet called, of a value that is no object of the tree."""

    receiver: Value
    name: str


class Container(Struct, Value, eq=False):
    """A list, dict, deque, queue or cache. One object per place of the source that makes it; what is put in is joined.

    Attributes:
        kind: `list`, `dict`, `set`, `tuple`, `deque`, `queue` or `cache`.
        element: what any of its elements may be.
        items: the elements of a tuple or of a list display, by position.
        named: the values of a dict display, by key.
        lasting: it was made before the first request and outlives each of them.
        bounded: it drops old elements by itself.
        renewed: each request puts a new one in its place.
    """

    kind: str
    element: Value = UNKNOWN
    items: tuple[Value, ...] = ()
    named: dict[object, Value] | None = None
    lasting: bool = False
    bounded: bool = False
    renewed: bool = False
    empty: bool = True

    def renew(self) -> None:
        """Note that a request puts a new one in its place."""
        self.bounded = self.renewed = True

    def put(self, value: Value) -> None:
        """Join `value` into what the elements may be."""
        self.element = value if self.empty else join(self.element, value)
        self.empty = False


class Union(Struct, Value, frozen=True):
    """One of several values."""

    values: tuple[Value, ...]


class Arguments(Struct, frozen=True):
    """What a call passes."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    starred: bool = False

    def named(self, name: str, index: int | None = None) -> Value | None:
        """Return the argument of that name, or the positional one of that index, or None."""
        for key, value in self.keywords:
            if key == name:
                return value
        return self.positional[index] if index is not None and index < len(self.positional) else None

    def after(self, count: int) -> Arguments:
        """Return the arguments without the first positional ones."""
        return Arguments(self.positional[count:], self.keywords, self.starred)

    def all(self) -> Sequence[Value]:
        """Return every argument."""
        return (*self.positional, *(value for _, value in self.keywords))


NONE = Constant(None)
TRUE, FALSE = Constant(True), Constant(False)  # noqa: FBT003 - the constants themselves
INPUT = Tensor()
"""A tensor that was made, not computed by weights."""

Environment: TypeAlias = dict[str, Value]


def parts(value: Value) -> tuple[Value, ...]:
    """Return the alternatives of a value."""
    return value.values if type(value) is Union else (value,)


def join(left: Value, right: Value) -> Value:
    """Return what may be either. Tensors become one; None and the unknown give way to what is known."""
    if left is right or left == right:
        return left
    if type(left) is Tensor and type(right) is Tensor:
        return _either(left, right)
    found: list[Value] = []
    for each in (*parts(left), *parts(right)):
        if each == NONE or each is UNKNOWN or each in found:
            continue
        if type(each) is Tensor:
            index = next((index for index, other in enumerate(found) if type(other) is Tensor), None)
            if index is not None:
                found[index] = _either(found[index], each)  # type: ignore[arg-type]  # both are tensors
                continue
        found.append(each)
    if not found:
        return UNKNOWN if left is UNKNOWN or right is UNKNOWN else NONE
    return found[0] if len(found) == 1 else Union(tuple(found[:MAX_UNION]))


def _either(left: Tensor, right: Tensor) -> Tensor:
    return Tensor(
        left.graph or right.graph, left.device or right.device, left.copied or right.copied, left.view or right.view
    )


def join_all(values: Sequence[Value]) -> Value:
    """Return what may be any of the values; of none, UNKNOWN."""
    joined = values[0] if values else UNKNOWN
    for each in values[1:]:
        joined = join(joined, each)
    return joined


def merge(left: Mapping[str, Value], right: Mapping[str, Value]) -> Environment:
    """Return the variables after two ways that meet."""
    merged = dict(left)
    for name, value in right.items():
        other = merged.get(name)
        if other is not value:
            merged[name] = value if other is None else join(other, value)
    return merged


def tensors_in(value: Value, depth: int = 4) -> Tensor | None:
    """Return the tensor that a value is or holds (all of them as one), or None."""
    kind = type(value)
    if kind is Tensor:
        return value  # type: ignore[return-value]  # by `kind`
    if depth <= 0:  # containers may hold themselves
        return None
    if kind is Container:
        inside = (value.element, *value.items, *(value.named or {}).values())  # type: ignore[attr-defined]  # the same
    elif kind is Union:
        inside = value.values  # type: ignore[attr-defined]  # the same
    else:
        return None
    found = [tensor for each in inside if (tensor := tensors_in(each, depth - 1)) is not None]
    joined = join_all(found) if found else None
    return joined if isinstance(joined, Tensor) else None


def frozen(value: Value) -> Value:
    """Return the module with weights that require no gradients."""
    if isinstance(value, Network | Instance):
        return replace(value, frozen=True)
    return Union(tuple(map(frozen, value.values))) if isinstance(value, Union) else value
