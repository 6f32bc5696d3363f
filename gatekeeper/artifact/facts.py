"""What is known of a model file after it was read: plain frozen data, nothing judged.

Offsets count bytes from the start of the stream that `member` names, a member of an archive; where `member` is empty,
from the start of the file itself, or of what comes out of its compression.
"""

from __future__ import annotations

import enum
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
    member: str = ""

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A global that loading the file would call: how often, where first, and with which arguments that first time.

    `arguments` shows what is known of them, as text: `'echo hello'`, or `...` for what is not kept. It is what the file
    says, and may be hostile text.
    """

    module: str
    name: str
    offset: int
    count: int
    arguments: str
    member: str = ""

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryVersion:
    """A version of a library that objects in the file were saved by: how many say so, and where the first one does."""

    library: str
    version: str
    count: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What the file shows of a library whose version it does not carry: which versions can have written it.

    `specifier` is one of PEP 440, such as ">=2" or "<3"; `library` a distribution, or "python". `reason` says what in
    the file shows it.
    """

    library: str
    specifier: str
    reason: str
    offset: int
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A scikit-learn class whose objects in the file, `count` of them, carry this version."""

    module: str
    name: str
    version: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute in an object's state, and what its value is.

    `kind` is `none`, `bool`, `int`, `float`, `str`, `bytes`, `tuple`, `list`, `set`, `dict`, `array`, `dtype` or
    `unknown`; for an object `object`, for a class or function itself `global`: then `type` is its dotted name. `text`
    shows the value of a string or boolean where it is short, for an array its element type.
    """

    name: str
    kind: str
    type: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state that `count` objects of a class are given on loading: all of them the same attributes and kinds."""

    module: str
    name: str
    attributes: tuple[Attribute, ...]
    count: int
    offset: int
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Names or values that an object declares for what it is fed or gives: `feature_names_in_`, `classes_` and such.

    `owner` is the class of the object that has it. A value that is no text is written as Python writes it. Where there
    are more than the reader keeps, `values` are the first of `count`.
    """

    owner: str
    attribute: str
    values: tuple[str, ...]
    count: int
    offset: int
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the numbers of one tensor, or of one field of its structured elements, are.

    `first` is the index of the first that is not finite, counting elements in the order of the bytes. `minimum` and
    `maximum` are of the finite ones, None if there is none. `denormal` counts numbers between zero and the smallest
    normal one.
    """

    field: str = ""
    count: int
    nan: int
    infinite: int
    first: int | None
    minimum: float | int | None
    maximum: float | int | None
    denormal: int

    @property
    def constant(self) -> bool:
        """Whether more than one number, and all are the same."""
        return self.count > 1 and self.minimum == self.maximum and not self.nan + self.infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """An array of numbers: where its bytes lie, and what they are.

    `statistics` is empty where the bytes are no numbers that are understood (text, times, quantised blocks), or where
    they are not in the file (`elsewhere` then names the file that has them).
    """

    name: str
    element: str
    shape: tuple[int, ...]
    offset: int
    size: int
    member: str = ""
    statistics: tuple[Statistics, ...] = ()
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive: where its bytes begin there, how many they are as packed, and how many unpacked."""

    name: str
    offset: int
    packed: int
    size: int


class Oddity(enum.StrEnum):
    """A way in which a container is not what its own writers make, although some reader takes it."""

    HEADERS_DISAGREE = "headers disagree"
    DUPLICATE_MEMBER = "duplicate member"
    OVERLAP = "overlap"
    ENCRYPTED = "encrypted"
    PREFIX = "bytes before the archive"
    SUFFIX = "bytes after the end"
    GAP = "bytes between members"
    BAD_CHECKSUM = "bad checksum"
    NESTED_ARCHIVE = "nested archive"
    PATH = "path that leaves the folder"
    UNEXPECTED_MEMBER = "unexpected member"
    COMPRESSED_MEMBER = "compressed member"
    SIZE = "size or offset that does not fit"
    RUNS_CODE = "runs code by design"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One oddity of a container: what was got and what expected, and where."""

    oddity: Oddity
    detail: str
    offset: int
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """Why the file could not be read to its end, and what to do. The facts are those of what lies before."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """All facts of one file.

    The facts hold for the loader that `format` names: `joblib.load` for joblib, `pickle.load` for pickle. Where
    `incomplete` is set, what follows the facts is unknown: a loader may have executed what they name, and more.
    """

    format: Format
    compression: str | None
    protocol: int
    """The highest protocol that the file's pickles declare; 0 where none does, as protocols 0 and 1 do not."""
    size: int
    """Length of the stream in bytes, after decompression."""
    opcodes: int
    arrays: int
    """Arrays whose raw bytes lie between the opcodes, and the sum of these bytes."""
    array_bytes: int
    nested: int
    """Pickles inside the pickle: joblib writes arrays of Python objects so."""
    globals: tuple[GlobalRef, ...] = ()
    calls: tuple[Call, ...] = ()
    versions: tuple[LibraryVersion, ...] = ()
    bounds: tuple[Bound, ...] = ()
    estimators: tuple[Estimator, ...] = ()
    states: tuple[State, ...] = ()
    vocabularies: tuple[Vocabulary, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    members: tuple[Member, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    """What the container says of itself, by key: producer, format version, framework."""
    references: tuple[str, ...] = ()
    """Other files that belong to this one: shards, external data."""
    flaws: tuple[Flaw, ...] = ()
    incomplete: Incomplete | None = None
