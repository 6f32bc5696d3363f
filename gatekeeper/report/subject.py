"""What was judged: each declared file, and each one in a declared folder, with its digest as the checks read it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gatekeeper.candidate import Candidate
from gatekeeper.errors import Unreadable
from gatekeeper.policy import declared_paths
from gatekeeper.report import FileDigest, Subject


def describe(candidate: Candidate) -> Subject:
    """Return the candidate as a report names it. A file that no check has read is read and hashed now."""
    policy, declaration = candidate.policy, candidate.declaration
    files = [each for role, path in declared_paths(policy) for each in _entries(candidate, role, path)]
    production = policy.environment.production
    if production and production.startswith("/"):
        files.append(_digest(candidate, "environment.production", production))
    own = None
    if declaration.path is not None:
        sha256 = hashlib.sha256(declaration.data).hexdigest()
        own = FileDigest(role="policy", path=declaration.path.name, sha256=sha256, bytes=len(declaration.data))
    base = base_of(candidate.root)
    return Subject(name=policy.name, version=policy.version, policy=own, files=tuple(files), base=base)


def _entries(candidate: Candidate, role: str, path: str) -> Iterator[FileDigest]:
    """Yield what is declared and, of a folder, each file in it; not of wheels: production's lock has their hashes."""
    yield _digest(candidate, role, path)
    if role != "environment.wheels":
        names = (PurePosixPath(path, name).as_posix() for name in _below(candidate.root / path))
        yield from (_digest(candidate, role, name) for name in names)


def _below(folder: Path) -> Iterator[str]:
    """Yield the paths of the files below a folder, in order; none of a file. What Python compiles is left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(here, name).relative_to(folder).as_posix() for name in sorted(names))


def base_of(folder: Path) -> str:
    """Return a folder relative to the repository around it, else to the current folder; empty where it is in none."""
    root = folder.resolve()
    repository = next((each for each in (root, *root.parents) if (each / ".git").exists()), Path.cwd())
    return root.relative_to(repository).as_posix().removeprefix(".") if root.is_relative_to(repository) else ""


def _digest(candidate: Candidate, role: str, path: str) -> FileDigest:
    """Return the digest; a folder, and what can't be read, has none, and the check that needs it has said so."""
    try:
        digest = candidate.digest(path, key=role)
    except Unreadable:
        return FileDigest(role=role, path=path, sha256=None, bytes=None, at=candidate.at(role))
    return FileDigest(role=role, path=path, sha256=digest.sha256, bytes=digest.size, at=candidate.at(role))
