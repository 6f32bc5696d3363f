"""The picture of a replay: well formed, the same every time, and every record beyond its tolerance is named in it."""

from __future__ import annotations

import math
import struct
import xml.etree.ElementTree as ET
from typing import Any, Final, Literal

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.replay.observed import Memory, Sample, Stressed
from gatekeeper.report.replay.plot import Deviation, draw

FORMATS: Final[tuple[Literal["svg", "png"], ...]] = ("svg", "png")
TIMES: Final = "\N{MULTIPLICATION SIGN}"
SVG: Final = "{http://www.w3.org/2000/svg}"


def sample(requests: int, tensors: int = 0, **more: Any) -> Sample:
    return Sample(
        requests=requests, tensors=tensors, graphs=0, tensor_bytes=0, blocks=100_000, resident=200 << 20, **more
    )


def stressed(**more: Any) -> Stressed:
    given = {
        "verdict": Memory.LEAK,
        "why": "4 tensors more a request",
        "repeated": tuple(sample(each, 4 * each) for each in range(0, 201, 20)),
        "fresh": tuple(sample(each, 4 * each) for each in range(0, 101, 20)),
    }
    rest = {"slopes": {}, "holders": (), "warmup": 30, "requests": 200, "faults": 0, "seconds": 1.0}
    return Stressed(**{**given, **rest, "latency": (0.1, 0.2), **more})


DEVIATIONS = (
    Deviation("r001", 0.0),
    Deviation("r002", 0.37, "price"),
    Deviation("r003-edge", 2.41, "price"),
    Deviation("r004", math.nan, "label"),
    Deviation("r005", math.inf),
    Deviation("r006", 1.0),
    Deviation("r007", 123456.7, "price"),
)


def texts(picture: bytes) -> list[str]:
    return [each.text or "" for each in ET.fromstring(picture).iter(f"{SVG}text")]


def test_every_record_beyond_its_tolerance_is_named_with_how_far_and_no_other() -> None:
    found = texts(draw(DEVIATIONS, format="svg"))
    whole = " | ".join(found)
    assert "4 of 7 beyond tolerance" in found
    for name in ("r003-edge", "r004", "r005", "r007"):
        assert name in found
    for name in ("r001", "r002", "r006"):
        assert name not in whole
    assert f"2.41{TIMES} (price)" in found
    assert f"123,457{TIMES} (price)" in found
    assert "no number (label)" in found
    assert "tolerance" in found


def test_where_all_are_within_it_says_so() -> None:
    found = texts(draw(DEVIATIONS[:2], format="svg"))
    assert "all 2 within tolerance" in found
    assert not any("the worst first" in each for each in found)


def test_many_beyond_are_listed_as_far_as_there_is_room_and_the_rest_is_counted() -> None:
    found = texts(draw([Deviation(f"r{each:04d}", 2.0 + each) for each in range(1000)], format="svg"))
    assert "r0999" in found
    assert "r0000" not in found
    assert "and 940 more" in found


def test_memory_is_drawn_for_both_phases_with_what_it_grew_by() -> None:
    with_device = tuple(sample(each, devices={"cuda:0": (100 + each) << 20}) for each in (0, 100, 200))
    found = texts(draw(stressed=stressed(repeated=with_device), format="svg"))
    assert "Memory over 200 requests: LEAK" in found
    assert "4 tensors more a request" in found
    assert "from first to last: +400" in found, "tensors, with new records"
    assert "cuda:0" in found
    assert "from first to last: +200" in found, "MiB on the device"
    assert {"Tensors", "Blocks", "Process"} <= set(found)
    assert "each request a new record: not asked" in texts(draw(stressed=stressed(fresh=()), format="svg"))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_replay_gives_the_same_bytes_whatever_the_settings_are(form: Literal["svg", "png"]) -> None:
    first = draw(DEVIATIONS, stressed(), format=form)
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None, "svg.fonttype": "path", "axes.facecolor": "red"}):
        assert draw(DEVIATIONS, stressed(), format=form) == first
    assert draw(DEVIATIONS, stressed(verdict=Memory.CLEAN), format=form) != first


def test_a_png_is_one_and_as_wide_as_the_page() -> None:
    picture = draw(DEVIATIONS, stressed(), format="png")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == pytest.approx(160 * 760 / 72, abs=2)
    assert height > 800


def test_it_is_black_grey_and_white_alone() -> None:
    picture = draw(DEVIATIONS, stressed(), format="svg").decode()
    colours = {each.lower() for each in _colours(picture)}
    assert colours
    assert all(each[1:3] == each[3:5] == each[5:7] for each in colours), colours


def _colours(picture: str) -> list[str]:
    return [f"#{each[:6]}" for each in picture.split("#")[1:] if all(c in "0123456789abcdefABCDEF" for c in each[:6])]


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    assert "nothing was replayed" in texts(draw(format="svg"))


def test_a_hostile_name_is_text_and_nothing_else() -> None:
    name = "<script>alert(1)</script>\n\x1b[2J\u202e$x^2$"
    picture = draw([Deviation(name, 5.0, "a&b")], format="svg")
    assert b"<script" not in picture
    assert any("<script>alert(1)</script>" in each for each in texts(picture))
    assert "\x1b" not in picture.decode()
    assert "\u202e" not in picture.decode()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.builds(Deviation, st.text(max_size=30), st.floats(min_value=0) | st.just(math.nan)), max_size=30),
    st.lists(st.integers(0, 2**62), max_size=4),
)
def test_whatever_the_numbers_are_there_is_a_picture(deviations: list[Deviation], resident: list[int]) -> None:
    samples = tuple(
        Sample(requests=at, tensors=each, graphs=0, tensor_bytes=0, blocks=each, resident=each)
        for at, each in enumerate(resident)
    )
    found = draw(deviations, stressed(repeated=samples, fresh=()), format="svg")
    ET.fromstring(found)
    beyond = sum(not each.ratio <= 1 for each in deviations)
    if beyond:
        assert f"{beyond} of {len(deviations)} beyond tolerance" in texts(found)
