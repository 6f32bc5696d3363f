"""What can't be read whole, or known without executing it, is refused with a reason; never guessed or passed over."""

from __future__ import annotations

import gzip
import io
import lzma
import pickle
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest

from gatekeeper.artifact import compression, read_artifact
from gatekeeper.artifact.pickles import ledger, machine
from gatekeeper.errors import Unreadable

NEWEST = "sklearn-1.9.1"
SMALL = (
    f"{NEWEST}/decoys.joblib",
    f"{NEWEST}/logistic.proto0.pkl",
    f"{NEWEST}/unaligned.joblib",
    f"{NEWEST}/logistic.proto4.pkl",
    *(f"{NEWEST}/logistic.{kind}.joblib" for kind in ("zlib", "gzip", "bz2", "xz", "lzma")),
)
MUTATIONS = 500


def refused(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        read_artifact(io.BytesIO(content))
    assert refusal.value.fix
    return refusal.value


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def array(shape: bytes = b"K\x02\x85", code: str = "f8", state: bytes | None = None, arguments: bytes = b")") -> bytes:
    """Return a pickle up to the place where the bytes of an array begin, as joblib before 1.2 wrote it."""
    if state is None:
        state = b"(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t"
    dtype = b"cnumpy\ndtype\n" + text(code) + b"\x89\x88\x87R" + state + b"b"
    wrapper = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n" + arguments + b"\x81"
    return b"\x80\x04" + wrapper + b"}(" + text("shape") + shape + text("dtype") + dtype + b"ub"


@pytest.mark.parametrize("name", SMALL)
def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut(corpus: Path, name: str) -> None:
    content = (corpus / name).read_bytes()

    for length in range(len(content)):
        refused(content[:length])


@pytest.mark.parametrize("name", SMALL)
def test_bytes_after_the_end_are_refused(corpus: Path, name: str) -> None:
    content = (corpus / name).read_bytes()

    assert "damaged" in refused(content + b"\x00").what
    assert "damaged" in refused(content + content).what or name.endswith(("gzip.joblib", "bz2.joblib", "xz.joblib"))


@pytest.mark.parametrize("kind", ["zlib", "gzip", "bz2", "xz"])
def test_a_checksum_that_does_not_match_is_refused(corpus: Path, kind: str) -> None:
    content = bytearray((corpus / NEWEST / f"logistic.{kind}.joblib").read_bytes())
    content[-6 if kind == "gzip" else -4] ^= 0x10

    assert "damaged" in refused(bytes(content)).what


def test_damage_gives_facts_or_a_refusal_and_nothing_else(corpus_files: list[Path]) -> None:
    dice = random.Random(20_240_501)

    for _ in range(MUTATIONS):
        content = bytearray(dice.choice(corpus_files).read_bytes())
        for _ in range(dice.choice((1, 1, 2, 4))):
            at = dice.randrange(len(content))
            content[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        try:
            read_artifact(io.BytesIO(bytes(content)))
        except Unreadable as refusal:
            assert refusal.fix
            assert refusal.what.isprintable()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04\x82\x01.", "named by an extension code"),
        (b"\x80\x04\x83\x01\x00.", "named by an extension code"),
        (b"\x80\x04\x84\x01\x00\x00\x00.", "named by an extension code"),
        (b"\x80\x04P1\n.", "persistent id"),
        (b"\x80\x04K\x01Q.", "persistent id"),
        (b"\x80\x05\x97.", "a buffer outside the file"),
        (b"\x80\x04K\x01K\x02\x93.", "named by values that are computed"),
        (b"\x80\x04)cbuiltins\nstr\n)R\x8c\x06system\x93.", "named by values that are computed"),
        (b"\x80\x04cos\nsys\x1b[31mtem\n.", "expected a module and a name"),
        (b"\x80\x04c\nsystem\n.", "expected a module and a name"),
        (b"\x80\x04csklearn.base\nBaseEstimator\n}b.", "BaseEstimator itself is changed"),
        (b"\x80\x04cos\nenviron\nK\x01K\x02s.", "os.environ itself is changed"),
        (b"\x80\x04](csklearn.base\nBaseEstimator\nK\x01e)cjoblib.numpy_pickle\nNDArrayWrapper\n.", "in other files"),
        (b"\x80\x04]}" + text("_sklearn_version") + text("1.3.0") + b"sb.", "of unknown class carries a version"),
        (b"\x80\x04csklearn.x\nY\n)\x81}" + text("_sklearn_version") + b"K\x01sb.", "no readable string"),
    ],
)
def test_what_only_execution_could_tell_is_refused(content: bytes, message: str) -> None:
    assert message in refused(content).what


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04N\xff.", "no such opcode"),
        (b"\x80\x04N\x80\x06.", "protocol 6, expected at most 5"),
        (b"\x80\x04Nt.", "ends that has not begun"),
        (b"\x80\x04N0R.", "not on the stack"),
        (b"\x80\x04(o.", "not on the stack"),
        (b"\x80\x04Nh\x05.", "memo index 5"),
        (b"\x80\x04NN.", "ends with 2 values on its stack"),
        (b"\x80\x04(N.", "ends with 1 values on its stack"),
        (b"\x80\x02Nr\xff\xff\xff\xff.", "out of range"),
        (b"\x80\x04Nq\x07\x94.", "MEMOIZE after a PUT"),
        (b"\x80\x04}(Nu.", "a key without a value"),
        (b"\x80\x04X\x01\x00\x00\x00\xff.", "not valid UTF-8"),
        (b"\x80\x04cab\xff\nx\n.", "not valid UTF-8"),
        (b"\x80\x04Ione\n.", "is no integer"),
        (b"\x80\x04Fone\n.", "is no number"),
        (b"\x80\x04Sone\n.", "not in quotes"),
        (b"\x80\x04S'\\x'\n.", "invalid escape"),
        (b"\x80\x04V\\u12\n.", "invalid escape"),
        (b"\x80\x04T\xff\xff\xff\xff.", "-1 bytes long"),
        (b"\x80\x04\x8b\xff\xff\xff\xff.", "-1 bytes long"),
    ],
)
def test_what_no_pickler_writes_is_refused(content: bytes, message: str) -> None:
    assert message in refused(content).what


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.." + b"N",
        b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00J\x01\x00\x00\x00.",
        b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00C\x05hello.",
        b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00cos\nsystem\n.",
        b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00N\x95\x01\x00\x00\x00\x00\x00\x00\x00.",
        b"\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00N.",
    ],
)
def test_frames_that_the_two_unpicklers_of_python_read_differently_are_refused(content: bytes) -> None:
    assert refused(content).what.startswith(("damaged", "truncated"))


def test_an_array_must_begin_where_the_frame_ends() -> None:
    body = array()[2:]
    framed = b"\x80\x04\x95" + (len(body) + 1).to_bytes(8, "little") + body

    assert "the frame should end" in refused(framed + b"\x00" * 16 + b".").what


def test_the_array_of_these_tests_is_readable_when_nothing_is_wrong_with_it() -> None:
    artifact = read_artifact(io.BytesIO(array() + bytes(16) + b"."))

    assert (artifact.arrays, artifact.array_bytes) == (1, 16)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (array(shape=b"K\x02"), "no shape that is known"),
        (array(shape=b"J\xff\xff\xff\xff\x85"), "can't be one"),
        (array(shape=b"\x88\x85"), "a dimension that can't be one"),
        (array(shape=b"\x8a\x08" + b"\xff" * 7 + b"\x7f\x85"), "can't be one"),
        (array(shape=b"(" + b"\x8a\x05\x00\x00\x00\x00\x01" * 3 + b"t"), "bytes is announced"),
        (array(shape=b"J\x00\x00\x00\x01\x85"), "truncated"),
        (array(code="f8,O"), "expected a code such as"),
        (array(state=b"N"), "a state that is unknown"),
        (
            array(state=b"(K\x03" + text("<") + b"K\x01NNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t"),
            "a subarray of a form that is unknown",
        ),
        (array(code="U2", state=b"(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xffK\x01K\x00t"), "item size -1"),
        (array(arguments=b"K\x01\x85"), "in a way that joblib does not write"),
        (array().replace(b"numpy\ndtype", b"other\ndtype"), "a dtype that is not known"),
    ],
)
def test_an_array_whose_length_is_not_certain_is_refused(content: bytes, message: str) -> None:
    assert message in refused(content + bytes(16) + b".").what


def test_an_array_of_objects_is_a_pickle_in_which_no_loader_looks_for_arrays() -> None:
    objects = array(state=b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ft", code="O8")

    artifact = read_artifact(io.BytesIO(objects + array() + b"." + b"."))

    assert (artifact.nested, artifact.arrays) == (1, 0)


def test_the_flags_of_a_dtype_decide_whether_it_holds_objects_as_they_do_in_numpy() -> None:
    state = b"(K\x03" + text("|") + b"N" + text("a") + b"\x85}K\x08K\x01%st"

    raw = read_artifact(io.BytesIO(array(code="V8", state=state % b"K\x00") + bytes(16) + b"."))
    nested = read_artifact(io.BytesIO(array(code="V8", state=state % b"K\x1b") + b"\x80\x04N." + b"."))

    assert (raw.arrays, raw.nested) == (1, 0)
    assert (nested.arrays, nested.nested) == (0, 1)


def test_a_wrapper_under_a_dotted_name_announces_an_array_as_well() -> None:
    content = array().replace(b"joblib.numpy_pickle\nNumpyArrayWrapper", b"joblib\nnumpy_pickle.NumpyArrayWrapper")

    assert read_artifact(io.BytesIO(content + bytes(16) + b".")).arrays == 1


@pytest.mark.parametrize("opcode", [b"\x8d", b"\x8e", b"\x96"])
def test_a_length_beyond_the_file_is_refused_before_memory_is_taken(opcode: bytes) -> None:
    assert "truncated" in refused(b"\x80\x05" + opcode + b"\xff" * 7 + b"\x7f" + b"x.").what


def test_containers_within_containers_have_a_limit() -> None:
    assert "containers open at once" in refused(b"\x80\x04" + b"(" * 20_000).what


def test_tuples_may_be_nested_as_deep_as_the_file_likes() -> None:
    content = b"\x80\x04)" + b"\x85" * 200_000 + b"."

    assert read_artifact(io.BytesIO(content)).opcodes == 200_003


def test_opcodes_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_OPCODES", 10_000)

    assert "more than 10000 opcodes" in refused(b"\x80\x04" + b"N0" * 10_000 + b"N.").what


@pytest.mark.parametrize("opcodes", [b"N" * 20_000, b"N\x940" * 20_000, b"(" + b"N" * 20_000])
def test_values_to_remember_have_a_limit(monkeypatch: pytest.MonkeyPatch, opcodes: bytes) -> None:
    monkeypatch.setattr(machine, "MAX_VALUES", 10_000)
    monkeypatch.setattr(machine, "MAX_STACK", 10_000)

    assert "values to remember" in refused(b"\x80\x04" + opcodes + b"N.").what


def test_objects_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_NODES", 10_000)

    assert "more than 10000 objects" in refused(b"\x80\x04" + b"}0" * 20_000 + b"N.").what


def test_opcodes_out_of_few_bytes_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "FREE_OPCODES", 10_000)

    content = b"\x80\x04" + b"N0" * 20_000 + b"N."
    assert read_artifact(io.BytesIO(content)).opcodes == 40_003
    assert "opcodes came out of" in refused(zlib.compress(content)).what


def test_a_late_entry_of_the_memo_still_names_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "WHOLE_MEMO", 2)
    named = b"\x80\x04N\x940N\x940\x8c\x06os.pat\x940\x8c\x01a\x940"

    assert [str(each) for each in read_artifact(io.BytesIO(named + b"h\x02\x8c\x01x\x93.")).globals] == ["os.pat.x"]
    assert "expected two strings" in refused(named + b"h\x02h\x03\x93.").what


def test_names_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_NAMES", 100)

    names = b"".join(b"cpackage\nname%d\n0" % number for number in range(101))
    assert "more than 100 different names" in refused(b"\x80\x04" + names + b"N.").what


def test_a_long_name_is_read_until_the_budget_for_long_text_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"\x80\x04" + text("package." * 10 + "module") + text("Class") + b"\x93."
    assert read_artifact(io.BytesIO(content)).globals[0].name == "Class"

    monkeypatch.setattr(machine, "TEXT_BUDGET", 50)
    assert "expected two strings" in refused(content).what


@pytest.mark.parametrize("compress", [False, True])
def test_an_array_is_crossed_in_constant_memory(tmp_path: Path, compress: bool) -> None:
    content = array(shape=b"J\x00\x00\x80\x00\x85") + random.Random(1).randbytes(2**20) * 64 + b"."
    path = tmp_path / "model.joblib"
    path.write_bytes(zlib.compress(content, 1) if compress else content)
    del content

    tracemalloc.start()
    with path.open("rb") as stream:
        artifact = read_artifact(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert artifact.array_bytes == 64 * 2**20
    assert peak < 8 * 2**20


def test_what_comes_out_of_compression_has_a_limit_by_ratio_and_one_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zlib.compress(pickle.dumps(bytes(8_000_000)), 9)
    monkeypatch.setattr(compression, "FREE_INFLATED", 1_000_000)

    assert "bytes came out of the first" in refused(bomb).what

    monkeypatch.setattr(compression, "MAX_INFLATED", 1_000_000)
    assert "more than 1000000 bytes come out" in refused(bomb).what


def test_a_header_that_asks_for_a_huge_dictionary_is_refused() -> None:
    content = bytearray(lzma.compress(pickle.dumps(b"model"), lzma.FORMAT_ALONE))
    content[1:5] = (2**30).to_bytes(4, "little")

    refused(bytes(content))


def test_compression_within_compression_is_refused() -> None:
    refused(gzip.compress(gzip.compress(pickle.dumps({"a": 1}))))
