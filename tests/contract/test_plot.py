"""The picture of a baseline: well formed, the same every time, and safe with whatever data is called."""

from __future__ import annotations

import dataclasses
import struct
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, Final, Literal

import matplotlib as mpl
import msgspec
import numpy as np
import pytest

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline.counting import count
from gatekeeper.contract.baseline.decision import Comparison
from gatekeeper.contract.baseline.facts import Baseline, Categories, Grid, Other
from gatekeeper.contract.baseline.matching import matched, selection
from gatekeeper.contract.baseline.sample import Sample
from gatekeeper.contract.tables import open_table
from gatekeeper.report.baseline.plot import draw
from gatekeeper.report.baseline.plot_ink import Letters, Pen, _dpi
from gatekeeper.report.baseline.plot_scale import _date, share

FORMATS: Final[tuple[Literal["svg", "png"], ...]] = ("svg", "png")
SVG: Final = "{http://www.w3.org/2000/svg}"
DIGEST: Final = "sha256:" + "0123456789abcdef" * 4


def _training(rows: int = 600) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "cost": rng.lognormal(3, 1, rows),
        "units": rng.integers(1, 12, rows),
        "region": np.array(["north", "south", "west"], dtype=object)[rng.integers(0, 3, rows)],
        "stock": rng.normal(50, 9, rows),
        "sold": np.datetime64("2024-01-01", "us")
        + rng.integers(0, 90 * 86_400, rows) * np.timedelta64(1_000_000, "us"),
        "price": rng.normal(0, 1, rows),
    }


def _live(rows: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    data = {name: column[:rows].copy() for name, column in _training().items()}
    data["stock"][rng.random(rows) < 0.35] = np.nan
    data["region"][rng.random(rows) < 0.08] = "atlantis"
    data["cost"] = data["cost"] * 40
    return data


def _held(trained: Baseline, data: Any) -> tuple[tuple[Sample, ...], Comparison]:
    table = open_table(data, "other", selection(trained, ()))
    samples = count(trained, table, matched(trained, table.columns, (), by_name=True))
    return samples, lib.decide(trained, samples)


@pytest.fixture(scope="module")
def trained() -> Baseline:
    artifact = lib.Named(name="model.joblib", sha256=DIGEST)
    return lib.build(_training(), name="training", target="price", units={"cost": "EUR"}, artifact=artifact)


def _texts(svg: bytes) -> list[str]:
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return ["".join(each.itertext()).strip() for each in root.iter(f"{SVG}text")]


def _drawn(data: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Draw data alone and with other data over it, in both formats, and return the last picture's texts."""
    trained = lib.build(dict(data), name="training")
    held = _held(trained, dict(other))
    assert draw(trained, format="svg") != draw(trained, held[0], format="svg")
    assert draw(trained, *held, format="png").startswith(b"\x89PNG\r\n\x1a\n")
    return _texts(draw(trained, *held, format="svg"))


def test_each_column_is_named_with_its_unit_its_role_and_its_status(trained: Baseline) -> None:
    texts = _texts(draw(trained, *_held(trained, _live()), format="svg"))
    assert {"cost", "units", "region", "stock", "sold", "price", "EUR", "target"} <= set(texts)
    assert "missing 35 % (0 %)" in texts or any(each.startswith("missing 3") for each in texts)
    assert any(each.startswith("unseen ") for each in texts)
    assert "\N{BALLOT X} DRIFT" in texts
    assert "not in baseline" in texts
    assert any("atlantis" in each for each in texts)


def test_the_page_says_which_data_and_which_artifact(trained: Baseline) -> None:
    texts = _texts(draw(trained, format="svg"))
    assert {"Baseline of training", "600 rows, 6 columns", "artifact  model.joblib", DIGEST} <= set(texts)
    assert not any(word in each for each in texts for word in ("DRIFT", "QUIET", "UNDERPOWERED", "other data"))
    texts = _texts(draw(trained, *_held(trained, _live()), format="svg"))
    assert "held against other data of 400 rows" in texts
    assert any(each.startswith("\N{BALLOT X} DRIFT: ") for each in texts)


def test_quiet_and_underpowered_are_words() -> None:
    rng = np.random.default_rng(2)
    data = {"a": rng.normal(size=4000), "b": rng.normal(size=4000)}
    trained = lib.build(data, name="training")
    assert "\N{CHECK MARK} QUIET" in _texts(draw(trained, *_held(trained, data), format="svg"))
    few = {name: values[:25] for name, values in data.items()}
    assert "? UNDERPOWERED" in _texts(draw(trained, *_held(trained, few), format="svg"))


def test_months_that_were_seen_are_listed() -> None:
    days = np.datetime64("2023-10-01") + np.arange(92) * np.timedelta64(1, "D")
    data = {"day": days.astype("datetime64[us]"), "x": np.arange(92) % 7 * 1.5}
    texts = _texts(draw(lib.build(data, name="training", time="day"), format="svg"))
    assert {"months covered: 3 of 12", "Oct, Nov, Dec"} <= set(texts)


def test_a_column_that_the_other_data_lacks_is_still_drawn(trained: Baseline) -> None:
    data = {name: column for name, column in _live().items() if name != "price"}
    texts = _texts(draw(trained, *_held(trained, data), format="svg"))
    assert {"price", "not in the other data"} <= set(texts)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_input_gives_the_same_bytes(trained: Baseline, form: Literal["svg", "png"]) -> None:
    held = _held(trained, _live())
    first = draw(trained, *held, format=form)
    assert mpl.__version__.encode() not in first
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "text.usetex": True, "savefig.dpi": 30}):
        before = dict(mpl.rcParams)
        assert draw(trained, *held, format=form) == first
        assert dict(mpl.rcParams) == before


def test_a_png_is_as_large_as_can_be_opened() -> None:
    for width, height in ((880.0, 500.0), (1_300.0, 90_000.0), (11_000.0, 16_000.0), (880.0, 10_000_000.0)):
        dpi = _dpi(width, height)
        assert 0 < dpi <= 160
        assert width * height * (dpi / 72) ** 2 <= 50_000_001
        assert max(width, height) * dpi / 72 <= 30_001


@pytest.mark.slow  # drawing takes seconds
def test_many_columns_stand_on_one_page(trained: Baseline) -> None:
    many = [msgspec.structs.replace(trained.features[2], name=f"column {i}") for i in range(60)]
    data = msgspec.structs.replace(trained, features=tuple(many), target=None)
    assert {f"column {i}" for i in range(60)} <= set(_texts(draw(data, format="svg")))
    width, height = struct.unpack(">II", draw(data, format="png")[16:24])
    assert width < height < 30_000


@pytest.mark.parametrize("edges", [(-1.7e308, -1e300, 0.0, 1e300, 1.7e308), (-(2**63), -1, 0, 1, 2**64 - 1)])
def test_edges_whose_difference_is_no_float_are_drawn(trained: Baseline, edges: tuple[float, ...]) -> None:
    for complete in (True, False):
        grid = Grid(edges=edges, le=(10, 20, 30, 40, 60), lt=(0, 15, 25, 35, 50), complete=complete)
        feature = msgspec.structs.replace(trained.features[0], name="x", n=60, grid=grid, min=edges[0], max=edges[-1])
        data = msgspec.structs.replace(trained, features=(feature,), target=None)
        other = Sample(name="x", n=40, le=(0, 0, 10, 20, 35), lt=(0, 0, 5, 10, 30))
        assert "x" in _texts(draw(data, [other], format="svg"))


HOSTILE: Final = (
    "</text><script>alert(1)</script>&amp;",
    "$\\frac{1}{2}$ $x_$ $",
    "esc\x1b[2J\x07\x00bell",
    "two\nlines\tand a tab",
    "right\u202eleft",
    "\ud800 alone",
    "nothing \ufffe\uffff",
    "\u6570\u636e \U0001f600",
    "\u0623\u0628\u062c\u062f",
    "W" * 5000,
    "",
    " ",
)


@pytest.mark.slow  # drawing takes seconds
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(trained: Baseline, name: str) -> None:
    feature = msgspec.structs.replace(trained.features[0], name=name, unit=name)
    categories = Categories(values={name: 7, "ok": 3}, other=Other(count=0, distinct=0))
    region = msgspec.structs.replace(trained.features[2], categories=categories, n=10)
    data = msgspec.structs.replace(trained.data, name=name)
    artifact = lib.Named(name=name, sha256=DIGEST)
    hostile = msgspec.structs.replace(trained, features=(feature, region), data=data, artifact=artifact)
    other = Sample(name="region", n=9, categories={name: 2, "ok": 3}, unlisted=4, examples=(name,))
    judged = dataclasses.replace(_held(trained, _live())[1].features[0], name=name)
    comparison = Comparison(rows=9, features=(judged,), tests=1)
    svg = draw(hostile, [other], comparison, format="svg")
    assert draw(hostile, [other], comparison, format="png").startswith(b"\x89PNG")
    assert not list(ET.fromstring(svg).iter(f"{SVG}script"))
    assert all(each.isprintable() for each in _texts(svg))
    assert max(map(len, _texts(svg))) < 500


def test_a_name_is_cut_to_its_panel() -> None:
    letters = Letters("png")
    pen = Pen(8.6, bold=True)
    cut = letters.fitted("a_very_long_name_of_a_column_that_nobody_reads", pen, 190, 28)
    assert cut.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(cut) <= 28
    assert letters.width(letters.fitted("W" * 28, pen, 100), pen) <= 100
    assert letters.clean("\u6570") == "\\u6570"
    assert Letters("svg").clean("\u6570") == "\u6570"


@pytest.mark.slow  # drawing takes seconds
@pytest.mark.parametrize(
    "values",
    [
        np.full(50, np.nan),
        np.full(50, 7.0),
        np.full(50, -0.0),
        np.r_[np.zeros(30), np.full(30, np.nan)],
        np.r_[np.zeros(30), np.ones(30)],
        np.r_[np.zeros(3000), np.random.default_rng(0).gamma(2, 100, 3000)],
        np.int64(2**62) + np.arange(500),
        np.arange(500).astype(np.int64) * (2**53 + 1),
        np.uint64(2**64 - 1) - np.arange(500).astype(np.uint64),
        np.r_[np.linspace(0, 1, 300), 1e300],
        np.linspace(0, 5e-322, 300),
        np.linspace(1, 1 + 1e-13, 300),
        np.random.default_rng(0).standard_cauchy(3000),
        np.random.default_rng(0).poisson(50, 3000),
        np.r_[np.random.default_rng(0).integers(0, 4, 300), np.full(30, 999)],
        np.r_[np.random.default_rng(0).integers(0, 80, 3000), np.full(300, -999)],
        np.arange(100) % 2 == 0,
        np.array([f"text {i}" for i in range(300)], dtype=object),
        np.array([f"kind {i % 40}" for i in range(4000)], dtype=object),
        np.array(["same"] * 60, dtype=object),
        np.arange(300).astype("datetime64[s]").astype("datetime64[us]"),
        np.arange(300).astype("datetime64[D]").astype("datetime64[us]"),
        np.full(60, np.datetime64("2024-02-29", "us")),
    ],
)
def test_whatever_a_column_holds_is_drawn(values: np.ndarray[Any, Any]) -> None:
    padding = np.arange(len(values)) % 5
    other = values[len(values) // 2 :]
    assert "x" in _drawn({"x": values, "padding": padding}, {"x": other, "padding": padding[len(values) // 2 :]})


def test_other_data_without_a_value_or_far_away_is_drawn() -> None:
    values = np.linspace(0, 1, 300)
    texts = _drawn({"x": values}, {"x": np.full(40, np.nan)})
    assert "no values in the other data" in texts
    assert "100 %" in _drawn({"x": values}, {"x": values + 1e9})
    assert "100 %" in _drawn({"x": values}, {"x": values - 1e9})


def test_a_value_that_only_the_other_data_repeats_is_written() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, 3000)
    other = np.where(rng.random(3000) < 0.3, 0.123456, values)
    assert any(each.startswith("0.1235: ") for each in _drawn({"x": values}, {"x": other}))


def test_shares_are_told_from_nothing_and_from_all() -> None:
    expected = {0.0: "0 %", 1e-6: "<0.1 %", 0.004: "0.4 %", 0.35: "35 %", 0.9999: ">99 %", 1.0: "100 %"}
    assert {value: share(value) for value in expected} == expected


def test_days_are_those_of_the_calendar() -> None:
    for days in (*range(-800_000, 3_000_000, 9973), -719_162, -1, 0, 11_016, 19_782):
        if -719_162 <= days < 2_932_897:
            moment = np.datetime64(days, "D").item()
            assert _date(days) == (moment.year, moment.month, moment.day)
