"""The objects of a pickle without their classes: what its attributes say, where the libraries can't load it.

Every class and function that the file names is replaced by an empty one of the same name, so nothing of any library
runs; arrays are numpy's own. A ghost has the attributes that the pickle gives it and no method. It answers nothing, but
it can be looked at: which categories an encoder knows, and what it makes of others.
"""

# The pure-Python unpickler is the only one whose steps can be watched; `open` where ruff likes `pathlib`.
# ruff: noqa: PLC0415, PTH123, SLF001

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from typing import Any, ClassVar

from gatekeeper.replay.inside.calls import Unfit, module

MOST = 1 << 30
"""Bytes of a stream after decompression."""
_NUMPY = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    *(
        (f"numpy.{core}.multiarray", name)
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar", "_frombuffer")
    ),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
}
_PLAIN = {("builtins", name) for name in ("set", "frozenset", "complex", "bytearray", "slice", "range", "list", "dict")}
_ARRAY = "NumpyArrayWrapper"


class Ghost:
    """What stands for an object: its attributes, and nothing else."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Return one, whatever it is made with."""
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        parts = state if isinstance(state, tuple) else (state,)
        for part in parts:
            if isinstance(part, dict):
                self.__dict__.update({str(key): value for key, value in part.items()})

    def append(self, *_: Any) -> None:
        """Take a member of a list of a class of its own; it is not kept."""

    extend = update = add = __setitem__ = append


def opened(path: str) -> tuple[str, Any]:
    """Return the format of a file and the ghosts of its objects.

    Raises:
        Unfit: it is no pickle, or compressed in a way that the standard library does not know.
        Exception: whatever a broken stream makes the unpickler raise.
    """
    with open(path, "rb") as source:
        data = source.read(MOST + 1)
    stream = io.BytesIO(_inflated(data))
    return "ghosts", _Unpickler(stream).load()


def _inflated(data: bytes) -> bytes:
    openers = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress}
    for start, inflate in openers.items():
        if data.startswith(start):
            return inflate(data)
    if data[:1] == b"x":
        return zlib.decompress(data)
    if data[:1] != b"\x80" or len(data) > MOST:
        raise Unfit("only pickles and what joblib writes, raw or packed by the standard library, can be looked at")
    return data


_Watched: Any = pickle._Unpickler
"""Python's own unpickler; the stubs say little of it."""


class _Unpickler(_Watched):  # type: ignore[misc]  # the same
    """An unpickler that knows numpy's arrays and takes everything else for a ghost."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._stream = stream
        self._made: dict[tuple[str, str], Any] = {}

    def find_class(self, where: str, name: str) -> Any:
        """Return numpy's own function, a plain type, or an empty class of this name."""
        if (where, name) in _NUMPY:
            return _of_numpy(where, name)
        if (where, name) in _PLAIN:
            import builtins

            return getattr(builtins, name)
        if (where, name) == ("_codecs", "encode"):  # how old protocols write bytes: as text, to be encoded
            import codecs

            return codecs.encode
        if where in {"copyreg", "copy_reg"}:
            return _reconstructed
        if name.startswith("__pyx_unpickle_"):
            return _reconstructed
        key = (where, name)
        if key not in self._made:
            self._made[key] = type(name.rpartition(".")[2], (Ghost,), {"__module__": where})
        return self._made[key]

    def persistent_load(self, _: Any) -> Any:
        """Return a ghost for what lies elsewhere."""
        return Ghost()

    def load_build(self) -> None:
        """Give an object its state; after joblib's wrapper the bytes of the array follow."""
        super().load_build()
        made = self.stack[-1]
        if isinstance(made, Ghost) and type(made).__name__ == _ARRAY:
            self.stack[-1] = self._array(made)

    def _array(self, wrapper: Ghost) -> Any:
        numpy = module("numpy", "arrays in the file")
        attributes = wrapper.__dict__
        kind, shape = attributes["dtype"], tuple(int(each) for each in attributes["shape"])
        if kind.hasobject:
            return _Unpickler(self._stream).load()
        if attributes.get("numpy_array_alignment_bytes") is not None:
            self._stream.read(self._stream.read(1)[0])
        count = 1
        for each in shape:
            count *= each
        data = self._stream.read(count * kind.itemsize)
        flat = numpy.frombuffer(data, dtype=kind, count=count)
        return flat.reshape(shape[::-1]).T if attributes.get("order") == "F" else flat.reshape(shape)

    dispatch: ClassVar[dict[int, Any]] = {**_Watched.dispatch, pickle.BUILD[0]: load_build}


def _of_numpy(where: str, name: str) -> Any:
    numpy = module("numpy", "arrays in the file")
    if where == "numpy":
        return getattr(numpy, name)
    core = getattr(numpy, "_core", None) or numpy.core
    return getattr(core.numeric if name == "_frombuffer" else core.multiarray, name)


def _reconstructed(kind: Any, *_: Any) -> Any:
    """Return an empty object of the class that a constructor of copyreg or Cython is told."""
    return object.__new__(kind) if isinstance(kind, type) and issubclass(kind, Ghost) else Ghost()
