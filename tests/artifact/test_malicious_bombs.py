"""Small files that ask for much: each is refused with a limit, and all together cost little time and memory."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

import gatekeeper
from gatekeeper.artifact import examine
from gatekeeper.errors import Unreadable

HEAD = b"\x80\x04"
SECONDS, MEGABYTES = 60, 100
"""Bounds for all of them together; on an idle machine they take a tenth of the time."""


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def array(shape: bytes, code: str = "f8", itemsize: bytes = b"\xff\xff\xff\xff") -> bytes:
    """Return a pickle up to the bytes of an array, as joblib writes it."""
    state = b"(K\x03" + text("<") + b"NNNJ" + itemsize + b"J\xff\xff\xff\xffK\x00t"
    dtype = b"cnumpy\ndtype\n" + text(code) + b"\x89\x88\x87R" + state + b"b"
    wrapper = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81"
    return HEAD + wrapper + b"}(" + text("shape") + shape + text("dtype") + dtype + b"ub."


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return target.getvalue()


def overlapping() -> bytes:
    """Return a zip of which each of ten thousand records points at the same 64 MB of zeros."""
    content = zipped({"zeros": bytes(2**26)})
    records, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    record = content[records:end]
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 10_000, 10_000, 10_000 * len(record), records, 0)
    return content[:records] + record * 10_000 + tail


def headed(header: bytes) -> bytes:
    """Return a safetensors file with this header."""
    return struct.pack("<Q", len(header)) + header


def field(number: int, content: bytes) -> bytes:
    """Return a field of protocol buffers that holds a message."""
    length, rest = b"", len(content)
    while rest > 127:
        length, rest = length + bytes([rest & 127 | 128]), rest >> 7
    return bytes([number << 3 | 2]) + length + bytes([rest]) + content


def graphs(depth: int) -> bytes:
    """Return an ONNX model with graphs in attributes of nodes of graphs."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return b"\x08\x08" + field(7, graph)


BOMBS = {
    "opcodes that inflate": zlib.compress(HEAD + b"N0" * 5_000_000 + b"N.", 9),
    "opcodes that inflate from lzma": lzma.compress(HEAD + b"N0" * 5_000_000 + b"N.", lzma.FORMAT_ALONE),
    "bytes that inflate": bz2.compress(HEAD + b"\x8e" + struct.pack("<Q", 2**27) + bytes(2**27)),
    "open containers": zlib.compress(HEAD + b"(" * 5_000_000, 9),
    "lists to remember": zlib.compress(HEAD + b"]\x940" * 3_000_000 + b"N.", 9),
    "values on the stack": zlib.compress(HEAD + b"N" * 5_000_000 + b".", 9),
    "a text of 2^63 bytes": HEAD + b"\x8d" + struct.pack("<Q", 2**63) + b"x",
    "bytes of 2^63 bytes": HEAD + b"\x8e" + struct.pack("<Q", 2**63) + b"x",
    "a frame of 2^63 bytes": HEAD + b"\x95" + struct.pack("<Q", 2**63) + b"N.",
    "names": HEAD + b"".join(b"cpackage\nname%d\n0" % number for number in range(20_001)) + b"N.",
    "a dimension of 2^63": array(b"\x8a\x08" + b"\xff" * 7 + b"\x7f\x85"),
    "a product of dimensions": array(b"(" + b"\x8a\x05\x00\x00\x00\x00\x01" * 8 + b"t"),
    "an item of 2^31 bytes": array(b"J\x00\x00\x00\x40\x85", "V8", b"\xff\xff\xff\x7f"),
    "members": zipped({f"m{number}": b"" for number in range(20_001)}),
    "members that share their bytes": overlapping(),
    "a member of zeros": zipped({"zeros": bytes(2**27)}),
    "a header of 4 GiB in a npz": zipped({"a.npy": b"\x93NUMPY\x02\x00" + b"\xff" * 4 + bytes(2**20)}),
    "a nested header in a npz": zipped({"a.npy": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**20) + b"(" * 2**20}),
    "nested JSON": headed(b'{"a":' * 300_000),
    "empty objects in JSON": headed(b'{"a":[' + b"{}," * 1_000_000 + b"1]}"),
    "a long number in JSON": headed(b'{"a":' + b"9" * 1_000_000 + b"}"),
    "empty objects in a schema": zipped({"schema.json": b'{"a":[' + b"{}," * 5_000_000 + b"1]}"}),
    "layers": zipped({"config.json": b"[" + b'{"class_name":""},' * 500_000 + b"1]", "metadata.json": b"{}"}),
    "strings in GGUF": b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 9_000_000) + bytes(100_000),
    "tensors in GGUF": b"GGUF" + struct.pack("<IQQ", 3, 400_000, 0) + bytes(100_000),
    "graphs in graphs": graphs(3000),
    "dimensions in ONNX": b"\x08\x08" + field(7, field(5, b"\x08\x01" * 1_000_000)),
    "shards": b'{"weight_map":{' + b",".join(b'"%d":"f"' % number for number in range(400_001)) + b"}}",
}

READ_ALL = r"""
import io, json, re, sys, time
sys.path.insert(0, sys.argv[1])
from gatekeeper.artifact import examine
from gatekeeper.errors import Unreadable
# A process inherits ru_maxrss from the one that started it; this is its own, in kB.
peak = lambda: int(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1])
before = peak()
for path in sys.argv[2:]:
    with open(path, "rb") as stream:
        try:
            examine(stream)
        except Unreadable:
            pass
print(json.dumps({"seconds": time.process_time(), "kilobytes": peak() - before}))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_it_is_never_read_to_its_end(name: str) -> None:
    try:
        artifact = examine(io.BytesIO(BOMBS[name]))
    except Unreadable as refusal:
        assert refusal.fix
        return
    assert artifact.incomplete is not None
    assert artifact.incomplete.fix


def test_all_of_them_together_cost_little(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(len(BOMBS))]
    for path, content in zip(paths, BOMBS.values(), strict=True):
        path.write_bytes(content)
    command = [sys.executable, "-I", "-c", READ_ALL, str(Path(gatekeeper.__file__).parents[1]), *map(str, paths)]

    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    assert told["seconds"] < SECONDS
    assert told["kilobytes"] < MEGABYTES * 1024
