"""Where files of installed packages lie: a folder, or a wheel, whose paths are those that it would install."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from gatekeeper.errors import Unreadable

MAX_FILE = 2**28
"""256 MiB: above the largest extension modules that hold classes, below what would exhaust the gate's machine."""

_DATA_FOLDERS = ("purelib", "platlib")
"""What lies in these folders of a wheel's `.data` is installed beside the rest (PEP 427)."""


class Place(Protocol):
    """A tree of files as an importer sees it. Folders are named with a slash at their end; the top is ""."""

    def names(self, folder: str) -> Mapping[str, bool]:
        """Return what is in a folder, and of each whether it is a folder; nothing for a folder that is not there."""
        ...

    def read(self, path: str) -> bytes:
        """Return the bytes of a file that `names` has told of.

        Raises:
            Unreadable: it can't be read, or is larger than MAX_FILE.
        """
        ...


class Folder:
    """A folder of the disk. Each listing is taken once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listings: dict[str, Mapping[str, bool]] = {}

    def names(self, folder: str) -> Mapping[str, bool]:
        """Return what is in a folder."""
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        try:
            with (self._root / path).open("rb") as stream:
                _check_size(path, os.fstat(stream.fileno()).st_size)
                return stream.read()
        except OSError as error:
            raise _unreadable(path, error) from error

    def _list(self, folder: str) -> Mapping[str, bool]:
        try:
            with os.scandir(self._root / folder) as entries:
                return {entry.name: entry.is_dir() for entry in entries}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise _unreadable(folder, error) from error


class Wheel:
    """A wheel that is installed nowhere."""

    def __init__(self, path: Path) -> None:
        """Read the wheel's directory.

        Raises:
            Unreadable: it is no zip file.
        """
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise _unreadable(path.name, error) from error
        self._members: dict[str, str] = {}
        self._folders: dict[str, dict[str, bool]] = {}
        for member in self._archive.namelist():
            if not member.endswith("/"):
                self._enter(_installed_path(member), member)

    def names(self, folder: str) -> Mapping[str, bool]:
        """Return what is in a folder."""
        return self._folders.get(folder, {})

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        try:
            member = self._archive.getinfo(self._members[path])
            _check_size(path, member.file_size)
            return self._archive.read(member)
        # RuntimeError is for an encrypted member, NotImplementedError for a compression that zipfile lacks.
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise _unreadable(f"{path} in {self._path.name}", error) from error

    def _enter(self, path: str, member: str) -> None:
        self._members[path] = member
        folder, _, name = path.rpartition("/")
        is_folder = False
        while True:
            inside = f"{folder}/" if folder else ""
            known = self._folders.setdefault(inside, {})
            if name in known:
                return
            known[name] = is_folder
            if not folder:
                return
            folder, _, name = folder.rpartition("/")
            is_folder = True


def _installed_path(member: str) -> str:
    top, _, rest = member.partition("/")
    scheme, _, inner = rest.partition("/")
    return inner if top.endswith(".data") and scheme in _DATA_FOLDERS else member


def _check_size(path: str, size: int) -> None:
    if size > MAX_FILE:
        raise Unreadable(f"{path} has {size} bytes, expected at most {MAX_FILE}", fix="install the package again")


def _unreadable(path: str, error: Exception) -> Unreadable:
    return Unreadable(f"{path} of the production environment can't be read ({error})", fix="install it again")
