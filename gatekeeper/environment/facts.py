"""What a lock says, as frozen data. Nothing here is judged: an unpinned or unhashed row is a fact like any other."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Source(enum.StrEnum):
    """Where a row's artifact comes from."""

    INDEX = "index"
    URL = "url"
    VCS = "vcs"
    PATH = "path"
    EDITABLE = "editable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """One allowed artifact: the algorithm as pip spells it, and the digest in lower-case hex."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        """Return `algorithm:digest`, the form that follows `--hash=`."""
        return f"{self.algorithm}:{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option line, its name in the long form (`-i` is `--index-url`); the value is `""` where it takes none."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement of a lock.

    Attributes:
        name: Canonical (PEP 503); `""` when the line names only a path or a URL.
        written: The name as typed; for a line without one, the path or URL as typed, credentials stripped.
        specifier: Normalised text such as `==1.4.2`, or `""`.
        version: `str(Version)`, with epoch and local part, when exactly one `==` without wildcard or one `===` pins it.
        extras: Canonical (PEP 685), sorted.
        marker: Normalised, or None.
        hashes: Sorted, each once.
        source: Where the artifact comes from.
        url: Without credentials; None for a row from an index.
        line: Of the name, from 1.
        column: Of the name, from 1, in characters.
    """

    name: str
    written: str
    specifier: str
    version: str | None
    extras: tuple[str, ...]
    marker: str | None
    hashes: tuple[Hash, ...]
    source: Source
    url: str | None
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock file, in the order of its lines."""

    rows: tuple[Row, ...]
    options: tuple[Option, ...]
