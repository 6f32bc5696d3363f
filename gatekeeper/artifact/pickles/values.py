"""What the symbolic machine computes with: of each value just as much as a reader of facts must know.

Strings, small integers and short tuples stand for themselves. A list, a float, raw bytes, or anything else whose
content can't matter is `OPAQUE`. So is a tuple in a tuple, and what a dictionary holds but text, numbers, shapes and
dtypes: no value hangs on a chain of others, and the stack and the memo bound the memory that all of them take.
"""

from __future__ import annotations

import enum
from typing import Final, TypeAlias

from gatekeeper.artifact.pickles.dtypes import Dtype

FOLLOWED = frozenset({"_sklearn_version", "shape", "dtype", "numpy_array_alignment_bytes"})
"""The keys of dictionaries whose values are kept; all others are crossed and forgotten."""


class Opaque(enum.Enum):
    """The one value that stands for all whose content can't matter."""

    OPAQUE = "opaque"


OPAQUE: Final = Opaque.OPAQUE


class Role(enum.Enum):
    """What calling a global means to the machine."""

    ORDINARY = enum.auto()
    CONSTRUCTOR = enum.auto()
    """A function of copyreg that makes an object of the class that is its first argument."""
    DTYPE = enum.auto()
    ARRAY = enum.auto()
    """joblib's stand-in for an array, whose bytes follow it in the file."""


class Global:
    """A class or function by its name. There is one for each name, which is how objects of a class share theirs."""

    __slots__ = ("instance", "module", "name", "role")

    def __init__(self, module: str, name: str, role: Role) -> None:
        self.module = module
        self.name = name
        self.role = role
        self.instance = Instance(self)

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Instance:
    """Any object that was made by calling this global: which of them it is can't matter."""

    __slots__ = ("made_by",)

    def __init__(self, made_by: Global) -> None:
        self.made_by = made_by


class Dictionary:
    """A dictionary, of which only the followed keys are kept."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        # Most dictionaries keep nothing, and a file may have a million of them.
        self.kept: dict[str, Value] | None = None

    def update(self, items: list[Value]) -> None:
        """Take keys and values in turn; a later key replaces an earlier one, as in the real dictionary."""
        for at in range(0, len(items), 2):
            key = items[at]
            if type(key) is str and key in FOLLOWED:
                if self.kept is None:
                    self.kept = {}
                self.kept[key] = _leaf(items[at + 1])


class ArrayWrapper:
    """An object of joblib's NumpyArrayWrapper and its attributes: the array itself follows once it is built."""

    __slots__ = ("attributes",)

    def __init__(self) -> None:
        self.attributes: dict[str, Value] = {}


Value: TypeAlias = (
    "str | int | bool | tuple[Value, ...] | Opaque | Global | Instance | Dictionary | Dtype | ArrayWrapper | None"
)


def short_tuple(*values: Value) -> tuple[Value, ...]:
    """Return a tuple of these, without the content of tuples among them."""
    return tuple([OPAQUE if type(value) is tuple else value for value in values])


def _leaf(value: Value) -> Value:
    """Return a value that holds no other, or a tuple of such."""
    if type(value) is tuple:
        return value if all(type(member) is int for member in value) else OPAQUE
    return OPAQUE if isinstance(value, Dictionary | ArrayWrapper) else value
