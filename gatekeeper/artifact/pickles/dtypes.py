"""numpy's data types as far as they say how many bytes an array has, without numpy.

A dtype is pickled as a call, `numpy.dtype("f8", False, True)`, and a state for `__setstate__`:
(version, byte order, subarray, names, fields, item size, alignment, flags[, metadata]). What numpy believes of it was
tried on numpy 1.26.4 and 2.4.6: the item size counts for types without a fixed one alone, and the flags are believed
as they stand, whatever the fields say.
"""

from __future__ import annotations

import re

from gatekeeper.artifact.errors import Unfollowable

_CODE = re.compile(r"([?biufcmMOSUV])(\d{0,9})")
_FLEXIBLE = "SUV"
"""Kinds without a fixed item size."""

_VERSIONS = (3, 4)
_STATE_LENGTHS = (8, 9)
_HAS_OBJECT = 1
"""NPY_ITEM_REFCOUNT, the flag behind `dtype.hasobject`."""


class Dtype:
    """A data type under construction: made by a call, completed by its state.

    Raises:
        Unfollowable: the code is none that numpy writes into a pickle.
    """

    __slots__ = ("_flexible", "has_object", "itemsize", "subarray")

    def __init__(self, code: str | None) -> None:
        """Take the type's code; None for a type that is named by a class, whose item size is in its state."""
        match = _CODE.fullmatch(code) if code is not None else None
        if code is not None and match is None:
            raise Unfollowable(f"an array has the dtype {code!r}, expected a code such as 'f8' or 'U12'")
        kind, digits = match.groups() if match is not None else ("V", "")
        self._flexible = kind in _FLEXIBLE
        self.itemsize = int(digits or "0") * (4 if kind == "U" else 1)
        self.has_object = kind == "O"
        self.subarray = False

    def set_state(self, state: object) -> None:
        """Do as `numpy.dtype.__setstate__` does.

        Raises:
            Unfollowable: the state is of a form that numpy has not written since 2008.
        """
        if not isinstance(state, tuple) or len(state) not in _STATE_LENGTHS or state[0] not in _VERSIONS:
            raise Unfollowable("a dtype has a state that is unknown, expected version 3 or 4 with 8 or 9 members")
        itemsize, flags = state[5], state[7]
        if type(itemsize) is not int or type(flags) is not int:
            raise Unfollowable("a dtype's item size and flags are no integers")
        self.has_object = bool(flags & _HAS_OBJECT)
        self.subarray = state[2] is not None
        if self._flexible:
            if itemsize < 0:
                raise Unfollowable(f"a dtype has the item size {itemsize}")
            self.itemsize = itemsize
