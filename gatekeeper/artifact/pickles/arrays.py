"""numpy's arrays as a plain pickle holds them: an empty array that gets a state, or an array over a buffer.

`numpy.ndarray.__reduce__` calls `_reconstruct(type, (0,), b"b")` and builds it with (version, shape, dtype, Fortran
order, bytes or list); `numpy.ndarray.__reduce_ex__(5)` calls `_frombuffer(bytes, dtype, shape, order)`.
"""

from __future__ import annotations

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.errors import Damaged, TooLarge, Unfollowable
from gatekeeper.artifact.limits import MAX_ARRAY_BYTES, SMALL_ARRAY
from gatekeeper.artifact.pickles.dtypes import Dtype
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import Array, Bag, Raw, Value, attach
from gatekeeper.artifact.tensors.scan import Scan

_STATE_LENGTHS = (5,)


def cross_bytes(machine: Machine, size: int) -> Raw:
    """Cross `size` bytes; keep them if they are few, scan them as numbers if the stack says of which type they are."""
    source = machine.source
    raw = Raw(source.offset, size)
    machine.ledger.allowance.nodes += 1
    if size <= SMALL_ARRAY and machine.ledger.may_keep_small(size):
        raw.data = source.take(size)
        return raw
    element = announced(machine.stack)
    if element is None:
        source.skip(size)
        return raw
    scan = Scan(element, size // max(element.size, 1))
    source.feed(size, scan.feed)
    raw.element, raw.statistics = element, scan.statistics()
    return raw


def over_buffer(machine: Machine, arguments: Value) -> Array:
    """Return the array that `_frombuffer` makes."""
    if isinstance(arguments, tuple) and len(arguments) >= 3:
        buffer, dtype, shape = arguments[:3]
        if isinstance(buffer, Raw) and isinstance(dtype, Dtype):
            array = Array(dtype.element(), dimensions(shape))
            _fill(machine, array, buffer)
            return array
    raise Unfollowable(f"before byte {machine.source.offset} an array is made over a buffer that is not known")


def scalar(machine: Machine, arguments: Value) -> Array | None:
    """Return the float that `numpy.core.multiarray.scalar` makes, as an array without dimensions; None for others."""
    if not isinstance(arguments, tuple) or len(arguments) != 2:
        return None
    dtype, raw = arguments
    if not isinstance(dtype, Dtype) or dtype.has_object or not isinstance(raw, Raw):
        return None
    array = Array(dtype.element())
    if array.element is not None and "float" in array.element.name and raw.size == array.element.size:
        _fill(machine, array, raw)
        return array
    return None


def set_state(machine: Machine, array: Array, state: Value) -> None:
    """Give an empty array its state.

    Raises:
        Unreadable: the state is none that numpy writes, or the bytes are not as many as dtype and shape ask for.
    """
    if not isinstance(state, tuple) or len(state) not in _STATE_LENGTHS:
        raise Unfollowable(f"before byte {machine.source.offset} an array gets a state that numpy does not write")
    _, shape, dtype, _, content = state
    if not isinstance(dtype, Dtype):
        raise Unfollowable(f"before byte {machine.source.offset} an array has a dtype that is not known")
    array.element, array.shape = dtype.element(), dimensions(shape)
    if isinstance(content, Bag):
        array.leaves = content
        attach(content, array, "")
    elif isinstance(content, Raw):
        _fill(machine, array, content)
    elif isinstance(content, str):
        # What Python 2 wrote: its strings are bytes, and this one is short.
        raw = Raw(machine.source.offset, len(content))
        raw.data = content.encode("latin-1", "replace")
        _fill(machine, array, raw)
    elif not dtype.has_object:
        raise Unfollowable(f"before byte {machine.source.offset} an array has no bytes")


def dimensions(shape: Value) -> tuple[int, ...]:
    """Return a shape.

    Raises:
        Unfollowable: it is none.
    """
    if not isinstance(shape, tuple):
        raise Unfollowable("an array has no shape that is known")
    found: list[int] = []
    for dimension in shape:
        if type(dimension) is not int or not 0 <= dimension <= MAX_ARRAY_BYTES:
            raise Unfollowable("an array has a dimension that can't be one")
        found.append(dimension)
    return tuple(found)


def byte_count(element: Element, shape: tuple[int, ...], offset: int) -> int:
    """Return how many bytes an array has: those of one element, if it has no dimension.

    Raises:
        TooLarge: more than any machine holds.
    """
    length = element.size
    for dimension in shape:
        length *= dimension
    if length > MAX_ARRAY_BYTES:
        raise TooLarge(
            f"at byte {offset} an array of {length} bytes is announced",
            fix="fetch the file again; if it is whole, it was made by hand and must not be loaded",
        )
    return length


def _fill(machine: Machine, array: Array, raw: Raw) -> None:
    """Take the crossed bytes as the array's own."""
    element = array.element
    if element is None:
        return
    expected = byte_count(element, array.shape, raw.offset)
    if expected != raw.size:
        raise Damaged(f"at byte {raw.offset} an array of {expected} bytes has {raw.size}")
    statistics = raw.statistics if raw.element == element else None
    if raw.data or not raw.size:
        scan = Scan(element)
        scan.feed(raw.data)
        statistics = scan.statistics()
    array.data = raw.data
    machine.ledger.add_tensor(array, raw.offset, raw.size, statistics)


def announced(stack: list[Value]) -> Element | None:
    """Return the type of the bytes that come next, if they are the last member of an array's state."""
    if len(stack) < 4:
        return None
    dtype, order = stack[-2], stack[-1]
    known = isinstance(dtype, Dtype) and type(order) is bool and not dtype.has_object and dtype.subarray is None
    return dtype.element() if known and isinstance(dtype, Dtype) else None
