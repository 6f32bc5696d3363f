"""What an answer depends on beside the candidate: the gate, the interpreters and what they have, the machine.

An interpreter is known by the signatures of its files: their times change with every write, and can't be set back. So
an answer is good on the machine and for the installation that gave it, and nowhere else.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gatekeeper.cache.traces import signature
from gatekeeper.cache.trees import Unknowable

HANDED_ON: Final = ("PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "LD_PRELOAD")
HANDED_ON_GROUPS: Final = (
    *("LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "ATEN_", "ONEDNN_", "CUDA_", "CUBLAS_", "NVIDIA_", "PYTHON"),
)
"""The variables that reach a process of the candidate's, and what changes the gate's own interpreter."""

_MOST: Final = 400_000
"""Files of an installation; more is a folder that was not meant."""

_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_UNIMPORTED: Final = frozenset({"__pycache__"})
_HARMLESS_LINES: Final = ("import os; var = 'SETUPTOOLS_USE_DISTUTILS'", "import _virtualenv")
"""Lines of `.pth` files, of setuptools and of virtualenv, that bring no code from elsewhere."""

_KERNEL: Final = (
    *("/proc/sys/user/max_user_namespaces", "/proc/sys/kernel/unprivileged_userns_clone", "/sys/kernel/security/lsm"),
    *("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "/proc/driver/nvidia/version"),
)
"""What decides which layers a sandbox has, and which driver a graphics card."""

_INSTALLED: Final = (
    "/etc/ld.so.cache",
    "/etc/os-release",
    "/var/lib/dpkg/status",
    "/var/lib/rpm/rpmdb.sqlite",
    "/lib/apk/db/installed",
)
"""What a system's packages leave behind when a library is changed."""


@dataclass(slots=True)
class Installation:
    """An interpreter and the folders from which it imports.

    Attributes:
        folders: absolute paths, each to the folders below it that do not belong to the interpreter.
        closed: whether there are no others: no line of a `.pth` file runs code that could add some.
        state: digest of the signatures of all files in them.
    """

    folders: dict[str, frozenset[str]] = field(default_factory=dict)
    closed: bool = True
    state: str = ""

    def covers(self, path: str) -> bool:
        """Return whether a change of this file would have changed the state; compiled files follow their sources."""
        for folder, without in self.folders.items():
            if path.startswith(f"{folder}/"):
                parts = path[len(folder) + 1 :].split("/")
                if not any(part.startswith(".") or part in without for part in parts):
                    return True
        return False


def installation(
    python: str, candidate: str, also: Sequence[str] = (), known: dict[tuple[str, frozenset[str]], str] | None = None
) -> Installation:
    """Return what an interpreter has installed, found out without starting it.

    Args:
        python: its path, as it would be typed: a virtual environment is told by it.
        candidate: the candidate's folder. What is in it is no part of the installation, even if it lies inside.
        also: further folders from which it imports.
        known: the states of folders that were found out just now; two environments often share a standard library.

    Raises:
        Unknowable: no folder of modules belongs to it, or one of them can't be listed.
    """
    made = Installation()
    prefix = Path(python).absolute().parent.parent
    settings = _settings(prefix / "pyvenv.cfg")
    base = Path(settings["home"]).parent if "home" in settings else Path(python).resolve().parent.parent
    alone = bool(settings) and settings.get("include-system-site-packages", "false").lower() != "true"
    for folder in dict.fromkeys((prefix, base)):
        for library in _libraries(folder):
            if alone and folder == base:
                made.folders[library] = _PACKAGES
            else:
                made.folders.setdefault(library, frozenset())
    for library in list(made.folders):
        _add_lines(made, library)
    for each in also:
        if Path(each).is_dir() and not made.covers(f"{each}/a.py"):
            made.folders.setdefault(os.path.realpath(each), frozenset())
    if not made.folders:
        raise Unknowable(f"no modules belong to {python}")
    itself = (python, signature(python), os.path.realpath(python), sorted(settings.items()), _beside(prefix, base))
    known = {} if known is None else known
    for part in made.folders.items():
        if part not in known:
            known[part] = _state(*part, candidate)
    states = [itself, *((folder, known[folder, without]) for folder, without in made.folders.items())]
    made.state = hashlib.sha256(repr(states).encode("utf-8", "surrogateescape")).hexdigest()
    return made


def _beside(*prefixes: Path) -> list[tuple[str, object]]:
    """Return the shared libraries of an installation, and what conda notes of its packages."""
    found = [
        each for prefix in prefixes for name in ("lib", "conda-meta") for each in sorted((prefix / name).glob("*.*"))
    ]
    return [(str(each), signature(str(each))) for each in found if each.is_file()]


def _state(folder: str, without: frozenset[str], candidate: str) -> str:
    whole, count = hashlib.sha256(), 0
    for here, lines in _states(folder, without | _UNIMPORTED, candidate):
        whole.update("\n".join([here, *lines]).encode("utf-8", "surrogateescape"))
        count += len(lines)
        if count > _MOST:
            raise Unknowable(f"{folder} has too many files")
    return whole.hexdigest()


def _settings(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {key.strip().lower(): value.strip() for key, sign, value in (line.partition("=") for line in lines) if sign}


def _libraries(prefix: Path) -> Iterator[str]:
    """Yield the folders of modules below a prefix: `lib/python3.11`, and where Debian keeps its own."""
    seen: set[str] = set()
    for name in ("lib", "lib64", "local/lib"):
        for each in sorted((prefix / name).glob("python3*")):
            real = os.path.realpath(each)
            if each.is_dir() and real not in seen:
                seen.add(real)
                yield real


def _add_lines(made: Installation, library: str) -> None:
    """Add the folders that the `.pth` files of a library's packages name."""
    if made.folders[library]:
        return
    for name in sorted(_PACKAGES):
        folder = Path(library) / name
        for file in sorted(folder.glob("*.pth")):
            for line in file.read_text("utf-8-sig", errors="replace").splitlines():
                if line.startswith(("import ", "import\t")):
                    made.closed = made.closed and line.startswith(_HARMLESS_LINES)
                elif line.strip() and not line.startswith("#") and (folder / line.strip()).is_dir():
                    made.folders.setdefault(os.path.realpath(folder / line.strip()), frozenset())


def _states(folder: str, without: frozenset[str], candidate: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder in which a module may be, and the signatures of its files; links are followed.

    Names that begin with a dot can't be imported; what is compiled follows its source.
    """
    waiting, linked = [folder], {candidate}
    while waiting:
        here = waiting.pop()
        lines: list[str] = []
        below: list[str] = []
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name in without or entry.name[0] == ".":
                        continue
                    if not entry.is_dir():
                        lines.append(_line(entry))
                    elif not entry.is_symlink():
                        below.append(entry.path)
                    elif (real := os.path.realpath(entry.path)) not in linked:
                        linked.add(real)
                        below.append(real)
        except OSError as error:
            raise Unknowable(f"{here}: {error.strerror}") from error
        waiting += sorted(path for path in below if path != candidate)
        yield here, sorted(lines)


def _line(entry: os.DirEntry[str]) -> str:
    """Return what a file is called and the signature of what it leads to: there are tens of thousands of them."""
    try:
        found = entry.stat()
    except FileNotFoundError:
        return f"{entry.name} leads nowhere"
    times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
    return f"{entry.name} {found.st_mode} {found.st_size} {times} {found.st_ino} {found.st_dev}"


def sources(folders: Sequence[str]) -> str:
    """Return the digest of the files of some packages: the gate's own, and those of the checks."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in _files(folder):
            whole.update(f"{os.path.relpath(path, folder)}\n".encode("utf-8", "surrogateescape"))
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - eight hundred of them
                data = file.read()
            whole.update(len(data).to_bytes(8) + data)
    return whole.hexdigest()


def _files(folder: str) -> list[str]:
    found: list[str] = []
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    waiting.extend([] if entry.name == "__pycache__" else [entry.path])
                else:
                    found.append(entry.path)
    return sorted(found)


def machine() -> str:
    """Return what of the machine may change what a model answers, or whether it is shut in."""
    seen = [repr(tuple(os.uname())), sys.version, str(os.geteuid()), str(_cores())]
    seen += [repr(signature(path)) for path in _INSTALLED]
    seen += [_beginning(path) for path in _KERNEL]
    seen += sorted(each for each in os.listdir("/dev") if each.startswith(("nvidia", "kfd", "dri")))  # noqa: PTH208
    cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    seen += [_beginning(str(each)) for each in cards]
    return hashlib.sha256("\n".join([*seen, _processor()]).encode("utf-8", "surrogateescape")).hexdigest()


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [os.cpu_count() or 1]


def _processor() -> str:
    """Return the model and the abilities of the first processor; its clock rate changes all the time."""
    lines = _beginning("/proc/cpuinfo").partition("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith(("cpu MHz", "bogomips", "BogoMIPS")))


def _beginning(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - of a file of the kernel, one block
            return file.read(1 << 13).decode("utf-8", "replace")
    except OSError:
        return ""


def variables() -> str:
    """Return the variables of the environment that may change an answer."""
    kept = (
        (name, value) for name, value in os.environ.items() if name in HANDED_ON or name.startswith(HANDED_ON_GROUPS)
    )
    return hashlib.sha256(repr(sorted(kept)).encode("utf-8", "surrogateescape")).hexdigest()
