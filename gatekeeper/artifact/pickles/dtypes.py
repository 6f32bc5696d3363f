"""numpy's data types as far as an array's bytes depend on them, without numpy.

A dtype is pickled as a call, `numpy.dtype("f8", False, True)`, and a state for `__setstate__`:
(version, byte order, subarray, names, fields, item size, alignment, flags[, metadata]). What numpy believes of it was
tried on numpy 1.26.4 and 2.4.6: the item size counts for types without a fixed one alone, and the flags are believed
as they stand, whatever the fields say.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from gatekeeper.artifact.elements import SIZES, Element, Field
from gatekeeper.artifact.errors import Unfollowable

if TYPE_CHECKING:
    from gatekeeper.artifact.pickles.values import Value

_CODE = re.compile(r"([?biufcmMOSUV])(\d{0,9})")
_FLEXIBLE = "SUV"
"""Kinds without a fixed item size."""

_VERSIONS = (3, 4)
_STATE_LENGTHS = (8, 9)
_HAS_OBJECT = 1
"""NPY_ITEM_REFCOUNT, the flag behind `dtype.hasobject`."""

_NUMBERS = {"b": "int", "i": "int", "u": "uint", "f": "float", "c": "complex"}
_OTHERS = {"S": "bytes", "U": "str", "V": "void", "M": "datetime64", "m": "timedelta64", "O": "object"}
_STRUCTURED = "struct"


class Dtype:
    """A data type under construction: made by a call, completed by its state.

    Raises:
        Unfollowable: the code is none that numpy writes into a pickle.
    """

    __slots__ = ("_fields", "_kind", "_order", "has_object", "itemsize", "subarray")

    def __init__(self, code: str | None) -> None:
        """Take the type's code; None for a type that is named by a class, whose item size is in its state."""
        match = _CODE.fullmatch(code) if code is not None else None
        if code is not None and match is None:
            raise Unfollowable(f"an array has the dtype {code!r}, expected a code such as 'f8' or 'U12'")
        # 'b' is a signed byte, and 'b1', as pickles call it, a boolean.
        self._kind, digits = ("?", "") if code == "b1" else match.groups() if match is not None else ("V", "")
        self._order: Literal["<", ">"] = "<"
        self._fields: tuple[Field, ...] = ()
        self.itemsize = int(digits or "0") * (4 if self._kind == "U" else 1)
        if self._kind == "?":
            self.itemsize = 1
        self.has_object = self._kind == "O"
        self.subarray: tuple[Element, int] | None = None
        """The type of a subarray's elements, and how many it has."""

    def set_state(self, state: Value) -> None:
        """Do as `numpy.dtype.__setstate__` does.

        Raises:
            Unfollowable: the state is of a form that numpy has not written since 2008.
        """
        if not isinstance(state, tuple) or len(state) not in _STATE_LENGTHS or state[0] not in _VERSIONS:
            raise Unfollowable("a dtype has a state that is unknown, expected version 3 or 4 with 8 or 9 members")
        order, subarray, names, fields, itemsize, flags = state[1], state[2], state[3], state[4], state[5], state[7]
        if type(itemsize) is not int or type(flags) is not int:
            raise Unfollowable("a dtype's item size and flags are no integers")
        self.has_object = bool(flags & _HAS_OBJECT)
        self._order = ">" if order == ">" else "<"
        if self._kind in _FLEXIBLE:
            if itemsize < 0:
                raise Unfollowable(f"a dtype has the item size {itemsize}")
            self.itemsize = itemsize
        if subarray is not None:
            self.subarray = _subarray(subarray)
        if names is not None and not self.has_object:
            self._fields = _fields(names, fields)

    def element(self) -> Element:
        """Return the type of the elements as the readers of numbers know it."""
        if self._fields:
            return Element(name=_STRUCTURED, size=self.itemsize, fields=self._fields)
        name = "bool" if self._kind == "?" else _OTHERS.get(self._kind)
        name = name or f"{_NUMBERS[self._kind]}{self.itemsize * 8}"
        if self._kind in _NUMBERS and name not in SIZES:
            # numpy's longdouble: 80 bits on x86, padded to 96 or 128.
            name = "longdouble"
        return Element(name=name, size=self.itemsize, order=self._order)


def _subarray(state: Value) -> tuple[Element, int]:
    if isinstance(state, tuple) and len(state) == 2:
        base, shape = state
        sizes = (shape,) if type(shape) is int else shape
        if isinstance(base, Dtype) and isinstance(sizes, tuple) and not base.has_object:
            whole = [size for size in sizes if type(size) is int and size >= 0]
            if len(whole) == len(sizes):
                return base.element(), math.prod(whole)
    raise Unfollowable("a dtype has a subarray of a form that is unknown, expected (dtype, shape)")


def _fields(names: Value, fields: Value) -> tuple[Field, ...]:
    """Return the fields, as far as they are of a form that numpy writes; none of them if one is not."""
    kept = getattr(fields, "kept", None)
    if not isinstance(names, tuple) or kept is None:
        return ()
    found = [_field(name, kept.get(name)) for name in names]
    return () if None in found else tuple(each for each in found if each is not None)


def _field(name: Value, state: Value) -> Field | None:
    if type(name) is not str or not isinstance(state, tuple) or len(state) < 2:
        return None
    dtype, offset = state[0], state[1]
    if not isinstance(dtype, Dtype) or type(offset) is not int or offset < 0:
        return None
    if dtype.subarray is not None:
        base, count = dtype.subarray
        return Field(name=name, element=base, offset=offset, count=count)
    return Field(name=name, element=dtype.element(), offset=offset)
