"""How many elements and bytes a tensor has by its shape."""

from __future__ import annotations

from typing import TypeGuard

from gatekeeper.artifact.containers.limits import MAX_DIMENSIONS, MAX_ELEMENTS
from gatekeeper.artifact.errors import TooLarge


def is_shape(value: object) -> TypeGuard[list[int]]:
    """Whether a value from JSON is a list of whole numbers that are not negative."""
    return isinstance(value, list) and all(type(size) is int and size >= 0 for size in value)


def element_count(shape: tuple[int, ...], name: str) -> int:
    """Return how many elements a tensor of this shape has: one, if it has no dimension.

    Raises:
        TooLarge: there are more dimensions or elements than any tensor has.
    """
    count = 1
    for dimension in shape[: MAX_DIMENSIONS + 1]:
        count *= dimension
    # One of them may be 0, and another beyond all bounds.
    if len(shape) > MAX_DIMENSIONS or count > MAX_ELEMENTS or max(shape, default=0) > MAX_ELEMENTS:
        raise TooLarge(
            f"the tensor {name!r} has the shape {list(shape[:8])}, expected at most {MAX_ELEMENTS} elements",
            fix="fetch the file again; if it is whole, it was made by hand and must not be loaded",
        )
    return count
