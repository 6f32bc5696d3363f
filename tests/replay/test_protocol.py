"""The protocol: what a worker sends is read whole or refused, whatever it is, and never runs away with the gate."""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.replay import answers
from gatekeeper.replay.arrays import TYPES, Unreal, packed, unpacked
from gatekeeper.replay.evidence import Attempts, Tail
from gatekeeper.replay.exchange import MAX_BODY, MAX_HEAD, Ended, Exchange, Nonsense, Pipes, TimedOut, Trouble
from gatekeeper.replay.inside import frames
from gatekeeper.replay.inside.calls import Unfit
from gatekeeper.replay.inside.values import tagged
from gatekeeper.replay.outcomes import Other
from gatekeeper.replay.values import Untaggable, untagged


class Peer:
    """A worker that has written what it will ever write."""

    def __init__(self, written: bytes, *, ended: bool) -> None:
        self._ends = [*os.pipe(), *os.pipe()]
        requests, self._requests, self._answers, answers_written = self._ends
        self.unread = requests
        for each in (self._requests, self._answers):
            os.set_blocking(each, False)
        os.write(answers_written, written)
        if ended:
            os.close(answers_written)
            self._ends.remove(answers_written)
        self._ended = ended

    @property
    def pipes(self) -> Pipes:
        return Pipes(self._requests, self._answers, ())

    def has_ended(self) -> bool:
        return self._ended

    def check(self) -> None:
        pass

    def last_status(self) -> int | None:
        return -11 if self._ended else None

    def close(self) -> None:
        for each in self._ends:
            os.close(each)


@pytest.fixture
def peers() -> Iterator[list[Peer]]:
    made: list[Peer] = []
    yield made
    for each in made:
        each.close()


def framed(head: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">IQ", len(head), len(body)) + head + body


def ask(peer: Peer, request: Sequence[bytes] = (), seconds: float = 0.2) -> tuple[bytes, bytes]:
    reply = Exchange(peer, request).run(time.monotonic() + seconds)
    return reply.head, bytes(reply.body)


def test_an_answer_is_read_whole(peers: list[Peer]) -> None:
    for ended in (False, True):
        peers.append(Peer(framed(b"{}", b"abc"), ended=ended))
        assert ask(peers[-1], [b"request"]) == (b"{}", b"abc")
        assert os.read(peers[-1].unread, 100) == b"request"


@pytest.mark.parametrize(
    ("written", "ended", "trouble"),
    [
        (b"", False, TimedOut),
        (b"", True, Ended),
        (framed(b"{}", b"abc")[:-1], False, TimedOut),
        (framed(b"{}", b"abc")[:-1], True, Ended),
        (struct.pack(">IQ", MAX_HEAD + 1, 0), False, Nonsense),
        (struct.pack(">IQ", 1, MAX_BODY + 1), False, Nonsense),
        (struct.pack(">IQ", 0, 8), False, Nonsense),
    ],
)
def test_what_is_no_whole_answer_is_a_trouble(
    peers: list[Peer], written: bytes, ended: bool, trouble: type[Trouble]
) -> None:
    peers.append(Peer(written, ended=ended))
    with pytest.raises(trouble):
        ask(peers[-1])


@given(written=st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_a_trouble(written: bytes) -> None:
    peer = Peer(written, ended=True)
    try:
        head, body = ask(peer)
    except Trouble:
        return
    finally:
        peer.close()
    assert framed(head, body) == written[: len(framed(head, body))]


@given(
    head=st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(msgspec.json.encode)
)
def test_any_head_is_an_envelope_or_impossible(head: bytes) -> None:
    with contextlib.suppress(*answers.IMPOSSIBLE):
        assert isinstance(answers.decoded(head, answers.Envelope).id, int)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"id": NaN}', '{"id": 1e400}', '{"id": 1, "x": 2}']
)
def test_json_that_is_too_deep_or_none_is_impossible(text: str) -> None:
    with pytest.raises(answers.IMPOSSIBLE):
        answers.decoded(text.encode(), answers.Envelope)


# Values that JSON has not.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**100), 2**100) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("<d", one) == struct.pack("<d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


@given(value=VALUES)
def test_a_value_comes_back_as_it_is(value: Any) -> None:
    sent = json.dumps(tagged(value), allow_nan=False).encode()
    assert same(untagged(msgspec.json.decode(sent)), value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$float": "NaN"}, {"$float": "NaN"}),
        ({"$$": {"$other": 1, "text": "x"}}, {"$$": {"$other": 1, "text": "x"}}),
        ((1, 2), [1, 2]),
        ({3, 1}, [1, 3]),
        ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.int64(7), 7),
        (b"x", Other("bytes", "b'x'")),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_odd_is_told_apart(value: Any, expected: Any) -> None:
    assert untagged(json.loads(json.dumps(tagged(value), allow_nan=False))) == expected


def test_a_value_without_end_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    wide = [[0] * 2000] * 2000
    for value in (circle, wide, "x" * (1 << 21), 1 << 5000, {(1, 2): 3}):
        with pytest.raises(Unfit):
            tagged(value)


@pytest.mark.parametrize(
    "value",
    [
        {"$float": "1"},
        {"$float": 1.0},
        {"$int": "1_0"},
        {"$int": "9" * 9999},
        {"$other": "x"},
        {"$x": 1},
        {"$int": "-"},
    ],
)
def test_a_tag_that_no_worker_writes_is_refused(value: Any) -> None:
    with pytest.raises(Untaggable):
        untagged(value)


# Arrays.

NUMBERS = st.sampled_from(sorted(TYPES))


@given(kind=NUMBERS, shape=st.lists(st.integers(0, 4), min_size=1, max_size=3), data=st.data())
def test_an_array_comes_back_as_it_is(kind: str, shape: list[int], data: st.DataObject) -> None:
    size = math.prod(shape) * np.dtype(kind).itemsize
    given_bytes = data.draw(st.binary(min_size=size, max_size=size))
    array = np.frombuffer(given_bytes, dtype="|u1" if kind == "|b1" else kind).reshape(shape)
    array = array > 100 if kind == "|b1" else array
    sent = frames.little(array)
    body = memoryview(bytes(frames.raw(sent)))
    back = unpacked([("a", sent.dtype.str, list(sent.shape))], body)["a"]
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.mark.parametrize(
    "described",
    [
        [("a", "<f8", [1])],  # 8 of 16 bytes
        [("a", "<f8", [3])],
        [("a", "<f8", [-2])],
        [("a", "<f8", [1, 1 << 50])],
        [("a", "<f8", [0, 1 << 62]), ("b", "<f8", [2])],
        [("a", "|O", [2])],
        [("a", "<U4", [1])],
        [("a", "<f8", [1]), ("a", "<f8", [1])],
        [("a", "<f8", [1] * 40)],
        [("a", "<f16", [1])],
        [("a", ">f8", [2])],
    ],
)
def test_arrays_that_do_not_fit_their_bytes_are_refused(described: list[tuple[str, str, list[int]]]) -> None:
    with pytest.raises(Unreal):
        unpacked(described, memoryview(bytes(16)))


def test_a_truth_value_is_one_or_the_other() -> None:
    array = unpacked([("a", "|b1", [3])], memoryview(b"\x00\x01\xff"))["a"]
    assert array.tolist() == [False, True, True]
    assert array.sum() == 2


@given(values=st.lists(st.floats(width=32), min_size=1, max_size=9), kind=st.sampled_from([">f8", "<f8", "<f4", ">f4"]))
def test_columns_reach_the_worker_as_they_are(values: list[float], kind: str) -> None:
    array = np.array(values, dtype=kind)
    heads, buffers = packed({"x": array, "y": [None] * len(values)})
    (name, received), (_, missing) = frames.columns({"columns": heads}, memoryview(b"".join(buffers)))
    assert name == "x"
    assert received.tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes()
    assert received.flags.writeable
    assert missing == [None] * len(values)


# An answer that contradicts itself.


def predicted(**changes: Any) -> answers.Predicted:
    told = {"fed_as": "array", "faults": [], "rows": [[0, 3]], "labels": None, **changes}
    return msgspec.json.decode(msgspec.json.encode(told), type=answers.Predicted)


FAULT = {"kind": "raised", "type": "E", "message": "", "module": "", "status": None, "where": ""}


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": [[0, 2]]},
        {"rows": [[0, 4]]},
        {"rows": [[-1, 2]]},
        {"rows": [[2, 3], [0, 2]]},
        {"rows": [[0, 3]] * 100_000},
        {"rows": [[0, 1 << 60]]},
        {"rows": [[0, 2]], "faults": [{"row": 1, "fault": FAULT}]},
        {"rows": [[0, 2]], "faults": [{"row": 7, "fault": FAULT}]},
        {"labels": ["a", "b"]},
        {"labels": ["a", "b", {"$float": "x"}]},
    ],
)
def test_rows_that_do_not_add_up_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Untaggable):
        predicted(**changes).fact(3, {"outputs": np.zeros(3)}, ())


def test_outputs_that_are_not_there_are_refused() -> None:
    for arrays in ({}, {"outputs": np.zeros(2)}, {"outputs": np.float64(1.0).reshape(())}):
        with pytest.raises(Untaggable):
            predicted().fact(3, arrays, ())  # type: ignore[arg-type]  # a number is no array, on purpose
    assert len(predicted().fact(3, {"outputs": np.zeros((3, 2))}, ()).outputs) == 3


# What is printed and tried.


def test_of_what_is_printed_the_end_is_kept() -> None:
    tail = Tail()
    for _ in range(100):
        tail.take(b"x" * 1000)
    tail.take(b"the end\xff\n")
    assert tail.text().endswith("the end\N{REPLACEMENT CHARACTER}")
    assert len(tail.text()) <= 4000


@given(blocks=st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes_may_come_as_evidence(blocks: list[bytes]) -> None:
    attempts = Attempts()
    for block in blocks:
        attempts.take(block)
    assert all(isinstance(each, str) for each in attempts.since(0))


def test_evidence_comes_in_pieces_and_is_kept_once() -> None:
    attempts = Attempts()
    for block in (b'"open', b' a door"\n"open a door"\n17\n', b"x" * 5000, b'\n"again"\n'):
        attempts.take(block)
    assert attempts.since(0) == ("open a door", "again")
    for number in range(500):
        attempts.take(json.dumps(str(number)).encode() + b"\n")
    assert len(attempts) == 100
