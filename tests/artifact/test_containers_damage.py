"""Cut off, changed or hostile: facts with a reason or a flaw, never an exception, never more memory than a limit."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.gguf import read_gguf
from gatekeeper.artifact.containers.keras import read_hdf5, read_keras
from gatekeeper.artifact.containers.numpy_files import read_npy, read_npz
from gatekeeper.artifact.containers.onnx import read_onnx
from gatekeeper.artifact.containers.safetensors import read_safetensors, read_safetensors_index
from gatekeeper.artifact.containers.skops import read_skops
from gatekeeper.artifact.containers.zip_files import read_zip
from gatekeeper.artifact.facts import Artifact
from gatekeeper.errors import Unreadable

Reader = Callable[[BinaryIO], Artifact]

INDEX = b'{"metadata": {}, "weight_map": {"a": "1.safetensors"}}'
FILES: dict[str, Reader] = {
    "containers-formats/model.safetensors": read_safetensors,
    "containers-formats/types.safetensors": read_safetensors,
    "containers-formats/model.gguf": read_gguf,
    "containers-formats/pipeline.skops": read_skops,
    "containers-numpy-2.4.6/nodes.npy": read_npy,
    "containers-numpy-1.26.4/objects.npy": read_npy,
    "containers-numpy-2.4.6/stored.npz": read_npz,
    "containers-numpy-2.4.6/deflated.npz": read_npz,
    "containers-torch-1.13.1/state.pt": read_zip,
    "containers-torch-2.13.0/types.pt": read_zip,
    "containers-keras-3.15.1/model.h5": read_hdf5,
    "containers-formats/everything.onnx": read_onnx,
    "containers-formats/external.onnx": read_onnx,
    "containers-keras-3.15.1/lambda.keras": read_keras,
}
LARGE = 1000
"""Of longer files every seventh length is tried."""

MUTATIONS = 1000
ARCHIVES = [name for name, read in FILES.items() if read in (read_npz, read_skops, read_zip)]


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("everything.onnx")])
def test_a_file_that_is_cut_off_is_never_read_whole(corpus: Path, name: str) -> None:
    content = (corpus / name).read_bytes()

    for length in range(0, len(content), 1 if len(content) < LARGE else 7):
        found = FILES[name](io.BytesIO(content[:length]))
        assert found.incomplete is not None, length
        assert found.incomplete.fix


def test_an_onnx_file_is_only_read_whole_where_a_field_ends(corpus: Path) -> None:
    """The format has no length: after the last operator set, what is cut off at a field's end was never there."""
    content = (corpus / "containers-formats/everything.onnx").read_bytes()

    whole = [length for length in range(len(content)) if read_onnx(io.BytesIO(content[:length])).incomplete is None]
    functions = content.index(b"\xca\x01")
    properties = content.index(b"\x72\x10\x0a\x05owner")
    opsets = content.index(b"\x42\x0c\x0a\x08com.shop")
    assert whole == [opsets, properties, functions]


def test_an_index_that_is_cut_off_is_never_read_whole() -> None:
    for length in range(len(INDEX)):
        assert read_safetensors_index(io.BytesIO(INDEX[:length])).incomplete is not None


def test_damage_gives_facts_and_no_exception(corpus: Path) -> None:
    dice = random.Random(4092)

    for _ in range(MUTATIONS):
        name = dice.choice(list(FILES))
        content = bytearray((corpus / name).read_bytes())
        for _ in range(dice.choice((1, 1, 2, 4))):
            at = dice.randrange(len(content))
            content[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        found = FILES[name](io.BytesIO(bytes(content)))
        assert found.incomplete is None or found.incomplete.what.isprintable()


@pytest.mark.parametrize("name", ARCHIVES)
def test_any_byte_of_an_archive_that_is_changed_is_noticed_or_means_nothing(corpus: Path, name: str) -> None:
    content = (corpus / name).read_bytes()
    whole = unpacked(content)
    assert whole is not None

    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 0x41
        assert unpacked(bytes(changed)) in (None, whole), at


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_is_cut_off_anywhere_is_never_read_whole(corpus: Path, name: str) -> None:
    content = (corpus / name).read_bytes()

    for length in range(len(content)):
        assert Archive.read(io.BytesIO(content[:length])).incomplete is not None, length


def unpacked(content: bytes) -> list[tuple[str, bytes]] | None:
    """Return the members of an archive; None where anything about it is odd."""
    archive = Archive.read(io.BytesIO(content))
    if archive.flaws or archive.incomplete is not None:
        return None
    try:
        for member in archive.members:
            archive.verify(member)
    except Unreadable:
        return None
    return [(member.name, archive.open(member).read()) for member in archive.members]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8})?\Z"), st.binary(max_size=300), st.booleans()),
        max_size=6,
        unique_by=lambda member: member[0],
    )
)
def test_whatever_zipfile_writes_comes_out_as_it_went_in(members: list[tuple[str, bytes, bool]]) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, content, deflated in members:
            made.writestr(name, content, compress_type=zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED)
    archive = Archive.read(target)

    assert (archive.flaws, archive.incomplete) == ((), None)
    assert [(each.name, archive.open(each).read()) for each in archive.members] == [
        (name, content) for name, content, _ in members
    ]
    for each in archive.members:
        archive.verify(each)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(set(FILES.values()), key=lambda read: read.__name__)), st.binary(max_size=400))
def test_no_bytes_make_a_reader_raise(read: Reader, content: bytes) -> None:
    assert replace(read(io.BytesIO(content)), flaws=()).size == len(content)


def zip_bomb() -> bytes:
    """Return an archive of which each record of the directory points at the same 64 MB of zeros."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(2**26))
    content = target.getvalue()
    records = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    record = content[records:end]
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1000, 1000, 1000 * len(record), records, 0)
    return content[:records] + record * 1000 + tail


BOMBS: dict[str, tuple[Reader, Callable[[], bytes]]] = {
    "members that share their bytes": (read_zip, zip_bomb),
    "nested JSON": (read_safetensors, lambda: struct.pack("<Q", 5_000_000) + b'{"a":' * 1_000_000),
    "nested literal": (read_npy, lambda: b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**20) + b"(" * 2**20),
    "long lengths": (read_gguf, lambda: b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + b"\xff" * 8),
    "many empty strings": (
        read_gguf,
        lambda: b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 9_000_000) + bytes(800_000),
    ),
    "a shape beyond all memory": (
        read_npy,
        lambda: (
            b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 32768)}"
        ),
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_made_to_exhaust_the_reader_costs_little(bomb: str) -> None:
    read, make = BOMBS[bomb]
    stream = io.BytesIO(make())

    tracemalloc.start()
    found = read(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.incomplete is not None
    assert peak < 100_000_000
