"""What `torch.save` writes: a zip of a pickle and one member a storage, or, before 1.6, pickles and storages in a row.

The layout is that of `torch.serialization` and of `caffe2/serialize/inline_container`: all members lie under one root,
`data.pkl` refers to storages by persistent ids, `data/<key>` are their bytes. TorchScript adds `code/` and
`constants.pkl`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.member_reading import Reader, read_members
from gatekeeper.artifact.errors import Damaged, Unfollowable
from gatekeeper.artifact.facts import Artifact, Incomplete, Member, Oddity
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.ledger import Held, Ledger
from gatekeeper.artifact.pickles.source import Plain, Source
from gatekeeper.artifact.pickles.torch_tensors import storage_of
from gatekeeper.artifact.pickles.values import Bag, Global, Storage, Value
from gatekeeper.artifact.tensors.sweep import Region, sweep
from gatekeeper.errors import Unreadable

_INPUTS = "traced_inputs"
"""What a module was traced with, its storages left out: a pickle, and a folder."""
_PICKLES = ("data.pkl", "constants.pkl", "attributes.pkl", f"{_INPUTS}.pkl")
_NOTES = ("version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id")
_LONGEST_NOTE = 200


def read_torch(stream: BinaryIO) -> Artifact:
    """Read a zip of `torch.save` or `torch.jit.save`."""
    reading = _TorchZip(Archive.read(stream))
    reading.read()
    return reading.inventory.artifact(reading.archive.size)


def read_legacy_torch(stream: BinaryIO) -> Artifact:
    """Read a file that torch before 1.6 wrote: five pickles, then each storage's length and bytes.

    The pickles are a magic number, the protocol's version, facts of the machine that saved, the object, and the keys of
    the storages (`torch.serialization._legacy_save`).
    """
    ledger = Ledger()
    inventory = Inventory(Format.TORCH_LEGACY)
    source = Source(Plain(stream))
    storages: dict[str, Storage] = {}
    with inventory.reading():
        for _ in range(3):
            interpret(source, ledger)
        interpret(source, ledger, resolve=partial(_legacy, storages))
        keys = interpret(source, ledger)
    found = ledger.artifact(None, source.offset)
    inventory.absorb(found)
    inventory.tell("written by", "torch.save before 1.6, or with _use_new_zipfile_serialization=False")
    if inventory.incomplete is None:
        with inventory.reading():
            starts = dict(_cross_storages(source, [*_texts(keys)], storages))
            source.expect_end()
            inventory.tensors += sweep(stream, [*_regions(ledger.tensors, starts)])
    return inventory.artifact(source.offset)


def _legacy(storages: dict[str, Storage], identifier: Value) -> Value:
    """Return what a persistent id stands for: a storage, or the class of a module, which has its source beside it."""
    if isinstance(identifier, tuple) and len(identifier) == 4 and identifier[0] == "module":
        if isinstance(identifier[1], Global):
            return identifier[1]
        raise Unfollowable("a persistent id names a module that is no class")
    if isinstance(identifier, tuple) and len(identifier) == 6 and identifier[5] is not None:
        raise Unfollowable("a storage is a view of another, as torch before 0.4 wrote it")
    storage = storage_of(identifier)
    return storages.setdefault(storage.key, storage)


def _texts(keys: object) -> Iterator[str]:
    if not isinstance(keys, Bag) or len(keys.leaves) != keys.count:
        raise Damaged("the list of the storages is none that torch writes")
    for key in keys.leaves:
        if not isinstance(key, str):
            raise Damaged("a storage is named by something else than text")
        yield key


def _cross_storages(source: Source, keys: list[str], storages: dict[str, Storage]) -> Iterator[tuple[str, int]]:
    """Yield each storage's key and where its bytes begin."""
    if set(keys) != storages.keys():
        raise Damaged("the storages that follow are not those that the tensors refer to")
    for key in keys:
        storage, count = storages[key], source.number(8)
        if count != storage.count:
            raise Damaged(f"the storage {key!r} has {count} elements, expected {storage.count}")
        yield key, source.offset
        source.skip(count * storage.element.size)


def _regions(held: Iterable[Held], starts: dict[str, int]) -> Iterator[Region]:
    for each in held:
        if each.storage is not None and each.array.element is not None:
            start = starts[each.storage.key] + each.offset
            yield Region(tensor=replace(each.tensor(""), offset=start), element=each.array.element, start=start)


class _TorchZip:
    """One zip being read."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.inventory = Inventory(Format.TORCH)
        pickle = next((each.name for each in archive.members if each.name.endswith("/data.pkl")), "data.pkl")
        self._root = pickle.removesuffix("data.pkl")
        self._order = "<"
        self._on: dict[str, list[Held]] = {}
        """The tensors on each storage, by the name of its member."""

    def read(self) -> None:
        """Read every member once; the pickles first, for they say what the storages mean."""
        own: dict[str, Reader] = {}
        for member in self.archive.members:
            short = member.name.removeprefix(self._root)
            if short in _PICKLES:
                found = self._read_pickle(member)
                own[member.name] = partial(_found, found)
            elif short in _NOTES:
                own[member.name] = partial(self._read_note, member, short)
            elif short.startswith("data/"):
                own[member.name] = partial(self._read_storage, member)
            elif short.startswith(f"{_INPUTS}/"):
                own[member.name] = partial(_found, Inventory(Format.TORCH).artifact(0))
        if "byteorder" in {name.removeprefix(self._root) for name in own}:
            with self.inventory.reading("the byte order"), self.archive.open(f"{self._root}byteorder") as stream:
                self._order = ">" if stream.read(_LONGEST_NOTE).strip() == b"big" else "<"
        read_members(self.archive, self.inventory, self._belongs, own)
        for name in self._on.keys() - {member.name for member in self.archive.members}:
            tensor = self._on[name][0].tensor("").name
            self.inventory.stop(Damaged(f"the storage {name!r} of the tensor {tensor!r} is not there"))

    def _belongs(self, name: str, found: Format | None) -> bool:
        """Whether a member that no other rule knows is one that torch writes: TorchScript's sources and its extras."""
        short = name.removeprefix(self._root)
        if short.startswith("code/"):
            self.inventory.tell("kind", "TorchScript")
        debugging = found is Format.PICKLE and short.startswith("code/") and short.endswith(".debug_pkl")
        return debugging or (found is None and short.startswith(("code/", "extra/", ".data/")))

    def _read_pickle(self, member: Member) -> Artifact:
        ledger = Ledger(member.name)
        incomplete = None
        size = 0
        try:
            source = Source(Plain(self.archive.open(member)))
            interpret(source, ledger, resolve=storage_of)
            source.expect_end()
            size = source.offset
        except Unreadable as error:
            incomplete = Incomplete(what=error.what, fix=error.fix)
        for held in ledger.tensors if member.name != f"{self._root}{_INPUTS}.pkl" else ():
            if held.storage is not None:
                self._on.setdefault(f"{self._root}data/{held.storage.key}", []).append(held)
        return ledger.artifact(None, size, incomplete)

    def _read_note(self, member: Member, short: str, stream: BinaryIO) -> Artifact:
        found = Inventory(Format.TORCH)
        text = stream.read(_LONGEST_NOTE).decode("ascii", "replace").strip()
        if member.size > _LONGEST_NOTE or not (text.isascii() and text.isprintable()):
            found.flaw(Oddity.UNEXPECTED_MEMBER, "is no line of text, as torch writes it", member.offset, member.name)
        self.inventory.tell(short.removeprefix("."), text)
        return found.artifact(0)

    def _read_storage(self, member: Member, stream: BinaryIO) -> Artifact:
        """Count the tensors on a storage."""
        found = Inventory(Format.TORCH)
        held = self._on.get(member.name, [])
        storage = held[0].storage if held else None
        if self.archive.compressed(member):
            what = "its bytes are packed, expected stored: torch maps them into memory"
            found.flaw(Oddity.COMPRESSED_MEMBER, what, member.offset, member.name)
        if storage is None:
            found.flaw(Oddity.UNEXPECTED_MEMBER, "no tensor refers to this storage", member.offset, member.name)
        elif member.size != storage.count * storage.element.size:
            wanted = f"{storage.count} elements of {storage.element}"
            found.flaw(Oddity.SIZE, f"{member.size} bytes, expected {wanted}", member.offset, member.name)
        for tensor in sweep(stream, [*self._regions_on(member, held)]):
            found.add(tensor)
        return found.artifact(0)

    def _regions_on(self, member: Member, held: list[Held]) -> Iterator[Region]:
        for each in held:
            element = each.array.element
            if element is not None and each.offset + each.size <= member.size:
                ordered = replace(element, order=">") if self._order == ">" else element
                yield Region(tensor=each.tensor(member.name), element=ordered, start=each.offset)


def _found(found: Artifact, stream: BinaryIO) -> Artifact:
    """Return what was read of a member already."""
    del stream
    return found
