"""Which files of a tree are Python, each once, and the dotted name by which the others import it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import UsageError
from gatekeeper.inference.facts import Flaw

NOTEBOOK = ".ipynb"
_SUFFIXES = (".py", NOTEBOOK)
_LEFT_OUT = ("node_modules",)


class Found(Struct, frozen=True, kw_only=True):
    """A file to be read.

    Attributes:
        path: as reported: the PATH as it was given and what follows, with `/`.
        real: the file that is opened.
        module: the dotted name by which other files of the tree import it.
        is_package: whether it is an `__init__.py`.
    """

    path: str
    real: Path
    module: str
    is_package: bool


class _Spot(Struct, frozen=True, kw_only=True):
    """A file or folder: where it is opened, where it lies once links are followed, and how it is reported."""

    path: Path
    real: str
    shown: str

    def inner(self, entry: os.DirEntry[str]) -> _Spot:
        """Return what an entry of this folder is; only links need a look at the disk."""
        path = self.path / entry.name
        real = os.path.realpath(path) if entry.is_symlink() else f"{self.real.rstrip('/')}/{entry.name}"
        name = _printable(entry.name)
        return _Spot(path=path, real=real, shown=f"{self.shown.rstrip('/')}/{name}" if self.shown else name)


def source_files(paths: Sequence[Path], *, base: Path | None = None) -> tuple[list[Found], list[Flaw]]:
    """Return the Python files and notebooks of some files and folders, and what could not be looked at.

    A file that is named is read whatever its suffix is. Of folders these are left out: hidden files and folders,
    `node_modules`, `*.egg-info`, virtual environments. A file that is met twice counts once.

    Args:
        paths: files and folders.
        base: the folder that relative paths start from; the working folder if not given.

    Raises:
        UsageError: one of them doesn't exist.
    """
    given = [_existing(path, base or Path()) for path in paths]
    walk = _Walk(tuple(each.real for each in given))
    for each in given:
        walk.take(each)
    return walk.found, walk.flaws


def _existing(path: Path, base: Path) -> _Spot:
    # Not resolved: the names of folders above it make the name of the module, and those are the ones that were given.
    at = Path(os.path.normpath((base / path).absolute()))
    shown = _printable(path.as_posix())
    try:
        at.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{shown}: no such file or folder", fix=_meant(path, at)) from error
    except OSError as error:
        raise UsageError(f"{shown}: {error.strerror}", fix="check the path and its mode") from error
    return _Spot(path=at, real=os.path.realpath(at), shown="" if shown == "." else shown)


def _meant(path: Path, at: Path) -> str:
    known = at.parent.is_dir() and os.access(at.parent, os.R_OK)
    names = sorted(each.name for each in at.parent.iterdir()) if known else []
    close = difflib.get_close_matches(at.name, names, n=1, cutoff=0.6)
    return f"did you mean {_printable(path.with_name(close[0]).as_posix())!r}?" if close else "correct the path"


def _printable(path: str) -> str:
    """Return a path that can be printed: the bytes of a name that are no UTF-8 become escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")


class _Walk:
    """One walk over all that was given."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        """Take where the given files and folders really lie."""
        self.found: list[Found] = []
        self.flaws: list[Flaw] = []
        self._roots = roots
        self._known: set[str] = set()

    def take(self, given: _Spot) -> None:
        """Add a file, or the files of a folder."""
        if not given.path.is_dir():
            self._add(given, _Names(given.path.parent))
            return
        names = _Names(given.path)
        flaws = len(self.flaws)
        files = list(self._files(given))
        for spot in files:
            self._add(spot, names)
        if not files and len(self.flaws) == flaws:
            what = "has no Python file: nothing was looked at"
            self.flaws.append(Flaw(what=what, fix="name the folder with the serving code", path=given.shown or "."))

    def _add(self, spot: _Spot, names: _Names) -> None:
        if spot.real not in self._known:
            self._known.add(spot.real)
            is_package = spot.path.name == "__init__.py"
            module = names.module(spot.path)
            self.found.append(Found(path=spot.shown, real=Path(spot.real), module=module, is_package=is_package))

    def _files(self, top: _Spot) -> Iterator[_Spot]:
        """Yield the files of a folder; what is behind links to folders last, so that a file is met where it lies."""
        entered: set[str] = set()
        linked: list[_Spot] = []
        waiting = [top]
        while waiting or linked:
            folder = waiting.pop() if waiting else linked.pop(0)
            if folder.real in entered:
                continue
            entered.add(folder.real)
            inner: list[_Spot] = []
            for entry in self._entries(folder):
                spot = folder.inner(entry)
                is_link = entry.is_symlink()
                if is_link and not self._may_follow(spot):
                    continue
                if _is_folder(spot.path) if is_link else entry.is_dir():
                    if not _is_left_out(spot.path):
                        (linked if is_link else inner).append(spot)
                elif entry.name.endswith(_SUFFIXES):
                    yield spot
            waiting += reversed(inner)

    def _entries(self, folder: _Spot) -> list[os.DirEntry[str]]:
        """Return the entries of a folder that are not hidden, in the order of their names."""
        try:
            with os.scandir(folder.path) as entries:
                return sorted((each for each in entries if not each.name.startswith(".")), key=lambda each: each.name)
        except OSError as error:
            what = f"can't be listed: {error.strerror}"
            self.flaws.append(Flaw(what=what, fix="check the folder and its mode", path=folder.shown or "."))
            return []

    def _may_follow(self, link: _Spot) -> bool:
        """Whether a link stays in what was given; one to Python that does not is a flaw, others are of no concern."""
        if any(link.real == root or link.real.startswith(f"{root.rstrip('/')}/") for root in self._roots):
            return True
        if link.shown.endswith(_SUFFIXES) or _has_python(Path(link.real)):
            what = f"is a link to {_printable(link.real)}, outside of what was given"
            self.flaws.append(
                Flaw(what=what, fix="name that as well, or copy it to where the link is", path=link.shown)
            )
        return False


def _has_python(folder: Path) -> bool:
    """Whether a folder has a Python file right in it. Links to data, or to what a build has made, are ordinary."""
    try:
        return _is_folder(folder) and any(each.name.endswith(_SUFFIXES) for each in folder.iterdir())
    except PermissionError:  # nor can the service import from there, if it runs as who runs this
        return False


def _is_left_out(folder: Path) -> bool:
    return folder.name in _LEFT_OUT or folder.name.endswith(".egg-info") or _is_file(folder / "pyvenv.cfg")


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a path is too long or not permitted


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - the same


class _Names:
    """The dotted names of files: from the topmost folder of their package, or else from the folder `top`."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._packages: dict[Path, tuple[str, ...]] = {}

    def module(self, path: Path) -> str:
        """Return the dotted name of a file; a dot in the name of one, which no import can name, becomes a `-`."""
        folder = path.parent
        inner = folder.relative_to(self._top).parts
        package = self._package(folder) or (*self._package(self._top), *inner)
        stem = path.name.removesuffix(".py").removesuffix(NOTEBOOK)
        parts = package if path.name == "__init__.py" else (*package, stem)
        return ".".join(each.replace(".", "-") for each in parts)

    def _package(self, folder: Path) -> tuple[str, ...]:
        """Return the names of the unbroken chain of packages that a folder ends; empty if it is none."""
        if folder not in self._packages:
            is_package = bool(folder.name) and _is_file(folder / "__init__.py")
            self._packages[folder] = (*self._package(folder.parent), folder.name) if is_package else ()
        return self._packages[folder]
