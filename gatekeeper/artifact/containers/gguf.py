"""GGUF: metadata by key, then a list of tensors, then their bytes, each aligned.

Source of the layout: `docs/gguf.md` in github.com/ggml-org/ggml, versions 2 and 3; of the sizes: `GGML_QUANT_SIZES`
of the Python package gguf 0.19.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from dataclasses import replace
from typing import BinaryIO

from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.limits import MAX_METADATA, MAX_OFFSET, MAX_TENSORS
from gatekeeper.artifact.containers.numbers import count_numbers
from gatekeeper.artifact.containers.shapes import element_count
from gatekeeper.artifact.containers.streams import length_of, take
from gatekeeper.artifact.containers.templates import MAX_TEMPLATE, reaches_out
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Artifact, Oddity, Tensor
from gatekeeper.artifact.formats import Format

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_KEYS = 100_000
_MAX_KEY = 65_535
_MAX_DIMENSIONS = 4
_MAX_STRINGS = 1_500_000
"""In all arrays of a file: the largest vocabularies have 260 thousand tokens and twice as many merges."""
_ALIGNMENT_KEY, _TEMPLATE_KEY = "general.alignment", "tokenizer.chat_template"
_DEFAULT_ALIGNMENT, _MAX_ALIGNMENT = 32, 2**20
_STRING, _ARRAY, _BOOLEAN = 8, 9, 7
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOLEAN: "?", 10: "Q", 11: "q", 12: "d"}
_FIX = "fetch the file again; if it is whole, it was made by hand and must not be loaded"

_NUMBERS = {
    0: ("float32", 4),
    1: ("float16", 2),
    24: ("int8", 1),
    25: ("int16", 2),
    26: ("int32", 4),
    27: ("int64", 8),
    28: ("float64", 8),
    30: ("bfloat16", 2),
}
"""Types of plain numbers: how each is called, and the bytes of one."""

_BLOCKS = {
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    29: ("IQ1_M", 256, 56),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}
"""Quantised types: how each is called, the numbers in one block and its bytes."""


def read_gguf(stream: BinaryIO) -> Artifact:
    """Read the metadata and the tensors' places, and hold these against the length of the file."""
    inventory = Inventory(Format.GGUF)
    length = length_of(stream)
    with inventory.reading():
        _read(_Cursor(stream, length), inventory)
        count_numbers(stream, inventory)
    return inventory.artifact(length)


class _Cursor:
    """Reads numbers and strings in order."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self.length = length
        self.strings = 0
        """Strings of arrays that were crossed."""

    @property
    def at(self) -> int:
        """The position in bytes."""
        return self._stream.tell()

    def number(self, code: str) -> int | float | bool:
        """Take a number of a type of `struct`."""
        found: int | float | bool = struct.unpack(f"<{code}", take(self._stream, struct.calcsize(code), "a number"))[0]
        return found

    def whole(self, code: str) -> int:
        """Take an unsigned number."""
        return int(self.number(code))

    def string(self, limit: int, what: str) -> str:
        """Take a string, which is UTF-8.

        Raises:
            Unreadable: it is longer than `limit` bytes, or not UTF-8.
        """
        length = self.whole("Q")
        if length > limit:
            raise TooLarge(f"{what} has {length} bytes, expected at most {limit}", fix=_FIX)
        try:
            return take(self._stream, length, what).decode()
        except UnicodeDecodeError as error:
            raise Damaged(f"{what} at byte {self.at} is no UTF-8") from error

    def text(self, length: int) -> str:
        """Take a string of a known length; what is not UTF-8 is shown escaped."""
        return take(self._stream, length, "a string").decode("utf-8", "backslashreplace")

    def skip(self, count: int) -> None:
        """Cross `count` bytes.

        Raises:
            EndOfFile: there are not so many.
        """
        if count > self.length - self.at:
            raise EndOfFile(self.length, f"{count} bytes from byte {self.at} on")
        self._stream.seek(count, io.SEEK_CUR)


def _read(cursor: _Cursor, inventory: Inventory) -> None:
    if cursor.whole("I") != int.from_bytes(_MAGIC, "little"):
        raise Damaged("the file does not begin with GGUF")
    version, tensors, keys = cursor.whole("I"), cursor.whole("Q"), cursor.whole("Q")
    if version not in _VERSIONS:
        raise Damaged(f"the file is of version {version} of GGUF, expected 2 or 3, little-endian")
    inventory.tell("format_version", version)
    if tensors > MAX_TENSORS or keys > _MAX_KEYS:
        raise TooLarge(f"{tensors} tensors and {keys} keys are announced", fix=_FIX)
    alignment = _DEFAULT_ALIGNMENT
    seen: set[str] = set()
    for _ in range(keys):
        at = cursor.at
        key = cursor.string(_MAX_KEY, "a key")
        value = _value(cursor, cursor.whole("I"), key, inventory)
        if key in seen:
            inventory.flaw(Oddity.DUPLICATE_MEMBER, f"the key {key!r} is there more than once", at)
        seen.add(key)
        inventory.tell(key, value)
        if key == _ALIGNMENT_KEY:
            alignment = _checked_alignment(value)
    infos = [_tensor(cursor, inventory) for _ in range(tensors)]
    _place(infos, _aligned(cursor.at, alignment), alignment, cursor.length, inventory)


def _value(cursor: _Cursor, kind: int, key: str, inventory: Inventory) -> int | float | bool | str:
    """Take a value; of an array, and of a template, only what it is."""
    if kind in _SCALARS:
        return cursor.number(_SCALARS[kind])
    if kind == _ARRAY:
        inner, count = cursor.whole("I"), cursor.whole("Q")
        _cross_array(cursor, inner, count)
        return f"array of {count}"
    if kind != _STRING:
        raise Damaged(f"the key {key!r} has a value of type {kind}, expected 0 to 12")
    length = cursor.whole("Q")
    if key.startswith(_TEMPLATE_KEY):
        _read_template(cursor, length, key, inventory)
        return f"jinja template of {length} bytes"
    if length > MAX_METADATA:
        cursor.skip(length)
        return f"text of {length} bytes"
    return cursor.text(length)


def _read_template(cursor: _Cursor, length: int, key: str, inventory: Inventory) -> None:
    at = cursor.at
    if length > MAX_TEMPLATE:
        raise TooLarge(f"{key} has {length} bytes, expected at most {MAX_TEMPLATE}", fix=_FIX)
    part = reaches_out(cursor.text(length))
    if part is not None:
        what = f"the template {key!r} reaches for Python's own attributes: {part!r}"
        inventory.flaw(Oddity.RUNS_CODE, what, at)


def _cross_array(cursor: _Cursor, kind: int, count: int) -> None:
    if kind in _SCALARS:
        cursor.skip(count * struct.calcsize(_SCALARS[kind]))
        return
    if kind != _STRING:
        raise Damaged(f"an array at byte {cursor.at} has values of type {kind}, expected numbers or strings")
    cursor.strings += count
    if cursor.strings > _MAX_STRINGS:
        raise TooLarge(f"arrays of {cursor.strings} strings, expected at most {_MAX_STRINGS}", fix=_FIX)
    for _ in range(count):
        cursor.skip(cursor.whole("Q"))


def _checked_alignment(value: object) -> int:
    if type(value) is not int or not 0 < value <= _MAX_ALIGNMENT or value & (value - 1):
        raise Damaged(f"{_ALIGNMENT_KEY} is {value!r}, expected a power of two")
    return value


def _tensor(cursor: _Cursor, inventory: Inventory) -> Tensor:
    """Take the description of a tensor; its offset still counts from where the tensors begin."""
    name = cursor.string(_MAX_KEY, "the name of a tensor")
    count = cursor.whole("I")
    if count > _MAX_DIMENSIONS:
        raise Damaged(f"the tensor {name!r} has {count} dimensions, expected at most {_MAX_DIMENSIONS}")
    # The dimension whose elements lie side by side comes first here, and last everywhere else.
    shape = tuple(cursor.whole("Q") for _ in range(count))[::-1]
    kind, offset = cursor.whole("I"), cursor.whole("Q")
    elements = element_count(shape, name)
    if offset > MAX_OFFSET:
        raise Damaged(f"the tensor {name!r} lies at byte {offset} of the data, expected at most {MAX_OFFSET}")
    if kind in _NUMBERS:
        element, width = _NUMBERS[kind]
        return Tensor(name=name, element=element, shape=shape, offset=offset, size=elements * width)
    if kind not in _BLOCKS:
        raise Damaged(f"the tensor {name!r} is of type {kind}, which is not known")
    element, block, width = _BLOCKS[kind]
    if elements and shape[-1:] and shape[-1] % block:
        what = f"the rows of {name!r} have {shape[-1]} numbers, expected a multiple of {block} for {element}"
        inventory.flaw(Oddity.SIZE, what, cursor.at)
    return Tensor(name=name, element=element, shape=shape, offset=offset, size=-(-elements // block) * width)


def _place(infos: list[Tensor], start: int, alignment: int, length: int, inventory: Inventory) -> None:
    """Note the tensors, and make sure that they lie one after the other from `start` to the end of the file."""
    names = Counter(tensor.name for tensor in infos)
    for name, count in names.items():
        if count > 1:
            inventory.flaw(Oddity.DUPLICATE_MEMBER, f"{count} tensors are called {name!r}", start)
    reached = start
    for info in sorted(infos, key=lambda each: (each.offset, each.size)):
        tensor = replace(info, offset=start + info.offset)
        inventory.add(tensor)
        if info.offset % alignment:
            what = f"{tensor.name!r} begins at byte {info.offset} of the data, expected a multiple of {alignment}"
            inventory.flaw(Oddity.SIZE, what, tensor.offset)
        elif tensor.offset < reached:
            inventory.flaw(Oddity.OVERLAP, f"{tensor.name!r} begins before the tensor before it ends", tensor.offset)
        elif tensor.offset > reached:
            what = f"{tensor.offset - reached} bytes before {tensor.name!r} belong to no tensor"
            inventory.flaw(Oddity.GAP, what, reached)
        reached = max(reached, _aligned(tensor.offset + tensor.size, alignment))
    if reached > length:
        raise EndOfFile(length, f"{reached - length} bytes more of the tensors that the header announces")
    if reached < length:
        inventory.flaw(Oddity.SUFFIX, f"{length - reached} bytes follow the last tensor, expected none", reached)


def _aligned(at: int, alignment: int) -> int:
    return -(-at // alignment) * alignment
