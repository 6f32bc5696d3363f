"""Reads the members of an archive, each as what its bytes are: its name and extension play no part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import BinaryIO, TypeAlias

from gatekeeper.artifact.compression import detect
from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.zip_members import ChecksumMismatch
from gatekeeper.artifact.facts import Artifact, Member, Oddity
from gatekeeper.artifact.formats import HEAD_BYTES, Format
from gatekeeper.artifact.sniffing import format_of

Reader: TypeAlias = Callable[[BinaryIO], Artifact]
Expected: TypeAlias = Callable[[str, Format | None], bool]

_READERS = {
    Format.PICKLE: "gatekeeper.artifact.containers.pickled:read_pickle",
    Format.TORCH_LEGACY: "gatekeeper.artifact.torch_files:read_legacy_torch",
    Format.NPY: "gatekeeper.artifact.containers.numpy_files:read_npy",
    Format.SAFETENSORS: "gatekeeper.artifact.containers.safetensors:read_safetensors",
    Format.SAFETENSORS_INDEX: "gatekeeper.artifact.containers.safetensors:read_safetensors_index",
    Format.ONNX: "gatekeeper.artifact.containers.onnx:read_onnx",
    Format.GGUF: "gatekeeper.artifact.containers.gguf:read_gguf",
    Format.HDF5: "gatekeeper.artifact.containers.keras:read_hdf5",
}
"""Where the reader of each format is that may lie in a member: imported when a member asks for it."""

_ARCHIVES = (
    (0, b"PK\x03\x04", "a zip file"),
    (0, b"PK\x05\x06", "an empty zip file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (0, b"Rar!\x1a\x07", "a RAR file"),
    (0, b"\x04\x22\x4d\x18", "an lz4 stream"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd stream"),
    (0, b"ZF0x", "a joblib zfile"),
    (257, b"ustar", "a tar file"),
)


def read_members(
    archive: Archive,
    inventory: Inventory,
    expected: Expected,
    own: Mapping[str, Reader] | None = None,
    unknown: Reader | None = None,
) -> None:
    """Read every member to its end and note what is in it.

    Args:
        archive: where the members are.
        inventory: where the facts go: those of the archive, and those of each member with its name.
        expected: whether a member of this name and format belongs into such an archive.
        own: readers of the members that the format itself defines, by name; what these are is not asked of their bytes.
        unknown: the reader of members that belong there and whose first bytes show no format that is known.
    """
    inventory.members = archive.members
    inventory.flaws += archive.flaws
    if archive.incomplete is not None:
        inventory.stop(archive.incomplete)
    for member in archive.readable_members():
        with inventory.reading(f"the member {member.name!r}"):
            reader = (own or {}).get(member.name)
            _read_member(
                archive, member, inventory, reader or partial(_by_content, member, inventory, expected, unknown)
            )


def _read_member(archive: Archive, member: Member, inventory: Inventory, read: Reader) -> None:
    stream = archive.open(member)
    inventory.absorb(read(stream), member.name)
    try:
        archive.finish(stream)
    except ChecksumMismatch as reason:
        inventory.flaw(Oddity.BAD_CHECKSUM, reason.what, member.offset, member.name)


def _by_content(
    member: Member, inventory: Inventory, expected: Expected, unknown: Reader | None, stream: BinaryIO
) -> Artifact:
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    nested = nested_archive(head)
    if nested is not None:
        what = f"is {nested} itself: what is in it is not known"
        inventory.flaw(Oddity.NESTED_ARCHIVE, what, member.offset, member.name)
        return Inventory(inventory.format).artifact(0)
    found = format_of(head)
    belongs = not head or expected(member.name, found)
    if not belongs:
        kind = f"in the format {found}" if found else "of no format that is known"
        what = f"is a file {kind}, which no {inventory.format} should have"
        inventory.flaw(Oddity.UNEXPECTED_MEMBER, what, member.offset, member.name)
    reader = unknown if found is None and belongs else _reader_of(found)
    return Inventory(inventory.format).artifact(0) if reader is None else reader(stream)


def _reader_of(found: Format | None) -> Reader | None:
    place = _READERS.get(found) if found is not None else None
    if place is None:
        return None
    module, _, name = place.partition(":")
    reader: Reader = getattr(import_module(module), name)
    return reader


def nested_archive(head: bytes) -> str | None:
    """Return what kind of archive or compressed stream begins with `head`, in words; None for anything else."""
    for at, magic, kind in _ARCHIVES:
        if head.startswith(magic, at):
            return kind
    compression = detect(head)
    return f"a {compression} stream" if compression is not None else None
