"""A file with tensors is read once, from its first byte to its last, wherever in it they lie."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.artifact.elements import SIZES, Element, element
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Statistics, Tensor
from gatekeeper.artifact.tensors.scan import BLOCK, Scan
from gatekeeper.artifact.tensors.sweep import MAX_OVERLAP, Region, sweep


class Watched(io.BytesIO):
    """Bytes that remember what was read of them."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads: list[tuple[int, int]] = []

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed has a protocol here
        at = self.tell()
        count = super().readinto(buffer)
        self.reads.append((at, count))
        return count


def region(name: str, of: Element, start: int, size: int, *, elsewhere: str = "") -> Region:
    tensor = Tensor(name=name, element=str(of), shape=(), offset=start, size=size, elsewhere=elsewhere)
    return Region(tensor=tensor, element=of, start=start)


def statistics(of: Element, data: bytes) -> tuple[Statistics, ...]:
    scan = Scan(of)
    scan.feed(data)
    return scan.statistics()


@st.composite
def layouts(draw: st.DrawFn) -> tuple[bytes, list[Region]]:
    content = draw(st.binary(max_size=400))
    found = []
    for index in range(draw(st.integers(0, 6))):
        of = element(draw(st.sampled_from(list(SIZES))))
        start = draw(st.integers(0, len(content)))
        size = draw(st.integers(0, (len(content) - start) // of.size)) * of.size
        found.append(region(str(index), of, start, size))
    return content, found


@given(layouts())
def test_each_tensor_has_the_statistics_of_its_bytes_in_the_order_asked_for(
    layout: tuple[bytes, list[Region]],
) -> None:
    content, regions = layout
    found = sweep(io.BytesIO(content), regions)
    assert [tensor.name for tensor in found] == [each.tensor.name for each in regions]
    for each, tensor in zip(regions, found, strict=True):
        part = content[each.start : each.start + tensor.size]
        assert tensor.statistics == statistics(each.element, part)


def test_every_byte_is_read_once_and_in_order() -> None:
    of, size = element("float32"), 3 * BLOCK + 20
    stream = Watched(struct.pack("<f", 2.5) * (size // 4))
    stream.seek(11)
    first, last, whole = sweep(
        stream,
        [region("last", of, size - 8, 8), region("first", of, 0, 4), region("whole", of, 0, size)],
    )
    ends = [at + count for at, count in stream.reads]
    assert [at for at, _ in stream.reads] == [0, *ends[:-1]]
    assert ends[-1] == size
    assert [each.statistics[0].count for each in (first, last, whole)] == [2, 1, size // 4]


def test_a_tensor_across_blocks_keeps_the_index_of_its_first_odd_number() -> None:
    of, start = element("float16"), BLOCK - 3
    data = bytearray(struct.pack("<e", 1) * BLOCK)
    struct.pack_into("<e", data, 2 * 300_000, float("inf"))
    (tensor,) = sweep(io.BytesIO(bytes(start) + data), [region("x", of, start, len(data))])
    (found,) = tensor.statistics
    assert (found.count, found.first, found.infinite) == (BLOCK, 300_000, 1)


def test_tied_weights_are_told_for_each_of_their_names() -> None:
    of, content = element("float32"), struct.pack("<ff", 1, -2)
    encoder, decoder = sweep(io.BytesIO(content), [region("encoder", of, 0, 8), region("decoder", of, 0, 8)])
    assert (encoder.name, decoder.name) == ("encoder", "decoder")
    assert encoder.statistics == decoder.statistics == statistics(of, content)


def test_what_is_elsewhere_or_is_no_number_stays_as_it_is() -> None:
    text = region("text", Element(name="str", size=8), 0, 8)
    elsewhere = region("elsewhere", element("float32"), 10**9, 400, elsewhere="weights.bin")
    assert sweep(io.BytesIO(bytes(8)), [text, elsewhere]) == (text.tensor, elsewhere.tensor)


@pytest.mark.parametrize(("start", "size"), [(0, 12), (9, 0), (4, 8), (-4, 4)])
def test_a_tensor_beyond_the_end_is_refused(start: int, size: int) -> None:
    with pytest.raises(
        EndOfFile, match=f"the data ends at byte 8, expected a tensor of {size} bytes from byte {start}"
    ):
        sweep(io.BytesIO(bytes(8)), [region("x", element("float32"), start, size)])


def test_a_file_that_ends_while_it_is_read_is_refused() -> None:
    class Shrinking(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed has a protocol here
            self.truncate(8)
            return super().readinto(buffer)

    of = element("float32")
    for start, size in ((0, 16), (12, 4)):
        with pytest.raises(EndOfFile, match="the data ends at byte 8"):
            sweep(Shrinking(bytes(16)), [region("x", of, start, size)])


def test_a_size_that_is_no_multiple_of_the_elements_is_refused() -> None:
    with pytest.raises(Damaged, match="ends within an element"):
        sweep(io.BytesIO(bytes(8)), [region("x", element("float32"), 0, 6)])


def test_tensors_that_would_be_counted_for_ever_are_refused() -> None:
    of, content = element("uint8"), bytes(400)
    regions = [region(str(each), of, each, 400 - each) for each in range(2 * MAX_OVERLAP)]
    with pytest.raises(TooLarge, match="bytes lie in 400 bytes"):
        sweep(io.BytesIO(content), regions)
