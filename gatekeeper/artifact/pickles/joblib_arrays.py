"""Crosses the arrays that joblib writes between the opcodes of a pickle (`joblib.numpy_pickle`).

After the BUILD of a NumpyArrayWrapper comes the array: for a dtype with Python objects a complete pickle with a memo of
its own, otherwise the raw bytes. Since joblib 1.2 a byte with the length of a padding and the padding go before these,
so that the array is aligned; the wrapper then has the attribute `numpy_array_alignment_bytes`.
"""

from __future__ import annotations

import math

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.errors import Unfollowable
from gatekeeper.artifact.limits import SMALL_ARRAY
from gatekeeper.artifact.pickles.arrays import byte_count, dimensions
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Source
from gatekeeper.artifact.pickles.values import Array, ArrayWrapper, Value, attach
from gatekeeper.artifact.tensors.scan import Scan


class ArrayCrossing:
    """Moves a source past arrays and notes them."""

    def __init__(self, source: Source, ledger: Ledger) -> None:
        self._source = source
        self._ledger = ledger

    def cross(self, wrapper: ArrayWrapper) -> Value:
        """Cross the array that this wrapper announces, and return what stands for it.

        Raises:
            Unreadable: the wrapper does not say how long the array is, or the file ends within it.
        """
        # joblib reads the array from the file, not from the frame: what is left of the frame would be lost.
        self._source.leave_frame()
        self._ledger.wrappers += 1
        dtype, shape = wrapper.attributes.get("dtype"), wrapper.attributes.get("shape")
        if type(dtype) is not Dtype or dtype.subarray is not None:
            raise Unfollowable(f"before byte {self._source.offset} an array has a dtype that is not known")
        if dtype.has_object:
            self._ledger.nested += 1
            return self._nested(dimensions(shape))
        if wrapper.attributes.get("numpy_array_alignment_bytes") is not None:
            self._source.skip(self._source.byte())
        return self._cross(Array(dtype.element(), dimensions(shape)), dtype.element())

    def _nested(self, shape: tuple[int, ...]) -> Array:
        """Read the pickle of an array of Python objects."""
        value = interpret(self._source, self._ledger)
        array = Array(None, shape)
        if isinstance(value, Array):
            array.leaves = value.leaves
            attach(value, array, "")
        return array

    def _cross(self, array: Array, element: Element) -> Array:
        offset = self._source.offset
        size = byte_count(element, array.shape, offset)
        self._ledger.arrays += 1
        self._ledger.array_bytes += size
        if size <= SMALL_ARRAY and self._ledger.may_keep_small(size):
            array.data = self._source.take(size)
        scan = Scan(element, math.prod(array.shape))
        if array.data:
            scan.feed(array.data)
        else:
            self._source.feed(size, scan.feed)
        self._ledger.add_tensor(array, offset, size, scan.statistics())
        return array
