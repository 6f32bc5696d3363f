"""torch's tensors as its pickles hold them: views on storages, which lie elsewhere in the file under a key.

What a storage is, a persistent id says: ("storage", class, key, location, number of elements)
(`torch.serialization._save`). A tensor is a call of `torch._utils._rebuild_tensor_v2`: storage, offset, size, strides.
"""

from __future__ import annotations

from gatekeeper.artifact.elements import SIZES, Element, element
from gatekeeper.artifact.errors import Damaged, Unfollowable
from gatekeeper.artifact.pickles.arrays import dimensions
from gatekeeper.artifact.pickles.machine import Machine
from gatekeeper.artifact.pickles.values import Array, Global, Storage, Value

_STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8",
}
_QUANTISED = {"QInt8Storage": 1, "QUInt8Storage": 1, "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1}


def storage_of(identifier: Value) -> Storage:
    """Return what a persistent id of torch stands for.

    Raises:
        Unfollowable: it is none of a storage.
    """
    if isinstance(identifier, tuple) and len(identifier) >= 5 and identifier[0] == "storage":
        kind, key, count = identifier[1], identifier[2], identifier[4]
        if isinstance(kind, Global) and type(key) is str and type(count) is int and count >= 0:
            return Storage(key, _element_of(kind), count)
    raise Unfollowable("a persistent id is none of torch's storages")


def tensor(machine: Machine, arguments: Value, *, typed: bool) -> Array:
    """Return the tensor that one of the `_rebuild_tensor` functions makes; `typed` where the last argument is its type.

    Raises:
        Unreadable: it is none that torch writes, or reaches beyond its storage.
    """
    if not isinstance(arguments, tuple) or len(arguments) < (7 if typed else 4):
        raise Unfollowable(f"before byte {machine.source.offset} a tensor is made in a way that torch does not write")
    storage, start, size, stride = arguments[:4]
    if not isinstance(storage, Storage) or type(start) is not int:
        raise Unfollowable(f"before byte {machine.source.offset} a tensor is made on something else than a storage")
    kind = _named(arguments[6]) if typed else storage.element
    array = Array(kind, dimensions(size))
    first, count = start * kind.size, _span(array.shape, dimensions(stride)) * kind.size
    if start < 0 or first + count > storage.count * storage.element.size:
        raise Damaged(f"before byte {machine.source.offset} a tensor reaches beyond its storage {storage.key!r}")
    machine.ledger.add_tensor(array, first, count, None, storage)
    return array


def _span(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Return from how many elements of the storage on, beginning with its first, the tensor takes its own."""
    if len(shape) != len(strides):
        raise Unfollowable("a tensor has another number of strides than of dimensions")
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


def _element_of(kind: Global) -> Element:
    if kind.name in _QUANTISED:
        return Element(name=kind.name.removesuffix("Storage").lower(), size=_QUANTISED[kind.name])
    name = _STORAGES.get(kind.name)
    if name is None or not kind.module.startswith("torch"):
        raise Unfollowable(f"{kind} is no storage of torch that is known")
    return element(name)


def _named(dtype: Value) -> Element:
    if isinstance(dtype, Global) and dtype.module == "torch" and dtype.name in SIZES:
        return element(dtype.name)
    raise Unfollowable("a tensor is of a type that is not known")
