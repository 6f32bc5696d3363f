"""The golden file: what is written comes back, to the last bit, and what was not written so is refused."""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden.describing import inputs_of, outputs_of
from gatekeeper.replay.golden.document import content_digest, dumped, from_lines, kept_as, read, write
from gatekeeper.replay.golden.facts import Environment, Golden, Header, OutputSpec, Previous, Record
from gatekeeper.replay.golden.keys import key
from gatekeeper.replay.golden.repeating import is_identical
from gatekeeper.replay.observed import Value
from gatekeeper.replay.outcomes import Other

GOOD = b'{"inputs": {"x": 1}, "outputs": {"y": 2}}\n'

floats = st.floats(allow_nan=False) | st.just(-0.0) | st.just(5e-324) | st.just(1.7976931348623157e308)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(2**53 + 1)
    | st.just(2**63)
    | floats
    | st.text()
    | st.just("\ud800 half a pair")
    | st.builds(Other, st.text(), st.text())
)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(["$float", "$$x", "$tensor"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def typed(dtype: str) -> st.SearchStrategy[Value]:
    shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    kind = "float32" if dtype == "bfloat16" else dtype

    def narrow(array: Any) -> Value:
        if dtype == "bfloat16":
            bits = np.ascontiguousarray(array).view(np.uint32) & np.uint32(0xFFFF0000)
            array = np.where(np.isnan(array), np.float32("nan"), bits.view(np.float32).reshape(array.shape))
        if kind.startswith("float"):  # of NaN only that it is one is kept
            array = np.where(np.isnan(array), np.array("nan", dtype=kind), array)
        return Value(dtype=dtype, shape=array.shape, values=np.asarray(array, dtype=kind))

    return arrays.arrays(np.dtype(kind), shapes).map(narrow)


wide = st.sampled_from(
    "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint64 uint32 uint16 uint8".split()
).flatmap(typed)


def listed(kind: str, elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Value]:
    one = elements.map(lambda each: Value(dtype=kind, shape=(), values=(each,)))
    many = st.lists(elements, max_size=4).map(lambda all_: Value(dtype=kind, shape=(len(all_),), values=tuple(all_)))
    return one | many


values = (
    wide
    | listed("float", floats | st.sampled_from([math.nan, math.inf, -math.inf]))
    | listed("int", st.integers())
    | listed("bool", st.booleans())
    | listed("text", st.text())
    | listed("null", st.none())
    | st.just(Value(dtype="int", shape=(2, 0), values=()))
    | st.just(Value(dtype="any", shape=(2,), values=(1, "one")))
)


def made(records: tuple[Record, ...], **known: Any) -> Golden:
    header = Header(
        predictor="artifact",
        artifacts={"b": "sha256:1", "a": "sha256:2"},
        environment=Environment(lock="sha256:3", python="3.11.7", versions={"torch": "2.13.0", "numpy": "2.4.6"}),
        devices={"cpu": {"threads": "1"}},
        seed=7,
        recorder="0.9.0",
        recorded="2026-05-04",
        inputs=inputs_of(records),
        outputs=outputs_of(records),
    )
    return Golden(header=msgspec.structs.replace(header, **known), records=records)


def again(golden: Golden) -> Golden:
    records, large = dumped(golden)
    return from_lines(io.BytesIO(records), None if large is None else io.BytesIO(large))


def check_same(one: Record, other: Record) -> None:
    assert {n: key(v) for n, v in one.inputs.items()} == {n: key(v) for n, v in other.inputs.items()}
    assert list(one.inputs) == list(other.inputs)
    assert (one.outputs is None) == (other.outputs is None)
    pairs = [(one.outputs or {}, other.outputs or {}), *((each, other.devices[d]) for d, each in one.devices.items())]
    for held, got in pairs:
        assert list(held) == list(got)
        assert all(is_identical(held[name], got[name]) for name in held), (held, got)
    assert (one.id, one.why, one.status, one.fault, one.outside) == (
        *(other.id, other.why, other.status, other.fault, other.outside),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    inputs=st.lists(st.dictionaries(st.text(max_size=5), plain | wide, max_size=3), min_size=1, max_size=3),
    outputs=st.lists(st.dictionaries(st.sampled_from(["a", "$b", "c.d"]), values, max_size=3), min_size=3, max_size=3),
    status=st.none() | st.integers(100, 399),
    why=st.lists(st.text(), max_size=2),
)
def test_what_is_written_comes_back_to_the_last_bit(
    inputs: list[dict[str, Any]], outputs: list[dict[str, Value]], status: int | None, why: list[str]
) -> None:
    records = tuple(
        Record(id=f"r{place}", inputs=each, outputs=outputs[place], status=status, why=tuple(why), outside=place == 1)
        for place, each in enumerate(inputs)
    )
    golden = made(records)
    found = again(golden)
    for one, other in zip(records, found.records, strict=True):
        check_same(one, other)
    assert dumped(found) == dumped(golden)  # canonical: what was read is written as it was
    assert found.header is not None
    assert found.header.content == content_digest(golden)


@given(number=st.floats(width=32, allow_nan=False))
def test_a_float_of_32_bits_has_few_digits_and_is_the_very_same_number(number: float) -> None:
    records = (
        Record(id="r", inputs={}, outputs={"y": Value(dtype="float32", shape=(), values=np.array(number, np.float32))}),
    )
    text = dumped(made(records))[0].decode()
    held = json.loads(text.splitlines()[1])["outputs"]["y"]
    if isinstance(held, float):
        assert struct.pack("<f", held) == struct.pack("<f", number)
        assert len(Decimal(repr(held)).normalize().as_tuple().digits) <= 9


def test_numbers_are_written_with_the_fewest_digits(value: Callable[..., Value]) -> None:
    outputs = {
        "f4": value(np.array([0.1, -0.0], np.float32)),
        "f8": value(0.1),
        "i8": value(np.array([2**53 + 1], np.int64)),
        "nan": value(math.nan),
        "big": value(2**63),
    }
    _, record = dumped(made((Record(id="r1", inputs={"x": 1.0}, outputs=outputs),)))[0].decode().splitlines()
    assert record == (
        '{"id": "r1", "why": [], "inputs": {"x": 1.0}, "outputs": {"f4": [0.1, -0.0], "f8": 0.1, '
        '"i8": [9007199254740993], "nan": {"$float": "NaN"}, "big": {"$int": "9223372036854775808"}}}'
    )


def test_a_large_tensor_lies_in_a_file_beside(tmp_path: Path, value: Callable[..., Value]) -> None:
    image = np.arange(20_000, dtype="float32").reshape(100, 200)
    records = (Record(id="r1", inputs={"image": value(image)}, outputs={"y": value(1.5)}),)
    path = write(made(records), tmp_path)
    assert path.stat().st_size < 3_000
    assert '{"$tensor": "r1.inputs.image", "sha256": ' in path.read_text()
    check_same(records[0], read(tmp_path).records[0])
    check_same(records[0], read(path).records[0])


def test_what_a_device_answers_and_what_is_refused_or_raised_comes_back(value: Callable[..., Value]) -> None:
    records = (
        Record(
            id="r1",
            inputs={"x": 1},
            outputs={"y": value(1.0)},
            status=200,
            devices={"cuda:NVIDIA H200": {"y": value(1.0000001)}},
        ),
        Record(id="r2", inputs={"x": None}, outputs=None, status=422),
        Record(id="r3", inputs={"x": -1}, outputs=None, fault="ValueError"),
    )
    found = again(made(records))
    for one, other in zip(records, found.records, strict=True):
        check_same(one, other)
    assert found.records[0].expected("cuda:NVIDIA H200") == ({"y": value(1.0000001)}, True)
    assert found.records[0].expected("cpu") == ({"y": value(1.0)}, False)


def test_a_header_comes_back(golden: Callable[..., Golden]) -> None:
    before = Previous(file="records.x.jsonl", sha256="sha256:9", reason="why", changed=1, largest={"price": None})
    known = {"reason": "trained on May", "previous": before, "selection": ("100 rows",)}
    found = again(golden(1.0, 2.0, **known)).header
    assert found is not None
    assert (found.reason, found.previous, found.selection) == ("trained on May", before, ("100 rows",))
    assert found.outputs["price"].scale == pytest.approx(math.sqrt(2.5))


def test_a_file_without_a_header_is_read(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(GOOD + b'{"inputs": {"x": "a"}, "outputs": {"y": 2.5}}\n')
    found = read(tmp_path)
    assert found.header is None
    assert [each.id for each in found.records] == ["line 1", "line 2"]
    assert [each.inputs for each in found.records] == [{"x": 1}, {"x": "a"}]
    assert found.records[1].outputs == {"y": Value(dtype="float", shape=(), values=(2.5,))}


@pytest.mark.parametrize("example", ["pricing", "incident-4092x"])
def test_the_examples_are_golden_sets_and_canonical(example: str) -> None:
    folder = Path(__file__).parents[3] / "examples" / example / "golden"
    found = read(folder)
    assert found.header is not None
    assert dumped(found)[0] == (folder / "records.jsonl").read_bytes()


def test_a_file_without_a_header_may_nest_and_say_outside() -> None:
    text = (
        b'\n{"inputs": {"x": null}, "outputs": '
        b'{"a": {"b": [1, 2.5]}, "c": [[1], [2, 3]], "d": {}}, "outside": true}\r\n'
        b'{"inputs": {"x": {"$float": "NaN"}}, "outputs": 7}'
    )
    first, second = from_lines(io.BytesIO(text), None).records
    assert (first.id, first.outside, second.id, second.outside) == ("line 2", True, "line 3", False)
    assert first.outputs is not None
    assert first.outputs == {
        "a.b": Value(dtype="float", shape=(2,), values=(1.0, 2.5)),
        "c.0": Value(dtype="int", shape=(1,), values=(1,)),
        "c.1": Value(dtype="int", shape=(2,), values=(2, 3)),
        "d": Value(dtype="null", shape=(0,), values=()),
    }
    assert second.outputs == {"output": Value(dtype="int", shape=(), values=(7,))}
    assert math.isnan(second.inputs["x"])


def test_line_ends_and_blanks_are_no_edit(golden: Callable[..., Golden]) -> None:
    records, _ = dumped(golden(1.0, 2.0))
    other = records.replace(b"\n", b"\r\n").replace(b'": ', b'":   ')
    assert from_lines(io.BytesIO(other), None).records == from_lines(io.BytesIO(records), None).records


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(Unreadable, match="no golden records here") as caught:
            read(path)
        assert caught.value.at is not None


def test_an_error_has_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(GOOD + b"{\n")
    with pytest.raises(Unreadable) as caught:
        read(tmp_path)
    assert caught.value.at is not None
    assert (caught.value.at.path, caught.value.at.line) == (str(tmp_path / "records.jsonl"), 2)


def test_recording_anew_keeps_the_old_file_and_never_writes_over_it(
    tmp_path: Path, golden: Callable[..., Golden]
) -> None:
    first, second = golden(1.0), golden(2.0)
    assert kept_as(tmp_path) is None
    write(first, tmp_path)
    digest = content_digest(first)
    name = f"records.2026-05-04-{digest.removeprefix('sha256:')[:12]}.jsonl"
    assert kept_as(tmp_path) == (name, digest)
    before = (tmp_path / "records.jsonl").read_bytes()
    write(second, tmp_path)
    assert (tmp_path / name).read_bytes() == before
    write(first, tmp_path)
    write(second, tmp_path)
    assert (tmp_path / name).read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3
    assert read(tmp_path).records[0].outputs == second.records[0].outputs


def test_the_same_records_under_another_header_are_kept_beside(tmp_path: Path, golden: Callable[..., Golden]) -> None:
    for seed in range(3):
        write(golden(1.0, seed=seed), tmp_path)
    kept = sorted(tmp_path.glob("records.2026*.jsonl"))
    assert len(kept) == 2
    assert {read(each).header.seed for each in kept} == {0, 1}  # type: ignore[union-attr] # they have headers


def test_writing_the_same_again_keeps_no_copy(tmp_path: Path, golden: Callable[..., Golden]) -> None:
    write(golden(1.0), tmp_path)
    write(golden(1.0), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["records.jsonl"]


def test_an_old_file_without_a_header_and_one_that_is_broken_are_kept_too(
    tmp_path: Path, golden: Callable[..., Golden]
) -> None:
    for text in (GOOD, b"broken"):
        (tmp_path / "records.jsonl").write_bytes(text)
        name, _ = kept_as(tmp_path) or ("", "")
        assert name.startswith("records.undated-")
        write(golden(1.0), tmp_path)
        assert (tmp_path / name).read_bytes() == text


def test_kept_tensors_are_read_with_the_kept_file(tmp_path: Path, value: Callable[..., Value]) -> None:
    def with_tensor(start: float) -> Golden:
        large = value(np.arange(9_000.0) + start)
        return made((Record(id="r1", inputs={"x": large}, outputs={"y": value(1.0)}),))

    write(with_tensor(0.0), tmp_path)
    name, _ = kept_as(tmp_path) or ("", "")
    write(with_tensor(1.0), tmp_path)
    check_same(with_tensor(0.0).records[0], read(tmp_path / name).records[0])
    check_same(with_tensor(1.0).records[0], read(tmp_path).records[0])


def test_what_can_not_be_written_changes_nothing(
    tmp_path: Path, golden: Callable[..., Golden], value: Callable[..., Value]
) -> None:
    write(golden(1.0), tmp_path)
    before = (tmp_path / "records.jsonl").read_bytes()
    sound = golden(1.0)
    assert sound.header is not None
    strict = msgspec.structs.replace(sound.header, outputs={"price": OutputSpec(dtype="float")})
    nan = replace(sound.records[0], outputs={"price": value(math.nan)})
    wrong = replace(sound.records[0], outputs={"price": Value(dtype="float", shape=(2,), values=(1.0,))})
    for header, records in [
        (None, sound.records),
        (sound.header, ()),
        (sound.header, sound.records * 2),
        (strict, (nan,)),
        (sound.header, (wrong,)),
        (sound.header, (replace(sound.records[0], inputs={"x": object()}),)),
        (sound.header, (replace(sound.records[0], outputs=None),)),
    ]:
        with pytest.raises(ValueError, match=r"."):
            write(Golden(header=header, records=records), tmp_path)
    assert (tmp_path / "records.jsonl").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
