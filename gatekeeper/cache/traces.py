"""Which files a check opens, and which folders it lists: an audit hook of the interpreter, set in the check's process.

The hook sees whatever goes through Python's own `open`, `os.open`, `os.listdir` and `os.scandir`, numpy and mmap among
them. What is known to open files by itself is noticed when it is imported, and nothing is kept then.

The hook does not see whether a file is looked for and not opened, nor what another process reads: the first is why the
listing of the whole candidate is part of every key, the second is why a check that starts a process is not kept, unless
it says that it executes the candidate; then all of the candidate is part of its key, and the worker tells what it reads
elsewhere, as far as Python sees that.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import Any, Final, TypeAlias

import msgspec

Signature: TypeAlias = tuple[int, int, int, int, int, int]
"""Mode, size, times of the last change of content and of the entry (ns), inode, device. Nobody can set the second."""

_OTHERS: Final = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
        *("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"),
    }
)
"""Events after which another process, or another machine, may have a part in the answer."""

_BLIND: Final = frozenset("pyarrow torch tensorflow onnx onnxruntime h5py sqlite3 ctypes cffi polars duckdb".split())
"""Modules that open files without Python's help. The gate loads none of them before a check begins."""

TAKEN: Final = "gatekeeper.taken"
"""The event by which a check says that it takes what another has read of a file: another check, or the candidate."""

UNSEEN: Final = "gatekeeper.unseen"
"""The event by which a check says that its answer depends on what nobody can look at again."""

_HARMLESS: Final = frozenset({"/dev/null", "/dev/urandom", "/dev/random"})
_MADE_BY_THE_KERNEL: Final = ("/proc/", "/sys/", "/dev/")
_TEMPORARY: Final = getattr(os, "O_TMPFILE", 0)


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """What a check has opened and listed.

    Attributes:
        paths: absolute path to the signature that it had then, or None where there was nothing.
        untraceable: what it did that can't be seen from here; empty where all was seen.
    """

    paths: dict[str, Signature | None]
    untraceable: str = ""


def signature(path: str) -> Signature | None:
    """Return what tells one state of a file or folder from another; None where there is none."""
    try:
        return signature_of(os.stat(path))  # noqa: PTH116 - in a hook of every open
    except (OSError, ValueError):
        return None


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature from what the system says of a file."""
    return (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


class Tracer:
    """What this process opens from `start` on. An audit hook can't be taken away: it ends with the process.

    Args:
        private: a folder whose files are not noted: what the checks of a run share. Who takes a fact from there notes
            the file that it is of.
        executes: whether the check executes the candidate: it may start processes, and ask the kernel.
    """

    def __init__(self, private: str, *, executes: bool) -> None:
        self._private = f"{private}/"
        self._executes = executes
        self._paths: dict[str, Signature | None] = {}
        self._made: tuple[str, ...] = ()
        self._untraceable = ""

    def start(self) -> None:
        """Set the hook."""
        sys.addaudithook(self._hook)

    def reads(self) -> Reads:
        """Return what was opened until now."""
        paths = dict(self._paths)
        if not all(_is_text(path) for path in paths):
            return Reads(paths={}, untraceable="opened a path that is no text")
        return Reads(paths=paths, untraceable=self._untraceable)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._open(args[0], args[2])
        elif event == TAKEN:
            self._note(os.path.abspath(args[0]))  # noqa: PTH100 - as below
        elif event == UNSEEN:
            self._untraceable = str(args[0])
        elif event in {"os.listdir", "os.scandir"}:
            self._list(args[0])
        elif event == "os.mkdir":
            self._make(os.path.abspath(os.fsdecode(args[0])))  # noqa: PTH100 - as below
        elif event == "import":
            if args[0] in _BLIND:
                self._untraceable = f"imported {args[0]}"
        elif event in _OTHERS and not self._executes:
            self._untraceable = event

    def _open(self, path: object, flags: object) -> None:
        # A descriptor was opened before. An unnamed temporary file has no past.
        unnamed = bool(_TEMPORARY) and isinstance(flags, int) and flags & _TEMPORARY == _TEMPORARY
        if isinstance(path, str | bytes | os.PathLike) and not unnamed:
            self._note(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - a hook of every open must be fast

    def _make(self, path: str) -> None:
        """Note a folder that the check makes: what is in it comes from the check itself."""
        if signature(path) is None:
            self._made += (f"{path}/",)

    def _list(self, path: object) -> None:
        if isinstance(path, int):
            try:
                path = os.readlink(f"/proc/self/fd/{path}")  # noqa: PTH115 - the same
            except OSError:
                self._untraceable = "listed an open folder"
                return
        self._note(os.path.abspath(os.fsdecode("." if path is None else path)))  # type: ignore[arg-type]  # noqa: PTH100

    def _note(self, path: str) -> None:
        if path in self._paths or path in _HARMLESS or f"{path}/".startswith((self._private, *self._made)):
            return
        if not path.startswith(_MADE_BY_THE_KERNEL):
            self._paths[path] = signature(path)
        elif not self._executes:
            self._untraceable = f"opened {path}"


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_folder(found: Signature) -> bool:
    """Return whether a signature is that of a folder."""
    return stat.S_ISDIR(found[0])
