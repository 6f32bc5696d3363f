"""Whose signatures count: public keys in files, for those who sign off and for those who review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.signoff.keys import LARGEST, MAKE, PublicKey, public_key

_SIGNERS, _REVIEWERS = "signers", "reviewers"
_LAY = "lay public keys there as NAME.pub; or, to part the roles, as signers/NAME.pub and reviewers/NAME.pub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The trusted keys, to the names of their files."""

    signers: Mapping[PublicKey, str] = field(default_factory=dict)
    reviewers: Mapping[PublicKey, str] = field(default_factory=dict)


def trusted(folder: Path | None, keys: tuple[Path, ...]) -> Trust:
    """Return whom to trust.

    Args:
        folder: with `*.pub`, which may sign and review; or with `signers/*.pub` and `reviewers/*.pub`.
        keys: of those who may sign, and no more.

    Raises:
        UsageError: a file is no public key, or the folder has none, or both kinds of order at once.
    """
    signers = {_key(path): str(path) for path in keys}
    reviewers: dict[PublicKey, str] = {}
    if folder is not None:
        flat, parted = _in(folder), {part: folder / part for part in (_SIGNERS, _REVIEWERS)}
        is_parted = any(path.is_dir() for path in parted.values())
        if flat and is_parted:
            raise UsageError(f"{folder} has keys beside its folders, whose role nobody knows", fix=_LAY)
        theirs = _in(parted[_SIGNERS]) if is_parted else flat
        reviewers = _in(parted[_REVIEWERS]) if is_parted else flat
        if not theirs and not reviewers:
            raise UsageError(f"{folder} holds no public key (*.pub)", fix=_LAY)
        signers = theirs | signers
    return Trust(signers=signers, reviewers=reviewers)


def _in(folder: Path) -> dict[PublicKey, str]:
    return {_key(path): path.name for path in sorted(folder.glob("*.pub"))} if folder.is_dir() else {}


def _key(path: Path) -> PublicKey:
    return public_key(read_key(path), str(path))


def read_key(path: Path) -> bytes:
    """Return the bytes of a file with a key.

    Raises:
        UsageError: there is none, it is no file, empty, or larger than any key.
    """
    try:
        if not path.is_file():
            what = f"{path} is a folder, expected a key" if path.is_dir() else f"{path}: no such key"
            raise UsageError(what, fix=MAKE)
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", fix="check the path and its mode") from error
    if not data or len(data) > LARGEST:
        raise UsageError(f"{path} is {'empty' if not data else 'too large for a key'}", fix=MAKE)
    return data
