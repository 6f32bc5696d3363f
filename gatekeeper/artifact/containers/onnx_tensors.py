"""The tensors of an ONNX file: where their bytes lie, in the file or in another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.limits import MAX_DIMENSIONS, MAX_METADATA, MAX_OFFSET
from gatekeeper.artifact.containers.paths import leaves_folder
from gatekeeper.artifact.containers.protobuf import BYTES, VARINT, Wire, WireField, require
from gatekeeper.artifact.containers.shapes import element_count
from gatekeeper.artifact.errors import Damaged
from gatekeeper.artifact.facts import Oddity, Tensor

_DIMS, _TYPE, _SEGMENT, _STRINGS, _NAME, _RAW, _EXTERNAL, _LOCATION = 1, 2, 3, 6, 8, 9, 13, 14
_TYPED = {4: "float_data", 5: "int32_data", 7: "int64_data", 10: "double_data", 11: "uint64_data"}
_IN_PLACE = {4, 10}
"""Of the typed fields, those whose numbers lie there as they do in memory; the others are varints."""

_KEY, _VALUE = 1, 2
_MAX_DIMS_BYTES = 640
_STRING = 8

_ELEMENTS = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8),
    19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4_e2m1fn", 4),
    24: ("float8_e8m0fnu", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
}
"""TensorProto.DataType: how each is called in `gatekeeper.artifact.elements`, and the bits of one element."""


@dataclass(slots=True)
class _Proto:
    """The fields of a TensorProto that matter here."""

    name: str = ""
    kind: int = 0
    shape: list[int] = field(default_factory=list)
    content: list[tuple[str, WireField]] = field(default_factory=list)
    external: dict[str, str] = field(default_factory=dict)
    elsewhere: bool = False

    def add_dimensions(self, dimensions: list[int]) -> None:
        """Take further dimensions of the shape.

        Raises:
            Damaged: there are more than any tensor has.
        """
        self.shape += dimensions
        if len(self.shape) > MAX_DIMENSIONS:
            raise Damaged(f"a tensor has more than {MAX_DIMENSIONS} dimensions")


def note_tensor(wire: Wire, at: WireField, inventory: Inventory, name: str = "") -> None:
    """Note the TensorProto in a field; `name` is for one that has none of its own.

    Raises:
        Unreadable: it is none, or in pieces, or of a type that is not known.
    """
    proto = _proto(wire, at)
    title = proto.name or name
    shape = tuple(proto.shape)
    if proto.kind == _STRING and not proto.elsewhere:
        inventory.add(Tensor(name=title, element="str", shape=shape, offset=at.start, size=at.end - at.start))
        return
    if proto.kind not in _ELEMENTS:
        raise Damaged(f"the tensor {title!r} is of type {proto.kind}, which is not known")
    element, bits = _ELEMENTS[proto.kind]
    size = -(-element_count(shape, title) * bits // 8)
    if proto.elsewhere:
        _note_external(proto, title, Tensor(name=title, element=element, shape=shape, offset=0, size=size), inventory)
        return
    if len(proto.content) > 1:
        raise Damaged(f"the numbers of the tensor {title!r} are in {len(proto.content)} pieces, expected one")
    kind, found = (
        proto.content[0] if proto.content else ("raw_data", WireField(number=9, wire=BYTES, start=at.end, end=at.end))
    )
    length = found.end - found.start
    if kind == "varints":
        element = f"{element} in varints"
    elif length != size:
        what = f"the tensor {title!r} has {length} bytes, expected {size} of its shape {list(shape)} and {element}"
        inventory.flaw(Oddity.SIZE, what, found.start)
    inventory.add(Tensor(name=title, element=element, shape=shape, offset=found.start, size=length))


def _proto(wire: Wire, at: WireField) -> _Proto:
    proto = _Proto()
    for each in wire.fields(at.start, at.end):
        if each.number == _DIMS:
            proto.add_dimensions(wire.varints(each, _MAX_DIMS_BYTES))
        elif each.number == _TYPE:
            proto.kind = require(each, VARINT).value
        elif each.number == _NAME:
            proto.name = wire.text(each, MAX_METADATA)
        elif each.number == _RAW:
            proto.content.append(("raw_data", require(each, BYTES)))
        elif each.number in _TYPED:
            kind = "numbers" if each.number in _IN_PLACE else "varints"
            proto.content.append((kind, require(each, BYTES)))
        elif each.number == _EXTERNAL:
            key, value = key_and_value(wire, each)
            proto.external[key] = value
        elif each.number == _LOCATION:
            proto.elsewhere = require(each, VARINT).value == 1
        elif each.number == _SEGMENT:
            raise Damaged(f"the tensor at byte {at.start} is a segment of another, which no writer makes")
    return proto


def key_and_value(wire: Wire, at: WireField) -> tuple[str, str]:
    """Return the two strings of a StringStringEntryProto."""
    found = {each.number: wire.text(each, MAX_METADATA) for each in wire.fields(at.start, at.end)}
    return found.get(_KEY, ""), found.get(_VALUE, "")


def _note_external(proto: _Proto, name: str, tensor: Tensor, inventory: Inventory) -> None:
    location = proto.external.get("location", "")
    if leaves_folder(location):
        what = f"the data of {name!r} are in {location!r}, which is no path inside the model's folder"
        inventory.flaw(Oddity.PATH, what, 0)
    offset, length = (
        proto.external.get(key, default) for key, default in (("offset", "0"), ("length", str(tensor.size)))
    )
    if not (_is_place(offset) and _is_place(length)):
        raise Damaged(f"the data of {name!r} lie at {offset!r} with {length!r} bytes, expected numbers")
    if int(length) != tensor.size:
        what = f"the tensor {name!r} has {length} bytes in {location!r}, expected {tensor.size}"
        inventory.flaw(Oddity.SIZE, what, 0)
    inventory.references[location] = None
    inventory.add(replace(tensor, offset=int(offset), size=int(length), elsewhere=location))


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= MAX_OFFSET
