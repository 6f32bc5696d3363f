"""A model at deploy held against what was signed, both ways: each subject is there, and no other model file is."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gatekeeper.errors import Unreadable, UsageError

ModelsIn: TypeAlias = Callable[[Path], Collection[str]]
"""Gives the paths of the model files below a folder, told by their content."""

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What was signed: digests by paths relative to the candidate.

    Attributes:
        subjects: the files of the artifacts.
        declared: other files that the policy names, or that lie in folders which it names.
        folders: those folders.
    """

    subjects: Mapping[str, str]
    declared: Mapping[str, str]
    folders: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How a model compares: what is wrong with it, and what was looked at, in words."""

    problems: tuple[str, ...]
    looked_at: str


def compare(path: Path, signed: Signed, models_in: ModelsIn) -> Compared:
    """Hold a file or a folder against what was signed.

    A file is compared with the one subject, whatever its name. A folder is the candidate's, where a subject has its
    whole path in it: then a file that is a model must be a subject, declared files that are there must be as they
    were, and a declared folder that is there must hold what it held, and nothing else. Else it is the folder of the
    artifacts: then every file in it must be a subject.

    Args:
        path: the file or folder.
        signed: what was signed.
        models_in: what finds model files.

    Raises:
        UsageError: there is nothing at the path.
        Unreadable: a file can't be read.
    """
    if not path.exists():
        raise UsageError(f"--model {path}: there is nothing", fix="give the model's file, or the folder it lies in")
    if not path.is_dir():
        return _file(path, signed.subjects)
    base = _base(path, signed.subjects)
    if base:
        subjects = {posixpath.relpath(name, base): sha256 for name, sha256 in signed.subjects.items()}
        strangers = sorted({*_files(path)} - subjects.keys())
        problems = [
            *_differences(path, subjects),
            *(f"{name!r} is none of the files that were signed" for name in strangers),
        ]
        return Compared(problems=tuple(problems), looked_at=f"{_files_of(subjects)} below {base}/, and no others")
    strangers = sorted(set(models_in(path)) - signed.subjects.keys())
    folders = tuple(f"{each}/" for each in signed.folders if (path / each).is_dir())
    there = {
        name: sha256
        for name, sha256 in signed.declared.items()
        if name.startswith(folders) or os.path.lexists(path / name)
    }
    added = sorted({name for each in folders for name in _below(path, each)} - there.keys() - signed.subjects.keys())
    problems = [
        *_differences(path, signed.subjects),
        *(f"{name!r} is a model file, and none of those that were signed" for name in strangers),
        *_differences(path, there),
        *(_added(name) for name in added if name not in strangers),
    ]
    also = f"; {len(there)} of {len(signed.declared)} other declared files are there, as they were" if there else ""
    return Compared(problems=tuple(problems), looked_at=f"{_files_of(signed.subjects)}, and no other model file{also}")


def _below(path: Path, folder: str) -> Iterator[str]:
    yield from (f"{folder}{name}" for name in _files(path / folder))


def _added(name: str) -> str:
    """Return that a file was not there. Python runs what is compiled instead of the source, whatever that holds."""
    if "__pycache__" in name.split("/"):
        return f"{name!r} is compiled code, which runs instead of what was signed: delete it, and verify before a start"
    return f"{name!r} lies in a folder that was signed, and was not there"


def _file(path: Path, subjects: Mapping[str, str]) -> Compared:
    if len(subjects) != 1:
        problem = f"{len(subjects)} files were signed, and --model names one file: name their folder"
        return Compared(problems=(problem,), looked_at="")
    ((name, expected),) = subjects.items()
    found = _digest(path, path.name)
    problems = () if found == expected else (_other(name, found, expected),)
    return Compared(problems=problems, looked_at=f"{name} sha256:{expected}")


def _base(folder: Path, subjects: Mapping[str, str]) -> str:
    """Return what the names in this folder lack of the subjects' paths; empty where they lack nothing."""
    if any(os.path.lexists(folder / name) for name in subjects):
        return ""
    base = posixpath.commonpath([posixpath.dirname(name) for name in subjects])
    is_there = base and any(os.path.lexists(folder / posixpath.relpath(name, base)) for name in subjects)
    return base if is_there else ""


def _differences(folder: Path, expected: Mapping[str, str]) -> Iterator[str]:
    for name, sha256 in expected.items():
        if not os.path.lexists(folder / name):
            yield f"{name!r} is missing"
        elif (found := _digest(folder / name, name)) != sha256:
            yield _other(name, found, sha256)


def _other(name: str, found: str, expected: str) -> str:
    return f"{name!r} is another file: its sha256 is {found}, and {expected} was signed"


def _files_of(subjects: Mapping[str, str]) -> str:
    return f"{len(subjects)} file{'' if len(subjects) == 1 else 's'} as signed"


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of all that is no folder below a folder; a link counts as a file."""
    for here, folders, names in os.walk(folder, onerror=_refuse):
        links = [name for name in folders if Path(here, name).is_symlink()]
        yield from (Path(here, name).relative_to(folder).as_posix() for name in (*names, *links))


def _refuse(error: OSError) -> None:
    raise Unreadable(f"{error.filename} can't be read: {error.strerror}", fix="check its mode") from error


def _digest(path: Path, name: str) -> str:
    """Return the sha256 of a file, read once; a link to one is taken for what it leads to."""
    digest = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return "none, for it is no regular file"
            while block := stream.read(_BLOCK):
                digest.update(block)
            after = os.fstat(descriptor)
    except IsADirectoryError:
        return "none, for it is a folder"
    except OSError as error:
        raise Unreadable(f"{name} can't be read: {error.strerror}", fix="check the path and its mode") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Unreadable(f"{name} changed while it was read", fix="let nothing write to it, and verify again")
    return digest.hexdigest()
