"""The file of tensors: the format of safetensors, read and written without it."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden.arrays import from_payload, payload
from gatekeeper.replay.golden.tensors import Tensor, dumped, loaded


def file_of(head: Any, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + body


def test_the_bytes_are_the_ones_of_the_format() -> None:
    tensors = {"b": Tensor("float32", (2,), struct.pack("<2f", 1, 2)), "a": Tensor("int8", (), b"\x07")}
    data = dumped(tensors)
    head = b'{"a":{"dtype":"I8","shape":[],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}'
    padded = head + b" " * (-len(head) % 8)
    assert data == struct.pack("<Q", len(padded)) + padded + b"\x07" + struct.pack("<2f", 1, 2)
    assert {name: (each.dtype, each.shape, bytes(each.data)) for name, each in loaded(io.BytesIO(data)).items()} == {
        name: (each.dtype, each.shape, each.data) for name, each in tensors.items()
    }


def test_bfloat16_has_two_bytes_and_nan_its_payload() -> None:
    array = np.array([1.0, -2.5, 0.0078125], dtype="float32")
    data = payload(array, "bfloat16")
    assert data == bytes.fromhex("803f20c0003c")
    assert (from_payload(data, "bfloat16", (3,)) == array).all()
    strange = np.frombuffer(struct.pack("<Q", 0x7FF8_0000_0000_1234), dtype="<f8")
    assert payload(strange, "float64") == strange.tobytes()
    with pytest.raises(ValueError, match="more digits"):
        payload(np.array([0.1], np.float32), "bfloat16")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        struct.pack("<Q", 1 << 60),
        struct.pack("<Q", 100) + b"{}",
        file_of(b"\xff"),
        file_of(b"[" * 10_000),
        file_of([]),
        file_of({"x": 1}),
        file_of({}, b"left over"),
        file_of({"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"\0\0\0"),
        file_of({"x": {"dtype": "F32", "shape": [1], "data_offsets": [1, 5]}}, b"\0" * 5),
        file_of({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"\0" * 4),
        file_of({"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"\0" * 4),
        file_of({"x": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, b"\0" * 4),
        file_of({"x": {"dtype": "F32", "shape": [1 << 62] * 30, "data_offsets": [0, 4]}}, b"\0" * 4),
        file_of({"x": {"dtype": "X1", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 4),
        file_of({name: {"dtype": "I8", "shape": [2], "data_offsets": [0, 2]} for name in "ab"}, b"\0" * 2),
        file_of(b'{"x": {"dtype": "I8", "shape": [1], "data_offsets": [0, 1]}, "x": {}}', b"\0"),
    ],
)
def test_what_does_not_fit_its_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        loaded(io.BytesIO(data))
    assert caught.value.fix


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=100), cut=st.integers(0, 200))
def test_no_bytes_cause_anything_but_unreadable(data: bytes, cut: int) -> None:
    whole = dumped({"x": Tensor("uint8", (len(data),), data)})
    assert bytes(loaded(io.BytesIO(whole))["x"].data) == data
    for broken in (data, whole[:cut] if cut < len(whole) else b""):
        with pytest.raises(Unreadable):
            loaded(io.BytesIO(broken))
