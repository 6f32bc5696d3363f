"""The files of a release by their names, read once: their bytes or digests, and all that is wrong with the folder."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.errors import Unreadable, UsageError

PAGE = "signoff.html"
DOCUMENT = "signoff.json"
EVIDENCE = "evidence.sigstore.json"
TEST_RESULT = "test-result.sigstore.json"
VERDICT = "verdict.sigstore.json"

REPORTS = (PAGE, DOCUMENT)
STATEMENTS = (EVIDENCE, TEST_RESULT, VERDICT)
NAMES = (*REPORTS, *STATEMENTS)
"""What every release has. Approvals come beside it."""

LARGEST_REPORT = 64 * 1024 * 1024
LARGEST_STATEMENT = 16 * 1024 * 1024
"""Bytes. GitHub takes no predicate that is larger."""

MAX_APPROVALS = 100

_APPROVAL = re.compile(r"approval-[0-9a-f]{16}\.sigstore\.json")
_BLOCK = 1 << 18


def approval_name(key_id: str) -> str:
    """Return the name of the file with the approval of a key."""
    return f"approval-{key_id[:16]}.sigstore.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a release: its digest, and of a statement the bytes."""

    sha256: str
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a release's folder.

    Attributes:
        files: by their names; those alone that belong there and could be read.
        problems: what does not belong there, is missing, or is not what it should be, in one sentence each.
    """

    files: dict[str, File]
    problems: tuple[str, ...]

    @property
    def approvals(self) -> tuple[str, ...]:
        """The names of the approvals, sorted."""
        return tuple(sorted(name for name in self.files if name not in NAMES))


def contents_of(files: Mapping[str, bytes]) -> Contents:
    """Return a release that is not written yet, as `read_folder` would find it."""
    made = {name: File(sha256=hashlib.sha256(data).hexdigest(), data=data) for name, data in files.items()}
    return Contents(files=made, problems=())


def read_folder(folder: Path) -> Contents:
    """Return what is in a release's folder; no link in it is followed.

    Raises:
        UsageError: there is no such folder.
        Unreadable: it, or a file in it, may not be read.
    """
    if not folder.is_dir():
        what = f"{folder} is no folder" if folder.exists() else f"{folder}: no such folder"
        raise UsageError(what, fix="give the folder that `gatekeeper signoff` wrote")
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for entry in entries)
    except OSError as error:
        raise _unreadable(str(folder), error) from error
    known = [name for name in found if name in NAMES or _APPROVAL.fullmatch(name)]
    problems = [f"{name!r} does not belong to a release" for name in found if name not in known][:MAX_APPROVALS]
    problems += [f"{name} is missing" for name in NAMES if name not in known]
    if len(known) > len(NAMES) + MAX_APPROVALS:
        problems.append(f"there are more than {MAX_APPROVALS} approvals")
        known = [name for name in known if name in NAMES]
    files: dict[str, File] = {}
    for name in known:
        read = _read(folder / name, name)
        if isinstance(read, File):
            files[name] = read
        else:
            problems.append(read)
    return Contents(files=files, problems=tuple(problems))


def _read(path: Path, name: str) -> File | str:
    """Return a file, or what is wrong with it."""
    limit = LARGEST_REPORT if name in REPORTS else LARGEST_STATEMENT
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return f"{name} is no regular file (a link, a folder, a pipe)"
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            if os.fstat(descriptor).st_size > limit:
                return f"{name} has more than {limit:,} bytes"
            digest, kept = hashlib.sha256(), bytearray()
            while block := stream.read(_BLOCK):
                digest.update(block)
                if name not in REPORTS:
                    kept += block
    except OSError as error:
        raise _unreadable(name, error) from error
    return File(sha256=digest.hexdigest(), data=bytes(kept))


def _unreadable(name: str, error: OSError) -> Unreadable:
    return Unreadable(f"{name} can't be read: {error.strerror}", fix="make it readable for the gate")
