"""What is read of each format, on files that its own library wrote."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from gatekeeper.artifact.containers.gguf import read_gguf
from gatekeeper.artifact.containers.keras import read_hdf5, read_keras
from gatekeeper.artifact.containers.numpy_files import read_npy, read_npz
from gatekeeper.artifact.containers.onnx import read_onnx
from gatekeeper.artifact.containers.safetensors import read_safetensors, read_safetensors_index
from gatekeeper.artifact.containers.skops import read_skops
from gatekeeper.artifact.containers.zip_files import read_zip
from gatekeeper.artifact.elements import SIZES
from gatekeeper.artifact.facts import Artifact, Oddity, Tensor

NUMPY = ("containers-numpy-1.26.4", "containers-numpy-2.4.6")
KERAS = "containers-keras-3.15.1"
FORMATS = "containers-formats"
PAYLOAD = b"cposix\nsystem\n(S'echo this must never be printed'\ntR."


def facts(read: Callable[[BinaryIO], Artifact], content: bytes | Path) -> Artifact:
    return read(io.BytesIO(content if isinstance(content, bytes) else content.read_bytes()))


def whole(read: Callable[[BinaryIO], Artifact], content: bytes | Path) -> Artifact:
    found = facts(read, content)
    assert (found.flaws, found.incomplete) == ((), None)
    return found


def by_name(found: Artifact) -> dict[str, Tensor]:
    return {tensor.name: tensor for tensor in found.tensors}


def oddities(found: Artifact) -> set[Oddity]:
    return {flaw.oddity for flaw in found.flaws}


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


# npy and npz


@pytest.mark.parametrize("folder", NUMPY)
@pytest.mark.parametrize(
    ("name", "element", "shape", "offset", "size"),
    [
        ("matrix", "float32", (2, 3), 128, 24),
        ("columns", "float64", (2, 3), 128, 48),
        ("big", "float64", (4,), 128, 32),
        ("flags", "bool", (2,), 128, 2),
        ("text", "str", (2,), 128, 40),
        ("times", "datetime64", (1,), 128, 8),
        ("scalar", "float64", (), 128, 8),
        ("empty", "float64", (0, 4), 128, 0),
        ("nodes", "struct{left: int64, threshold: float64, gain: float32}", (3,), 192, 72),
        ("version2", "float32", (2, 3), 128, 24),
        ("version3", "struct{é€: float32}", (2,), 128, 8),
    ],
)
def test_an_array_says_what_its_numbers_are_and_where(
    corpus: Path, folder: str, name: str, element: str, shape: tuple[int, ...], offset: int, size: int
) -> None:
    (tensor,) = whole(read_npy, corpus / folder / f"{name}.npy").tensors

    assert (tensor.element, tensor.shape, tensor.offset, tensor.size) == (element, shape, offset, size)


@pytest.mark.parametrize("folder", NUMPY)
def test_numbers_are_counted_in_the_order_of_their_bytes(corpus: Path, folder: str) -> None:
    (big,) = whole(read_npy, corpus / folder / "big.npy").tensors
    (nodes,) = whole(read_npy, corpus / folder / "nodes.npy").tensors

    assert (big.statistics[0].minimum, big.statistics[0].maximum) == (0.0, 3.0)
    assert [each.field for each in nodes.statistics] == ["threshold", "gain"]


@pytest.mark.parametrize("folder", NUMPY)
def test_an_array_of_objects_is_a_pickle_with_its_globals_at_their_place_in_the_file(corpus: Path, folder: str) -> None:
    content = (corpus / folder / "objects.npy").read_bytes()
    found = whole(read_npy, content)

    assert found.tensors == ()
    assert "numpy.ndarray" in {str(each) for each in found.globals}
    first = found.globals[0]
    assert first.module.encode() in content[128 : first.offset + 64]


@pytest.mark.parametrize("folder", NUMPY)
@pytest.mark.parametrize("name", ["stored", "deflated"])
def test_an_npz_has_an_array_in_each_member(corpus: Path, folder: str, name: str) -> None:
    found = whole(read_npz, corpus / folder / f"{name}.npz")

    assert by_name(found)["matrix"].member == "matrix.npy"
    assert by_name(found)["matrix"].statistics[0].maximum == 5.0
    assert ("objects.npy" in {each.member for each in found.globals}) is (name == "deflated")


def npy(header: str, data: bytes = bytes(16), version: int = 1) -> bytes:
    text = header.encode("utf-8" if version == 3 else "latin-1")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


DESCRIBED = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"


def test_the_array_of_these_tests_is_whole() -> None:
    assert whole(read_npy, npy(DESCRIBED)).tensors[0].size == 16
    assert whole(read_npy, npy(DESCRIBED.replace("(2,)", "(2L,)"))).tensors[0].size == 16


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(DESCRIBED, bytes(15)), "truncated"),
        (npy(DESCRIBED.replace("(2,)", "(3,)")), "truncated"),
        (npy(DESCRIBED.replace("(2,)", f"({2**62}, 4)")), "expected at most"),
        (npy(DESCRIBED.replace("(2,)", "(" + "1," * 70 + ")")), "expected at most"),
        (npy(DESCRIBED.replace("(2,)", "[2]")), "expected a tuple"),
        (npy(DESCRIBED.replace("(2,)", "(True,)")), "expected a tuple"),
        (npy(DESCRIBED.replace("(2,)", "(-2,)")), "not as numpy writes it"),
        (npy(DESCRIBED.replace("<f8", "<f3")), "which numpy does not have"),
        (npy(DESCRIBED.replace("<f8", "<q8")), "expected a code"),
        (npy(DESCRIBED.replace("'<f8'", "[('a', 7)]")), "expected a code"),
        (npy(DESCRIBED.replace("'<f8'", "('<f8', (2,))")), "a subarray as its dtype"),
        (npy(DESCRIBED.replace("'<f8'", "[('a',)]")), "expected its name and type"),
        (npy(DESCRIBED.replace("shape", "size")), "other keys"),
        (npy(DESCRIBED.replace("False", "__import__('os')")), "not as numpy writes it"),
        (npy(DESCRIBED + "x"), "not as numpy writes it"),
        (npy("(" * 500), "not as numpy writes it"),
        (npy(DESCRIBED, version=4), "version 4.0"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f", "a header of 2147483647 bytes"),
        (npy("\xff").replace(b"\x01\x00\x01\x00", b"\x03\x00\x01\x00\x00\x00"), "no UTF-8"),
    ],
)
def test_an_array_that_is_none_of_numpys_can_not_be_read(content: bytes, message: str) -> None:
    found = facts(read_npy, content)

    assert found.incomplete is not None
    assert message in found.incomplete.what


def test_bytes_after_an_array_are_a_flaw() -> None:
    assert oddities(facts(read_npy, npy(DESCRIBED) + b"payload")) == {Oddity.SUFFIX}


# safetensors


def test_every_type_of_safetensors_is_known(corpus: Path) -> None:
    found = whole(read_safetensors, corpus / FORMATS / "types.safetensors")

    elements = {tensor.name: tensor.element for tensor in found.tensors}
    assert {name for name, element in elements.items() if name != element} == {"packed"}
    assert elements["packed"] == "float4_e2m1fn"
    assert all(tensor.statistics for tensor in found.tensors if tensor.element in SIZES)
    assert dict(found.metadata) == {"format": "pt"}


def test_a_tensor_of_safetensors_lies_behind_the_header(corpus: Path) -> None:
    content = (corpus / FORMATS / "model.safetensors").read_bytes()
    tensor = by_name(whole(read_safetensors, content))["weight"]

    assert struct.unpack_from("<6f", content, tensor.offset) == (0, 1, 2, 3, 4, 5)
    assert whole(read_safetensors, corpus / FORMATS / "nothing.safetensors").tensors == ()


def safetensors(header: object, data: bytes = bytes(8)) -> bytes:
    text = header.encode() if isinstance(header, str) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(begin: int, end: int, dtype: str = "F32", shape: list[int] | None = None) -> dict[str, object]:
    return {"dtype": dtype, "shape": [(end - begin) // 4] if shape is None else shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("content", "oddity"),
    [
        (safetensors({"a": entry(0, 4)}), Oddity.SUFFIX),
        (safetensors({"a": entry(4, 8)}), Oddity.GAP),
        (safetensors({"a": entry(0, 8), "b": entry(4, 8)}), Oddity.OVERLAP),
        (safetensors({"a": entry(0, 8, shape=[3])}), Oddity.SIZE),
        (safetensors({"a": entry(0, 8, "F4", [15])}), Oddity.SIZE),
        (safetensors({"a": {**entry(0, 8), "code": "x"}}), Oddity.UNEXPECTED_MEMBER),
        (safetensors('{"a": %s, "a": %s}' % ((json.dumps(entry(0, 8)),) * 2)), Oddity.DUPLICATE_MEMBER),
    ],
)
def test_a_header_that_does_not_cover_the_file_once_is_a_flaw(content: bytes, oddity: Oddity) -> None:
    assert oddities(facts(read_safetensors, content)) == {oddity}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (safetensors({"a": entry(0, 12)}), "4 bytes more of the tensors"),
        (safetensors({"a": entry(8, 4)}), "no valid shape and data_offsets"),
        (safetensors({"a": entry(0, 8, shape=[-2])}), "no valid shape and data_offsets"),
        (safetensors({"a": entry(0, 8, shape=[2**40, 2**40])}), "expected at most"),
        (safetensors({"a": entry(0, 8, "F33")}), "the dtype 'F33', expected one of BOOL"),
        (safetensors({"a": {"dtype": "F32"}}), "lacks one of"),
        (safetensors({"__metadata__": {"a": 1}}), "no object of strings"),
        (safetensors("[]"), "no JSON object"),
        (safetensors('{"a": NaN}'), "no valid JSON"),
        (safetensors('{"a":' * 100_000), "no valid JSON"),
        (safetensors(" {}"), "begins at byte 8"),
        (struct.pack("<Q", 2**40) + b"{}", f"a header of {2**40} bytes"),
        (b"\x01\x00", "truncated"),
    ],
)
def test_a_header_that_is_none_of_safetensors_can_not_be_read(content: bytes, message: str) -> None:
    found = facts(read_safetensors, content)

    assert found.incomplete is not None
    assert message in found.incomplete.what


def test_an_index_says_which_shard_has_which_tensor() -> None:
    index = {
        "metadata": {"total_size": 8},
        "weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "1.safetensors"},
    }
    found = whole(read_safetensors_index, json.dumps(index).encode())

    assert found.references == ("1.safetensors", "2.safetensors")
    assert {tensor.name: tensor.elsewhere for tensor in found.tensors} == index["weight_map"]


@pytest.mark.parametrize("shard", ["../1.safetensors", "/etc/passwd", ""])
def test_a_shard_outside_the_folder_is_a_flaw(shard: str) -> None:
    found = facts(read_safetensors_index, json.dumps({"weight_map": {"a": shard}}).encode())

    assert oddities(found) == {Oddity.PATH}


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"weight_map": {"a": 1}}', b"{"])
def test_an_index_without_a_map_can_not_be_read(content: bytes) -> None:
    assert facts(read_safetensors_index, content).incomplete is not None


# skops


def test_skops_names_the_types_that_loading_imports_and_the_versions(corpus: Path) -> None:
    path = corpus / FORMATS / "pipeline.skops"
    found = whole(read_skops, path)
    with zipfile.ZipFile(path) as archive:
        schema = archive.read("schema.json")

    assert {str(each) for each in found.globals} >= {
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.linear_model._logistic.LogisticRegression",
    }
    scaler = next(each for each in found.globals if each.name == "StandardScaler")
    assert schema[scaler.offset :].startswith(b'"__class__": "StandardScaler"')
    assert [(each.version, each.count) for each in found.versions] == [("1.9.1", 3)]
    assert ("skops_version", "0.16.0") in found.metadata
    assert found.tensors


def test_a_sparse_matrix_in_skops_is_read_through(corpus: Path) -> None:
    found = whole(read_skops, corpus / FORMATS / "sparse.skops")

    assert any(tensor.member.endswith(".npz/indices.npy") for tensor in found.tensors)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (b"[]", "no JSON object"),
        (b"{", "no valid JSON"),
        (b'{"__class__": 1, "__module__": "os"}', "expected a module and a class"),
        (b'{"__class__": "system"}', "expected a module and a class"),
        (
            b'{"__class__": "A", "__module__": "x", "content": {"content": {"_sklearn_version": {"content": "1"}}}}',
            "no readable string",
        ),
    ],
)
def test_a_schema_that_skops_does_not_write_can_not_be_read(schema: bytes, message: str) -> None:
    found = facts(read_skops, zipped({"schema.json": schema}))

    assert found.incomplete is not None
    assert message in found.incomplete.what


def test_a_global_anywhere_in_the_schema_is_found() -> None:
    node = {"__class__": "list", "__module__": "builtins", "content": [{"__class__": "system", "__module__": "posix"}]}
    found = facts(read_skops, zipped({"schema.json": json.dumps(node).encode()}))

    assert [str(each) for each in found.globals] == ["builtins.list", "posix.system"]


def test_an_archive_without_a_schema_is_no_skops_file() -> None:
    assert facts(read_skops, zipped({"notes": b"x"})).incomplete is not None


# Keras and HDF5


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("plain", "can run code: Keras imports and builds what config.json names"),
        ("lambda", "the Lambda layer 'lambda' is Python bytecode"),
        ("custom", "'shop>Scale' is no part of Keras: building it runs code of that name"),
    ],
)
def test_keras_runs_code_and_the_flaw_says_which(corpus: Path, name: str, reason: str) -> None:
    found = facts(read_keras, corpus / KERAS / f"{name}.keras")

    assert reason in {flaw.detail for flaw in found.flaws}
    assert oddities(found) == {Oddity.RUNS_CODE}
    assert ("keras_version", "3.15.1") in found.metadata
    assert "keras.Sequential" in {str(each) for each in found.globals}
    assert found.incomplete is not None


def test_hdf5_is_refused_whatever_is_in_it(corpus: Path) -> None:
    content = (corpus / KERAS / "model.h5").read_bytes()
    found = facts(read_hdf5, content)

    assert oddities(found) == {Oddity.RUNS_CODE}
    assert found.incomplete is not None
    assert "not read" in found.incomplete.what
    assert oddities(facts(read_hdf5, content + b"x")) == {Oddity.RUNS_CODE, Oddity.SUFFIX}
    cut = facts(read_hdf5, content[:-1]).incomplete
    assert cut is not None
    assert "truncated" in cut.what


# GGUF


def test_gguf_says_where_its_tensors_lie_and_that_it_has_a_template(corpus: Path) -> None:
    content = (corpus / FORMATS / "model.gguf").read_bytes()
    found = whole(read_gguf, content)

    tensors = by_name(found)
    assert (tensors["whole"].element, tensors["whole"].shape) == ("float32", (2, 3))
    assert struct.unpack_from("<6f", content, tensors["whole"].offset) == (0, 1, 2, 3, 4, 5)
    assert (tensors["half"].element, tensors["half"].size) == ("float16", 10)
    assert (tensors["quantised"].element, tensors["quantised"].shape, tensors["quantised"].size) == (
        "Q8_0",
        (2, 64),
        136,
    )
    assert ("tokenizer.chat_template", "jinja template of 54 bytes") in found.metadata
    assert ("tokenizer.ggml.tokens", "array of 3") in found.metadata
    assert ("llama.rope.freq_base", "10000.0") in found.metadata


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(infos: bytes = b"", count: int = 0, keys: bytes = b"", key_count: int = 0, version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, count, key_count) + keys + infos
    return head + bytes(-len(head) % 32)


def info(name: str, offset: int, *shape: int, kind: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


@pytest.mark.parametrize(
    ("content", "oddity"),
    [
        (gguf(info("a", 0, 8), 1) + bytes(64), Oddity.SUFFIX),
        (gguf(info("a", 32, 8), 1) + bytes(64), Oddity.GAP),
        (gguf(info("a", 0, 8) + info("b", 0, 8), 2) + bytes(32), Oddity.OVERLAP),
        (gguf(info("a", 0, 8) + info("a", 32, 8), 2) + bytes(64), Oddity.DUPLICATE_MEMBER),
        (gguf(info("a", 0, 8) + info("b", 36, 7), 2) + bytes(64), Oddity.SIZE),
        (gguf(info("a", 0, 30, kind=8), 1) + bytes(64), Oddity.SIZE),
        (gguf(keys=(text("k") + struct.pack("<IB", 7, 1)) * 2, key_count=2), Oddity.DUPLICATE_MEMBER),
    ],
)
def test_tensors_of_gguf_that_do_not_lie_in_a_row_are_a_flaw(content: bytes, oddity: Oddity) -> None:
    found = facts(read_gguf, content)

    assert (oddities(found), found.incomplete) == ({oddity}, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gguf(info("a", 0, 9), 1) + bytes(32), "bytes more of the tensors"),
        (gguf(info("a", 0, 8, kind=99), 1) + bytes(32), "of type 99"),
        (gguf(info("a", 0, 2**40, 2**40), 1), "expected at most"),
        (gguf(info("a", 0, 1, 1, 1, 1, 1), 1), "5 dimensions"),
        (gguf(count=2**40), f"{2**40} tensors"),
        (gguf(version=1), "version 1"),
        (gguf(keys=text("general.alignment") + struct.pack("<II", 4, 3), key_count=1), "expected a power of two"),
        (gguf(keys=text("k") + struct.pack("<I", 13), key_count=1), "a value of type 13"),
        (gguf(keys=text("k") + struct.pack("<IIQ", 9, 9, 1), key_count=1), "expected numbers or strings"),
        (gguf(keys=text("k") + struct.pack("<IIQ", 9, 8, 2**50), key_count=1), "strings, expected at most"),
        (gguf(keys=text("k") + struct.pack("<IIQ", 9, 4, 2**50), key_count=1), "truncated"),
        (gguf(keys=struct.pack("<Q", 2**50), key_count=1), "a key has"),
    ],
)
def test_a_gguf_file_beyond_its_bounds_can_not_be_read(content: bytes, message: str) -> None:
    found = facts(read_gguf, content)

    assert found.incomplete is not None
    assert message in found.incomplete.what


# ONNX


def test_onnx_tensors_are_found_in_initializers_subgraphs_attributes_and_functions(corpus: Path) -> None:
    content = (corpus / FORMATS / "everything.onnx").read_bytes()
    found = whole(read_onnx, content)

    tensors = by_name(found)
    assert [tensor.name for tensor in found.tensors] == [
        *("bias", "bias", "three.value", "raw", "typed", "halves", "counts", "names", "flag"),
        *("values", "indices", "three.value"),
    ]
    assert struct.unpack_from("<6f", content, tensors["raw"].offset) == (0, 1, 2, 3, 4, 5)
    assert tensors["typed"].statistics[0].maximum == 2.0
    assert (tensors["bias"].statistics[0].nan, tensors["bias"].statistics[0].first) == (1, 1)
    assert tensors["counts"].element == "int64 in varints"
    assert dict(found.metadata) == {
        "ir_version": "14",
        "producer_name": "shop",
        "opset ai.onnx": "18",
        "opset com.shop": "1",
        "owner": "pricing",
        "custom_domains": "com.shop",
    }


def test_onnx_data_in_another_file_are_a_reference(corpus: Path) -> None:
    found = whole(read_onnx, corpus / FORMATS / "external.onnx")

    assert found.references == ("weights.bin",)
    assert (found.tensors[0].elsewhere, found.tensors[0].offset, found.tensors[0].size) == ("weights.bin", 0, 24)


def test_onnx_data_outside_the_folder_are_a_flaw(corpus: Path) -> None:
    content = (corpus / FORMATS / "external.onnx").read_bytes()

    assert oddities(facts(read_onnx, content.replace(b"weights.bin", b"../weig.bin"))) == {Oddity.PATH}
    assert oddities(facts(read_onnx, content.replace(b"weights.bin", b"/etc/passwd"))) == {Oddity.PATH}


def test_an_onnx_tensor_whose_bytes_do_not_fit_its_shape_is_a_flaw(corpus: Path) -> None:
    content = (corpus / FORMATS / "everything.onnx").read_bytes()
    raw = content.index(b"\x08\x02\x08\x03")

    assert Oddity.SIZE in oddities(facts(read_onnx, content[:raw] + b"\x08\x02\x08\x04" + content[raw + 4 :]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x08\x07", "no graph"),
        (b"\x08\x07\x3a\x00", "no opset_import"),
        (b"\x08\x07\x3b", "no field of a message"),
        (b"\x08\x07\x00", "no field of a message"),
        (b"\x08\x07\x3a\x05\x00", "truncated"),
        (b"\x08" + b"\xff" * 11, "more than 64 bits"),
        (b"\x08\x07\x38\x01", "wire type 0, expected 2"),
        (b"\x08\x07\x3a\x04\x2a\x02\x10\x63", "of type 99"),
        (b"\x08\x07\x3a\x04\x2a\x02\x1a\x00", "a segment of another"),
        (b"\x08\x07\x3a\x08\x2a\x06\x10\x01\x4a\x00\x4a\x00", "in 2 pieces"),
    ],
)
def test_an_onnx_file_that_is_no_whole_model_can_not_be_read(content: bytes, message: str) -> None:
    found = facts(read_onnx, content)

    assert found.incomplete is not None
    assert message in found.incomplete.what


def test_messages_within_messages_have_a_limit() -> None:
    content = b""
    for depth in range(120):
        # A graph has nodes as its field 1, a node attributes as its field 5, an attribute a graph as its field 6.
        content = bytes([(6, 5, 1)[depth % 3] << 3 | 2]) + length(len(content)) + content
    found = facts(read_onnx, b"\x08\x07\x3a" + length(len(content)) + content)

    assert found.incomplete is not None
    assert "more than 100 messages within each other" in found.incomplete.what


def length(value: int) -> bytes:
    """Return a varint of three bytes."""
    return bytes([value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14])


# What lies in an archive


@pytest.mark.parametrize("name", ["data", "notes.txt", "weights.npy"])
@pytest.mark.parametrize("content", [PAYLOAD, b"\x80\x04" + PAYLOAD, pickle.dumps({"weights": 1}, 4)])
def test_a_pickle_in_an_archive_is_read_whatever_it_is_called(name: str, content: bytes) -> None:
    found = facts(read_zip, zipped({name: content}))

    assert found.incomplete is None
    assert [(str(each), each.member) for each in found.globals] == (
        [("posix.system", name)] if b"posix" in content else []
    )


@pytest.mark.parametrize("read", [read_npz, read_skops, read_keras])
def test_a_pickle_where_none_should_be_is_a_flaw_and_its_globals_are_facts(
    read: Callable[[BinaryIO], Artifact],
) -> None:
    found = facts(read, zipped({"weights.npy": PAYLOAD}))

    assert Oddity.UNEXPECTED_MEMBER in oddities(found)
    assert [(str(each), each.member) for each in found.globals] == [("posix.system", "weights.npy")]


def test_a_payload_before_the_end_of_a_broken_pickle_is_still_a_fact() -> None:
    found = facts(read_zip, zipped({"weights": PAYLOAD[:-1] + b"\xff"}))

    assert [str(each) for each in found.globals] == ["posix.system"]
    assert found.incomplete is not None
    assert "the member 'weights'" in found.incomplete.what


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped({"inner": PAYLOAD}), "a zip file"),
        (zipped({}), "an empty zip file"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7z file"),
        (b"\x1f\x8b\x08\x00rest", "a gzip stream"),
        (b"BZh9rest", "a bz2 stream"),
        (bytes(257) + b"ustar\x0000", "a tar file"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "a zstd stream"),
    ],
)
def test_an_archive_in_an_archive_is_a_flaw(content: bytes, kind: str) -> None:
    (flaw,) = facts(read_zip, zipped({"inner": content})).flaws

    assert (flaw.oddity, flaw.member) == (Oddity.NESTED_ARCHIVE, "inner")
    assert kind in flaw.detail


def test_all_models_in_a_plain_archive_are_read(corpus: Path) -> None:
    names = ("model.safetensors", "model.gguf", "everything.onnx")
    content = zipped({name: (corpus / FORMATS / name).read_bytes() for name in names} | {"readme.txt": b"A model."})
    found = whole(read_zip, content)

    assert {tensor.member for tensor in found.tensors} == set(names)
    assert ("everything.onnx: producer_name", "shop") in found.metadata
