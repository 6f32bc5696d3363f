"""A file that is cut off, wherever it is cut, is never taken for a whole one: one file a format and codec."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import pytest

from gatekeeper.artifact import examine
from gatekeeper.errors import Unreadable

FILES = (
    *(f"sklearn-1.9.1/logistic.proto{protocol}.pkl" for protocol in range(6)),
    *(f"sklearn-1.9.1/logistic.{codec}.joblib" for codec in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4")),
    "sklearn-1.9.1/unaligned.joblib",
    "containers-numpy-2.4.6/nodes.npy",
    "containers-numpy-2.4.6/objects.npy",
    "containers-numpy-2.4.6/deflated.npz",
    "containers-torch-2.13.0/types.pt",
    "containers-formats/model.safetensors",
    "containers-formats/model.gguf",
    "containers-formats/pipeline.skops",
    "other-formats/model.h5",
    "containers-keras-3.15.1/plain.keras",
    "malicious/torch.note.pt.standin",
)
"""ONNX is not among them: the format has no length, and one that is cut between two fields is a shorter file."""

PARTS: tuple[object, ...] = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {"epoch": 3}, [])
LEGACY = b"".join(pickle.dumps(part, 2) for part in PARTS)
"""What torch before 1.6 wrote, of an object without tensors."""

INDEX = b'{"metadata": {"total_size": 24}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}'
LARGE = 3000
"""Of longer files every seventh length is tried."""


def is_whole(content: bytes) -> bool:
    try:
        return examine(io.BytesIO(content)).incomplete is None
    except Unreadable as refusal:
        assert refusal.fix
        return False


def whole_lengths(content: bytes) -> list[int]:
    """Return the lengths to which it may be cut and still be taken for a whole file."""
    lengths = range(0, len(content), 1 if len(content) < LARGE else 7)
    return [length for length in lengths if is_whole(content[:length])]


@pytest.mark.parametrize("name", FILES)
def test_no_part_of_a_file_is_taken_for_the_whole(corpus: Path, name: str) -> None:
    assert whole_lengths((corpus / name).read_bytes()) == []


@pytest.mark.parametrize("content", [LEGACY, INDEX], ids=["torch_legacy", "safetensors_index"])
def test_no_part_of_these_is_taken_for_the_whole_either(content: bytes) -> None:
    assert is_whole(content)
    assert whole_lengths(content) == []
