"""safetensors: eight bytes of length, a JSON header, and the tensors' bytes without holes.

Source of the rules: the format's description and its reader (github.com/huggingface/safetensors, `tensor.rs`, 0.6),
which refuses what is a flaw here; older readers and those of other projects do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.json_text import read_json
from gatekeeper.artifact.containers.limits import MAX_HEADER, MAX_OFFSET
from gatekeeper.artifact.containers.numbers import count_numbers
from gatekeeper.artifact.containers.paths import leaves_folder
from gatekeeper.artifact.containers.pickled import read_pickle
from gatekeeper.artifact.containers.shapes import element_count, is_shape
from gatekeeper.artifact.containers.streams import length_of, take
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Artifact, Oddity, Tensor
from gatekeeper.artifact.formats import Format

_PREFIX = 8
_METADATA = "__metadata__"
_KEYS = {"dtype", "shape", "data_offsets"}

_ELEMENTS = {
    "BOOL": ("bool", 8),
    "U8": ("uint8", 8),
    "U16": ("uint16", 16),
    "U32": ("uint32", 32),
    "U64": ("uint64", 64),
    "I8": ("int8", 8),
    "I16": ("int16", 16),
    "I32": ("int32", 32),
    "I64": ("int64", 64),
    "F4": ("float4_e2m1fn", 4),
    "F6_E2M3": ("float6_e2m3fn", 6),
    "F6_E3M2": ("float6_e3m2fn", 6),
    "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", 8),
    "F8_E8M0": ("float8_e8m0fnu", 8),
    "F16": ("float16", 16),
    "BF16": ("bfloat16", 16),
    "F32": ("float32", 32),
    "F64": ("float64", 64),
    "C64": ("complex64", 64),
}
"""The name of each data type as `gatekeeper.artifact.elements` has it, and the bits of one element."""


def read_safetensors(stream: BinaryIO) -> Artifact:
    """Read the header of a safetensors file, and hold it against the length of the file."""
    inventory = Inventory(Format.SAFETENSORS)
    length = length_of(stream)
    with inventory.reading():
        _read(stream, length, inventory)
    _note_pickle(stream, inventory)
    return inventory.artifact(length)


def _note_pickle(stream: BinaryIO, inventory: Inventory) -> None:
    """Note what the file names if it is read as a pickle.

    The length of the header can be an opcode, and the header its argument: then the tensors go on as a pickle, and a
    loader that does not look at the format executes it.
    """
    pickled = read_pickle(stream)
    if pickled.globals:
        what = "the file is a pickle too: joblib.load and pickle.load execute what is among its tensors"
        inventory.flaw(Oddity.UNEXPECTED_MEMBER, what, 0)
        inventory.absorb(pickled)


def read_safetensors_index(stream: BinaryIO) -> Artifact:
    """Read a `*.safetensors.index.json`: which shard has which tensor."""
    inventory = Inventory(Format.SAFETENSORS_INDEX)
    length = length_of(stream)
    with inventory.reading():
        _read_index(stream, length, inventory)
    return inventory.artifact(length)


def _read(stream: BinaryIO, length: int, inventory: Inventory) -> None:
    header_length = int.from_bytes(take(stream, _PREFIX, "the header's length"), "little")
    if header_length > MAX_HEADER:
        raise TooLarge(
            f"a header of {header_length} bytes is announced, expected at most {MAX_HEADER}",
            fix="fetch the file again; if it is whole, split the model into shards",
        )
    data = take(stream, header_length, "the header")
    header, repeated = read_json(data, "the header")
    if not isinstance(header, dict) or not data.startswith(b"{"):
        raise Damaged("the header is no JSON object that begins at byte 8")
    for key in repeated:
        what = f"the header has the key {key!r} more than once; which one counts depends on the reader"
        inventory.flaw(Oddity.DUPLICATE_MEMBER, what, _PREFIX)
    _tell_metadata(header.pop(_METADATA, {}), inventory)
    start = _PREFIX + header_length
    for name, entry in header.items():
        inventory.add(_tensor(name, entry, start, inventory))
    _check_layout(start, length, inventory)
    count_numbers(stream, inventory)


def _tell_metadata(metadata: object, inventory: Inventory) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Damaged(f"{_METADATA} in the header is no object of strings")
    for key, value in metadata.items():
        inventory.tell(key, value)


def _tensor(name: str, entry: Any, start: int, inventory: Inventory) -> Tensor:
    """Return the tensor that an entry of the header describes; offsets count from `start`, where the header ends."""
    if not isinstance(entry, dict) or not entry.keys() >= _KEYS:
        raise Damaged(f"the header's entry {name!r} lacks one of {', '.join(sorted(_KEYS))}")
    for key in sorted(entry.keys() - _KEYS):
        inventory.flaw(Oddity.UNEXPECTED_MEMBER, f"the header's entry {name!r} has the key {key!r}", _PREFIX)
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not is_shape(shape) or not is_shape(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= MAX_OFFSET:
        raise Damaged(f"the header's entry {name!r} has no valid shape and data_offsets")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in _ELEMENTS:
        raise Damaged(f"the tensor {name!r} has the dtype {entry['dtype']!r}, expected one of {', '.join(_ELEMENTS)}")
    element, bits = _ELEMENTS[entry["dtype"]]
    begin, end = offsets
    total = element_count(tuple(shape), name) * bits
    if total != 8 * (end - begin):
        what = f"{name!r} has {end - begin} bytes, expected {total / 8:g} of its shape {shape} and {entry['dtype']}"
        inventory.flaw(Oddity.SIZE, what, start + begin)
    return Tensor(name=name, element=element, shape=tuple(shape), offset=start + begin, size=end - begin)


def _check_layout(start: int, length: int, inventory: Inventory) -> None:
    """Make sure that the tensors lie one after the other, from the header's end to the end of the file."""
    reached = start
    for tensor in sorted(inventory.tensors, key=lambda each: (each.offset, each.size)):
        if tensor.offset > reached:
            what = f"{tensor.offset - reached} bytes before {tensor.name!r} belong to no tensor"
            inventory.flaw(Oddity.GAP, what, reached)
        elif tensor.offset < reached:
            what = f"{tensor.name!r} begins at byte {tensor.offset}, and the tensor before it ends at byte {reached}"
            inventory.flaw(Oddity.OVERLAP, what, tensor.offset)
        reached = max(reached, tensor.offset + tensor.size)
    if reached > length:
        raise EndOfFile(length, f"{reached - length} bytes more of the tensors that the header announces")
    if reached < length:
        inventory.flaw(Oddity.SUFFIX, f"{length - reached} bytes follow the last tensor, expected none", reached)


def _read_index(stream: BinaryIO, length: int, inventory: Inventory) -> None:
    if length > MAX_HEADER:
        raise TooLarge(f"an index of {length} bytes, expected at most {MAX_HEADER}", fix="write the index again")
    index, repeated = read_json(take(stream, length, "the index"), "the index")
    if not isinstance(index, dict) or not isinstance(index.get("weight_map"), dict):
        raise Damaged("the index is no JSON object with a weight_map")
    for key in repeated:
        inventory.flaw(Oddity.DUPLICATE_MEMBER, f"the index has the key {key!r} more than once", 0)
    metadata = index.get("metadata")
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        inventory.tell(key, value)
    for tensor in _indexed(index["weight_map"]):
        inventory.add(tensor)
        if tensor.elsewhere not in inventory.references and leaves_folder(tensor.elsewhere):
            what = f"the shard {tensor.elsewhere!r} of {tensor.name!r} is no path inside the model's folder"
            inventory.flaw(Oddity.PATH, what, 0)
        inventory.references[tensor.elsewhere] = None


def _indexed(weight_map: dict[str, Any]) -> Iterator[Tensor]:
    for name, shard in weight_map.items():
        if not isinstance(shard, str):
            raise Damaged(f"the weight_map's entry {name!r} is no name of a file")
        yield Tensor(name=name, element="unknown", shape=(), offset=0, size=0, elsewhere=shard)
