"""numpy's own files: npy, which is one array, and npz, which is a zip file of npy files.

Source of the layout: NEP 1, and `numpy.lib.format`.
"""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.limits import MAX_NPY_HEADER
from gatekeeper.artifact.containers.member_reading import read_members
from gatekeeper.artifact.containers.numpy_header import parse_header
from gatekeeper.artifact.containers.pickled import read_pickle
from gatekeeper.artifact.containers.shapes import element_count
from gatekeeper.artifact.containers.streams import length_of, take
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Artifact, Oddity, Tensor
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_ARRAY_BYTES
from gatekeeper.artifact.tensors.sweep import Region, sweep

_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
"""How many bytes say how long the header is, by the version of the format."""


def read_npy(stream: BinaryIO) -> Artifact:
    """Read one array; where it is of Python objects, it is a pickle, and loading it would execute that."""
    inventory = Inventory(Format.NPY)
    length = length_of(stream)
    with inventory.reading():
        _read(stream, length, inventory)
    return inventory.artifact(length)


def read_npz(stream: BinaryIO) -> Artifact:
    """Read a zip file of arrays."""
    inventory = Inventory(Format.NPZ)
    archive = Archive.read(stream)
    read_members(archive, inventory, expected=_is_array)
    return inventory.artifact(archive.size)


def _is_array(name: str, found: Format | None) -> bool:
    return name.endswith(".npy") and found is Format.NPY


def _read(stream: BinaryIO, length: int, inventory: Inventory) -> None:
    start = take(stream, len(_MAGIC) + 2, "the start of an array")
    major, minor = start[-2:]
    if not start.startswith(_MAGIC) or major not in _LENGTH_BYTES or minor:
        raise Damaged(f"the array is of version {major}.{minor} of its format, expected 1.0, 2.0 or 3.0")
    header_length = int.from_bytes(take(stream, _LENGTH_BYTES[major], "the header's length"), "little")
    if header_length > MAX_NPY_HEADER:
        raise TooLarge(f"a header of {header_length} bytes, expected at most {MAX_NPY_HEADER}", fix="save plain arrays")
    data = take(stream, header_length, "the array's header")
    try:
        header = parse_header(data.decode("utf-8" if major == 3 else "latin-1"))
    except UnicodeDecodeError as error:
        raise Damaged(f"the array's header is no UTF-8 ({error})") from error
    at = len(_MAGIC) + 2 + _LENGTH_BYTES[major] + header_length
    if header.has_object:
        inventory.absorb(read_pickle(stream, at))
        return
    size = element_count(header.shape, "array") * header.element.size
    if size > MAX_ARRAY_BYTES:
        raise TooLarge(f"an array of {size} bytes is announced", fix="fetch the file again; it was not saved by numpy")
    tensor = Tensor(name="", element=str(header.element), shape=header.shape, offset=at, size=size)
    if at + size > length:
        inventory.add(tensor)
        raise EndOfFile(length, f"{size} bytes of the array from byte {at} on")
    inventory.tensors += sweep(stream, [Region(tensor=tensor, element=header.element, start=at)])
    if at + size < length:
        inventory.flaw(Oddity.SUFFIX, f"{length - at - size} bytes follow the array, expected none", at + size)
