"""The training record: written the same for the same facts, read strictly, compared with what is on disk."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.artifact.provenance.comparison import Kind, against_record
from gatekeeper.artifact.provenance.names import beside, flaw_of, order
from gatekeeper.artifact.provenance.parts import LARGEST
from gatekeeper.artifact.provenance.record import (
    Commit,
    DataKind,
    Record,
    RecordedData,
    RecordedFile,
    read_record,
    write_record,
)
from gatekeeper.artifact.provenance.schema import record_schema
from gatekeeper.errors import Unreadable

VALIDATOR = jsonschema.Draft202012Validator(record_schema())
A, B = "a" * 64, "b" * 64
RECORD = Record(
    files=(RecordedFile(path="model.joblib", sha256=A, size=7), RecordedFile(path="sub/scaler.pkl", sha256=B, size=8)),
    python="3.11.7",
    packages={"scikit-learn": "1.4.2", "torch": "2.2.0+cu121"},
    created="2026-11-24T01:53:02Z",
    git=Commit(commit="c" * 40, dirty=False),
    builder="https://ci.example/run/1",
    data=(RecordedData(name="prices.parquet", kind=DataKind.FILE, digest=B),),
)
SMALLEST = Record(files=RECORD.files[:1], python="3.11.7", packages={}, created="2026-11-24T01:53:02Z")

hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.lists(
    st.text(st.characters(blacklist_categories=["C", "Zl", "Zp"], blacklist_characters="/"), min_size=1).filter(
        lambda part: part not in {".", ".."}
    ),
    min_size=1,
).map("/".join)
sizes = st.integers(min_value=0, max_value=2**63 - 1)
records = st.builds(
    Record,
    files=st.lists(st.builds(RecordedFile, path=names, sha256=hexadecimal, size=sizes), min_size=1, unique_by=str).map(
        lambda files: tuple(sorted({each.path: each for each in files}.values(), key=lambda each: order(each.path)))
    ),
    python=st.just("3.11.7"),
    packages=st.dictionaries(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), st.just("1.0+cpu")),
    created=st.just("2026-11-24T01:53:02Z"),
    git=st.none() | st.builds(Commit, commit=st.just("c" * 40), dirty=st.booleans()),
    builder=st.none() | st.just("someone"),
    data=st.lists(st.builds(RecordedData, name=names, kind=st.sampled_from(DataKind), digest=hexadecimal)).map(tuple),
)


def read(data: bytes) -> Record:
    return read_record(io.BytesIO(data))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(write_record(RECORD))
    change(document)
    return json.dumps(document).encode()


@settings(deadline=None)
@given(records)
def test_what_is_written_is_read_and_fits_the_schema_and_the_store(record: Record) -> None:
    written = write_record(record)
    assert read(written) == record
    VALIDATOR.validate(json.loads(written))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Record) == record


def test_the_order_of_files_and_packages_changes_no_byte() -> None:
    other = Record(
        files=RECORD.files[::-1],
        python=RECORD.python,
        packages=dict(reversed(RECORD.packages.items())),
        created=RECORD.created,
        git=RECORD.git,
        builder=RECORD.builder,
        data=RECORD.data,
    )
    assert write_record(other) == write_record(RECORD)


def test_what_there_is_not_is_left_out() -> None:
    document = json.loads(write_record(SMALLEST))
    assert document.keys() == {"schema", "files", "python", "packages", "data", "created"}
    assert read(write_record(SMALLEST)) == SMALLEST


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another schema": (lambda it: it.update(schema="gatekeeper/record@2"), "schema: got 'gatekeeper/record@2'"),
    "no schema": (lambda it: it.pop("schema"), "schema: got nothing, expected 'gatekeeper/record@1'"),
    "an unknown key": (lambda it: it.update(framework="torch"), "'framework': there is no such key, expected one of"),
    "an unknown key of a file": (lambda it: it["files"][0].update(md5="0"), "files[0].'md5': there is no such key"),
    "an unknown key of git": (lambda it: it["git"].update(branch="main"), "git.'branch': there is no such key"),
    "no files": (lambda it: it.update(files=[]), "files: got an empty list"),
    "no list of files": (lambda it: it.update(files={}), "files: got an object, expected a list"),
    "a file that is none": (lambda it: it.update(files=["model.pkl"]), "files[0]: got 'model.pkl', expected an object"),
    "a digest in capitals": (lambda it: it["files"][0].update(sha256="A" * 64), "files[0].sha256: got 'AAA"),
    "a digest that is short": (lambda it: it["files"][0].update(sha256="abc"), "expected 64 hexadecimal digits"),
    "no digest": (lambda it: it["files"][1].pop("sha256"), "files[1].sha256: got nothing"),
    "a size that is text": (lambda it: it["files"][0].update(size="7"), "files[0].size: got '7'"),
    "a size below zero": (lambda it: it["files"][0].update(size=-1), "files[0].size: got -1"),
    "a size beyond all disks": (lambda it: it["files"][0].update(size=2**63), "files[0].size: got 9223372036854775808"),
    "a truth value as size": (lambda it: it["files"][0].update(size=True), "files[0].size: got true"),
    "an absolute path": (lambda it: it["files"][0].update(path="/etc/passwd"), "files[0].path: '/etc/passwd' is abs"),
    "a path that leaves": (lambda it: it["files"][0].update(path="a/../../b"), "'a/../../b' leaves the folder"),
    "a path in two forms": (lambda it: it["files"][0].update(path="./a"), "'./a' is not in its shortest form"),
    "a path of two lines": (lambda it: it["files"][0].update(path="a\nb"), r"'a\nb' holds a character"),
    "a path that paints": (lambda it: it["files"][0].update(path="a\x1b[2Kb"), r"'a\x1b[2Kb' holds a character"),
    "an empty path": (lambda it: it["files"][0].update(path=""), "files[0].path: got '', expected a path"),
    "a path twice": (lambda it: it["files"].append(it["files"][0]), "files[2].path: 'model.joblib' stands there twice"),
    "a package by another name": (lambda it: it["packages"].update(Torch="2"), "packages.'Torch': is no canonical"),
    "a version that is a number": (lambda it: it["packages"].update(torch=2.1), "packages.torch: got 2.1, expected a"),
    "a short commit": (lambda it: it["git"].update(commit="c" * 7), "git.commit: got 'ccccccc'"),
    "a git of null": (lambda it: it.update(git=None), "git: got null, expected an object"),
    "an unknown kind": (lambda it: it["data"][0].update(kind="table"), "data[0].kind: got 'table', expected file or f"),
    "no time zone": (lambda it: it.update(created="2026-11-24T01:53:02"), "created: got '2026-11-24T01:53:02'"),
    "no such day": (lambda it: it.update(created="2026-02-30T01:53:02Z"), "created: got 2026-02-30T01:53:02Z"),
    "a builder of two lines": (lambda it: it.update(builder="a\nb"), r"builder: got 'a\nb', expected text"),
    "half a character": (lambda it: it.update(builder="\ud800"), r"builder: got '\ud800', expected text"),
    "no python": (lambda it: it.update(python="three"), "python: got 'three'"),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_a_record_may_not_say(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(changed(change))
    assert said in refused.value.what
    assert "gatekeeper artifact record" in refused.value.fix


BROKEN = {
    "nothing": (b"", "it is no JSON", (1, 1)),
    "half of it": (write_record(RECORD)[:100], "it is no JSON", (6, 4)),
    "a list": (b"[]", "got a list, expected an object", (1, 1)),
    "no UTF-8": (b'{"schema":\n "\xff"}', "byte 0xff is not UTF-8", (2, 3)),
    "a key twice": (b'{"schema": 1, "schema": 2}', "got the key 'schema' twice", (None, None)),
    "a number that is none": (b'{"schema": NaN}', "got NaN", (None, None)),
    "a number without end": (b'{"schema": ' + b"9" * 5000 + b"}", "is no training record", (None, None)),
    "a size without end": (
        write_record(SMALLEST).replace(b'"size": 7', b'"size": 1e999'),
        "got 1e999, beyond the largest float",
        (None, None),
    ),
    "depth": (b"[" * 1_000_000, "nested too deeply", (None, None)),
}


@pytest.mark.parametrize(("data", "said", "place"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_record(data: bytes, said: str, place: tuple[int | None, int | None]) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert said in refused.value.what
    assert (refused.value.line, refused.value.column) == place


def test_a_record_truncated_anywhere_is_refused() -> None:
    whole = write_record(RECORD).rstrip()
    for length in range(len(whole)):
        with pytest.raises(Unreadable):
            read(whole[:length])


def test_no_more_is_read_of_a_huge_file_than_a_record_may_have() -> None:
    stream = io.BytesIO(b" " * (LARGEST + 1000))
    with pytest.raises(Unreadable, match=f"got more than {LARGEST} bytes"):
        read_record(stream)
    assert stream.tell() == LARGEST + 1


def test_the_schema_refuses_what_the_reader_refuses_but_for_paths_times_and_names() -> None:
    beyond = ("path", "python", "builder", "package by", "number that is text", "no such day", "all disks", "half a")
    for name, (change, _) in REFUSED.items():
        if not any(each in name for each in beyond):
            with pytest.raises(jsonschema.ValidationError):
                VALIDATOR.validate(json.loads(changed(change)))


def test_a_file_is_as_recorded_or_in_what_it_is_not() -> None:
    assert against_record(RECORD, "model.joblib", A, 7) == ()
    (absent,) = against_record(RECORD, "other.joblib", A, 7)
    assert (absent.kind, absent.got) == (Kind.NOT_RECORDED, f"sha256:{A}")
    (digest,) = against_record(RECORD, "model.joblib", B, 7)
    assert (digest.kind, digest.got, digest.expected) == (Kind.OTHER_DIGEST, f"sha256:{B}", f"sha256:{A}")
    both = against_record(RECORD, "model.joblib", B, 8)
    assert [each.kind for each in both] == [Kind.OTHER_DIGEST, Kind.OTHER_SIZE]
    assert (both[1].got, both[1].expected) == ("8 bytes", "7 bytes")


@pytest.mark.parametrize(
    ("document", "path", "name"),
    [
        ("record.json", "model.pkl", "model.pkl"),
        ("record.json", "models/a.pkl", "models/a.pkl"),
        ("models/record.json", "models/a.pkl", "a.pkl"),
        ("models/record.json", "./models/a.pkl", "a.pkl"),
        ("records/record.json", "models/a.pkl", "../models/a.pkl"),
    ],
)
def test_a_record_names_files_from_its_own_folder(document: str, path: str, name: str) -> None:
    assert beside(document, path) == name
    assert bool(flaw_of(name)) == name.startswith("..")
