"""Makes harmless stand-ins for malicious model files, and next to them what must be found in each.

What they run is `echo`, and they are never loaded. Run it from the repository's root, in Python 3.11 with:

    pip install joblib==1.6.0 numpy==2.4.6 lz4
    python -m tests.artifact.make_malicious

`expected.json` has for each file the exit code, the code of the finding, and each hostile global with its offset and
the member of the archive that names it. Offsets were looked up in the bytes, by the mark of the opcode that names it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zlib
from collections.abc import Iterator

import joblib
import lz4.frame
import numpy as np

from tests.artifact.malicious_archives import containers, tampered, torch_zips
from tests.artifact.malicious_parts import (
    ARGUMENTS,
    BENIGN,
    CALL,
    ECHO,
    EXECUTES,
    FOLDER,
    LINES,
    SYSTEM,
    UNJUSTIFIED,
    Echo,
    StandIn,
    found,
    text,
    undecided,
    zipped,
)


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


RUNNERS = {
    "os": ("system",),
    "nt": ("system",),
    "builtins": ("eval", "exec", "__import__", "getattr"),
    "subprocess": ("Popen", "check_output"),
    "importlib": ("import_module",),
    "operator": ("attrgetter", "methodcaller"),
    "functools": ("partial",),
    "types": ("FunctionType", "CodeType"),
    "marshal": ("loads",),
    "pickle": ("loads",),
    "_pickle": ("loads",),
    "torch": ("load",),
    "torch.storage": ("_load_from_bytes",),
    "torch.hub": ("load",),
    "numpy": ("load",),
    "joblib": ("load",),
    "pandas": ("read_pickle",),
    "runpy": ("run_path",),
    "ctypes": ("CDLL",),
    "shutil": ("rmtree",),
    "webbrowser": ("open",),
    "pty": ("spawn",),
    "pydoc": ("locate",),
    "timeit": ("timeit",),
    "io": ("open",),
    "socket": ("socket",),
    "code": ("InteractiveInterpreter",),
    "cProfile": ("run",),
    "pdb": ("run",),
}


def names() -> Iterator[StandIn]:
    """Yield a call of each of some functions that run code; those that are less known are merely not justified."""
    for module, functions in RUNNERS.items():
        yield from (_named(module, name, EXECUTES) for name in functions)
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
