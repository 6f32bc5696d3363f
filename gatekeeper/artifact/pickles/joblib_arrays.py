"""Crosses the arrays that joblib writes between the opcodes of a pickle (`joblib.numpy_pickle`).

After the BUILD of a NumpyArrayWrapper comes the array: for a dtype with Python objects a complete pickle with a memo of
its own, otherwise the raw bytes. Since joblib 1.2 a byte with the length of a padding and the padding go before these,
so that the array is aligned; the wrapper then has the attribute `numpy_array_alignment_bytes`.
"""

from __future__ import annotations

from gatekeeper.artifact.errors import TooLarge, Unfollowable
from gatekeeper.artifact.limits import MAX_ARRAY_BYTES
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Source
from gatekeeper.artifact.pickles.values import OPAQUE, ArrayWrapper, Value


class ArrayCrossing:
    """Moves a source past arrays and counts them."""

    def __init__(self, source: Source, ledger: Ledger) -> None:
        self._source = source
        self._ledger = ledger

    def cross(self, wrapper: ArrayWrapper) -> Value:
        """Cross the array that this wrapper announces.

        Raises:
            Unreadable: the wrapper does not say how long the array is, or the file ends within it.
        """
        # joblib reads the array from the file, not from the frame: what is left of the frame would be lost.
        self._source.leave_frame()
        self._ledger.wrappers += 1
        dtype, shape = wrapper.attributes.get("dtype"), wrapper.attributes.get("shape")
        if type(dtype) is not Dtype or dtype.subarray:
            raise Unfollowable(f"before byte {self._source.offset} an array has a dtype that is not known")
        if dtype.has_object:
            self._ledger.nested += 1
            interpret(self._source, self._ledger)
        else:
            if wrapper.attributes.get("numpy_array_alignment_bytes") is not None:
                self._source.skip(self._source.byte())
            self._skip(_elements(shape) * dtype.itemsize)
        return OPAQUE

    def _skip(self, length: int) -> None:
        if length > MAX_ARRAY_BYTES:
            raise TooLarge(
                f"at byte {self._source.offset} an array of {length} bytes is announced",
                fix="fetch the file again; if it is whole, it was made by hand and must not be loaded",
            )
        self._source.skip(length)
        self._ledger.arrays += 1
        self._ledger.array_bytes += length


def _elements(shape: Value) -> int:
    """Return how many elements an array of this shape has: one, if it has no dimension."""
    if type(shape) is not tuple:
        raise Unfollowable("an array has no shape that is known")
    count = 1
    for dimension in shape:
        if type(dimension) is not int or not 0 <= dimension <= MAX_ARRAY_BYTES:
            raise Unfollowable("an array has a dimension that can't be one")
        count *= dimension
    return count
