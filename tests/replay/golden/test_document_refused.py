"""What is no golden file is refused with its line and with what to do: cut, encoded anew, edited, hostile."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden.coverage import coverage
from gatekeeper.replay.golden.document import dumped, from_lines
from gatekeeper.replay.golden.facts import Golden, Header, Record
from gatekeeper.replay.golden.lines import content_digest as digest_of
from gatekeeper.replay.golden.tags import line
from gatekeeper.replay.observed import Value


def refused(data: bytes, large: bytes | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        from_lines(io.BytesIO(data), None if large is None else io.BytesIO(large))
    assert caught.value.fix
    return caught.value


def test_every_truncation_is_found(golden: Callable[..., Golden]) -> None:
    whole, _ = dumped(golden(1.25, 2.5, 3.75))
    for length in range(len(whole) - 1):
        assert refused(whole[:length]).what
    assert "truncated" in refused(whole[:-20]).what
    assert refused(whole[:-20]).line == 4


def test_every_edit_of_a_record_is_found(golden: Callable[..., Golden]) -> None:
    whole, _ = dumped(golden(1.25, 2.5))
    start = whole.index(b"\n") + 1
    for place in range(start, len(whole)):
        for other in (b"7", b"a", b" "):
            edited = whole[:place] + other + whole[place + 1 :]
            if edited.split() != whole.split():
                refused(edited)
    assert "was edited after it was recorded" in refused(whole.replace(b"1.25", b"1.26")).what


@pytest.mark.parametrize(
    ("encoding", "says", "line_"),
    [("utf-16", "UTF-16", 1), ("utf-16-le", "UTF-16", 1), ("utf-8-sig", "byte order mark", 1), ("latin-1", "0xfc", 2)],
)
def test_a_file_that_was_encoded_anew_is_refused(
    golden: Callable[..., Golden], encoding: str, says: str, line_: int
) -> None:
    whole, _ = dumped(golden("früher"))
    error = refused(whole.decode().encode(encoding))
    assert says in error.what
    assert error.line == line_
    assert "UTF-8" in error.fix


GOOD = b'{"inputs": {"x": 1}, "outputs": {"y": 2}}\n'


@pytest.mark.parametrize(
    ("data", "says", "line_"),
    [
        (b"", "empty", None),
        (b"\n \n", "empty", None),
        (GOOD + b"{", "truncated", 2),
        (b"{\n" + GOOD, "no JSON", 1),
        (GOOD + b"[]\n", "no JSON object", 2),
        (GOOD + b'{"inputs": {"x": 1, "x": 2}, "outputs": {"y": 2}}\n', "twice", 2),
        (GOOD + b'{"inputs": {"x": NaN}, "outputs": {"y": 2}}\n', "NaN", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"y": 1e999}}\n', "largest float", 2),
        (GOOD + b'{"inputs": {"x": ' + b"9" * 5000 + b'}, "outputs": {"y": 2}}\n', "no JSON", 2),
        (GOOD + b'{"inputs": {"x": ' + b"[" * 5000 + b"]" * 5000 + b'}, "outputs": {"y": 2}}\n', "deep", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"y": ' + b"[" * 100 + b"]" * 100 + b"}}\n", "deep", 2),
        (GOOD + b'{"inputs": {"x": 1}, "results": {"y": 2}}\n', "'results'", 2),
        (GOOD + b'{"inputs": {"x": 1}}\n', "says nothing of what was answered", 2),
        (GOOD + b'{"outputs": {"y": 2}}\n', "no object `inputs`", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"y": {"$float": "nan"}}}\n', "'y'", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"a.b": 1, "a": {"b": 2}}}\n', "both called 'a.b'", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"y": 2}, "status": true}\n', "status", 2),
        (GOOD + b'{"inputs": {"x": 1}, "outputs": {"y": 2}, "outside": 1}\n', "outside", 2),
        (b'{"id": "a", "inputs": {}, "outputs": 1}\n{"id": "a", "inputs": {}, "outputs": 1}\n', "before it", 2),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", 1),
        (b"\x80\x04\x95pickle", "0x80", 1),
    ],
)
def test_what_is_no_golden_file_is_refused_with_its_line(data: bytes, says: str, line_: int | None) -> None:
    error = refused(data)
    assert says in error.what
    assert error.line == line_


def remade(golden: Golden, change: Callable[[dict[str, Any], list[dict[str, Any]]], None]) -> bytes:
    """Return a file that someone changed who knows how the digest is made."""
    head, *rest = (json.loads(each) for each in dumped(golden)[0].decode().splitlines())
    change(head, rest)
    if isinstance(head["header"], dict):
        head["header"]["content"] = ""
        head["header"]["content"] = digest_of(map(line, [head, *rest]))
    return "\n".join(map(line, [head, *rest])).encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda head, _: head["header"].update(schema="gatekeeper/golden@2"), "gatekeeper/golden@2"),
        (lambda head, _: head["header"].pop("schema"), "no schema"),
        (lambda head, _: head["header"].pop("seed"), "seed"),
        (lambda head, _: head["header"].update(colour="red"), "colour"),
        (lambda head, _: head["header"].update(recorded="../../etc"), "header is none"),
        (lambda head, _: head["header"]["outputs"]["price"].update(scale=-1.0), "negative"),
        (lambda _, rest: rest.clear(), "no golden record after its header"),
        (lambda _, rest: rest[1].update(id="r001"), "which a record before it has"),
        (lambda _, rest: rest[0].pop("id"), "no `id`"),
        (lambda _, rest: rest[0].update(why="x"), "why"),
        (lambda _, rest: rest[0]["outputs"].update(price=1), "expected float"),
        (lambda _, rest: rest[0]["outputs"].update(price="1.0"), "expected float"),
        (lambda _, rest: rest[0]["outputs"].update(price=[1.0]), "shape"),
        (lambda _, rest: rest[0]["outputs"].update(price=[[1.0], [1.0, 2.0]]), "differ in length"),
        (lambda _, rest: rest[0]["outputs"].update(price={"$float": "NaN"}), "NaN or infinity"),
        (lambda _, rest: rest[0]["outputs"].update(cost=1.0), "'cost'"),
        (lambda _, rest: rest[0]["inputs"].update(units="1"), "the header says int"),
        (lambda _, rest: rest[0]["inputs"].update(colour="red"), "'colour'"),
        (lambda _, rest: rest[0].update(devices=[]), "devices"),
        (
            lambda _, rest: rest[0]["outputs"].update(
                price={"$array": {"dtype": "float", "shape": [1 << 40], "values": []}}
            ),
            "impossible shape",
        ),
        (
            lambda _, rest: rest[0]["outputs"].update(
                price={"$array": {"dtype": "float", "shape": [1 << 27], "values": []}}
            ),
            "0 values for the shape",
        ),
        (lambda _, rest: rest[0]["outputs"].update(price={"$tensor": "x", "sha256": "y"}), "its file is missing"),
    ],
)
def test_what_does_not_hold_is_refused_even_under_a_right_digest(
    golden: Callable[..., Golden], change: Callable[[dict[str, Any], list[dict[str, Any]]], None], says: str
) -> None:
    assert says in refused(remade(golden(1.0, 2.0), change)).what


def test_a_number_beyond_its_type_is_refused(golden: Callable[..., Golden], value: Callable[..., Value]) -> None:
    tiny = golden(value(np.array([1], np.int8)))
    assert "beyond int8" in refused(remade(tiny, lambda _, rest: rest[0]["outputs"].update(price=[300]))).what
    narrow = golden(value(np.array([1.0], np.float32)))
    assert "beyond float32" in refused(remade(narrow, lambda _, rest: rest[0]["outputs"].update(price=[1e300]))).what


def test_tensors_that_are_missing_cut_or_swapped_are_refused(
    header: Callable[..., Header], value: Callable[..., Value]
) -> None:
    def with_tensor(start: float) -> Golden:
        large = value(np.arange(9_000.0) + start)
        records = (Record(id="r1", inputs={"x": large}, outputs={"y": value(1.0)}),)
        return Golden(header=header(records), records=records)

    records, large = dumped(with_tensor(0.0))
    _, other = dumped(with_tensor(1.0))
    assert large is not None
    assert other is not None
    assert from_lines(io.BytesIO(records), io.BytesIO(large)).records
    assert "its file is missing" in refused(records).what
    assert "another tensor" in refused(records, other).what
    for length in [*range(0, 200, 7), len(large) - 1]:
        refused(records, large[:length])


KEYS = ["header", "inputs", "outputs", "id", "$array", "$tensor", "$float", "dtype", "shape", "values", "x"]
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200) | documents.map(lambda each: json.dumps(each).encode()))
def test_no_bytes_cause_anything_but_unreadable(data: bytes) -> None:
    try:
        found = from_lines(io.BytesIO(data), None)
    except Unreadable as error:
        assert error.fix
    else:
        assert found.records


@settings(max_examples=100, deadline=None)
@given(
    inputs=documents, outputs=documents, rest=st.dictionaries(st.sampled_from(["id", "status", "devices"]), documents)
)
def test_no_record_causes_anything_but_unreadable(inputs: Any, outputs: Any, rest: dict[str, Any]) -> None:
    record = {"inputs": {"x": inputs}, "outputs": outputs, **rest}
    try:
        found = from_lines(io.BytesIO(json.dumps(record).encode()), None)
    except Unreadable as error:
        assert error.line == 1
    else:
        assert len(found.records) == 1


@pytest.mark.parametrize(
    "held", [b'{"$int": "' + b"9" * 1300 + b'"}', b'{"$int": "-' + b"9" * 1300 + b'"}', b"[" * 54 + b"]" * 54]
)
def test_the_largest_that_is_read_is_also_written_and_told_apart(held: bytes, header: Callable[..., Header]) -> None:
    found = from_lines(io.BytesIO(b'{"inputs": {"x": ' + held + b'}, "outputs": {"y": 1}}'), None)
    golden = Golden(header=header(found.records), records=found.records)
    assert from_lines(io.BytesIO(dumped(golden)[0]), None).records[0].inputs == found.records[0].inputs
    assert coverage(found).never_vary == ("x",)


def test_one_more_is_refused() -> None:
    for held in (b'{"$int": "' + b"9" * 1301 + b'"}', b"[" * 56 + b"]" * 56):
        refused(b'{"inputs": {"x": ' + held + b'}, "outputs": {"y": 1}}')
