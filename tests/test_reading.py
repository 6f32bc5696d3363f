"""Each byte is read and hashed once, whatever a reader does with the file, and for all checks of a run."""

import hashlib
import io
import os
import threading
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import engine
from gatekeeper.candidate import Candidate
from gatekeeper.digesting import WORTH_A_THREAD, Sha256
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Evidence, Examined, Needs
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.reading import BLOCK, HashingFile, reading
from gatekeeper.registry import BUILTIN, Link

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 400)),
        st.tuples(st.just("seek"), st.integers(0, 1200)),
        st.tuples(st.just("skip"), st.integers(-100, 300)),
        st.tuples(st.just("end"), st.integers(-300, 0)),
    ),
    max_size=20,
)


@given(st.binary(min_size=1, max_size=1000), MOVES)
def test_the_digest_is_that_of_the_whole_file_whatever_is_read(content: bytes, moves: list[tuple[str, int]]) -> None:
    descriptor = os.memfd_create("content")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        hashing = HashingFile(raw)
        oracle = io.BytesIO(content)
        for move, number in moves:
            if move == "read":
                assert hashing.read(number) == oracle.read(number)
            elif move == "seek":
                assert hashing.seek(number) == oracle.seek(number)
            elif move == "end":
                position = max(0, len(content) + number)
                assert hashing.seek(position - len(content), io.SEEK_END) == oracle.seek(position)
            else:
                position = max(0, oracle.tell() + number)
                assert hashing.seek(position - oracle.tell(), io.SEEK_CUR) == oracle.seek(position)
        assert hashing.hexdigest() == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("size", [0, WORTH_A_THREAD], ids=["at once", "in a thread"])
@given(st.lists(st.binary(max_size=2000)))
def test_the_digest_does_not_depend_on_who_computes_it(size: int, pieces: list[bytes]) -> None:
    digest = Sha256(size)
    for piece in pieces:
        buffer = bytearray(piece)
        digest.update(memoryview(buffer))
        buffer[:] = bytes(len(buffer))  # whoever reads uses the same memory again
    assert digest.hexdigest() == hashlib.sha256(b"".join(pieces)).hexdigest()


def give_up(path: Path) -> None:
    with reading(path) as opened:
        opened.stream.read(5_000_000)
        raise Unreadable("is damaged", fix="fetch it again")


def test_no_thread_stays_behind_a_file_that_was_given_up(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(WORTH_A_THREAD))
    before = threading.active_count()
    with pytest.raises(Unreadable):
        give_up(path)
    assert threading.active_count() == before


def test_what_a_reader_leaves_out_between_two_reads_ends_no_pass(tmp_path: Path) -> None:
    content = os.urandom(3 * BLOCK)
    path = tmp_path / "members"
    path.write_bytes(content)
    with Counted(path) as raw:
        hashing = HashingFile(cast("BinaryIO", raw))
        for start in range(0, len(content), 50_000):
            hashing.seek(start + 60)
            assert hashing.read(20_000) == content[start + 60 : start + 20_060]
        assert hashing.hexdigest() == hashlib.sha256(content).hexdigest()


class Counted(io.FileIO):
    """A file that counts the bytes that are read of it."""

    taken = 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants a protocol that memoryview has
        count = super().readinto(buffer) or 0
        self.taken += count
        return count


@pytest.mark.parametrize("look", [0, 22, 4096], ids=lambda look: f"{look} bytes at the end")
def test_a_file_whose_end_is_looked_at_first_is_read_through_once(tmp_path: Path, look: int) -> None:
    content = os.urandom(3 * BLOCK + 17)
    path = tmp_path / "archive"
    path.write_bytes(content)
    with Counted(path) as raw:
        hashing = HashingFile(cast("BinaryIO", raw))
        hashing.seek(-look, io.SEEK_END)
        assert hashing.read(look) == content[len(content) - look :]
        hashing.seek(0)
        while hashing.readinto(memoryview(bytearray(1000))):
            pass
        assert hashing.hexdigest() == hashlib.sha256(content).hexdigest()
        assert raw.taken == len(content) + look


def test_what_nobody_reads_is_read_once_at_the_end(tmp_path: Path) -> None:
    content = os.urandom(2 * BLOCK + 5)
    path = tmp_path / "skipped"
    path.write_bytes(content)
    with Counted(path) as raw:
        hashing = HashingFile(cast("BinaryIO", raw))
        hashing.seek(BLOCK)
        hashing.seek(0)
        assert raw.taken == 0
        assert hashing.hexdigest() == hashlib.sha256(content).hexdigest()
        assert raw.taken == len(content)


def test_the_digest_is_there_when_the_file_is_closed_wherever_the_reader_stopped(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(3 * BLOCK + 17))
    with reading(path) as opened:
        opened.stream.read(10)
        opened.stream.seek(2 * BLOCK)
        opened.stream.read(10)
        opened.stream.seek(0)
        assert opened.stream.read(5) == path.read_bytes()[:5]
    assert opened.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.size == path.stat().st_size


def told(path: Path) -> str:
    with pytest.raises(Unreadable) as caught, reading(path):
        pass
    return caught.value.what


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    assert told(tmp_path / "none") == "doesn't exist"
    assert told(tmp_path) == "is a directory, expected a file"
    assert told(tmp_path / "empty") == "is empty (0 bytes)"
    assert told(tmp_path / "pipe") == "is no regular file (a pipe, a device or a socket)"
    assert told(Path("/dev/null")) == "is no regular file (a pipe, a device or a socket)"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "moving"
    path.write_bytes(b"before")
    opened = reading(path)
    opened.__enter__().stream.read()
    path.write_bytes(b"after, and longer")
    with pytest.raises(Unreadable, match="changed while it was read"):
        opened.__exit__(None, None, None)


def text(stream: BinaryIO) -> str:
    return stream.read().decode()


@pytest.fixture
def subject(tmp_path: Path) -> Candidate:
    folder, store = tmp_path / "candidate", tmp_path / "store"
    folder.mkdir()
    store.mkdir()
    (folder / "a.lock").write_text("content")
    policy = Policy(schema="gatekeeper/candidate@1", name="x")
    declaration = Declaration(policy=policy, path=folder / "gatekeeper.yaml", marks={"": (1, 1), "artifacts": (3, 5)})
    return Candidate(root=folder, declaration=declaration, profile=PROFILES["ci"], store=FactStore(store))


def test_a_fact_has_the_value_the_digest_and_the_size(subject: Candidate) -> None:
    fact = subject.fact("a.lock", text, str, key="artifacts")
    assert (fact.value, fact.sha256, fact.size) == ("content", hashlib.sha256(b"content").hexdigest(), 7)


def test_two_checks_at_once_read_a_file_once(subject: Candidate, tmp_path: Path) -> None:
    count = tmp_path / "count"

    def counting(stream: BinaryIO) -> str:
        with count.open("a") as log:
            log.write("x")
        return text(stream)

    class Reader:
        def run(self, candidate: Candidate) -> Examined:
            fact = candidate.fact("a.lock", counting, str, key="artifacts")
            return Examined(evidence=(Evidence(what=fact.value, sha256=fact.sha256),))

    def link(number: int) -> Link:
        return Link(
            id=str(number),
            title="",
            codes=frozenset(),
            needs=Needs.NOTHING,
            reads=(),
            provider=BUILTIN,
            make=Reader,  # type: ignore[arg-type]
        )

    results = list(engine.run([link(number) for number in range(6)], subject, jobs=6))
    assert {result.outcome.evidence[0].what for result in results if isinstance(result.outcome, Examined)} == {
        "content"
    }
    assert len(results) == 6
    assert count.read_text() == "x"
    assert subject.digest("a.lock", key="artifacts").sha256 == hashlib.sha256(b"content").hexdigest()


def test_an_error_inside_a_file_is_told_with_the_file_and_the_line(subject: Candidate) -> None:
    def refuse(_: BinaryIO) -> str:
        raise Unreadable("no such row", fix="mend it", line=7, column=2)

    with pytest.raises(Unreadable) as caught:
        subject.fact("a.lock", refuse, str, key="artifacts")
    assert (caught.value.what, str(caught.value.at)) == ("a.lock: no such row", "a.lock:7:2")


def test_a_missing_file_is_told_where_it_is_declared_with_the_name_that_was_meant(subject: Candidate) -> None:
    with pytest.raises(Unreadable) as caught:
        subject.fact("a.lok", text, str, key="artifacts")
    assert str(caught.value.at) == "gatekeeper.yaml:3:5"
    assert (caught.value.what, caught.value.fix) == ("a.lok doesn't exist", "did you mean 'a.lock'?")


def test_a_path_that_leaves_the_folder_is_refused_even_if_the_policy_was_not_asked(subject: Candidate) -> None:
    (subject.root / "link").symlink_to("/etc/hostname")
    (subject.root / "loop").symlink_to("loop")
    for path in ("../store", "/etc/hostname", "link", "loop"):
        with pytest.raises(Unreadable):
            subject.fact(path, text, str, key="artifacts")


def test_the_store_keeps_nothing_of_a_reading_that_failed(subject: Candidate) -> None:
    calls = []

    def sometimes() -> bytes:
        calls.append(1)
        if len(calls) == 1:
            raise Unreadable("not yet", fix="wait")
        return b"now"

    with pytest.raises(Unreadable):
        subject.store.get("key", sometimes)
    assert subject.store.get("key", sometimes) == b"now"
    assert subject.store.get("key", sometimes) == b"now"
    assert len(calls) == 2
