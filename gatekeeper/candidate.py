"""Read-only access to a release candidate. Each byte is read and hashed once, for all checks of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Generic, TypeVar

import msgspec

from gatekeeper.cache.traces import TAKEN
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Evidence, Location, Scalar
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import Profile
from gatekeeper.reading import reading
from gatekeeper.words import suggestion

T = TypeVar("T")

NOTHING_MEASURED: Mapping[str, Scalar] = MappingProxyType({})


def _today() -> date:
    """Return the day in UTC. No environment variable moves it: one could keep a hold alive, or end it."""
    return datetime.now(UTC).date()


class Fact(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a reader made of one file, with the digest of the bytes that it read and their number."""

    value: T
    sha256: str
    size: int


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The sha256 of a file's bytes, in hexadecimal, and their number."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One folder, what it declares, and how strictly it is judged.

    Attributes:
        root: the candidate's folder.
        declaration: its policy, or what stands for it where there is none.
        profile: what the run demands.
        python: production's interpreter, as `--python` gives it; None if none was given.
        executor: the interpreter in which the candidate is executed: production's, else the gate's own. Who executes
            in the latter compares what it has installed with production's lock. None: nothing is executed.
        unexamined: the declared keys that no check of this run reads.
        today: the day of the run, in UTC; the same for every check.
        store: what the checks of this run share.
    """

    root: Path
    declaration: Declaration
    profile: Profile
    store: FactStore
    python: Path | None = None
    executor: Path | None = None
    unexamined: tuple[str, ...] = ()
    today: date = field(default_factory=_today)

    @property
    def policy(self) -> Policy:
        """What the candidate declares."""
        return self.declaration.policy

    def at(self, key: str = "") -> Location:
        """Return where the policy declares `key`."""
        return self.declaration.at(key)

    def apart(self, name: str) -> Candidate:
        """Return the same candidate with a store of its own: what a plug-in reads is not what the built-ins trust."""
        return replace(self, store=self.store.apart(name))

    def fact(self, path: str, read: Callable[[BinaryIO], T], type_: type[T], *, key: str) -> Fact[T]:
        """Return what `read` makes of a file; another check of this run may have read it already.

        Args:
            path: the file, relative to the candidate's folder. An absolute path is read where the policy allows one.
            read: a function of the open file. It must consume it whole or raise.
            type_: what `read` returns: frozen dataclasses of plain values, which msgspec can store.
            key: the policy's key that names the file, for the errors.

        Raises:
            Unreadable: the file is absent or can't be read whole; `at` says where.
        """
        self._take(path)
        name = f"{read.__module__}.{read.__qualname__}:{path}"
        data = self.store.get(name, lambda: self._read_and_store(path, read, key))
        return msgspec.msgpack.decode(data, type=Fact[type_])  # type: ignore[valid-type]  # a type made at run time

    def digest(self, path: str, *, key: str) -> Digest:
        """Return the digest of a file; it is read only if no check of this run has read it.

        Raises:
            Unreadable: as for `fact`.
        """
        self._take(path)
        data = self.store.get(
            _digest_key(path), lambda: msgspec.msgpack.encode(_digest(self._read(path, _nothing, key)))
        )
        return msgspec.msgpack.decode(data, type=Digest)

    def evidence(self, path: str, fact: Fact[T], measured: Mapping[str, Scalar] = NOTHING_MEASURED) -> Evidence:
        """Return the evidence that the file was read, with its size and what else was measured on it."""
        return Evidence(what=path, sha256=fact.sha256, measured={"bytes": fact.size, **measured})

    def vouch(self, path: str, digest: Digest) -> None:
        """Say what is in a file that was read without the store, so that nobody of this run reads it again."""
        self.store.put(_digest_key(path), msgspec.msgpack.encode(digest))

    def _take(self, path: str) -> None:
        """Say that a file is part of the answer, also where another check has read it: see `gatekeeper.cache`."""
        sys.audit(TAKEN, os.fspath(self.root / path))

    def _read_and_store(self, path: str, read: Callable[[BinaryIO], T], key: str) -> bytes:
        fact = self._read(path, read, key)
        self.store.put(_digest_key(path), msgspec.msgpack.encode(_digest(fact)))
        return msgspec.msgpack.encode(fact)

    def _read(self, path: str, read: Callable[[BinaryIO], T], key: str) -> Fact[T]:
        declared = self.at(key)
        try:
            with reading(self._resolve(path)) as opened:
                try:
                    value = read(opened.stream)
                except Unreadable as error:
                    raise error.in_file(path, f"{path}: {error.what}") from error
        except Unreadable as error:
            if error.at is not None:
                raise
            raise Unreadable(f"{path} {error.what}", fix=self._hint(path) or error.fix, at=declared) from error
        return Fact(value=value, sha256=opened.sha256, size=opened.size)

    def _resolve(self, path: str) -> Path:
        """Return the real path; refuse one that leaves the folder, even if a link changed since the policy was read."""
        try:
            real = (self.root / path).resolve()
        except (OSError, RuntimeError) as error:
            raise Unreadable("is a symbolic link that leads nowhere", fix="copy the file into the folder") from error
        allowed = path == self.policy.environment.production and Path(path).is_absolute()
        if not allowed and not real.is_relative_to(self.root.resolve()):
            raise Unreadable("leaves the candidate's folder", fix="copy the file into the folder")
        return real

    def _hint(self, path: str) -> str | None:
        """Return which file of the same folder was probably meant by a path that does not exist."""
        wanted = self.root / path
        try:
            names = [] if wanted.exists() else [each.name for each in wanted.parent.iterdir()]
        except OSError:  # too long a name, no such folder, or not permitted: then there is nothing to suggest
            return None
        meant = suggestion(wanted.name, names)
        if meant:
            return f"did you mean {Path(path).with_name(meant).as_posix()!r}?"
        return "write it with `/`" if "\\" in path else None


def _digest_key(path: str) -> str:
    return f"digest:{path}"


def _digest(fact: Fact[T]) -> Digest:
    return Digest(sha256=fact.sha256, size=fact.size)


def _nothing(stream: BinaryIO) -> None:
    """Read nothing: the file is hashed whole when it is closed."""
    del stream
