"""Stand-ins for malicious files in containers: torch, numpy, skops, zip, safetensors, ONNX, Keras, GGUF."""

from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
import zipfile
from collections.abc import Iterator

import numpy as np

from tests.artifact.malicious_parts import (
    CALL,
    CORPUS,
    EXECUTES,
    LINES,
    ODD,
    RUNS_CODE,
    SYSTEM,
    Echo,
    StandIn,
    found,
    undecided,
    unzipped,
    zipped,
)


def torch_zips() -> Iterator[StandIn]:
    """Yield torch files with a payload in each of their members, and in some that they should not have."""
    whole = unzipped("containers-torch-2.13.0/types.pt")
    pickled = whole["types/data.pkl"]
    behind = pickled[:-1] + b"0" + CALL + b"."
    yield _member("torch.data.pt", whole | {"types/data.pkl": behind}, "types/data.pkl")
    yield _member(
        "torch.legacy_pickle.pt", {"data.pkl": b"\x80\x02" + CALL[: len(SYSTEM)] + LINES + b"tR."}, "data.pkl"
    )
    for name, member in {
        "other": "types/other.pkl",
        "no_extension": "types/weights",
        "constants": "types/constants.pkl",
        "attributes": "types/attributes.pkl",
        "code": "types/code/model.py",
        "extra": "types/extra/notes.txt",
        "root": "another/data.pkl",
    }.items():
        yield _member(f"torch.{name}.pt", whole | {member: b"\x80\x04" + CALL + b"."}, member)
    note = whole | {"types/.data/serialization_id": b"\x80\x04" + CALL + b"."}
    yield StandIn(name="torch.note.pt", content=zipped(note), code=ODD)
    yield StandIn(name="torch.storage.pt", content=zipped(whole | {"types/data/9": CALL + b"."}), code=ODD)
    yield StandIn(name="torch.nested.pt", content=zipped(whole | {"types/extra": zipped({"a": CALL})}), code=ODD)
    deflated = zipped(whole | {"types/data.pkl": behind}, zipfile.ZIP_DEFLATED)
    yield found("torch.deflated.pt", deflated, inner=behind, member="types/data.pkl")
    parts: tuple[object, ...] = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {}, [])
    pickles = [pickle.dumps(part, 2) for part in parts]
    for index in range(1, 5):
        hostile = b"\x80\x02" + SYSTEM + LINES + b"tR."
        content = b"".join([*pickles[:index], hostile, *pickles[index + 1 :]])
        yield found(f"torch_legacy.{index}.pt", content)
    yield _member("torch_legacy.zip", {"model": content}, "model")


def _member(name: str, members: dict[str, bytes], member: str) -> StandIn:
    return found(name, zipped(members), inner=members[member], member=member)


def containers() -> Iterator[StandIn]:
    """Yield a payload, or another way to run code, in each of the other containers."""
    payload = b"\x80\x04" + CALL + b"."
    array = (CORPUS / "containers-numpy-2.4.6/matrix.npy").read_bytes()
    made = io.BytesIO()
    np.save(made, np.array(["a", Echo()], dtype=object))
    yield found("numpy.objects.npy", made.getvalue())
    yield found(
        "numpy.objects.npz", zipped({"a.npy": array, "b.npy": made.getvalue()}), inner=made.getvalue(), member="b.npy"
    )
    yield _member("numpy.other.npz", {"a.npy": array, "notes.npy": payload}, "notes.npy")
    yield _member("numpy.other.zip", {"a.npy": array, "notes.txt": payload}, "notes.txt")
    yield StandIn(name="numpy.suffix.npy", content=array + payload, code=ODD)
    yield from skops_files(payload)
    yield _member("zip.plain.zip", {"README": b"A model.", "model": payload}, "model")
    late = b"".join(b"I%d\n0" % number for number in range(20_000)) + SYSTEM + LINES + b"tR."
    yield found("zip.late.zip", zipped({"model": late}, zipfile.ZIP_DEFLATED), inner=late, member="model")
    yield undecided("zip.prefixed.zip", zipped({"model": b"\x00\x01\x02" + payload}))
    yield StandIn(name="zip.nested.zip", content=zipped({"inner.zip": zipped({"model": payload})}), code=ODD)
    yield found("zip.behind_pickle.pkl", payload + zipped({"schema.json": b"{}"}))
    tensors = (CORPUS / "containers-formats/model.safetensors").read_bytes()
    yield StandIn(name="safetensors.suffix.safetensors", content=tensors + payload, code=ODD)
    yield from polyglots()
    for path in ("../weights.safetensors", "/etc/weights.safetensors"):
        index = json.dumps({"metadata": {}, "weight_map": {"a": path}}).encode()
        yield StandIn(name=f"index.{path[0]}.json".replace("/", "root").replace("..", "up"), content=index, code=ODD)
    onnx = (CORPUS / "containers-formats/external.onnx").read_bytes()
    assert b"weights.bin" in onnx
    yield StandIn(name="onnx.external.onnx", content=onnx.replace(b"weights.bin", b"../../key.x"), code=ODD)
    yield StandIn(
        name="keras.lambda.keras",
        content=(CORPUS / "containers-keras-3.15.1/lambda.keras").read_bytes(),
        code=RUNS_CODE,
    )
    yield StandIn(
        name="gguf.template.gguf", content=gguf("{{ ().__class__.__base__.__subclasses__() }}"), code=RUNS_CODE
    )
    yield StandIn(name="gguf.filter.gguf", content=gguf("{{ x|attr('__globals__') }}"), code=RUNS_CODE)


def skops_files(payload: bytes) -> Iterator[StandIn]:
    """Yield skops files whose tree names what it should not."""
    members = unzipped("containers-formats/pipeline.skops")
    schema = json.loads(members["schema.json"])
    yield _member("skops.pickle.skops", members | {"model.pkl": payload}, "model.pkl")
    node: dict[str, object] = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}
    content = json.dumps(schema | {"extra": node}).encode()
    yield found(
        "skops.function.skops",
        zipped(members | {"schema.json": content}),
        b'"__class__": "system"',
        inner=content,
        member="schema.json",
    )
    node = {"__class__": "methodcaller", "__module__": "operator", "__loader__": "OperatorFuncNode", "attrs": {}}
    content = json.dumps(schema | {"extra": [node]}).encode()
    yield found(
        "skops.operator.skops",
        zipped(members | {"schema.json": content}),
        b'"__class__": "methodcaller"',
        "operator.methodcaller",
        inner=content,
        member="schema.json",
    )


def polyglots() -> Iterator[StandIn]:
    """Yield a safetensors file that is a pickle as well: its length is the opcode UNICODE, whose line is the header."""
    behind = b"\n0" + SYSTEM + LINES + b"tR."
    header = json.dumps({"a": {"dtype": "U8", "shape": [len(behind)], "data_offsets": [0, len(behind)]}}).encode()
    header = header.ljust(0x156)
    yield found("safetensors.pickle.safetensors", struct.pack("<Q", len(header)) + header + behind)


def gguf(template: str) -> bytes:
    """Return a GGUF file without tensors, with a template that the program which chats executes."""
    key = b"tokenizer.chat_template"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", len(key)) + key
    content = head + struct.pack("<IQ", 8, len(template)) + template.encode()
    return content.ljust(-(-len(content) // 32) * 32, b"\x00")


def tampered() -> Iterator[StandIn]:
    """Yield zip files in which two readers see two things."""
    good = zipped({"a.npy": (CORPUS / "containers-numpy-2.4.6/matrix.npy").read_bytes()})
    record, end = good.index(b"PK\x01\x02"), good.index(b"PK\x05\x06")
    changes = {
        "name": (record + 46, b"b"),
        "encrypted": (record + 8, b"\x01"),
        "encrypted_locally": (6, b"\x01"),
        "method": (record + 10, b"\x08"),
        "crc": (record + 16, b"\x00"),
        "size": (record + 24, b"\x01"),
        "packed": (record + 20, b"\x01"),
        "offset": (record + 42, b"\x01"),
        "volumes": (end + 4, b"\x01"),
        "count": (end + 8, b"\x02\x00\x02"),
        "mark": (0, b"PK\x03\x05"),
        "bytes": (60, b"\x00"),
    }
    for name, (at, other) in changes.items():
        content = good[:at] + other + good[at + len(other) :]
        yield StandIn(name=f"tampered.{name}.npz", content=content, code="")
    yield StandIn(name="tampered.prefix.npz", content=b"\x00" + good, code="")
    yield StandIn(name="tampered.script.npz", content=b"#!/bin/sh\n" + good, code="")
    yield StandIn(name="tampered.suffix.npz", content=good + b"\x00", code=ODD)
    yield StandIn(name="tampered.two_directories.npz", content=good + good[record:], code="")
    yield StandIn(name="tampered.two_archives.npz", content=good + good, code="")
    doubled = (
        good[:end]
        + good[record:end]
        + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 2, 2, 2 * (end - record), record, 0)
    )
    yield StandIn(name="tampered.twice.npz", content=doubled, code=ODD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target = io.BytesIO(good)
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr(zipfile.ZipInfo("a.npy"), b"\x80\x04" + CALL + b".")
    yield StandIn(name="tampered.same_name.npz", content=target.getvalue(), code=EXECUTES)
