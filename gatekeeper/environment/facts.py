"""What a lock or an inventory says, as frozen data. Nothing is judged: an unpinned or unhashed row is a fact too.

A *lock* says what may be installed; an *inventory* (a probe, `pip inspect`, `pip freeze`, an SBOM) says what is there.
Both become a `Lock` of `Row`s, so that any of them can be compared with any other.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gatekeeper.environment.formats import Format


class Tier(enum.StrEnum):
    """What a piece of evidence identifies; the strongest first."""

    HASHES = "hashes"
    """The files that may be installed, by their digests."""
    RECORDS = "records"
    """What was installed, by the digest of each distribution's RECORD."""
    VERSIONS = "versions"
    """Names and versions alone."""


class Source(enum.StrEnum):
    """Where a row's artifact comes from."""

    INDEX = "index"
    URL = "url"
    VCS = "vcs"
    PATH = "path"
    EDITABLE = "editable"
    CONDA = "conda"
    VIRTUAL = "virtual"
    """A project that is never installed itself: only what it asks for. No projection has such a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """One allowed artifact: the algorithm as pip spells it, the digest in lower-case hex, the file's name if known.

    The name is for people: requirements files have none, so that it takes no part in equality.
    """

    algorithm: str
    digest: str
    file: str = field(default="", compare=False)

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
class Include:
    """A line that pulls in another file: `-r` (its rows count) or `-c` (its rows pin nothing by themselves)."""

    path: str
    constraint: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge of a project lock: what a package, or the project itself, asks for.

    Attributes:
        name: Canonical.
        version: Which of several rows of this name is meant; None where there is one.
        origin: The index or URL of that row, for two rows of one version, `""` being pip's default index; None where
            one row answers.
        extras: Of the package that is asked for, canonical, sorted.
        marker: Normalised, or None.
    """

    name: str
    version: str | None = None
    origin: str | None = None
    extras: tuple[str, ...] = ()
    marker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A dependency that holds always, or only if one extra or one group is asked for.

    Attributes:
        dependency: What is asked for.
        extra: The extra under which it is, canonical.
        group: The group under which it is, canonical.
        member: In `Lock.roots`, which project of a workspace asks; None in a row's own, and for a group of the
            workspace itself.
    """

    dependency: Dependency
    extra: str | None = None
    group: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One package of a lock, or one installed distribution.

    Attributes:
        name: Canonical (PEP 503); `""` when the line names only a path or a URL.
        written: The name as typed; for a line without one, the path or URL as typed, credentials stripped.
        specifier: Normalised text such as `==1.4.2`, or `""`.
        version: `str(Version)`, with epoch and local part, when exactly one `==` without wildcard or one `===` pins it;
            for a conda package its version as conda writes it.
        extras: Of this package, that a requirement asks for; canonical (PEP 685), sorted. What they bring is locked in
            rows of its own.
        marker: Normalised, or None. In the language of PEP 751: it may ask `'x' in extras` and
            `'y' in dependency_groups`.
        hashes: Sorted, each once.
        unhashed: The names of the files that may be installed and for which the lock has no hash, sorted.
        source: Where the artifact comes from.
        url: Without credentials; None for a row from an index or a channel.
        index: The index or conda channel that the lock names for this row, canonical (`urls.canonical_index`); None for
            pip's default index and where the lock does not say.
        build: The build string of a conda package, in which CPU and CUDA builds differ.
        platform: The conda platform that the row is for, such as `linux-64`; None where the row is for any.
        records: Canonical RECORD digests, `sha256:<hex>`, sorted: of an installed distribution its one, of a lock those
            that its files leave behind when they are installed.
        direct: Whether the project itself asks for it; None where the lock does not say.
        requires: What it depends on, in a lock that has no markers for whole rows but a graph.
        requires_python: The PEP 440 specifier of the Pythons that it can be installed on, normalised, where the lock
            holds installers to it.
        path: The file that says so, if it is another one than the lock: one that `-r` pulled in.
        line: Of the name, from 1; None in a document whose positions mean nothing to people.
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
    line: int | None = None
    column: int | None = None
    index: str | None = None
    build: str | None = None
    platform: str | None = None
    records: tuple[str, ...] = ()
    direct: bool | None = None
    requires: tuple[Requested, ...] = ()
    requires_python: str | None = None
    unhashed: tuple[str, ...] = ()
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What runs the packages, as measured; None where the evidence does not say.

    Attributes:
        python: The full version, `3.11.7`.
        implementation: `cpython`, `pypy` ...
        abi: The ABI tag of a wheel, `cp311` or `cp314t`.
        platform: The platform tag of a wheel, `linux_x86_64`.
        libc: `glibc 2.36` or `musl 1.2`.
        system: The operating system and its version, `debian 12`.
        cuda: The CUDA version that the installed torch was built for.
        cudnn: The version of cuDNN.
        image: The base image with its digest.
    """

    python: str | None = None
    implementation: str | None = None
    abi: str | None = None
    platform: str | None = None
    libc: str | None = None
    system: str | None = None
    cuda: str | None = None
    cudnn: str | None = None
    image: str | None = None


class Flaw(enum.StrEnum):
    """What an installed environment has that no lock can account for."""

    MODIFIED = "modified"
    """A file is not what its RECORD, or the lock's record of it, says."""
    ABSENT_FILE = "absent-file"
    """RECORD names a file that is not there."""
    UNOWNED = "unowned"
    """Code that no distribution's RECORD names."""
    DUPLICATE = "duplicate"
    """Two dist-info folders for one name."""
    EDITABLE = "editable"
    """The code lies in a working folder and can change at any time."""
    NO_RECORD = "no-record"
    """A distribution without RECORD, so that nothing can be said of its files."""
    PATH_FILE = "path-file"
    """A `.pth` file that runs code or adds a folder to the path."""
    SHARED_FILE = "shared-file"
    """Two distributions claim one file; the later one won."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One flaw of an installed environment; `name` is the distribution's, or `""`; `path` is relative to its folder."""

    flaw: Flaw
    name: str
    path: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock or inventory.

    Attributes:
        rows: In the order of the file.
        options: Of a requirements file, in the order of its lines.
        format: What it was read from.
        includes: The files that are still to be read, see `gatekeeper.environment.requirements.includes`.
        requires_python: The PEP 440 specifier that the lock states, normalised.
        environments: Markers of which one must hold on a target for the lock to be for it; empty for any target.
        members: The projects that a lock with a graph is for; they are no rows.
        roots: What the members themselves ask for; empty in a lock whose rows have markers.
        extras: Those that a selection may name.
        groups: Those that a selection may name.
        default_groups: Those that the tool installs when nobody names one.
        conflicts: Sets of which a selection may activate one at most, in the names that the markers of `requires` use.
        runtime: Of an inventory that measured it.
        anomalies: Of an inventory that looked for them.
        warnings: What is worth telling and changes nothing, such as a minor version newer than the reader.
    """

    rows: tuple[Row, ...]
    options: tuple[Option, ...] = ()
    format: Format = Format.REQUIREMENTS
    includes: tuple[Include, ...] = ()
    requires_python: str | None = None
    environments: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    roots: tuple[Requested, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    default_groups: tuple[str, ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = ()
    runtime: Runtime | None = None
    anomalies: tuple[Anomaly, ...] = ()
    warnings: tuple[str, ...] = ()
