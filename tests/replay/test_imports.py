"""Inputs of other tools: files that the real tools wrote (`corpus/README.md`), and files that an enemy wrote."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import Unreadable
from gatekeeper.replay.imports import facts, numbers, tensors, warmup, wire
from gatekeeper.replay.imports.reading import read_inputs

CORPUS = Path(__file__).with_name("corpus")


# ONNX


def test_each_set_of_onnx_test_data_is_a_record_in_the_order_of_their_numbers() -> None:
    found = read_inputs(CORPUS / "onnx/sets")
    assert found.format == "ONNX test data"
    assert found.origins == ("test_data_set_0", "test_data_set_1", "test_data_set_10")
    assert [int(each["size"][0]) for each in found.records] == [0, 1, 10]
    image = np.random.default_rng(0).normal(size=(1, 2, 3)).astype(np.float32)
    first = found.records[0]["image"]
    assert first.dtype == np.float32
    assert np.array_equal(first, image)
    assert found.records[0].keys() == {"image", "size"}, "outputs are no inputs"
    assert found.notes == ()


def test_one_set_and_one_tensor_can_be_named_alone() -> None:
    (record,) = read_inputs(CORPUS / "onnx/sets/test_data_set_1").records
    (alone,) = read_inputs(CORPUS / "onnx/sets/test_data_set_1/input_0.pb").records
    assert np.array_equal(record["image"], alone["image"])
    assert alone.keys() == {"image"}


def test_a_tensor_without_a_name_is_given_one() -> None:
    folder = CORPUS / "onnx/unnamed"
    assert read_inputs(folder).records[0]["input_0"] == np.float64(2.5)
    assert read_inputs(folder, ["x"]).records[0].keys() == {"x"}
    with pytest.raises(Unreadable, match="has 1 inputs, and 2 names were given"):
        read_inputs(folder, ["x", "y"])


def test_texts_are_lists_by_their_shape() -> None:
    assert read_inputs(CORPUS / "onnx/texts").records[0]["words"] == [["a", "ø"], ["", "日"]]


EXPECTED = json.loads((CORPUS / "onnx/types/expected.json").read_text())
PLAIN = {
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "FLOAT16": "float16",
    "BOOL": "bool",
    **{f"{sign}INT{bits}": f"{sign.lower()}int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)},
    "COMPLEX64": "complex64",
    "COMPLEX128": "complex128",
    "BFLOAT16": "float32",
    "INT4": "int8",
    "INT2": "int8",
    "UINT4": "uint8",
    "UINT2": "uint8",
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("folder", ["test_data_set_0", "test_data_set_1"])
def test_every_type_of_onnx_is_read_as_onnx_reads_it_raw_and_typed(name: str, folder: str) -> None:
    found = read_inputs(CORPUS / "onnx/types" / folder)
    value = found.records[0][name]
    assert value.dtype == PLAIN.get(name, "float32")
    assert value.dtype.isnative
    wide = np.array([complex(each) for each in EXPECTED[name]])
    assert np.array_equal(value.astype(np.complex128), wide, equal_nan=True)
    is_widened = any(each.startswith(f"{name}: ") for each in found.notes)
    assert is_widened == (name not in PLAIN or name == "BFLOAT16" or name.endswith(("INT4", "INT2")))


@pytest.mark.parametrize("name", json.loads((CORPUS / "onnx/small_floats.json").read_text()).keys())
def test_every_pattern_of_a_small_float_is_the_number_that_ml_dtypes_has(name: str) -> None:
    patterns = json.loads((CORPUS / "onnx/small_floats.json").read_text())[name]
    ours = "float8_e4m3fn" if name == "float8_e4m3fn" else name.removesuffix("fnu").removesuffix("fn")
    found = numbers.widened(np.arange(len(patterns), dtype=np.uint8), ours).tolist()
    expected = [float(each) for each in patterns]
    assert len(found) == len(expected)
    for bits, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert (math.isnan(one) and math.isnan(other)) or struct.pack("d", one) == struct.pack("d", other), bits


# MLflow


def test_each_row_of_a_frame_is_a_record_and_nan_is_a_missing_value() -> None:
    expected = (
        {"area": 50.0, "region": "north", "rooms": 2, "2": True},
        {"area": 0.1, "region": None, "rooms": 3, "2": False},
    )
    for name in ("input_example.json", "serving_input_example.json"):
        found = read_inputs(CORPUS / "mlflow/frame" / name)
        assert found.format == "MLflow input example"
        assert found.records == expected
        assert found.origins == (f"{name}, row 1", f"{name}, row 2")
        assert found.notes == ("NaN, which no request in JSON can hold, was read as null",)


@pytest.mark.parametrize(
    ("name", "records", "notes"),
    [
        ("array", ({"input": [[1.0, 2.5], [3.0, 4.0]]},), ()),
        ("tensors", ({"a": [[1, 2]], "b": [0.5]},), ()),
        ("object", ({"question": "why?", "temperature": 0.5},), ()),
        ("list", ({"input": ["first", "second"]},), ()),
        ("params", ({"question": "why?"},), ("its params are left out",)),
    ],
)
def test_what_mlflow_writes_for_other_examples_is_one_record(name: str, records: Any, notes: Any) -> None:
    folder = CORPUS / "mlflow" / name
    for path in (folder, folder / "input_example.json", folder / "serving_input_example.json"):
        found = read_inputs(path)
        assert (found.records, found.notes) == (records, notes)


@pytest.mark.parametrize(
    ("said", "records"),
    [
        ({"dataframe_records": [{"a": 1}, {"a": 2}]}, ({"a": 1}, {"a": 2})),
        ({"dataframe_split": {"columns": [0, "b"], "index": [7], "data": [[1, "x"]]}}, ({"0": 1, "b": "x"},)),
        ({"dataframe_split": {"data": [[1, 2]]}}, ({"0": 1, "1": 2},)),
        ({"instances": [{"a": [1]}, {"a": [2]}]}, ({"a": [1]}, {"a": [2]})),
        ({"instances": [[1, 2], [3, 4]]}, ({"input": [1, 2]}, {"input": [3, 4]})),
        ([{"a": 1}, {"a": 2}], ({"a": 1}, {"a": 2})),
        ({"columns": 3, "data": 4}, ({"columns": 3, "data": 4},)),
        ({"columns": ["a"], "data": [[1]], "region": "n"}, ({"columns": ["a"], "data": [[1]], "region": "n"},)),
    ],
)
def test_the_formats_of_a_scoring_server(tmp_path: Path, said: Any, records: Any) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(said))
    assert read_inputs(path).records == records


def test_names_are_given_to_what_has_none(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    for said, records in (
        ({"instances": [[1], [2]]}, ({"x": [1]}, {"x": [2]})),
        ({"dataframe_split": {"data": [[1, 2]]}}, ({"x": 1, "y": 2},)),
    ):
        path.write_text(json.dumps(said))
        assert read_inputs(path, ["x", "y"]).records == records


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ('{"a": 1, "a": 2}', "a key twice"),
        ('{"a": Infinity}', "got Infinity"),
        ('{"a": 1e999}', "beyond the largest float"),
        ("[" * 100_000, "nested too deeply"),
        ('{"dataframe_split": {"columns": ["a"], "data": 3}}', "its data is no list"),
        ('{"dataframe_split": {"columns": ["a"], "data": [3]}}', "row 1: got no list, expected one for each of 1"),
        ('{"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}', "row 2: got 2 values"),
        ('{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}', "a column twice"),
        ('{"dataframe_split": {"columns": ["a"], "data": []}}', "no input in it"),
        ('{"instances": [{"a": 1}, 2]}', "objects beside bare values"),
        ('{"instances": []}', "no input in it"),
        ('{"instances": 3}', "its data is no list"),
    ],
)
def test_a_file_of_json_that_is_no_example_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "input_example.json"
    path.write_text(text)
    with pytest.raises(Unreadable) as raised:
        read_inputs(tmp_path)
    assert expected in raised.value.what
    assert raised.value.fix


# TF-Serving

WARMUP = CORPUS / "warmup/1/assets.extra" / warmup.FILE
KINDS = {
    "floats": "float32",
    "doubles": "float64",
    "halves": "float16",
    "brain": "float32",
    "small": "float32",
    **{name: name for name in "int8 uint8 int16 uint16 int32 uint32 int64 uint64".split()},
    "truth": "bool",
    "complex": "complex64",
}


@pytest.mark.parametrize("path", [WARMUP, WARMUP.parent, WARMUP.parents[1]])
def test_each_request_to_predict_is_a_record_and_what_is_left_out_is_said(path: Path) -> None:
    found = read_inputs(path)
    assert found.format == "TF-Serving warm-up"
    assert found.origins == (f"{warmup.FILE}, record 1", f"{warmup.FILE}, record 3")
    assert "record 2 is left out: it is a classify log, and those of predict have named tensors" in found.notes
    assert "asked of the signature serving_default" in found.notes
    assert "brain: bfloat16 was widened to float32" in found.notes
    raw, typed = found.records
    assert raw.keys() == KINDS.keys() | {"words"}
    assert raw["words"] == [["a", "ø"]]
    for name, kind in KINDS.items():
        assert raw[name].dtype == kind, name
        assert raw[name].tolist() == [[0, 1]], name
        assert typed[name].dtype == kind, name
        # One value stands for two in the typed fields, but for the smallest, which has none of its own.
        assert typed[name].tolist() == ([[0, 1]] if name == "small" else [[1, 1]]), name


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda data: data[:-1], "record 3 has"),
        (lambda data: data[:5], "record 1 is cut short"),
        (lambda data: data + b"x", "record 4 is cut short"),
        (lambda data: data[:30] + b"?" + data[31:], "record 1: the checksum of its data is wrong"),
        (lambda data: b"?" + data[1:], "record 1: the checksum of its length is wrong"),
        (lambda _: b"", "no input in it"),
        (lambda _: _frame(b"\x08"), "record 1 can't be read: it is cut short"),
        (lambda _: _frame(b"\x32\x00"), "record 1 can't be read: it has no input"),
        (lambda _: _frame(b"\x12\x00"), "no input in it"),
    ],
)
def test_a_damaged_warmup_file_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes], expected: str) -> None:
    path = tmp_path / warmup.FILE
    path.write_bytes(damage(WARMUP.read_bytes()))
    with pytest.raises(Unreadable) as raised:
        read_inputs(path)
    assert expected in raised.value.what


def _frame(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    checks = [struct.pack("<I", warmup._masked(memoryview(each))) for each in (length, data)]
    return length + checks[0] + data + checks[1]


def test_the_checksum_is_that_of_rfc_3720() -> None:
    """Its appendix B.4 has 32 bytes of zeros, of ones, and rising; the mask is undone here."""
    for data, expected in ((bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E)):
        turned = (warmup._masked(memoryview(data)) - 0xA282EAD8) & 0xFFFFFFFF
        assert (turned >> 17 | turned << 15) & 0xFFFFFFFF == expected


# What an enemy writes


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    found = bytearray()
    while True:
        value, rest = value >> 7, value & 0x7F
        found.append(rest | 0x80 if value else rest)
        if not value:
            return bytes(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "its data type is 0"),
        (b"\x80" * 11, "more than 64 bits"),
        (b"\x80" * 9 + b"\x02", "more than 64 bits"),
        (b"\x80", "cut short"),
        (b"\x00\x00", "a field has the number 0"),
        (b"\x0b", "is of kind 3"),
        (b"\x4a\xff\xff\xff\xff\x0f", "has 4294967295 bytes, and 0 are there"),
        (field(2, 99), "its data type is 99"),
        (field(2, b"1"), "is no integer"),
        (field(2, 1) + field(9, 4), "is none of bytes"),
        (field(2, 1) + field(1, 1 << 62) + field(9, b""), "has the shape [4611686018427387904]"),
        (field(2, 1) + field(1, 2**64 - 1), "has the shape [-1]"),
        (field(2, 1) + field(1, 0) + field(1, 1 << 62), "has the shape [0, 4611686018427387904]"),
        (field(2, 8) + field(1, 1 << 22) + field(1, 0), "has the shape [4194304, 0]"),
        (field(2, 1) + field(1, bytes([1] * 17)) + field(9, b"1234"), "has the shape"),
        (field(2, 1) + field(1, b"\x81"), "a packed number is cut short"),
        (field(2, 1) + field(1, b"\xff" * 10 + b"\x01"), "a packed number has more than 64 bits"),
        (field(2, 1) + field(1, 2) + field(9, b"1234"), "has 4 bytes, expected 2 numbers of type float32"),
        (field(2, 1) + field(1, 2) + field(4, b"1234"), "has 1 values, expected 2 for the shape [2]"),
        (field(2, 1) + field(4, b"123"), "is none of floats of 4 bytes"),
        (field(2, 14) + field(4, b"1234"), "complex number"),
        (field(2, 3) + field(5, 300), "an integer is beyond int8"),
        (field(2, 9) + field(9, b"\x02"), "a truth value is neither 0 nor 1"),
        (field(2, 27) + field(5, 64), "a number has more bits than float6_e2m3"),
        (field(2, 8) + field(6, b"\xff"), "bytes that are no UTF-8"),
        (field(2, 8), "has 0 texts, expected 1"),
        (field(2, 1) + field(14, 1), "lie in another file"),
        (field(2, 1) + field(3, b""), "a segment"),
        (field(2, 1) + field(8, b"\xff") + field(9, b"1234"), "is not UTF-8"),
        (field(2, 1) + field(8, b"\x1b[2J") + field(9, b"1234"), "is no name"),
    ],
)
def test_a_message_that_is_no_tensor_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "input_0.pb"
    path.write_bytes(data)
    with pytest.raises(Unreadable) as raised:
        read_inputs(path)
    assert expected in raised.value.what
    assert raised.value.what.isprintable()


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_whatever_the_bytes_are_they_are_a_tensor_or_refused(data: bytes) -> None:
    for read in (tensors.onnx_tensor, lambda given: tensors.tensorflow_tensor("x", given)):
        try:
            found = read(memoryview(data))
        except wire.Malformed:
            continue
        assert found.kind


@given(st.binary(max_size=80), st.integers(0, 10_000))
def test_a_real_tensor_with_a_byte_changed_is_a_tensor_or_refused(more: bytes, position: int) -> None:
    data = bytearray((CORPUS / "onnx/types/test_data_set_1/input_0.pb").read_bytes())
    data[position % len(data) : position % len(data) + 1] = more[:2]
    try:
        assert tensors.onnx_tensor(memoryview(bytes(data))).kind
    except wire.Malformed as error:
        assert str(error)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
def test_packed_numbers_are_read_as_one_by_one(values: list[int]) -> None:
    packed = wire.message(memoryview(field(1, b"".join(map(varint, values)))))
    single = wire.message(memoryview(b"".join(field(1, each) for each in values)))
    assert numbers.varints(packed, 1).tolist() == values
    assert numbers.varints(single, 1).tolist() == values


def test_what_is_no_file_or_too_large_or_of_no_format_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "input_0.pb").mkdir()
    for name, expected in (
        ("pipe.json", "is no file"),
        ("none.json", "can't be read"),
        ("none", "is not there"),
        (".", "holds no inputs in a format that is known"),
    ):
        with pytest.raises(Unreadable) as raised:
            read_inputs(tmp_path / name)
        assert expected in raised.value.what
        assert raised.value.fix
    monkeypatch.setattr(facts, "MAX_FILE", 100)
    with pytest.raises(Unreadable, match="is larger than 0 MiB"):
        read_inputs(CORPUS / "mlflow/frame/input_example.json")


def test_one_value_does_not_stand_for_millions(tmp_path: Path) -> None:
    """TensorFlow repeats the last value as often as the shape says: a few bytes would become gigabytes."""
    shape = field(2, field(2, field(1, 1 << 40)))
    request = field(1, field(2, field(1, b"x") + field(2, field(1, 1) + shape + field(5, b"1234"))))
    path = tmp_path / warmup.FILE
    path.write_bytes(_frame(field(6, request)))
    with pytest.raises(Unreadable, match="has the shape"):
        read_inputs(path)
