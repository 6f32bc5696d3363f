"""Where the facts of one container are collected while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from gatekeeper.artifact.containers.limits import (
    MAX_FLAWS,
    MAX_METADATA,
    MAX_METADATA_ENTRIES,
    MAX_TENSORS,
)
from gatekeeper.artifact.errors import TooLarge
from gatekeeper.artifact.facts import (
    Artifact,
    Bound,
    Call,
    Estimator,
    Flaw,
    GlobalRef,
    Incomplete,
    LibraryVersion,
    Member,
    Oddity,
    State,
    Tensor,
    Vocabulary,
)
from gatekeeper.artifact.formats import Format
from gatekeeper.errors import Unreadable

_Placed = TypeVar("_Placed", GlobalRef, Call, Bound, State, Vocabulary, Tensor, Flaw)


class Inventory:
    """The facts so far of one file, and of what it contains."""

    def __init__(self, container: Format) -> None:
        self.format = container
        self.protocol = self.opcodes = self.arrays = self.array_bytes = self.nested = 0
        self.globals: list[GlobalRef] = []
        self.calls: list[Call] = []
        self.versions: list[LibraryVersion] = []
        self.bounds: list[Bound] = []
        self.estimators: list[Estimator] = []
        self.states: list[State] = []
        self.vocabularies: list[Vocabulary] = []
        self.tensors: list[Tensor] = []
        self.members: tuple[Member, ...] = ()
        self.metadata: dict[str, str] = {}
        self.references: dict[str, None] = {}
        """The other files in the order in which they are named; a dictionary forgets repetitions."""
        self.flaws: list[Flaw] = []
        self.incomplete: Incomplete | None = None

    @contextmanager
    def reading(self, part: str = "") -> Iterator[None]:
        """Note why what is read inside can't be read whole, if so; the facts found before stay."""
        try:
            yield
        except Unreadable as reason:
            self.stop(reason, part)

    def stop(self, reason: Unreadable | Incomplete, part: str = "") -> None:
        """Note why the file can't be read whole; the first reason counts."""
        if self.incomplete is None:
            what = f"in {part}: {reason.what}" if part else reason.what
            self.incomplete = Incomplete(what=what, fix=reason.fix)

    def flaw(self, oddity: Oddity, detail: str, offset: int, member: str = "") -> None:
        """Note an oddity.

        Raises:
            TooLarge: there are more than MAX_FLAWS.
        """
        if len(self.flaws) >= MAX_FLAWS:
            raise TooLarge(f"more than {MAX_FLAWS} oddities in one file", fix="write the file again")
        self.flaws.append(Flaw(oddity=oddity, detail=detail, offset=offset, member=member))

    def tell(self, key: str, value: object) -> None:
        """Note what the file says of itself; long text is cut, and only so many keys are kept."""
        text = str(value)
        if len(text) > MAX_METADATA:
            text = f"{text[:MAX_METADATA]}... ({len(text)} characters)"
        if key in self.metadata or len(self.metadata) < MAX_METADATA_ENTRIES:
            self.metadata[key[:MAX_METADATA]] = text

    def add(self, tensor: Tensor) -> None:
        """Note a tensor.

        Raises:
            TooLarge: there are more than MAX_TENSORS.
        """
        if len(self.tensors) >= MAX_TENSORS:
            raise TooLarge(f"more than {MAX_TENSORS} tensors", fix="split the model into several files")
        self.tensors.append(tensor)

    def absorb(self, found: Artifact, member: str = "") -> None:
        """Take over the facts of a part: of a member by its name, or of something within the same bytes."""
        self.protocol = max(self.protocol, found.protocol)
        self.opcodes += found.opcodes
        self.arrays += found.arrays
        self.array_bytes += found.array_bytes
        self.nested += found.nested
        self.globals += _placed(found.globals, member)
        self.calls += _placed(found.calls, member)
        self.bounds += _placed(found.bounds, member)
        self.states += _placed(found.states, member)
        self.vocabularies += _placed(found.vocabularies, member)
        self.flaws += _placed(found.flaws, member)
        for tensor in _placed(found.tensors, member):
            # A npy file does not name its array; numpy calls it by its member.
            self.add(tensor if tensor.name or not member else replace(tensor, name=member.removesuffix(".npy")))
        self._count_versions(found)
        for key, value in found.metadata:
            # What a part of another format says of itself is not said of the whole.
            self.tell(key if found.format is self.format else f"{member}: {key}", value)
        self.references.update(dict.fromkeys(found.references))
        if found.incomplete is not None:
            self.stop(found.incomplete, f"the member {member!r}" if member else "")

    def _count_versions(self, found: Artifact) -> None:
        """Add to the counts of what other parts of the file had too; the first place stays."""
        versions = {(each.library, each.version): each for each in self.versions}
        for version in found.versions:
            known = versions.get((version.library, version.version))
            versions[version.library, version.version] = (
                replace(known, count=known.count + version.count) if known else version
            )
        self.versions = list(versions.values())
        estimators = {(each.module, each.name, each.version): each for each in self.estimators}
        for estimator in found.estimators:
            key = estimator.module, estimator.name, estimator.version
            seen = estimators.get(key)
            estimators[key] = replace(seen, count=seen.count + estimator.count) if seen else estimator
        self.estimators = list(estimators.values())

    def artifact(self, size: int) -> Artifact:
        """Return the facts of a file of `size` bytes."""
        return Artifact(
            format=self.format,
            compression=None,
            protocol=self.protocol,
            size=size,
            opcodes=self.opcodes,
            arrays=self.arrays,
            array_bytes=self.array_bytes,
            nested=self.nested,
            globals=tuple(self.globals),
            calls=tuple(self.calls),
            versions=tuple(self.versions),
            bounds=tuple(self.bounds),
            estimators=tuple(self.estimators),
            states=tuple(self.states),
            vocabularies=tuple(self.vocabularies),
            tensors=tuple(self.tensors),
            members=self.members,
            metadata=tuple(self.metadata.items()),
            references=tuple(self.references),
            flaws=tuple(self.flaws),
            incomplete=self.incomplete,
        )


def _placed(facts: tuple[_Placed, ...], member: str) -> list[_Placed]:
    """Return the facts with the member that they are of; what lies in a member of that has both names."""
    if not member:
        return list(facts)
    names = {"": member, member: member}
    return [replace(fact, member=names.get(fact.member, f"{member}/{fact.member}")) for fact in facts]
