"""Where an interpreter looks for modules, found out from the files around it: it is not started.

What `venv`, `virtualenv` and `uv venv` write is `pyvenv.cfg` (PEP 405); `site` of the standard library says which
folders follow from it, and what the lines of a `.pth` file mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import Unreadable

_FIX = "name the interpreter that production runs, such as .venv/bin/python"
_VERSION = re.compile(r"python(\d+\.\d+)t?")
_KNOWN_IMPORT_LINES = ("import os; var = 'SETUPTOOLS_USE_DISTUTILS'", "import _virtualenv")
"""Lines that setuptools and virtualenv put into environments: they mend distutils and bring no module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPath:
    """The folders in which an interpreter looks, in its order.

    `closed` says that there are no others: no line of a `.pth` file runs code that could add some.
    """

    folders: tuple[Path, ...]
    closed: bool


def search_path(python: Path) -> SearchPath:
    """Return where this interpreter looks for modules.

    Args:
        python: the path of the executable, as it would be typed: a virtual environment is told by it.

    Raises:
        Unreadable: there is no interpreter, or no folder of modules belongs to it.
    """
    if not python.is_file():
        raise Unreadable(f"{python.name} is no file, expected an interpreter", fix=_FIX)
    prefix = python.absolute().parent.parent
    settings = _settings(prefix / "pyvenv.cfg")
    version = _version(python, prefix, settings)
    packages = _packages(prefix, version)
    home = Path(settings["home"]).parent if "home" in settings else python.resolve().parent.parent
    if settings.get("include-system-site-packages", "false").lower() == "true" or not settings:
        packages += [folder for folder in _packages(home, version) if folder not in packages]
    if not packages:
        raise Unreadable(f"no site-packages of Python {version} belongs to {python.name}", fix=_FIX)
    library = _library(home, version)
    added, closed = _added_by_lines(packages)
    return SearchPath(folders=(*library, *packages, *added), closed=closed and bool(library))


def _settings(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text("utf-8", errors="replace").splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in lines if equals}


def _version(python: Path, prefix: Path, settings: dict[str, str]) -> str:
    """Return the interpreter's version as its folders have it: "3.11"."""
    written = settings.get("version") or settings.get("version_info", "")
    if match := re.match(r"\d+\.\d+", written):
        return match[0]
    if match := _VERSION.fullmatch(python.resolve().name):
        return match[1]
    found = {match[1] for each in prefix.glob("lib/python3.*") if (match := _VERSION.fullmatch(each.name))}
    if len(found) != 1:
        told = ", ".join(sorted(found)) or "none"
        raise Unreadable(f"which version {python.name} is can't be told: its folders are of {told}", fix=_FIX)
    return found.pop()


def _packages(prefix: Path, version: str) -> list[Path]:
    major = version.partition(".")[0]
    names = (f"lib/python{version}/site-packages", f"lib64/python{version}/site-packages")
    # Debian keeps what its own packages and what pip installs apart, and out of site-packages.
    debian = (
        prefix / f"local/lib/python{version}/dist-packages",
        prefix / f"lib/python{major}/dist-packages",
    )
    found: list[Path] = []
    for folder in (*(prefix / name for name in names), *debian):
        if folder.is_dir() and not any(folder.samefile(known) for known in found):
            found.append(folder)
    return found


def _library(home: Path, version: str) -> list[Path]:
    base = home / f"lib/python{version}"
    return [folder for folder in (base, base / "lib-dynload") if folder.is_dir()]


def _added_by_lines(packages: list[Path]) -> tuple[list[Path], bool]:
    """Return the folders that `.pth` files add, and whether no line of them runs code that is not known."""
    added: list[Path] = []
    closed = True
    for folder in packages:
        for file in sorted(folder.glob("*.pth")):
            for line in file.read_text("utf-8-sig", errors="replace").splitlines():
                if line.startswith(("import ", "import\t")):
                    closed = closed and line.startswith(_KNOWN_IMPORT_LINES)
                elif line.strip() and not line.startswith("#") and (folder / line.strip()).is_dir():
                    added.append(folder / line.strip())
    return added, closed
