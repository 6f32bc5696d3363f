"""Zip files: what real writers make is without a flaw; each thing that they never make is one, or unreadable."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import pytest

from gatekeeper.artifact.containers import archive as archives
from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.zip_members import ChecksumMismatch
from gatekeeper.artifact.facts import Oddity
from gatekeeper.errors import Unreadable

LOCAL, DIRECTORY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
CONTENT = b"the weights of the model" * 3
ZIPPED = (".pt", ".npz", ".skops", ".keras")


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytearray:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.comment = comment
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return bytearray(target.getvalue())


def two(method: int = zipfile.ZIP_STORED) -> bytearray:
    return zipped(("first", CONTENT), ("second", b"2"), method=method)


def read(content: bytes | bytearray) -> Archive:
    return Archive.read(io.BytesIO(content))


def oddities(content: bytes | bytearray) -> set[Oddity]:
    return {flaw.oddity for flaw in read(content).flaws}


def put(content: bytearray, mark: bytes, at: int, form: str, value: int) -> bytearray:
    """Change a number `at` bytes after the first `mark`."""
    struct.pack_into(f"<{form}", content, content.index(mark) + at, value)
    return content


class Unseekable(io.RawIOBase):
    """Makes `zipfile` write data descriptors, as it does on a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the buffers that zipfile writes are bytes
        self.written += data
        return len(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_and_their_content_come_out_as_they_went_in(method: int) -> None:
    archive = read(two(method))

    assert (archive.flaws, archive.incomplete) == ((), None)
    assert [(member.name, member.size) for member in archive.members] == [("first", 72), ("second", 1)]
    assert archive.open("first").read() == CONTENT
    assert archive.compressed("first") is (method == zipfile.ZIP_DEFLATED)
    first = archive.members[0]
    assert bytes(two()[read(two()).members[0].offset :]).startswith(CONTENT)
    archive.verify(first)


def test_real_archives_have_no_flaw(corpus: Path) -> None:
    paths = [path for path in sorted(corpus.glob("*/*")) if path.suffix in ZIPPED and "legacy" not in path.name]

    assert len(paths) > 15
    for path in paths:
        with path.open("rb") as stream, zipfile.ZipFile(path) as reference:
            archive = Archive.read(stream)
            assert (path, archive.flaws, archive.incomplete) == (path, (), None)
            assert [member.name for member in archive.members] == reference.namelist()
            for member in archive.members:
                archive.verify(member)
                assert archive.open(member).read() == reference.read(member.name)


@pytest.mark.parametrize("wide", [False, True])
def test_an_archive_written_to_a_pipe_has_data_descriptors_and_no_flaw(wide: bool) -> None:
    target = Unseekable()
    with zipfile.ZipFile(cast("IO[bytes]", target), "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("first", "second"):
            with made.open(name, "w", force_zip64=wide) as member:
                member.write(CONTENT)
    archive = read(bytes(target.written))

    assert (archive.flaws, archive.incomplete) == ((), None)
    assert archive.open("second").read() == CONTENT


def test_a_stream_of_a_member_can_be_read_in_any_order() -> None:
    stream = read(two(zipfile.ZIP_DEFLATED)).open("first")

    assert stream.seek(0, io.SEEK_END) == len(CONTENT)
    assert stream.read(1) == b""
    assert (stream.seek(10), stream.read(5)) == (10, CONTENT[10:15])
    assert (stream.seek(2), stream.read()) == (2, CONTENT[2:])
    buffer = bytearray(9)
    stream.seek(-4, io.SEEK_END)
    assert stream.readinto(buffer) == 4  # type: ignore[attr-defined]  # BinaryIO doesn't say so
    assert bytes(buffer[:4]) == CONTENT[-4:]


def test_an_empty_archive_is_one() -> None:
    archive = read(zipped())

    assert (archive.members, archive.flaws, archive.incomplete) == ((), (), None)


CHANGES: dict[str, tuple[Callable[[bytearray], bytearray], Oddity]] = {
    "local name": (lambda made: made.replace(b"first", b"worst", 1), Oddity.HEADERS_DISAGREE),
    "local flags": (lambda made: put(made, LOCAL, 6, "H", 0x0800), Oddity.HEADERS_DISAGREE),
    "local method": (lambda made: put(made, LOCAL, 8, "H", 8), Oddity.HEADERS_DISAGREE),
    "local time": (lambda made: put(made, LOCAL, 10, "H", 7), Oddity.HEADERS_DISAGREE),
    "local crc": (lambda made: put(made, LOCAL, 14, "I", 7), Oddity.HEADERS_DISAGREE),
    "local packed size": (lambda made: put(made, LOCAL, 18, "I", 7), Oddity.HEADERS_DISAGREE),
    "local size": (lambda made: put(made, LOCAL, 22, "I", 7), Oddity.HEADERS_DISAGREE),
    "directory size": (lambda made: put(made, DIRECTORY, 24, "I", 7), Oddity.SIZE),
    "directory flags": (lambda made: put(made, DIRECTORY, 8, "H", 8), Oddity.HEADERS_DISAGREE),
    "encrypted": (lambda made: put(put(made, DIRECTORY, 8, "H", 1), LOCAL, 6, "H", 1), Oddity.ENCRYPTED),
    "bytes before": (lambda made: bytearray(b"#!/bin/sh\n") + made, Oddity.PREFIX),
    "bytes after": (lambda made: made + b"\x80\x04N.", Oddity.SUFFIX),
    "offset of the directory": (lambda made: put(made, END, 16, "I", 7), Oddity.HEADERS_DISAGREE),
    "directory points at one member twice": (
        lambda made: put(made, DIRECTORY, 46 + 5 + 42, "I", 0),
        Oddity.OVERLAP,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_writer_makes_is_a_flaw(change: str) -> None:
    edit, oddity = CHANGES[change]

    assert oddity in oddities(edit(two()))


def test_two_members_of_one_name_are_both_there_and_the_name_gives_the_last() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(("data.pkl", b"shown"), ("data.pkl", b"loaded"))
    archive = read(content)

    assert {flaw.oddity for flaw in archive.flaws} == {Oddity.DUPLICATE_MEMBER}
    assert [archive.open(member).read() for member in archive.members] == [b"shown", b"loaded"]
    assert archive.open("data.pkl").read() == b"loaded"


@pytest.mark.parametrize(
    "name", ["../model", "/model", "a/../../b", "C:model", "..\\model", "\\model", "a\x1b[31m", ""]
)
def test_a_name_that_is_no_path_inside_the_archive_is_a_flaw(name: str) -> None:
    assert oddities(zipped((name, b"x"))) == {Oddity.PATH}


@pytest.mark.parametrize("name", ["a/b", "a..b", "..a", "model.weights.h5", "é"])
def test_other_names_are_none(name: str) -> None:
    assert oddities(zipped((name, b"x"))) == set()


def test_bytes_that_belong_to_no_member_are_a_flaw() -> None:
    content = zipped(("first", CONTENT), ("hidden", b"payload"), ("third", b"3"))
    records = content.index(DIRECTORY)
    second = content.index(DIRECTORY, records + 1)
    third = content.index(DIRECTORY, second + 1)
    hidden = content[:second] + content[third:]
    end = hidden.index(END)
    struct.pack_into("<HHI", hidden, end + 8, 2, 2, end - records)

    archive = read(hidden)
    assert [flaw.oddity for flaw in archive.flaws] == [Oddity.GAP]
    assert [member.name for member in archive.members] == ["first", "third"]


def test_a_comment_is_a_flaw_for_it_may_hold_another_archive() -> None:
    inner = bytes(zipped(("inner", b"1")))

    assert oddities(zipped(("first", b"1"), comment=b"made by hand")) == {Oddity.SUFFIX}
    assert Oddity.HEADERS_DISAGREE in oddities(zipped(("first", b"1"), comment=inner + b"PK\x05\x06"))


def test_an_extra_field_that_no_writer_of_models_adds_is_a_flaw() -> None:
    info = zipfile.ZipInfo("first")
    info.extra = struct.pack("<HH", 0x6666, 4) + b"code"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, CONTENT)

    assert "an extra field 0x6666 of 4 bytes" in read(target.getvalue()).flaws[0].detail


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_content_that_is_not_what_was_packed_is_found_at_its_end(method: int) -> None:
    content = two(method)
    crc = zlib.crc32(CONTENT) ^ 1
    archive = read(put(put(content, LOCAL, 14, "I", crc), DIRECTORY, 16, "I", crc))

    stream = archive.open("first")
    assert stream.read(len(CONTENT)) == CONTENT
    with pytest.raises(ChecksumMismatch, match="has the CRC-32"):
        stream.read(1)
    with pytest.raises(ChecksumMismatch):
        archive.verify("first")


def test_a_member_that_comes_out_longer_than_announced_is_damaged() -> None:
    content = put(two(zipfile.ZIP_DEFLATED), DIRECTORY, 24, "I", 5)

    with pytest.raises(Unreadable, match="more than 5 bytes come out"):
        read(content).verify("first")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda made: put(put(made, DIRECTORY, 8, "H", 1), LOCAL, 6, "H", 1), "is encrypted"),
        (lambda made: put(put(made, DIRECTORY, 10, "H", 12), LOCAL, 8, "H", 12), "packed by method 12"),
        (lambda made: put(made, DIRECTORY, 42, "I", 5), "can't be found"),
        (lambda made: put(made, DIRECTORY, 20, "I", 5_000_000), "can't be found"),
        (lambda made: put(made, DIRECTORY, 34, "H", 1), "in another volume"),
        (lambda made: put(made, END, 8, "H", 1), "one of several volumes"),
        (lambda made: put(made, END, 10, "H", 3), "one of several volumes"),
        (lambda made: put(put(made, END, 8, "H", 3), END, 10, "H", 3), "has 2 members, its end record says 3"),
        (lambda made: put(made, END, 12, "I", 60), "should be a record"),
        (lambda made: put(made, END, 12, "I", 5_000_000), "does not fit"),
        (lambda made: put(made, END, 12, "I", 500_000_000), "500000000 bytes is announced"),
        (lambda made: put(made, END, 16, "I", 5_000_000), "does not fit"),
        (lambda made: made[:-1], "truncated"),
    ],
)
def test_an_archive_that_can_not_be_read_whole_says_so(edit: Callable[[bytearray], bytearray], message: str) -> None:
    archive = read(edit(two()))

    assert archive.incomplete is not None
    assert message in archive.incomplete.what
    assert archive.incomplete.fix


def test_without_a_directory_the_members_at_the_start_are_still_there() -> None:
    content = two()
    archive = read(content[: content.index(DIRECTORY) + 10])

    assert archive.incomplete is not None
    assert [member.name for member in archive.members] == ["first", "second"]
    assert archive.open("first").read() == CONTENT


def test_what_inflates_beyond_the_limit_is_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FREE_INFLATED", 1_000_000)
    archive = read(zipped(("zeros", bytes(8_000_000)), method=zipfile.ZIP_DEFLATED))

    assert archive.incomplete is not None
    assert "8000000 bytes should come out" in archive.incomplete.what
    assert list(archive.readable_members()) == []


def test_a_member_is_read_in_constant_memory() -> None:
    content = bytes(zipped(("weights", bytes(range(256)) * 2**17), method=zipfile.ZIP_DEFLATED))

    tracemalloc.start()
    archive = read(content)
    archive.verify("weights")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert archive.members[0].size == 2**25
    assert peak < 2**20


def test_a_member_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        read(two()).open("third")
