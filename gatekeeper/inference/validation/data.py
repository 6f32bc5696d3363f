"""What a request brings, as a value of the walk: where it came in, and what was repaired since."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.inference.facts import Place, Step
from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation.facts import Way
from gatekeeper.inference.values import MAX_UNION, Container, Instance, Union, Value, join_all

MAX_DEPTH = 5
"""Containers within containers that are looked into."""


class Origin(Struct, frozen=True):
    """Where data came in.

    Attributes:
        model: the class that has checked it; None for raw data.
        strict: what the call that checked it says of strictness, beside the model.
    """

    way: Way
    at: Place
    subject: str
    function: str
    model: Class | None = None
    strict: bool | None = None
    trace: tuple[Step, ...] = ()


class Data(Struct, Value, frozen=True):
    """Data of a request, or what is made of it; `repairs` are the keys of the repairs that it has gone through."""

    origin: Origin
    repairs: frozenset[int] = frozenset()

    @property
    def raw(self) -> bool:
        """Whether no model has checked it."""
        return self.origin.model is None and self.origin.way is not Way.UNSEEN

    def repaired(self, key: int) -> Data:
        """Return the data after a repair."""
        return self if key in self.repairs else replace(self, repairs=self.repairs | {key})


class Adapter(Struct, Value, frozen=True):
    """`TypeAdapter(Model)`, or `several`: `TypeAdapter(list[Model])`."""

    class_: Class
    several: bool = False


Checked: TypeAlias = Callable[[Instance], Data | None]
"""Returns the data that an object of a model is."""


def data_in(values: Iterable[Value], checked: Checked) -> tuple[Data, ...]:
    """Return the data that values are or hold, each once."""
    found: dict[Data, None] = {}
    seen: set[int] = set()
    for each in values:
        _collect(each, found, checked, MAX_DEPTH, seen)
    return tuple(found)


def _collect(value: Value, found: dict[Data, None], checked: Checked, depth: int, seen: set[int]) -> None:
    if isinstance(value, Data):
        found[value] = None
    elif isinstance(value, Instance):
        data = checked(value)
        if data is not None:
            found[data] = None
    elif isinstance(value, Union):
        for each in value.values:
            _collect(each, found, checked, depth, seen)
    elif isinstance(value, Container) and depth > 0 and id(value) not in seen:
        seen.add(id(value))  # containers may hold themselves
        for each in (value.element, *value.items, *(value.named or {}).values()):
            _collect(each, found, checked, depth - 1, seen)


def joined(several: Iterable[Data]) -> Value:
    """Return what is made of several data: of one origin, one value with the repairs of all."""
    merged: dict[Origin, Data] = {}
    for each in several:
        known = merged.get(each.origin)
        merged[each.origin] = each if known is None else replace(known, repairs=known.repairs | each.repairs)
    return join_all(list(merged.values())[:MAX_UNION])
