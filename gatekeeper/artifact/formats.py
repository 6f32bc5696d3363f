"""Formats of model files told apart by their first bytes; names and extensions play no part."""

from __future__ import annotations

import enum
import re
import struct
from collections.abc import Iterator, Sequence

HEAD_BYTES = 65536
"""How many first bytes `gatekeeper.artifact.sniff` wants to see: all of them from a file that is shorter."""

_TORCH_LEGACY = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""torch.save before 1.6: a pickle of protocol 2 that is the number 0x1950a86a20f9469cfc6c, and more pickles after."""

_HIGHEST_PROTOCOL = 5
_FIRST_OPCODES = b"(N)]}\x8f\x80\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x95\x96\x97BCFGIJKLMPSTUVXci"
"""What a pickle can go on with while its stack is empty."""

_SAFETENSORS_HEADER = 100_000_000
"""The longest header in bytes that the safetensors reader takes."""

_ONNX = re.compile(rb"\x08[\x03-\x20](?:\x12([\x00-\x7f])|[\x1a\x22\x2a\x32\x3a\x42])", re.DOTALL)
"""ModelProto: field 1, ir_version, is 3 or more; then producer_name (field 2) with its length, or a later field."""


_WEIGHT_MAP = re.compile(rb'"weight_map"\s*:\s*\{')
"""What the index of a model in several files has, and no other JSON does."""


class Format(enum.StrEnum):
    """The format of a model file; the value is how it is called in messages."""

    PICKLE = "pickle"
    JOBLIB = "joblib"
    TORCH = "torch zip"
    TORCH_LEGACY = "torch legacy pickle"
    TORCH_EXPORT = "torch export zip"
    KERAS = "keras zip"
    SKOPS = "skops zip"
    NPZ = "npz"
    ZIP = "zip"
    SEVEN_ZIP = "7z"
    SAFETENSORS = "safetensors"
    SAFETENSORS_INDEX = "safetensors index"
    NPY = "npy"
    ONNX = "ONNX"
    GGUF = "GGUF"
    HDF5 = "HDF5"
    ZSTD = "zstd"
    ZFILE = "joblib zfile"
    COMPRESSED = "compressed"
    """A compressed stream whose content the head does not show."""


_MAGIC = (
    (_TORCH_LEGACY, Format.TORCH_LEGACY),
    (b"\x93NUMPY", Format.NPY),
    (b"GGUF", Format.GGUF),
    (b"\x89HDF\r\n\x1a\n", Format.HDF5),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (b"ZF0x", Format.ZFILE),
)


def marked_format(head: bytes) -> Format | None:
    """Return the format whose mark is at the start of `head`; a pickle bears one from protocol 2 on."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head.startswith(b"PK\x03\x04"):
        return zip_format(tuple(_zip_members(head)))
    if _is_marked_pickle(head):
        return Format.PICKLE
    if _is_safetensors(head):
        return Format.SAFETENSORS
    if _WEIGHT_MAP.search(head) is not None and head.lstrip()[:1] == b"{":
        return Format.SAFETENSORS_INDEX
    return Format.ONNX if _is_onnx(head) else None


def _is_marked_pickle(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0x80 and head[1] <= _HIGHEST_PROTOCOL and head[2] in _FIRST_OPCODES


def _is_safetensors(head: bytes) -> bool:
    return head[8:10] in (b'{"', b"{}", b"{ ") and int.from_bytes(head[:8], "little") <= _SAFETENSORS_HEADER


def _is_onnx(head: bytes) -> bool:
    match = _ONNX.match(head)
    if match is None:
        return False
    if match[1] is None:
        return True
    producer = head[match.end() : match.end() + match[1][0]]
    return all(0x20 <= byte < 0x7F for byte in producer) and len(head) > match.end() + len(producer)


def zip_format(names: Sequence[str]) -> Format:
    """Return the format of a zip file with members of these names."""
    if any(name.endswith("/data.pkl") and name.count("/") == 1 for name in names) or "data.pkl" in names:
        return Format.TORCH
    if any(name.endswith("/archive_format") and name.count("/") == 1 for name in names):
        return Format.TORCH_EXPORT
    if "serialized_exported_program.json" in names:
        return Format.TORCH_EXPORT
    if "schema.json" in names:
        return Format.SKOPS
    if "metadata.json" in names and "config.json" in names:
        return Format.KERAS
    if names and all(name.endswith(".npy") for name in names):
        return Format.NPZ
    return Format.ZIP


def _zip_members(head: bytes) -> Iterator[str]:
    """Yield the member names that `head` shows: local headers, until one does not say where the next begins."""
    at = 0
    while head[at : at + 4] == b"PK\x03\x04" and len(head) >= at + 30:
        flags, packed, name_length, extra_length = struct.unpack_from("<2xH10xI4xHH", head, at + 4)
        yield head[at + 30 : at + 30 + name_length].decode("utf-8", "replace")
        if flags & 0x08:
            return
        at += 30 + name_length + extra_length + packed
