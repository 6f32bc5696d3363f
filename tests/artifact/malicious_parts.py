"""What the stand-ins for malicious files are made of: a payload that does no more than `echo`, and where it is."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
FOLDER = CORPUS / "malicious"
ECHO = "echo this must never be printed"

EXECUTES, UNJUSTIFIED = "executes", "unjustified-global"
ODD, RUNS_CODE, MISSING = "odd-container", "runs-code", "missing-part"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One file. `at` are its hostile globals: module and name, offset, member; `code` that of a finding against it."""

    name: str
    content: bytes
    at: tuple[tuple[str, int, str], ...] = ()
    code: str = EXECUTES
    exit: int = 1


class Echo:
    """Pickled as a call of `os.system`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (ECHO,)


def text(value: str) -> bytes:
    """Return text as protocol 4 writes it when it is short."""
    return b"\x8c" + bytes([len(value.encode())]) + value.encode()


ARGUMENTS = text(ECHO) + b"\x85"
LINES = f"(S'{ECHO}'\n".encode()
SYSTEM = b"cposix\nsystem\n"
CALL = SYSTEM + ARGUMENTS + b"R"
BENIGN = b"ccollections\nOrderedDict\n)R"


def found(
    name: str,
    content: bytes,
    mark: bytes = b"",
    called: str = "posix.system",
    *,
    inner: bytes = b"",
    member: str = "",
    code: str = EXECUTES,
) -> StandIn:
    """Return a file in which the opcode that names `called` begins with `mark`, in the bytes of `inner`."""
    inner = inner or content
    at = inner.index(mark) if mark else _of_system(inner)
    return StandIn(name=name, content=content, at=((called, at, member),), code=code)


def _of_system(content: bytes) -> int:
    """Return where `posix.system` is named: by a GLOBAL, or by a STACK_GLOBAL behind the two strings."""
    return content.index(SYSTEM) if SYSTEM in content else content.index(b"\x93", content.index(b"system"))


def undecided(name: str, content: bytes) -> StandIn:
    """Return a file of which nothing can be said but that it can't be read whole."""
    return StandIn(name=name, content=content, code="", exit=3)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip file with these members, the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            made.writestr(entry, content)
    return target.getvalue()


def unzipped(path: str) -> dict[str, bytes]:
    """Return the members of an archive of the corpus."""
    with zipfile.ZipFile(CORPUS / path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
