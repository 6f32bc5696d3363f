"""Makes harmless stand-ins for malicious model files, and next to them what must be found in each.

What they run is `echo`, and they are never loaded. Run it from the repository's root, in Python 3.11 with:

    pip install joblib==1.6.0 numpy==2.4.6 lz4
    python tests/artifact/make_malicious.py

`expected.json` has for each file the exit code, the code of the finding, and each hostile global with its offset and
the member of the archive that names it. Offsets were looked up in the bytes, by the mark of the opcode that names it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import joblib
import lz4.frame
import numpy as np

CORPUS = Path(__file__).parent / "corpus"
FOLDER = CORPUS / "malicious"
ECHO = "echo this must never be printed"

EXECUTES, UNJUSTIFIED = "executes", "unjustified-global"
ODD, RUNS_CODE, MISSING = "odd-container", "runs-code", "missing-part"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One file. `at` are its hostile globals: module and name, offset, member; `code` that of a finding against it."""

    name: str
    content: bytes
    at: tuple[tuple[str, int, str], ...] = ()
    code: str = EXECUTES
    exit: int = 1


class Echo:
    """Pickled as a call of `os.system`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (ECHO,)


def text(value: str) -> bytes:
    """Return text as protocol 4 writes it when it is short."""
    return b"\x8c" + bytes([len(value.encode())]) + value.encode()


ARGUMENTS = text(ECHO) + b"\x85"
LINES = f"(S'{ECHO}'\n".encode()
SYSTEM = b"cposix\nsystem\n"
CALL = SYSTEM + ARGUMENTS + b"R"
BENIGN = b"ccollections\nOrderedDict\n)R"


def found(
    name: str,
    content: bytes,
    mark: bytes = b"",
    called: str = "posix.system",
    *,
    inner: bytes = b"",
    member: str = "",
    code: str = EXECUTES,
) -> StandIn:
    """Return a file in which the opcode that names `called` begins with `mark`, in the bytes of `inner`."""
    inner = inner or content
    at = inner.index(mark) if mark else _of_system(inner)
    return StandIn(name=name, content=content, at=((called, at, member),), code=code)


def _of_system(content: bytes) -> int:
    """Return where `posix.system` is named: by a GLOBAL, or by a STACK_GLOBAL behind the two strings."""
    return content.index(SYSTEM) if SYSTEM in content else content.index(b"\x93", content.index(b"system"))


def undecided(name: str, content: bytes) -> StandIn:
    """Return a file of which nothing can be said but that it can't be read whole."""
    return StandIn(name=name, content=content, code="", exit=3)


def opcodes() -> Iterator[StandIn]:
    """Yield a payload behind each opcode that can make a call."""
    for protocol in range(6):
        content = pickle.dumps([1, Echo(), "x"], protocol)
        yield found(f"reduce.proto{protocol}.pkl", content)
    head = b"\x80\x04"
    both = text("posix") + text("system")
    yield found("inst.pkl", LINES + b"iposix\nsystem\n.", b"iposix")
    yield found("obj.pkl", b"(" + SYSTEM + LINES[1:] + b"o.")
    yield found("newobj.pkl", head + SYSTEM + ARGUMENTS + b"\x81.")
    yield found("newobj_ex.pkl", head + SYSTEM + ARGUMENTS + b"}\x92.")
    yield found(
        "stack_global.memo.pkl",
        head + text("system") + b"\x940" + text("posix") + b"h\x00\x93" + ARGUMENTS + b"R.",
        b"\x93",
    )
    same = head + text("timeit") + b"2\x93" + text("print()") + b"\x85R."
    yield found("stack_global.dup.pkl", same, b"\x93", "timeit.timeit")
    computed = head + b"coperator\nitemgetter\nK\x00\x85R" + both + b"\x86\x85R" + text("system") + b"\x93."
    yield found("stack_global.computed.pkl", computed, b"coperator", "operator.itemgetter")
    yield found(
        "stack_global.dotted.pkl",
        head + text("os") + text("path.os.system") + b"\x93" + ARGUMENTS + b"R.",
        b"\x93",
        "os.path.os.system",
        code=UNJUSTIFIED,
    )
    setter = head + b"ccollections\nOrderedDict\n)R}" + text("__setstate__") + SYSTEM + b"sb" + text(ECHO) + b"b."
    yield found("build.setstate.pkl", setter)
    slots = head + b"ccollections\nOrderedDict\n)RN}" + text("__class__") + b"csubprocess\nPopen\ns\x86b."
    yield found("build.class.pkl", slots, b"csubprocess", "subprocess.Popen")
    trusted = head + b"ccollections\nOrderedDict\n)R}" + text("%s") + b"ccollections\nCounter\nsb" + text(ECHO) + b"b."
    for key in ("__setstate__", "__class__", "__reduce_ex__"):
        yield undecided(f"build.trusted.{key.strip('_')}.pkl", trusted.replace(text("%s"), text(key)))
    yield undecided("ext1.pkl", b"\x80\x02\x82\x01" + ARGUMENTS + b"R.")
    yield undecided("persid.pkl", f"P{ECHO}\n.".encode())
    yield undecided("binpersid.pkl", b"\x80\x02U\x05posixQ.")


RUNNERS = (
    """
os.system nt.system builtins.eval builtins.exec builtins.__import__ builtins.getattr subprocess.Popen
subprocess.check_output importlib.import_module operator.attrgetter operator.methodcaller functools.partial
types.FunctionType types.CodeType marshal.loads pickle.loads _pickle.loads torch.load torch.storage._load_from_bytes
torch.hub.load numpy.load joblib.load pandas.read_pickle runpy.run_path ctypes.CDLL shutil.rmtree webbrowser.open
pty.spawn pydoc.locate timeit.timeit io.open socket.socket code.InteractiveInterpreter cProfile.run pdb.run
    """
).split()


def names() -> Iterator[StandIn]:
    """Yield a call of each of some functions that run code; those that are less known are merely not justified."""
    for path in RUNNERS:
        module, _, name = path.rpartition(".")
        yield _named(module, name, EXECUTES)
    for module, name in (
        ("bdb", "Bdb.run"),
        ("torch.serialization", "os.system"),
        ("joblib.numpy_pickle", "os.system"),
        ("sklearn.utils", "os.system"),
        ("numpy", "f2py.os.system"),
        ("torch.utils.collect_env", "run"),
        ("torch.ops", "load_library"),
        ("multiprocessing.util", "spawnv_passfds"),
        ("idlelib.autocomplete", "AutoComplete.get_entity"),
        ("ensurepip", "_run_pip"),
        ("uuid", "_get_command_stdout"),
        ("test.support.script_helper", "assert_python_ok"),
        ("sklearn.datasets", "load_files"),
        ("sklearn.linear_model._base", "LinearRegression.__init__"),
        ("sklearn.linear_model", "_base.np.load"),
        ("numpy ", "ndarray"),
        ("Numpy", "ndarray"),
        ("nump\u0443", "ndarray"),
    ):
        yield _named(module, name, UNJUSTIFIED)
    old = f"c__builtin__\neval\n{LINES.decode()}tR.".encode()
    yield found("name.python2.pkl", old, b"c__builtin__", "builtins.eval")


def _named(module: str, name: str, code: str) -> StandIn:
    content = b"\x80\x04" + text(module) + text(name) + b"\x93" + ARGUMENTS + b"R."
    path = f"{module}.{name}"
    file = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._") else "-" for letter in path)
    return found(f"name.{file}.pkl", content, b"\x93" + ARGUMENTS, path, code=code)


def places() -> Iterator[StandIn]:
    """Yield a payload wherever in a stream it may hide."""
    head = b"\x80\x04"
    yield found("place.popped.pkl", head + CALL + b"0" + BENIGN + b".")
    yield found("place.pop_mark.pkl", head + b"(" + CALL + b"1" + BENIGN + b".")
    yield found("place.key.pkl", head + b"}" + CALL + b"Ns.")
    yield found("place.in_tuple.pkl", head + CALL + b"\x85\x85\x85\x85.")
    yield found("place.in_state.pkl", head + BENIGN + b"}" + text("x") + CALL + b"sb.")
    yield found("place.not_called.pkl", head + BENIGN + b"0" + SYSTEM + b".")
    yield found("place.behind_text.pkl", head + b"X\xd0\x01\x01\x00" + bytes(66_000) + b"0" + CALL + b".")
    yield undecided("place.after_stop.pkl", head + BENIGN + b"." + head + CALL + b".")
    yield undecided("place.after_junk.pkl", b"\x00" + head + CALL + b".")
    for breaking, rest in (
        ("opcode", b"\xff"),
        ("cut", b""),
        ("stack", b"R."),
        ("text", b"X\xff\xff\xff\x7f"),
        ("exponent", b"Fx\n"),
    ):
        yield found(f"place.then_broken.{breaking}.pkl", head + CALL + rest)
    for name, length in (("short", 5), ("long", 5000), ("huge", 2**63), ("empty", 0)):
        framed = head + b"\x95" + struct.pack("<Q", length) + CALL + b"."
        yield found(f"frame.{name}.pkl", framed) if length != 5 else undecided(f"frame.{name}.pkl", framed)
    for name, value in {
        "first": [Echo(), np.arange(3.0)],
        "between": [np.arange(3.0), Echo(), np.arange(300.0)],
        "object_array": [np.arange(3.0), np.array(["a", Echo()], dtype=object)],
        "field": np.array([(1.0, Echo())], dtype=[("a", "f8"), ("b", "O")]),
        "key": {"weights": np.zeros(2), "x": {Echo(): 1}},
    }.items():
        made = io.BytesIO()
        joblib.dump(value, made, protocol=3)
        yield found(f"joblib.{name}.joblib", made.getvalue())


def codecs() -> Iterator[StandIn]:
    """Yield one payload, packed in every way that a loader unpacks, and in some that none does."""
    content = b"\x80\x04]" + BENIGN + b"a" + CALL + b"a."
    half = content.index(SYSTEM) + 5
    packed = {
        **{f"zlib{level}": zlib.compress(content, level) for level in (0, 1, 5, 6, 9)},
        "gzip": gzip.compress(content, mtime=0),
        "gzip.members": gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0),
        "gzip.empty_member": gzip.compress(b"", mtime=0) + gzip.compress(content, mtime=0),
        "bz2": bz2.compress(content),
        "bz2.members": bz2.compress(content[:half]) + bz2.compress(content[half:]),
        "xz": lzma.compress(content),
        "lzma": lzma.compress(content, lzma.FORMAT_ALONE),
        "lz4": lz4.frame.compress(content),
    }
    for name, data in packed.items():
        yield found(f"packed.{name}.joblib", data, inner=content)
    yield found("packed.then_cut.gzip.joblib", packed["gzip"][:-9], inner=content)
    yield found("packed.then_wrong.zlib.joblib", packed["zlib6"][:-1] + b"\x00", inner=content)
    yield found("packed.then_junk.xz.joblib", packed["xz"] + b"junk", inner=content)
    yield undecided("packed.twice.joblib", zlib.compress(packed["gzip"]))
    yield undecided("packed.zip_in_gzip.joblib", gzip.compress(zipped({"data.pkl": content}), mtime=0))
    yield undecided("packed.zstd.joblib", b"\x28\xb5\x2f\xfd" + content)
    yield undecided("packed.zfile.joblib", b"ZF0x" + content)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip file with these members, the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            made.writestr(entry, content)
    return target.getvalue()


def unzipped(path: str) -> dict[str, bytes]:
    """Return the members of an archive of the corpus."""
    with zipfile.ZipFile(CORPUS / path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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
    pickles = [pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {}, [])]
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
    node = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}
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


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    expected: dict[str, object] = {}
    for group in (opcodes, names, places, codecs, torch_zips, containers, tampered):
        for each in group():
            assert each.name not in expected, each.name
            (FOLDER / f"{each.name}.standin").write_bytes(each.content)
            code = each.code and f"artifact-integrity/{each.code}"
            expected[f"{each.name}.standin"] = {"exit": each.exit, "code": code, "at": each.at}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
