"""The frames of the protocol, on this side: a JSON head, and the raw little-endian numbers of arrays after it."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = struct.Struct(">IQ")


def read(source: int) -> tuple[dict[str, Any], memoryview]:
    """Return the next request: its head and its body. Ends the process where the gate is gone."""
    head_size, body_size = _HEAD.unpack(_take(source, _HEAD.size))
    head = json.loads(bytes(_take(source, head_size)).decode("utf-8"))
    return head, _take(source, body_size)


def write(target: int, head: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
    """Send an answer; `buffers` are contiguous and follow one another as the head says."""
    # Half a character, as a path that is not UTF-8 has it, is none of JSON's: it becomes a question mark.
    text = json.dumps(head, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    views = [memoryview(each).cast("B") for each in buffers]
    _put(target, memoryview(_HEAD.pack(len(text), sum(view.nbytes for view in views)) + text))
    for view in views:
        _put(target, view)


def columns(head: Mapping[str, Any], body: memoryview) -> list[tuple[str, Any]]:
    """Return the named columns of a request in order: lists, and arrays where numpy is there (else lists too)."""
    found: list[tuple[str, Any]] = []
    at = 0
    for name, dtype, count, values in head["columns"]:
        if dtype is None:
            found.append((name, values))
            continue
        size = count * int(dtype[2:])
        found.append((name, _numbers(body[at : at + size], dtype)))
        at += size
    return found


def _numbers(data: memoryview, dtype: str) -> Any:
    try:
        import numpy as np
    except ModuleNotFoundError:
        letters = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i", "<i2": "h", "<u8": "Q", "<u4": "I", "<u2": "H"}
        return [each[0] for each in struct.iter_unpack("<" + letters.get(dtype, "?b"[dtype == "|i1"]), data)]
    # A copy: it is aligned, the model may write to it, and production's own arrays can be written to.
    return np.frombuffer(data, dtype=dtype).copy()


def little(array: Any) -> Any:
    """Return a numpy array as it travels: contiguous, little-endian."""
    import numpy as np

    found = np.ascontiguousarray(array)
    if found.dtype.byteorder == ">" or (found.dtype.byteorder == "=" and sys.byteorder == "big"):
        found = found.astype(found.dtype.newbyteorder("<"))
    return found


def raw(array: Any) -> Any:
    """Return the bytes of an array that `little` made, without a copy where there are any."""
    return memoryview(array.reshape(-1).view("u1")) if array.size else b""


def _take(source: int, size: int) -> memoryview:
    taken = bytearray(size)
    rest = memoryview(taken)
    while rest:
        count = os.readv(source, [rest])
        if not count:
            os._exit(0)
        rest = rest[count:]
    return memoryview(taken)


def _put(target: int, data: memoryview) -> None:
    while data:
        data = data[os.write(target, data) :]
