"""The training record (`gatekeeper/record@1`): which files a training run wrote, by what, from what.

It says what a model file can't carry: the versions of the libraries that leave none in it, the commit, the data. The
bytes of a record are the same for the same facts, and no name of a machine is among them. It is not signed: whoever can
write the artifact and the record can write both anew.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from gatekeeper.artifact.provenance.names import flaw_of, order, quoted
from gatekeeper.artifact.provenance.parts import Part, read_object

SCHEMA = "gatekeeper/record@1"
COMMIT = r"[0-9a-f]{40}|[0-9a-f]{64}"
CREATED = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"

_AGAIN = "record it again where it was trained: gatekeeper artifact record FILE... -o record.json"


class DataKind(enum.StrEnum):
    """What a digest of data is of."""

    FILE = "file"
    """Of a file: its sha256."""
    FOLDER = "folder"
    """Of a folder: `gatekeeper.artifact.provenance.folders.dir_hash`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """A file that the training run wrote; `path` is relative to the folder of the record, `size` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedData:
    """What the model was trained on. The name is for people: data lies elsewhere when the record is read."""

    name: str
    kind: DataKind
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The commit that was checked out, in full, and whether a tracked file differed from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a training record says.

    Attributes:
        files: In the order of `names.order`, each path once.
        python: The version of the training interpreter: `3.11.7`.
        packages: What was installed there: canonical name of the distribution (PEP 503) to its version.
        git: None where the training code lay in no repository.
        builder: The run of the CI that trained, as a URL, or what the command line said.
        data: What it was trained on, in the order in which it was named.
        created: When the record was written, in UTC: `2026-11-24T01:53:02Z`.
    """

    files: tuple[RecordedFile, ...]
    python: str
    packages: dict[str, str]
    created: str
    git: Commit | None = None
    builder: str | None = None
    data: tuple[RecordedData, ...] = ()


def write_record(record: Record) -> bytes:
    """Return the record as JSON: keys sorted, indented by one, a newline at the end."""
    return f"{json.dumps(_document(record), sort_keys=True, indent=1, ensure_ascii=False)}\n".encode()


def read_record(stream: BinaryIO) -> Record:
    """Return what a training record says.

    Raises:
        Unreadable: It is larger than 4 MiB or no JSON, has another schema, an unknown key or one twice, a digest that
            is none, or a path that is absolute, leaves the record's folder or stands there twice.
    """
    document = read_object(stream, "training record", _AGAIN)
    document.text("schema", re.escape(SCHEMA), repr(SCHEMA))
    document.only("schema", "files", "python", "packages", "git", "builder", "data", "created")
    return Record(
        files=_files(document),
        python=document.text("python", r"[0-9]+\.[0-9]+\.[0-9]+\S*", "a version of Python such as 3.11.7"),
        packages=_packages(document.part("packages")),
        created=_created(document),
        git=_git(document.part("git")) if "git" in document else None,
        builder=document.text("builder") if "builder" in document else None,
        data=tuple(_data(each) for each in document.parts("data")),
    )


def _document(record: Record) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "files": [{"path": each.path, "sha256": each.sha256, "size": each.size} for each in _sorted(record.files)],
        "python": record.python,
        "packages": record.packages,
        "data": [{"name": each.name, "kind": each.kind.value, "digest": each.digest} for each in record.data],
        "created": record.created,
    }
    if record.git is not None:
        document["git"] = {"commit": record.git.commit, "dirty": record.git.dirty}
    if record.builder is not None:
        document["builder"] = record.builder
    return document


def _files(document: Part) -> tuple[RecordedFile, ...]:
    parts = document.parts("files")
    if not parts:
        document.refuse("files", "got an empty list, expected the files that the training run wrote")
    files = tuple(_file(each) for each in parts)
    seen: set[str] = set()
    for part, file in zip(parts, files, strict=True):
        if file.path in seen:
            part.refuse("path", f"{quoted(file.path)} stands there twice, expected each path once")
        seen.add(file.path)
    return _sorted(files)


def _sorted(files: Iterable[RecordedFile]) -> tuple[RecordedFile, ...]:
    return tuple(sorted(files, key=lambda each: order(each.path)))


def _file(part: Part) -> RecordedFile:
    part.only("path", "sha256", "size")
    path = part.data("path", "a path relative to the record")
    flaw = flaw_of(path)
    if flaw:
        part.refuse("path", f"{quoted(path)} {flaw}, expected a path relative to the record, in its folder")
    return RecordedFile(path=path, sha256=part.sha256(), size=part.count("size"))


def _packages(part: Part) -> dict[str, str]:
    for name in part.values:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
            part.refuse(name, "is no canonical name of a distribution (PEP 503)", shown=quoted(name))
    return {name: part.text(name, r"\S+", "a version") for name in part.values}


def _git(part: Part) -> Commit:
    part.only("commit", "dirty")
    return Commit(commit=part.text("commit", COMMIT, "a commit in full, 40 or 64 digits"), dirty=part.flag("dirty"))


def _data(part: Part) -> RecordedData:
    part.only("name", "kind", "digest")
    kind = part.text("kind", "|".join(DataKind), " or ".join(DataKind))
    return RecordedData(name=part.text("name"), kind=DataKind(kind), digest=part.sha256("digest"))


def _created(document: Part) -> str:
    created = document.text("created", CREATED, "a time in UTC such as 2026-12-31T23:59:59Z")
    try:
        datetime.fromisoformat(created)
    except ValueError:
        document.refuse("created", f"got {created}, a time that there is not")
    return created
