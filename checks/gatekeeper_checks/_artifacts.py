"""What the checks of artifacts share: one reading of each file, for all of them."""

from __future__ import annotations

from gatekeeper.artifact import Artifact, examine, whole
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.errors import Unreadable
from gatekeeper.model import Location


def examined(candidate: Candidate, path: str, key: str) -> Fact[Artifact]:
    """Return the facts of an artifact, as far as it can be read.

    Raises:
        Unreadable: it is no model, or of a format that is not read.
    """
    return candidate.fact(path, examine, Artifact, key=key)


def read_whole(candidate: Candidate, path: str, key: str) -> Fact[Artifact]:
    """Return the facts of an artifact that was read from its first byte to its last.

    Raises:
        Unreadable: it can't be.
    """
    fact = examined(candidate, path, key)
    try:
        whole(fact.value)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error.what}", fix=error.fix, at=Location(path=path)) from error
    return fact
