"""What `torch.export.save` writes (`.pt2`): a zip with the graph as JSON and each weight in a member of its own.

The layout is that of `torch.export.pt2_archive`; `models/*.json` is a graph of operators and no Python code. Up to 2.6
the weights were files of `torch.save` inside the zip, called `.json` at first (`torch._export.serde`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.json_text import read_json
from gatekeeper.artifact.containers.member_reading import Reader, read_members
from gatekeeper.artifact.elements import element
from gatekeeper.artifact.errors import Damaged
from gatekeeper.artifact.facts import Artifact, Member, Oddity, Tensor
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_ARRAY_BYTES
from gatekeeper.artifact.tensors.sweep import Region, sweep
from gatekeeper.artifact.torch_files import read_torch

_CONFIG = "_config.json"
_LONGEST_CONFIG = 2**26
_NOTES = ("archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id")
_SAVED = ("serialized_state_dict", "serialized_constants", "serialized_example_inputs")
"""Members that are files of `torch.save` themselves."""
_LONGEST_NOTE = 200

_SCALAR_TYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    10: "complex64",
    11: "complex128",
    12: "bool",
    13: "bfloat16",
    28: "uint16",
    29: "float8_e4m3fn",
    30: "float8_e5m2",
    31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz",
    33: "float8_e8m0fnu",
    34: "uint32",
    35: "uint64",
}
"""`torch._export.serde.schema.ScalarType` of torch 2.13."""


def read_torch_export(stream: BinaryIO) -> Artifact:
    """Read a zip of `torch.export.save`."""
    archive = Archive.read(stream)
    inventory = Inventory(Format.TORCH_EXPORT)
    own: dict[str, Reader] = {}
    for member in archive.members:
        if member.name.endswith(_CONFIG):
            with inventory.reading(f"the member {member.name!r}"):
                own.update(_weights(archive, member))
            own[member.name] = _nothing
        elif member.name.endswith(_NOTES):
            own[member.name] = partial(_note, inventory, member.name)
        elif member.size and (member.name.endswith(".pt") or member.name.startswith(_SAVED)):
            own[member.name] = read_torch
    read_members(archive, inventory, expected=_belongs, own=own)
    return inventory.artifact(archive.size)


def _belongs(name: str, found: Format | None) -> bool:
    """Whether a member that no other rule knows is one that torch writes: graphs, notes and extra files."""
    return found is None and (name.endswith((".json", ".pt", "version")) or "/extra/" in name)


def _note(inventory: Inventory, name: str, stream: BinaryIO) -> Artifact:
    text = stream.read(_LONGEST_NOTE).decode("ascii", "replace").strip()
    inventory.tell(name.partition("/")[2].removeprefix("."), text)
    return Inventory(Format.TORCH_EXPORT).artifact(0)


def _nothing(stream: BinaryIO) -> Artifact:
    """Take a member that says nothing by itself: its checksum is verified all the same."""
    del stream
    return Inventory(Format.TORCH_EXPORT).artifact(0)


def _weights(archive: Archive, config: Member) -> Iterator[tuple[str, Reader]]:
    """Yield the member of each weight that a configuration lists, and how it is read."""
    if config.size > _LONGEST_CONFIG:
        raise Damaged(f"it has {config.size} bytes, expected at most {_LONGEST_CONFIG}")
    document, _ = read_json(archive.open(config).read(), config.name)
    entries = document.get("config") if isinstance(document, dict) else None
    if not isinstance(entries, dict):
        raise Damaged("it lists no weights")
    members = {member.name: member for member in archive.members}
    for name, entry in entries.items():
        path = f"{posixpath.dirname(config.name)}/{_of(entry, 'path_name', str)}"
        if path not in members:
            raise Damaged(f"the member {path!r} of the weight {name!r} is not there")
        yield path, read_torch if _of(entry, "use_pickle", bool) else _reader(name, entry, members[path])


def _reader(name: str, entry: Mapping[str, Any], member: Member) -> Reader:
    meta = _of(entry, "tensor_meta", dict)
    kind = _SCALAR_TYPES.get(_of(meta, "dtype", int))
    shape = tuple(_of(size, "as_int", int) for size in _of(meta, "sizes", list))
    if any(not 0 <= size <= MAX_ARRAY_BYTES for size in shape):
        raise Damaged(f"the weight {name!r} has a dimension that can't be one")
    return partial(_read_weight, name, kind, shape, member)


def _read_weight(name: str, kind: str | None, shape: tuple[int, ...], member: Member, stream: BinaryIO) -> Artifact:
    found = Inventory(Format.TORCH_EXPORT)
    tensor = Tensor(name=name, element=kind or "unknown", shape=shape, offset=0, size=member.size, member=member.name)
    if kind is None:
        found.add(tensor)
        return found.artifact(0)
    numbers = element(kind)
    expected = numbers.size
    for size in shape:
        expected *= size
    # Tensors that are views of one storage are saved as one: what lies there may be more.
    if expected > member.size or member.size % numbers.size:
        what = f"{member.size} bytes, expected {expected} for {' x '.join(map(str, shape)) or 'one'} of {kind}"
        found.flaw(Oddity.SIZE, what, member.offset, member.name)
        found.add(tensor)
        return found.artifact(0)
    for each in sweep(stream, [Region(tensor=tensor, element=numbers, start=0)]):
        found.add(each)
    return found.artifact(0)


def _of(mapping: Any, key: str, type_: type) -> Any:
    value = mapping.get(key) if isinstance(mapping, dict) else None
    if type(value) is not type_:
        raise Damaged(f"the configuration of a weight has no {key}")
    return value
