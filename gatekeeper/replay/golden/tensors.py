"""The file of large tensors beside the records, in the format of safetensors: a JSON head, then numbers.

Little-endian: eight bytes with the head's length, the head, the numbers of one tensor after the other without a gap.
https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from gatekeeper import strict_json
from gatekeeper.errors import Unreadable

LARGEST = 2 * 1024**3
"""Bytes of all tensors of a golden set."""
_LARGEST_HEAD = 16 * 1024**2
_MAX_DIMENSIONS = 32
_LENGTH = struct.Struct("<Q")
_AGAIN = "record the golden set again, or take both files from one commit (large files: `git lfs pull`)"

_NAMES = {
    **{f"float{width}": f"F{width}" for width in (64, 32, 16)},
    **{f"int{width}": f"I{width}" for width in (64, 32, 16, 8)},
    **{f"uint{width}": f"U{width}" for width in (64, 32, 16, 8)},
    "bfloat16": "BF16",
}
_DTYPES = {short: name for name, short in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class Tensor:
    """The bytes of a tensor, with its type as `Value.dtype` names it."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | memoryview


def width(dtype: str) -> int:
    """Return the bytes of one number of a type."""
    return int("".join(each for each in dtype if each.isdigit())) // 8


def dumped(tensors: Mapping[str, Tensor]) -> bytes:
    """Return the file: sorted by name, the same bytes for the same tensors."""
    head: dict[str, Any] = {}
    at = 0
    for name, each in sorted(tensors.items()):
        head[name] = {"dtype": _NAMES[each.dtype], "shape": list(each.shape), "data_offsets": [at, at + len(each.data)]}
        at += len(each.data)
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([_LENGTH.pack(len(text)), text, *(each.data for _, each in sorted(tensors.items()))])


def loaded(stream: BinaryIO) -> dict[str, Tensor]:
    """Return the tensors of a file.

    Raises:
        Unreadable: it is truncated, too large, or what its head says does not fit its bytes.
    """
    data = memoryview(stream.read(LARGEST + _LARGEST_HEAD + 1))
    if len(data) > LARGEST:
        raise Unreadable(f"the tensors have more than {LARGEST:,} bytes", fix="record fewer or smaller records")
    if len(data) < _LENGTH.size:
        raise Unreadable(f"the file of tensors has {len(data)} bytes, and no head", fix=_AGAIN)
    (length,) = _LENGTH.unpack(data[: _LENGTH.size])
    if length > min(_LARGEST_HEAD, len(data) - _LENGTH.size):
        raise Unreadable("the file of tensors is truncated, or is none", fix=_AGAIN)
    start = _LENGTH.size + length
    return _tensors(_head(bytes(data[_LENGTH.size : start])), data[start:])


def _head(text: bytes) -> dict[str, Any]:
    try:
        head = strict_json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the head of the tensors is no JSON: {error}", fix=_AGAIN) from error
    if not isinstance(head, dict):
        raise Unreadable("the head of the tensors is no JSON object", fix=_AGAIN)
    return {name: each for name, each in head.items() if name != "__metadata__"}


def _tensors(head: dict[str, Any], body: memoryview) -> dict[str, Tensor]:
    found = {}
    spans = []
    for name, said in head.items():
        match said:
            case {"dtype": str(short), "shape": list(shape), "data_offsets": [int(start), int(stop)]} if (
                short in _DTYPES
                and len(shape) <= _MAX_DIMENSIONS
                and all(type(each) is int and 0 <= each <= LARGEST for each in shape)
                and 0 <= start <= stop <= len(body)
                and math.prod(shape) * width(_DTYPES[short]) == stop - start
            ):
                found[name] = Tensor(_DTYPES[short], tuple(shape), body[start:stop])
                spans.append((start, stop))
            case _:
                raise Unreadable(
                    f"the tensor {name[:80]!r} is truncated, or its type, shape and place do not fit its bytes",
                    fix=_AGAIN,
                )
    spans.sort()
    ends = [0, *(stop for _, stop in spans)]
    if [start for start, _ in spans] != ends[:-1] or ends[-1] != len(body):
        raise Unreadable("bytes of the tensors belong to none of them, or to two", fix=_AGAIN)
    return found
