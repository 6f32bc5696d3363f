"""The modules of an environment as files: which there are, where, of which distribution, and their parsed text.

Nothing is imported. A module is looked for as `importlib.machinery.PathFinder` does: in a folder a package comes
before an extension module, that before a source file, and a folder without `__init__` is a part of a namespace.
"""

from __future__ import annotations

import ast
import enum
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from gatekeeper.artifact.prospects.bindings import Scope, scope_of
from gatekeeper.artifact.prospects.extensions import surely_lacks
from gatekeeper.artifact.prospects.interpreters import search_path
from gatekeeper.artifact.prospects.places import Folder, Place, Wheel
from gatekeeper.errors import Unreadable

_EXTENSIONS = (".so", ".pyd")
_MAX_TEXT = 2**23
"""8 MiB of source are parsed: ten times the longest module of scipy or torch, and a minute at most."""


class Make(enum.Enum):
    """What a module is made of."""

    PYTHON = "source"
    EXTENSION = "extension module"
    BYTECODE = "bytecode"
    NAMESPACE = "namespace package"
    BUILTIN = "part of Python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module. `path` is relative to where packages are installed; `folders` is where its submodules lie."""

    module: str
    make: Make
    path: str
    place: Place | None
    folders: tuple[tuple[Place, str], ...] = ()

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.module if self.folders else self.module.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What was installed: its name as it is written, and its version."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Sources:
    """The modules of one environment. What was looked up or parsed once is kept.

    `closed` says that a module which is not found is really not there.
    """

    def __init__(self, places: tuple[Place, ...], *, closed: bool) -> None:
        self._places = places
        self.closed = closed
        self._modules: dict[str, Source | None] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._scopes: dict[str, Scope | None] = {}
        self._lacking: dict[tuple[str, str], bool] = {}
        self._owners: dict[int, dict[str, Distribution]] = {}

    @classmethod
    def of_interpreter(cls, python: Path) -> Sources:
        """Return the modules that an interpreter would import, without starting it.

        Raises:
            Unreadable: it is no interpreter, or has no folder of packages.
        """
        path = search_path(python)
        return cls(tuple(Folder(folder) for folder in path.folders), closed=path.closed)

    @classmethod
    def of_wheels(cls, folder: Path, wanted: Mapping[str, str] | None = None) -> Sources:
        """Return the modules that wheels would install.

        Args:
            folder: what `pip download` filled.
            wanted: the version of each distribution that counts; others are left out. Without it all of them count,
                and a module that is in none may still be in a distribution that is not there.

        Raises:
            Unreadable: there is no such folder, a file is no wheel, or one distribution has wheels of two versions.
        """
        wheels = _wheels(folder)
        pins = {canonicalize_name(name): Version(version) for name, version in (wanted or {}).items()}
        if wanted is not None:
            wheels = {path: named for path, named in wheels.items() if pins.get(named[0]) == named[1]}
        versions: dict[NormalizedName, Version] = {}
        for name, version in wheels.values():
            if versions.setdefault(name, version) != version:
                raise Unreadable(
                    f"the folder has wheels of {name} {versions[name]} and {version}, expected one version",
                    fix="say which versions count, or remove the others",
                )
        complete = wanted is not None and set(pins) <= set(versions)
        return cls(tuple(Wheel(path) for path in wheels), closed=complete)

    def module(self, name: str) -> Source | None:
        """Return the module of a dotted name, or None where it is not found."""
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def content(self, source: Source) -> bytes:
        """Return the bytes of a module's file: text, or an extension module; none for what has no file.

        Raises:
            Unreadable: the file can't be read.
        """
        return source.place.read(source.path) if source.place is not None else b""

    def tree(self, source: Source) -> ast.Module | None:
        """Return the parsed text of a module; None for what is no text, or in no syntax that this Python knows.

        Raises:
            Unreadable: the file can't be read.
        """
        if source.make is not Make.PYTHON:
            return None
        if source.module not in self._trees:
            self._trees[source.module] = _parse(self.content(source))
        return self._trees[source.module]

    def scope(self, source: Source) -> Scope | None:
        """Return what a module binds; None where its text is not at hand.

        Raises:
            Unreadable: the file can't be read.
        """
        if source.module not in self._scopes:
            tree = self.tree(source)
            self._scopes[source.module] = scope_of(tree.body, source.package) if tree is not None else None
        return self._scopes[source.module]

    def lacks(self, source: Source, name: str) -> bool:
        """Return whether an extension module surely has nothing of this name.

        Raises:
            Unreadable: the file can't be read.
        """
        key = (source.module, name)
        if key not in self._lacking:
            self._lacking[key] = surely_lacks(self.content(source), name)
        return self._lacking[key]

    def distribution(self, source: Source) -> Distribution | None:
        """Return which distribution installed a module, by the RECORD that lists its file."""
        if source.place is None:
            return None
        key = id(source.place)
        if key not in self._owners:
            self._owners[key] = dict(_owned(source.place))
        return self._owners[key].get(source.path)

    def _find(self, name: str) -> Source | None:
        parent, _, leaf = name.rpartition(".")
        if not leaf:
            return None
        folders = tuple((place, "") for place in self._places)
        if parent:
            package = self.module(parent)
            folders = package.folders if package is not None else ()
        found = _in_folders(name, leaf, folders)
        if found is None and not parent and leaf in sys.stdlib_module_names:
            return Source(module=name, make=Make.BUILTIN, path=leaf, place=None)
        return found


def _in_folders(name: str, leaf: str, folders: tuple[tuple[Place, str], ...]) -> Source | None:
    portions: list[tuple[Place, str]] = []
    for place, folder in folders:
        entries = place.names(folder)
        if entries.get(leaf):
            inner = f"{folder}{leaf}/"
            if found := _file(name, "__init__", place, inner, folders=((place, inner),)):
                return found
            portions.append((place, inner))
        if found := _file(name, leaf, place, folder):
            return found
    if not portions:
        return None
    return Source(module=name, make=Make.NAMESPACE, path=portions[0][1], place=None, folders=tuple(portions))


def _file(
    name: str, leaf: str, place: Place, folder: str, folders: tuple[tuple[Place, str], ...] = ()
) -> Source | None:
    entries = place.names(folder)
    extension = next((each for each in entries if each.startswith(f"{leaf}.") and each.endswith(_EXTENSIONS)), None)
    if extension is not None:
        return Source(module=name, make=Make.EXTENSION, path=folder + extension, place=place, folders=folders)
    for file, make in ((f"{leaf}.py", Make.PYTHON), (f"{leaf}.pyc", Make.BYTECODE)):
        if entries.get(file) is False:
            return Source(module=name, make=make, path=folder + file, place=place, folders=folders)
    return None


def _parse(content: bytes) -> ast.Module | None:
    if len(content) > _MAX_TEXT:
        return None
    try:
        return ast.parse(content)
    # A newer syntax, a NUL byte, or brackets nested beyond what the parser takes.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _wheels(folder: Path) -> dict[Path, tuple[NormalizedName, Version]]:
    if not folder.is_dir():
        raise Unreadable("is no folder, expected one of wheels", fix="fill it with: pip download -r the lock")
    try:
        return {path: parse_wheel_filename(path.name)[:2] for path in sorted(folder.glob("*.whl"))}
    except InvalidWheelFilename as error:
        raise Unreadable(f"a file is named as no wheel is ({error})", fix="download the wheels again") from error


def _owned(place: Place) -> Iterator[tuple[str, Distribution]]:
    for name, is_folder in place.names("").items():
        if is_folder and name.endswith(".dist-info") and "RECORD" in place.names(f"{name}/"):
            label, _, version = name.removesuffix(".dist-info").rpartition("-")
            owner = Distribution(name=label.replace("_", "-"), version=version)
            for line in place.read(f"{name}/RECORD").decode("utf-8", "replace").splitlines():
                yield line.partition(",")[0].strip('"'), owner
