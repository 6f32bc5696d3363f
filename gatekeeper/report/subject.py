"""What was judged: each declared file with its digest, as the checks read it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gatekeeper.candidate import Candidate
from gatekeeper.errors import Unreadable
from gatekeeper.policy import declared_paths
from gatekeeper.report import FileDigest, Subject


def describe(candidate: Candidate) -> Subject:
    """Return the candidate as a report names it. A file that no check has read is read and hashed now."""
    policy, declaration = candidate.policy, candidate.declaration
    files = [_digest(candidate, role, path) for role, path in declared_paths(policy)]
    production = policy.environment.production
    if production and production.startswith("/"):
        files.append(_digest(candidate, "environment.production", production))
    own = None
    if declaration.path is not None:
        sha256 = hashlib.sha256(declaration.data).hexdigest()
        own = FileDigest(role="policy", path=declaration.path.name, sha256=sha256, bytes=len(declaration.data))
    base = base_of(candidate.root)
    return Subject(name=policy.name, version=policy.version, policy=own, files=tuple(files), base=base)


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
