"""Arrays from the candidate's interpreter: of the type and shape that their place asks for, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from gatekeeper.errors import Unreadable

_AGAIN = (
    "it is taken from the model in the candidate's interpreter: see what runs there, and whether the library is whole"
)


def refuse(what: str) -> NoReturn:
    """Raise that the structure can't be read."""
    raise Unreadable(f"the model's structure: {what}", fix=_AGAIN)


def numbers(arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Return an array of finite numbers of this shape, where None is any size.

    Raises:
        Unreadable: it is absent, or of another type or shape, or not finite.
    """
    found = array(arrays, name, "f8", shape)
    if not np.isfinite(found).all():
        refuse(f"array {name} has a number that is not finite")
    return found


def array(arrays: Mapping[str, NDArray[Any]], name: str, kind: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """Return an array of this type and shape, where None is any size.

    Raises:
        Unreadable: it is absent, or of another type or shape.
    """
    found = arrays.get(name)
    if not isinstance(found, np.ndarray) or found.dtype != np.dtype(kind) or found.ndim != len(shape):
        told = "absent" if found is None else f"{getattr(found, 'dtype', '?')} of shape {getattr(found, 'shape', '?')}"
        refuse(f"array {name} is {told}, not {np.dtype(kind)} with {len(shape)} dimensions")
    if any(wanted is not None and wanted != size for wanted, size in zip(shape, found.shape, strict=True)):
        refuse(f"array {name} has shape {found.shape}, not {shape}")
    return found
