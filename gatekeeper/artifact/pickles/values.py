"""What the symbolic machine computes with: of each value just as much as a reader of facts must know.

Strings, numbers and short tuples stand for themselves. Of a list the first leaves are kept, of a dictionary the first
values under short strings, and an `Allowance` bounds how many of them a file may make us keep. What can't matter is an
`Opaque` that says its kind alone. A node (a container, an object, an array) remembers where it was put first, so that
a tensor has a path; nothing ever walks down.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from gatekeeper.artifact.elements import Element
from gatekeeper.artifact.facts import Statistics
from gatekeeper.artifact.limits import MAX_KEPT, MAX_KEYS, MAX_LEAVES, MAX_PATH, SHORT_TEXT
from gatekeeper.artifact.pickles.dtypes import Dtype

RESERVED = frozenset({"__class__", "__dict__", "__setstate__", "__reduce__", "__reduce_ex__"})
"""Attributes by which an object says what it is, and how it is given its state and pickled."""

FOLLOWED = RESERVED | {"_sklearn_version", "shape", "dtype", "numpy_array_alignment_bytes"}
"""Keys whose values are kept whatever else is: the machine itself asks for them."""


class Opaque(enum.Enum):
    """A value of which the kind alone is known."""

    FLOAT = "float"
    INTEGER = "int"
    TEXT = "str"
    BYTES = "bytes"
    TUPLE = "tuple"
    DICTIONARY = "dict"
    UNKNOWN = "unknown"


class Role(enum.Enum):
    """What calling a global means to the machine."""

    ORDINARY = enum.auto()
    CONSTRUCTOR = enum.auto()
    """A function of copyreg that makes an object of the class that is its first argument."""
    CYTHON = enum.auto()
    """A `__pyx_unpickle_` function, which does the same."""
    ENCODE = enum.auto()
    """How protocols 0 to 2 write bytes: as text, to be encoded."""
    BYTES = enum.auto()
    """How they write no bytes at all: a call without arguments."""
    DTYPE = enum.auto()
    JOBLIB_ARRAY = enum.auto()
    """joblib's stand-in for an array, whose bytes follow it in the file."""
    ARRAY = enum.auto()
    """numpy's empty array, which gets its dtype, shape and bytes as a state."""
    BUFFER_ARRAY = enum.auto()
    """numpy's array over a buffer, as protocol 5 writes it."""
    SCALAR = enum.auto()
    """numpy's scalar: a dtype and the bytes of one number."""
    TENSOR = enum.auto()
    """torch's view on a storage."""
    TYPED_TENSOR = enum.auto()
    """The same on a storage without a type: that is the last argument."""
    WRAPPED_TENSOR = enum.auto()
    """A parameter: its first argument is the tensor."""


class Node:
    """A value that holds others or is held, and the first place where it was put."""

    __slots__ = ("label", "parent")

    def __init__(self) -> None:
        self.parent: Node | None = None
        self.label = ""


class Global:
    """A class or function by its name. There is one for each name."""

    __slots__ = ("module", "name", "role")

    def __init__(self, module: str, name: str, role: Role) -> None:
        self.module = module
        self.name = name
        self.role = role

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Object(Node):
    """What a global made: an object of this class, or what this function returned."""

    __slots__ = ("made_by",)

    def __init__(self, made_by: Global) -> None:
        super().__init__()
        self.made_by = made_by

    def items(self, items: list[Value]) -> None:
        """Take keys and values in turn, as a dictionary of a class of its own does."""
        for at in range(0, len(items), 2):
            attach(items[at + 1], self, _label(items[at]))


class Array(Node):
    """An array or tensor. `data` are its bytes where they are few, `leaves` its values where they are objects."""

    __slots__ = ("data", "element", "leaves", "shape")

    def __init__(self, element: Element | None = None, shape: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.element = element
        self.shape = shape
        self.data = b""
        self.leaves: Bag | None = None


class Raw:
    """Bytes that were crossed: where they lie, and what of them was kept or scanned on the way."""

    __slots__ = ("data", "element", "offset", "size", "statistics")

    def __init__(self, offset: int, size: int) -> None:
        self.offset = offset
        self.size = size
        self.data = b""
        self.element: Element | None = None
        """The type by which the bytes were scanned while they were crossed; the array that takes them must agree."""
        self.statistics: tuple[Statistics, ...] | None = None


class Storage:
    """torch's flat memory, which lies elsewhere in the file under a key."""

    __slots__ = ("count", "element", "key")

    def __init__(self, key: str, element: Element, count: int) -> None:
        self.key = key
        self.element = element
        self.count = count


class Allowance:
    """How many members of lists and dictionaries may still be kept over the whole file; how many nodes there are."""

    __slots__ = ("left", "nodes")

    def __init__(self) -> None:
        self.left = MAX_KEPT
        self.nodes = 0


class Bag(Node):
    """A list or a set: how many members it has, and the first of those that hold nothing but themselves."""

    __slots__ = ("allowance", "count", "leaves", "ordered")

    def __init__(self, allowance: Allowance, *, ordered: bool) -> None:
        super().__init__()
        allowance.nodes += 1
        self.allowance = allowance
        self.ordered = ordered
        self.count = 0
        self.leaves: list[Value] = []

    def extend(self, values: list[Value]) -> None:
        """Add members."""
        room = min(MAX_LEAVES - len(self.leaves), self.allowance.left, len(values))
        if room > 0:
            self.leaves += [_leaf(value) for value in values[:room]]
            self.allowance.left -= room
        for index, value in enumerate(values, self.count):
            if isinstance(value, Node | tuple):
                attach(value, self, f"[{index}]")
        self.count += len(values)


class Dictionary(Node):
    """A dictionary: how many items it was given, and the first under short strings."""

    __slots__ = ("allowance", "computed", "count", "kept", "whole")

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        allowance.nodes += 1
        self.allowance = allowance
        self.count = 0
        # Most dictionaries keep nothing, and a file may have a million of them.
        self.kept: dict[str, Value] | None = None
        self.whole = True
        """Whether everything that it was given is kept."""
        self.computed = False
        """Whether it has a key of which nobody knows what it is."""

    def update(self, items: list[Value]) -> None:
        """Take keys and values in turn; a later key replaces an earlier one, as in the real dictionary."""
        for at in range(0, len(items), 2):
            key, value = items[at], items[at + 1]
            if isinstance(value, Node | tuple):
                attach(value, self, _label(key))
            if type(key) is str:
                self._keep(key, value)
            else:
                self.whole = False
                # A number can be no attribute; what was computed may be any text.
                self.computed = self.computed or isinstance(key, Object | Array | Raw | Opaque)
        self.count += len(items) // 2

    def _keep(self, key: str, value: Value) -> None:
        kept = self.kept
        if kept is None:
            kept = self.kept = {}
        if key not in FOLLOWED and key not in kept:
            if len(kept) >= MAX_KEYS or len(key) > SHORT_TEXT or not self.allowance.left:
                self.whole = False
                return
            self.allowance.left -= 1
        kept[key] = _leaf(value)

    def release(self) -> None:
        """Forget all but what the machine itself may still ask for."""
        if self.kept is None:
            return
        followed = {key: value for key, value in self.kept.items() if key in FOLLOWED}
        self.allowance.left += len(self.kept) - len(followed)
        self.kept = followed or None
        self.whole = False


class ArrayWrapper(Node):
    """An object of joblib's NumpyArrayWrapper and its attributes: the array itself follows once it is built."""

    __slots__ = ("attributes",)

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, Value] = {}


Value: TypeAlias = (
    "str | int | float | bool | tuple[Value, ...] | Opaque | Global | Object | Array | Raw | Storage | Bag "
    "| Dictionary | Dtype | ArrayWrapper | None"
)


def short_tuple(*values: Value) -> tuple[Value, ...]:
    """Return a tuple of these, in which a tuple is kept if it holds no further one but of numbers."""
    return tuple([_flat(value) if type(value) is tuple else value for value in values])


def attach(child: Value, parent: Node, label: str) -> None:
    """Remember that `child` was put into `parent`, if it was put nowhere before."""
    if type(child) is tuple:
        # A pipeline's step is ("name", object): the name says more than the index.
        named = len(child) > 1 and type(child[0]) is str and len(child[0]) <= SHORT_TEXT
        before = "" if named and label.startswith("[") else label
        for index, member in enumerate(child):
            if isinstance(member, Node):
                attach(member, parent, f"{before}[{child[0]}]" if named and index == 1 else f"{label}[{index}]")
    elif isinstance(child, Node) and child.parent is None and child is not parent:
        child.parent, child.label = parent, label


def path_of(node: Node) -> str:
    """Return where a node is, as one would write it: `steps[clf].coef_`; of a deeper place its last MAX_PATH levels."""
    labels: list[str] = []
    at: Node | None = node
    while at is not None and len(labels) < MAX_PATH:
        labels.append(at.label)
        at = at.parent
    path = "".join(label for label in reversed(labels) if label not in _TORCH_ROOMS).lstrip(".")
    return path if at is None else f"...{path}"


_TORCH_ROOMS = frozenset({"._modules", "._parameters", "._buffers"})
"""Attributes in which a torch module keeps what its users see as attributes of its own."""


def _label(key: Value) -> str:
    if type(key) is str and len(key) <= SHORT_TEXT * 4 and key.isprintable():
        return f".{key}"
    return f"[{key}]" if type(key) is int else "[...]"


def _leaf(value: Value) -> Value:
    """Return a value that makes no chain: of a dictionary, that it is one."""
    if type(value) is tuple:
        return value if all(type(member) is not Dictionary for member in value) else Opaque.TUPLE
    return Opaque.DICTIONARY if isinstance(value, Dictionary) else value


def _flat(value: tuple[Value, ...]) -> Value:
    plain = all(
        member is None
        or type(member) in (str, int, bool, Dtype)
        or (type(member) is tuple and all(type(inner) is int for inner in member))
        for member in value
    )
    return value if plain else Opaque.TUPLE
