"""What is known of a model file after it was read: plain frozen data, nothing judged.

Offsets count bytes from the start of the pickle stream: of the file itself, or of what comes out of its compression.
"""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.artifact.formats import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalRef:
    """A class or function that loading the file would import, and where the file first names it.

    Names are those that Python 3 imports: what protocols 0 to 2 call `copy_reg` is `copyreg` here.
    """

    module: str
    name: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryVersion:
    """A version of a library that objects in the file were saved by: how many say so, and where the first one does."""

    library: str
    version: str
    count: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A scikit-learn class whose objects in the file, `count` of them, carry this version."""

    module: str
    name: str
    version: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """All facts of one file that was read from its first byte to its last.

    The facts hold for the loader that `format` names: `joblib.load` for joblib, `pickle.load` for pickle.
    """

    format: Format
    compression: str | None
    protocol: int
    """The highest protocol that the file declares; 0 where it declares none, as protocols 0 and 1 do not."""
    size: int
    """Length of the stream in bytes, after decompression."""
    opcodes: int
    arrays: int
    """Arrays whose raw bytes lie between the opcodes, and the sum of these bytes."""
    array_bytes: int
    nested: int
    """Pickles inside the pickle: joblib writes arrays of Python objects so."""
    globals: tuple[GlobalRef, ...]
    versions: tuple[LibraryVersion, ...]
    estimators: tuple[Estimator, ...]
