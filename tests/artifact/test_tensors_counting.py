"""The statistics of a tensor are those of its numbers, one after the other, whatever pieces its bytes come in.

The reference at the end of this file counts as anyone would; which numbers the 8-bit patterns are, torch has said (see
`make_float8.py`). Both ways of counting, with numpy and without, are held against it.
"""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.artifact.elements import SIZES, Element, Field, element
from gatekeeper.artifact.errors import Damaged, TooLarge
from gatekeeper.artifact.facts import Statistics
from gatekeeper.artifact.tensors import plainly, vectors
from gatekeeper.artifact.tensors.columns import MAX_ELEMENT, MAX_NUMBERS, Column, columns
from gatekeeper.artifact.tensors.scan import BLOCK, Scan, is_scanned
from gatekeeper.artifact.tensors.tally import Tally

Way: TypeAlias = Callable[[tuple[Column, ...], int, memoryview], tuple[Tally, ...]]

BOTH_WAYS = pytest.mark.parametrize("tallies", [plainly.tallies, vectors.tallies], ids=["plainly", "by numpy"])
ORDERS: st.SearchStrategy[Literal["<", ">"]] = st.sampled_from(("<", ">"))
WIDTHS = {name: SIZES[name] // (2 if name.startswith("complex") else 1) for name in SIZES}


def counted(tallies: Way, of: Element, data: bytes) -> tuple[Statistics, ...]:
    found = columns(of)
    each = tallies(found, of.size, memoryview(data))
    return tuple(tally.statistics(column.name) for column, tally in zip(found, each, strict=True))


def scanned(of: Element, *pieces: bytes) -> tuple[Statistics, ...]:
    scan = Scan(of, sum(map(len, pieces)))
    for piece in pieces:
        scan.feed(piece)
    return scan.statistics()


def patterns(width: int) -> st.SearchStrategy[int]:
    """Bits of a number: any, and often those near zero, near the smallest normal number and near infinity."""
    bits = 8 * width
    edges = [0, 1 << (bits - 1), (1 << bits) - 1]
    for fraction in (0, 2, 3, 7, 10, 23, 52):
        if fraction < bits - 1:
            infinity = (1 << (bits - 1)) - (1 << fraction)
            edges += [1 << fraction, infinity, infinity | 1 << (bits - 1)]
    near = st.builds(lambda edge, step: (edge + step) % (1 << bits), st.sampled_from(edges), st.integers(-2, 2))
    return st.one_of(st.integers(0, (1 << bits) - 1), near, st.sampled_from([1 << (bits - 2), 3 << (bits - 2)]))


def contents(name: str, order: str) -> st.SearchStrategy[bytes]:
    """Bytes of up to three hundred elements, of which often one alone is odd."""
    width = WIDTHS[name]
    byteorder: Literal["little", "big"] = "little" if order == "<" else "big"
    usual = st.lists(patterns(width), min_size=1, max_size=6)
    parts = SIZES[name] // width

    def build(repeated: list[int], times: int, odd: int, at: int) -> bytes:
        bits = repeated * times * parts
        bits[at % len(bits)] = odd
        return b"".join(each.to_bytes(width, byteorder) for each in bits)

    return st.builds(build, usual, st.integers(1, 50), patterns(width), st.integers(0, 600))


@BOTH_WAYS
@pytest.mark.parametrize("name", SIZES)
@settings(max_examples=40)
@given(st.data())
def test_statistics_are_those_of_the_numbers(tallies: Way, name: str, data: st.DataObject) -> None:
    of = element(name, data.draw(ORDERS))
    content = data.draw(contents(name, of.order))
    assert counted(tallies, of, content) == naive(of, content)


@BOTH_WAYS
@pytest.mark.parametrize("name", [name for name in SIZES if SIZES[name] == 1])
def test_every_pattern_of_one_byte_is_told_right(tallies: Way, name: str) -> None:
    of = element(name)
    for pattern in range(256):
        assert counted(tallies, of, bytes([pattern])) == naive(of, bytes([pattern]))
    assert counted(tallies, of, bytes(range(256))) == naive(of, bytes(range(256)))


@st.composite
def records(draw: st.DrawFn) -> Element:
    """Elements with fields in their order, now with gaps between them, now packed so that no word is aligned."""
    fields, at = [], 0
    for index in range(draw(st.integers(1, 5))):
        name = draw(st.sampled_from([*SIZES, "str"]))
        inner = Element(name="str", size=3) if name == "str" else element(name, draw(ORDERS))
        align = draw(st.booleans())
        at += -at % inner.size if align else draw(st.integers(0, 2))
        fields.append(Field(name=f"f{index}", element=inner, offset=at, count=draw(st.sampled_from([1, 1, 3]))))
        at += inner.size * fields[-1].count
    return Element(name="struct", size=at + draw(st.sampled_from([0, -at % 8])), fields=tuple(fields))


@BOTH_WAYS
@given(of=records(), data=st.data())
def test_each_field_of_floats_in_a_record_has_statistics_of_its_own(
    tallies: Way, of: Element, data: st.DataObject
) -> None:
    seed = data.draw(st.binary(min_size=1, max_size=4 * of.size))
    count = data.draw(st.integers(1, 150))
    content = (seed * (count * of.size // len(seed) + 1))[: count * of.size]
    assert counted(tallies, of, content) == naive(of, content)


@given(of=st.one_of(st.builds(element, st.sampled_from(list(SIZES)), ORDERS), records()), data=st.data())
def test_the_pieces_are_of_no_account(of: Element, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 400))
    content = (data.draw(st.binary(min_size=1, max_size=64)) * (count * of.size))[: count * of.size]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    pieces = [content[start:end] for start, end in pairwise([0, *cuts, len(content)])]
    assert scanned(of, *pieces) == scanned(of, content) == naive(of, content)


def test_what_is_odd_is_found_in_any_block() -> None:
    of, size = element("float32"), 3 * BLOCK + 400
    for at in (0, BLOCK - 4, BLOCK, 2 * BLOCK + 8, size - 4):
        data = bytearray(struct.pack("<f", 1.5) * (size // 4))
        struct.pack_into("<f", data, at, math.inf)
        (found,) = scanned(of, bytes(data))
        assert (found.first, found.infinite, found.nan) == (at // 4, 1, 0)
        assert (found.count, found.minimum, found.maximum) == (size // 4, 1.5, 1.5)


def test_the_first_that_is_not_finite_counts_elements_not_numbers() -> None:
    real_and_imaginary = struct.pack("<ffff", 1, 2, 3, math.nan)
    assert scanned(element("complex64"), real_and_imaginary)[0].first == 1


def test_zero_has_no_sign() -> None:
    (found,) = scanned(element("float64"), struct.pack("<dd", -0.0, -0.0))
    assert (str(found.minimum), str(found.maximum), found.denormal) == ("0.0", "0.0", 0)


def test_a_tensor_without_elements_has_no_range() -> None:
    empty = Statistics(count=0, nan=0, infinite=0, first=None, minimum=None, maximum=None, denormal=0)
    assert scanned(element("float16")) == (empty,)


def test_a_field_in_a_field_is_named_with_its_parents() -> None:
    point = Element(
        name="struct",
        size=6,
        fields=(
            Field(name="x", element=element("float16"), offset=0),
            Field(name="y", element=element("float32", ">"), offset=2),
        ),
    )
    line = Element(name="struct", size=12, fields=(Field(name="ends", element=point, offset=0, count=2),))
    x, y = scanned(line, struct.pack("<e", 1) + struct.pack(">f", 7) + struct.pack("<e", -3) + struct.pack(">f", 9))
    assert (x.field, x.count, x.minimum, x.maximum) == ("ends.x", 2, -3.0, 1.0)
    assert (y.field, y.count, y.minimum, y.maximum) == ("ends.y", 2, 7, 9)


@pytest.mark.parametrize("name", ["str", "bytes", "datetime64", "longdouble", "q4_k"])
def test_what_is_no_number_is_not_counted(name: str) -> None:
    of = Element(name=name, size=16)
    assert not is_scanned(of)
    assert scanned(of, bytes(5)) == ()


def test_a_tensor_that_ends_within_an_element_is_refused() -> None:
    with pytest.raises(Damaged, match="a tensor of 10 bytes ends within an element, expected a multiple of 4"):
        scanned(element("float32"), bytes(10))


def test_an_element_that_can_not_be_one_is_refused() -> None:
    def record(*fields: Field, size: int = 8) -> Element:
        return Element(name="struct", size=size, fields=fields)

    number = element("float32")
    with pytest.raises(Damaged, match="the field 'x' reaches beyond its element of 8 bytes"):
        is_scanned(record(Field(name="x", element=number, offset=6)))
    with pytest.raises(Damaged, match="the field 'x' reaches beyond"):
        is_scanned(record(Field(name="x", element=number, offset=-1)))
    with pytest.raises(Damaged, match="a float32 has 8 bytes, expected 4"):
        is_scanned(Element(name="float32", size=8))
    with pytest.raises(TooLarge, match="more than 65536 numbers"):
        is_scanned(record(Field(name="x", element=number, offset=0, count=MAX_NUMBERS + 1)))
    with pytest.raises(TooLarge, match="expected at most 16777216"):
        is_scanned(record(Field(name="x", element=number, offset=0), size=MAX_ELEMENT + 1))


WITHOUT_NUMPY = """
import sys
from gatekeeper.artifact.elements import element
from gatekeeper.artifact.tensors import sweep
from gatekeeper.artifact.tensors.scan import Scan, prepare
prepare({file})
for _ in range({tensors}):
    scan = Scan(element("float64"))
    scan.feed(bytes({size}))
    assert scan.statistics()[0].count == {size} // 8
print("numpy" in sys.modules)
"""


@pytest.mark.parametrize(
    ("file", "tensors", "size", "loaded"),
    [(50_000, 10, 5_000, False), (50_000_000, 1, 8, True), (0, 1, 100_000, True)],
    ids=["few numbers", "a large file", "a large tensor"],
)
def test_numpy_is_loaded_when_there_are_many_numbers_to_count(file: int, tensors: int, size: int, loaded: bool) -> None:
    code = WITHOUT_NUMPY.format(file=file, tensors=tensors, size=size)
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(loaded)]


FLOAT8 = {
    name: [float(number) for number in numbers]
    for name, numbers in json.loads(Path(__file__).with_name("float8.json").read_text()).items()
}
CODES = {
    "bool": "B",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}
SMALLEST_NORMAL = {
    "float16": 2.0**-14,
    "bfloat16": 2.0**-126,
    "float32": 2.0**-126,
    "float64": sys.float_info.min,
    "float8_e4m3fn": 2.0**-6,
    "float8_e4m3fnuz": 2.0**-7,
    "float8_e5m2": 2.0**-14,
    "float8_e5m2fnuz": 2.0**-15,
    "float8_e8m0fnu": 0.0,
}
PARTS = {"complex64": "float32", "complex128": "float64"}


def numbers_of(element: Element, data: bytes) -> list[float | int]:
    """Return the numbers of one element without fields."""
    if element.name in PARTS:
        half = Element(name=PARTS[element.name], size=element.size // 2, order=element.order)
        return [number for at in (0, half.size) for number in numbers_of(half, data[at : at + half.size])]
    if element.name in FLOAT8:
        return [FLOAT8[element.name][data[0]]]
    if element.name == "bfloat16":
        # The upper half of a float32.
        data = data + bytes(2) if element.order == ">" else bytes(2) + data
        return list(struct.unpack(f"{element.order}f", data))
    if element.name in CODES:
        return list(struct.unpack(element.order + CODES[element.name], data))
    return []


def naive(element: Element, data: bytes) -> tuple[Statistics, ...]:
    """Return what a scan of elements, which have fields of plain numbers or none, must tell: of fields only floats."""
    rows = [data[at : at + element.size] for at in range(0, len(data), element.size)]
    if not element.fields:
        return (_of("", element.name, [numbers_of(element, row) for row in rows]),)
    found = []
    for field in element.fields:
        inner = field.element
        starts = [field.offset + index * inner.size for index in range(field.count)]
        if inner.name in {*SMALLEST_NORMAL, *PARTS}:
            columns = [
                [number for at in starts for number in numbers_of(inner, row[at : at + inner.size])] for row in rows
            ]
            found.append(_of(field.name, inner.name, columns))
    return tuple(found)


def _of(field: str, name: str, rows: list[list[float | int]]) -> Statistics:
    flat = [number for row in rows for number in row]
    finite = [number for number in flat if math.isfinite(number)]
    bad = [index for index, row in enumerate(rows) if not all(math.isfinite(number) for number in row)]
    normal = SMALLEST_NORMAL.get(PARTS.get(name, name), 0.0)
    return Statistics(
        field=field,
        count=len(flat),
        nan=sum(math.isnan(number) for number in flat),
        infinite=sum(math.isinf(number) for number in flat),
        first=bad[0] if bad else None,
        minimum=min(finite, default=None),
        maximum=max(finite, default=None),
        denormal=sum(0 < abs(number) < normal for number in finite),
    )
