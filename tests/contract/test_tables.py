"""The readers of data: the same values give the same facts, whatever holds them; what can't be read says why."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, ipc
from pyarrow import parquet as pq

from gatekeeper.contract import baseline
from gatekeeper.contract.baseline.facts import Baseline, Feature, Kind
from gatekeeper.contract.tables import csv_files, guess, json_lines, open_table, parquet
from gatekeeper.contract.tables.columns import Numbers, Selection, Table
from gatekeeper.errors import GatekeeperError, Unreadable

ROWS = 60


def frame() -> pd.DataFrame:
    """Return one column of every kind, each with values missing that can be."""
    place = np.arange(ROWS)
    return pd.DataFrame(
        {
            "real": np.where(place % 7 == 3, np.nan, place / 8),
            "whole": place * 3 - 50,
            "nullable": pd.array([None if i % 9 == 4 else int(i) for i in place], dtype="Int64"),
            "flag": pd.array([None if i % 11 == 5 else bool(i % 2) for i in place], dtype="boolean"),
            "word": pd.array([None if i % 13 == 6 else "abc"[i % 3] for i in place], dtype="str"),
            "text": [f"row number {'x' * int(i)}" for i in place],
            "when": pd.date_range("2026-01-01", periods=ROWS, freq="7h").as_unit("us"),
            "zoned": pd.date_range("2026-01-01", periods=ROWS, freq="7h", tz="Europe/Berlin").as_unit("us"),
        }
    )


def described(data: Any, **asked: Any) -> dict[str, Feature]:
    """Return what a baseline says of each column, but for the name of its type."""
    made = baseline.build(data, **asked)
    return {each.name: msgspec.structs.replace(each, dtype="") for each in made.columns}


def refused(data: Any, **asked: Any) -> GatekeeperError:
    with pytest.raises(GatekeeperError) as caught:
        baseline.build(data, **asked)
    assert caught.value.fix
    return caught.value


def nan_missing(feature: Feature) -> Feature:
    """Return the feature with NaN as no value: formats other than Arrow's know one of the two."""
    return msgspec.structs.replace(feature, missing=feature.missing + feature.nan, nan=0)


def about(features: dict[str, Feature]) -> dict[str, Feature]:
    return {name: nan_missing(each) for name, each in features.items()}


# --- the same values, the same facts


def as_csv(data: pd.DataFrame, path: Path) -> None:
    data.to_csv(path, index=False)


def as_semicolons(data: pd.DataFrame, path: Path) -> None:
    data.to_csv(path, index=False, sep=";", quoting=1, lineterminator="\r\n", encoding="utf-8-sig")


def as_parquet(data: pd.DataFrame, path: Path) -> None:
    data.to_parquet(path, index=False, row_group_size=17)


def as_feather(data: pd.DataFrame, path: Path) -> None:
    feather.write_feather(data, path, compression="zstd")


def as_stream(data: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(data, preserve_index=False)
    with ipc.new_stream(path, table.schema) as sink:
        for batch in table.to_batches(max_chunksize=17):
            sink.write(batch)


def as_pandas_lines(data: pd.DataFrame, path: Path) -> None:
    data.to_json(path, orient="records", lines=True, date_format="iso", date_unit="us", double_precision=15)


def as_lines(data: pd.DataFrame, path: Path) -> None:
    columns = {name: pa.array(data[name], from_pandas=True).to_pylist() for name in data}
    with path.open("w") as stream:
        for each in zip(*columns.values(), strict=True):
            stream.write(
                json.dumps(dict(zip(columns, each, strict=True)), default=lambda value: value.isoformat()) + "\n"
            )


WRITERS: list[Callable[[pd.DataFrame, Path], None]] = [
    *(as_csv, as_semicolons, as_parquet, as_feather, as_stream, as_pandas_lines, as_lines)
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda each: each.__name__)
def test_every_format_gives_the_same_facts(write: Callable[[pd.DataFrame, Path], None], tmp_path: Path) -> None:
    path = tmp_path / "data"
    write(frame(), path)
    found, expected = about(described(path)), about(described(frame()))
    assert list(found) == list(expected) == list(frame())
    for name, feature in expected.items():
        assert found[name] == feature, name
    assert found["whole"].kind is Kind.INTEGER
    assert found["when"].kind is found["zoned"].kind is Kind.DATETIME
    assert found["flag"].kind is Kind.BOOLEAN


@pytest.mark.parametrize("write", WRITERS, ids=lambda each: each.__name__)
def test_no_format_is_told_from_another_by_a_comparison(
    write: Callable[[pd.DataFrame, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "data"
    write(frame(), path)
    for name, sample in {each.name: each for each in baseline.counts(baseline.build(frame()), path)}.items():
        assert sample.rows == ROWS, name
        assert sample.mistyped == 0, name
    found = baseline.compare(baseline.build(path), frame())
    assert found.drifted is False


@pytest.mark.parametrize("write", WRITERS, ids=lambda each: each.__name__)
def test_a_second_run_writes_the_same_bytes(write: Callable[[pd.DataFrame, Path], None], tmp_path: Path) -> None:
    path = tmp_path / "data"
    write(frame(), path)
    first, second = (baseline.write(baseline.build(path)) for _ in range(2))
    assert first == second


def test_arrow_tables_and_mappings_are_frames() -> None:
    table = pa.Table.from_pandas(frame(), preserve_index=False)
    for data in (
        table,
        table.combine_chunks().to_batches()[0],
        {each: table.column(each) for each in table.column_names},
    ):
        assert about(described(data)) == about(described(frame()))


@pytest.mark.parametrize("seen", [frame, lambda: pa.Table.from_pandas(frame()), lambda: np.ones((30, 3))])
def test_the_digest_of_data_in_memory_is_that_of_its_values(seen: Callable[[], Any]) -> None:
    assert open_table(seen()).sha256() == open_table(seen()).sha256()


# --- arrays


def matrix() -> np.ndarray[Any, Any]:
    return np.random.default_rng(4092).normal(size=(50, 4))


@pytest.mark.parametrize(
    "other",
    [
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: a[::-1][::-1],
        lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
        lambda a: a.astype(">f8"),
        lambda a: a.astype(np.longdouble),
        np.ma.asarray,
        lambda a: {f"column_{i}": a[:, i] for i in range(4)},
        lambda a: {f"column_{i}": a[:, i].tolist() for i in range(4)},
        lambda a: {f"column_{i}": tuple(a[:, i].tolist()) for i in range(4)},
        lambda a: pd.DataFrame(a, columns=[f"column_{i}" for i in range(4)]).to_records(index=False),
        lambda a: np.array([tuple(row) for row in a], dtype=[(f"column_{i}", "f8") for i in range(4)]),
        lambda a: pd.DataFrame(a, columns=[f"column_{i}" for i in range(4)]),
        lambda a: pd.DataFrame(a, columns=[f"column_{i}" for i in range(4)], dtype=object),
        lambda a: pd.DataFrame(a, columns=[f"column_{i}" for i in range(4)], dtype="Float64"),
    ],
)
def test_how_an_array_lies_in_memory_does_not_matter(other: Callable[[Any], Any]) -> None:
    assert described(other(matrix())) == described(matrix())


def test_views_backwards_are_read_in_their_own_order() -> None:
    table = open_table(matrix()[::-1])
    assert np.array_equal(numbers(table, "column_0"), matrix()[::-1, 0])


def numbers(table: Table, name: str) -> np.ndarray[Any, Any]:
    columns = [batch.columns[0] for batch in table.batches([name])]
    assert all(isinstance(each, Numbers) for each in columns)
    return np.concatenate([each.values for each in columns if isinstance(each, Numbers)])


def test_the_data_is_never_changed_and_may_be_read_only() -> None:
    array = matrix()
    array.setflags(write=False)
    data = frame()
    before = data.copy(deep=True)
    for each in (array, array[:, ::-1], data):
        made = baseline.build(each)
        baseline.compare(made, each)
    assert np.array_equal(array, matrix())
    pd.testing.assert_frame_equal(data, before)


def test_masked_values_are_missing() -> None:
    masked = np.ma.masked_less(np.arange(60.0).reshape(30, 2), 10)
    found = described(masked)
    assert [(each.n, each.missing, each.min) for each in found.values()] == [(25, 5, 10.0), (25, 5, 11.0)]


@pytest.mark.parametrize("dtype", ["f2", "f4", "i1", "u1", "i2", "u4", "u8"])
def test_narrow_and_unsigned_numbers_are_what_they_are(dtype: str) -> None:
    array = np.arange(40).astype(dtype).reshape(20, 2)
    in_frame = described(pd.DataFrame(array, columns=["column_0", "column_1"]))
    assert described(array) == in_frame == described(pa.table({"column_0": array[:, 0], "column_1": array[:, 1]}))
    assert (in_frame["column_1"].min, in_frame["column_1"].max) == (1, 39)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_and_spans_of_time_have_one_unit(unit: str) -> None:
    when = np.array(["1969-12-31T23:59:58", "NaT", "2026-01-02T03:04:05"] * 10, dtype=f"M8[{unit}]")
    spans = np.array([-5, None, 86_400] * 10, dtype="m8[s]").astype(f"m8[{unit}]")
    for data in ({"when": when, "spans": spans}, pd.DataFrame({"when": when, "spans": spans})):
        found = described(data)
        assert (found["when"].min, found["when"].max, found["when"].missing) == (-2_000_000, 1767323045000000, 10)
        assert (found["spans"].min, found["spans"].max, found["spans"].missing) == (-5_000_000, 86_400_000_000, 10)
    arrow = described(pa.table({"when": when, "spans": spans}))
    assert arrow == found


def test_zones_are_one_time() -> None:
    utc = pd.date_range("2026-03-28", periods=40, freq="h", tz="UTC")
    found = described({"utc": utc.to_series(), "berlin": utc.tz_convert("Europe/Berlin").to_series()})
    assert found["utc"].min == found["berlin"].min == int(utc[0].timestamp() * 1e6)


@pytest.mark.parametrize(
    ("values", "kind", "n"),
    [
        (["a", None, "b"] * 10, Kind.CATEGORY, 20),
        (["a", math.nan, "b"] * 10, Kind.CATEGORY, 20),
        ([True, None, False] * 10, Kind.BOOLEAN, 20),
        ([1, None, 2] * 10, Kind.INTEGER, 20),
        ([1.5, None, 2] * 10, Kind.REAL, 20),
        ([None] * 30, Kind.REAL, 0),
        ([Decimal("1.50"), None, Decimal(2)] * 10, Kind.REAL, 20),
        ([Decimal(10), None, Decimal(2)] * 10, Kind.INTEGER, 20),
        ([date(2026, 1, 1), None, date(2026, 1, 2)] * 10, Kind.DATETIME, 20),
        ([datetime(2026, 1, 1, tzinfo=UTC), None, datetime(2026, 1, 2, tzinfo=UTC)] * 10, Kind.DATETIME, 20),
        ([timedelta(seconds=1), None, timedelta(seconds=2)] * 10, Kind.INTEGER, 20),
        (pd.Categorical(["a", None, "b"] * 10), Kind.CATEGORY, 20),
        (pd.Categorical([1, None, 2] * 10), Kind.CATEGORY, 20),
        (pd.Categorical([1.5, None, 2.5] * 10), Kind.CATEGORY, 20),
        (pd.array([True, None, False] * 10, dtype="boolean"), Kind.BOOLEAN, 20),
        (pd.array(["a", None, "b"] * 10, dtype="string"), Kind.CATEGORY, 20),
        (pd.array(["a", None, "b"] * 10, dtype="str"), Kind.CATEGORY, 20),
        (pd.array(["a", pd.NA, "b"] * 10, dtype=object), Kind.CATEGORY, 20),
        (np.array(["a", "b", "c"] * 10), Kind.CATEGORY, 30),
    ],
)
def test_what_python_and_pandas_hold(values: Any, kind: Kind, n: int) -> None:
    for data in ({"x": values}, pd.DataFrame({"x": values})):
        found = described(data, k=1)["x"]
        assert (found.kind, found.n, found.missing) == (kind, n, 30 - n) or found.nan == 30 - n


def test_nan_in_a_list_is_a_number_and_none_is_no_value() -> None:
    found = described({"x": [1.5, math.nan, None] * 10})["x"]
    assert (found.n, found.nan, found.missing) == (10, 10, 10)


def test_a_dictionary_may_repeat_a_word_or_have_a_hole() -> None:
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3] * 10), pa.array(["a", "a", None, "b"]))
    found = described({"x": twice}, k=1)["x"]
    assert found.categories is not None
    assert found.categories.values == {"a": 20, "b": 10}
    assert found.missing == 10


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (np.zeros(5), "an array of 1 dimensions"),
        (np.zeros((5, 2, 2)), "an array of 3 dimensions"),
        (np.zeros((0, 3)), "has no rows"),
        (np.zeros((3, 0)), "has no columns"),
        (pd.DataFrame(), "has no columns"),
        (pd.DataFrame({"a": []}), "has no rows"),
        (pd.Series([1, 2]), "is Series, expected"),
        (5, "is int, expected"),
        ({}, "has no columns"),
        ({"a": 5}, "the column 'a' is int, expected one value a row"),
        ({"a": "text"}, "the column 'a' is str, expected one value a row"),
        ({"a": [1] * 30, "b": [1] * 29}, "columns of several lengths: 'a' 30, 'b' 29"),
        ({"a": [1, "x"] * 20}, "'a' mixes types: 20 int (first in row 1), 20 str (first in row 2)"),
        ({"a": [True, 1] * 20}, "'a' mixes types: 20 bool (first in row 1), 20 int (first in row 2)"),
        (pd.DataFrame({"a": [1, "x", pd.NA] * 20}), "'a' mixes types: 20 int (first in row 1), 20 str"),
        ({"a": [2**64] * 30}, "'a' has integers that no type has exactly"),
        ({"a": [2**53 + 1, 0.5] * 30}, "'a' has integers that no type has exactly"),
        ({"a": [2**63, -1] * 30}, "'a' has integers that no type has exactly"),
        ({"a": [[1]] * 30}, "'a' holds list<item: int64>"),
        ({"a": [{"b": 1}] * 30}, "'a' holds struct<b: int64>"),
        ({"a": [b"x"] * 30}, "'a' holds binary"),
        ({"a": [1j] * 30}, "'a' holds complex"),
        ({"a": np.zeros((30, 2))}, "'a' has 2 dimensions"),
        ({"a": ["\ud800"] * 30}, "'a' holds str, which is not read"),
        ({"a": [Decimal(2**70)] * 30}, "'a' has a value that can't be read"),
        (pd.DataFrame(np.ones((30, 2)), columns=["a", "a"]), "the column 'a' is there twice: number 1 and number 2"),
        (pd.DataFrame(np.ones((30, 2)), columns=[1, "1"]), "the column '1' is there twice"),
        (pd.DataFrame(np.ones((30, 2)), columns=["a", " "]), "column 2 of 2 has no name"),
    ],
)
def test_data_in_memory_that_is_refused(data: Any, what: str) -> None:
    assert what in refused(data).what


# --- integers, exactly


@pytest.mark.parametrize("least", [2**53 + 1, 2**63 - 100, 2**63 + 1, 2**64 - 100])
@pytest.mark.parametrize("form", ["csv", "quoted", "lines", "list", "numpy", "decimal"])
def test_large_integers_stay_the_same_numbers(least: int, form: str, tmp_path: Path) -> None:
    values = [least + i for i in range(99)]
    path = tmp_path / "data"
    data: Any = path
    if form == "csv":
        path.write_text("id\n" + "".join(f"{each}\n" for each in values))
    elif form == "quoted":
        path.write_text("id\n" + "".join(f'" {each} "\n' for each in values))
    elif form == "lines" and values[-1] < 2**63:
        path.write_text("".join(f'{{"id": {each}}}\n' for each in values))
    elif form == "decimal":
        data = {"id": [Decimal(each) for each in values]}
    else:
        data = {"id": values if form == "list" else np.array(values)}
    found = described(data)["id"]
    assert (found.kind, found.min, found.max) == (Kind.INTEGER, values[0], values[-1])


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ([2**64], 2**64),
        ([1, 2**70], 2**70),
        ([-1, 2**63 + 1], 2**63 + 1),
        ([0.5, 2**53 + 1], 2**53 + 1),
        ([2**53 + 1, *[7] * 20_000, 0.5], 2**53 + 1),
        ([-1, *[7] * 20_000, 2**63 + 1], 2**63 + 1),
    ],
)
@pytest.mark.parametrize("form", ["csv", "lines"])
def test_no_integer_becomes_another_number(fields: list[float], first: int, form: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    rows = fields if len(fields) > 2 else fields * 30
    if form == "csv":
        path.write_text("id,b\n" + "".join(f"{each},1\n" for each in rows))
    else:
        path.write_text("".join(f'{{"id": {each}, "b": 1}}\n' for each in rows))
    error = refused(path)
    assert f"{path}: the column 'id' has integers that no type has exactly (first {first} in" in error.what
    assert "--ignore id" in error.fix


def test_floats_without_an_exponent_are_floats(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n" + "0.5\n100000000000000000000\n123456789012345680000\n" * 20)
    assert described(path)["a"].max == 1.2345678901234568e20


# --- CSV


def csv(tmp_path: Path, *fields: str, name: str = "a", times: int = 20) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(f"{name};other\n" + "".join(f"{each};{i}\n" for i, each in enumerate(fields * times)), newline="")
    return path


@pytest.mark.parametrize(
    ("fields", "kind", "told"),
    [
        (["1", "2"], Kind.INTEGER, (1, 2)),
        (['"1"', '" 2 "'], Kind.INTEGER, (1, 2)),
        ([" 1", "2 ", ""], Kind.INTEGER, (1, 2)),
        (["1.5", " 2", '""', "   ", '"NA"'], Kind.REAL, (1.5, 2.0)),
        (["1", "NaN", "inf", "-inf", "1e999", "-Infinity"], Kind.REAL, (1.0, 1.0)),
        (["1e3", "-.5", "+2."], Kind.REAL, (-0.5, 1000.0)),
        (["0x1F", "0x20"], Kind.CATEGORY, None),
        (["true", "false"], Kind.BOOLEAN, None),
        (["True", "FALSE", " true", ""], Kind.BOOLEAN, None),
        (["yes", "no"], Kind.CATEGORY, None),
        (["1", "0"], Kind.INTEGER, (0, 1)),
        (["2026-01-01", "2026-01-02"], Kind.DATETIME, None),
        (["2026-01-01T00:00:00.123456789Z", "2026-01-02T00:00:00+02:00"], Kind.DATETIME, None),
        (["03/04/2024", "31/12/2024"], Kind.CATEGORY, None),
        (["a", "1", "b"], Kind.CATEGORY, None),
        (["", ""], Kind.REAL, None),
        (["été", "日本語", "😀"], Kind.CATEGORY, None),
        (['"two\nlines"', '"a; b"', '"he said ""no"""'], Kind.CATEGORY, None),
    ],
)
def test_what_fields_are(fields: list[str], kind: Kind, told: Any, tmp_path: Path) -> None:
    found = described(csv(tmp_path, *fields))["a"]
    assert found.kind is kind
    assert found.rows == 20 * len(fields)
    assert told is None or (found.min, found.max) == told


def test_what_is_no_finite_number_is_counted_as_what_it_says(tmp_path: Path) -> None:
    found = described(csv(tmp_path, "1", "NaN", "inf", "1e999", "", "NA"))["a"]
    assert (found.n, found.nan, found.infinite, found.missing) == (20, 20, 40, 40)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        (["1", "2", "x"], "mixes types: 40 numbers and 20 other texts (first 'x' in row 3)"),
        (["1", "2", "2026-01-01"], "mixes types: 40 numbers and 20 other texts (first '2026-01-01' in row 3)"),
        (["1", "2", "true"], "mixes types: 40 numbers and 20 other texts (first 'true' in row 3)"),
        (["1,234", "5"], "has 20 numbers with separators or units (first '1,234' in row 1)"),
        (["1.234,5", "1.300,0"], "has 40 numbers with separators or units (first '1.234,5' in row 1)"),
        (["1,5", "2,25"], "has 40 numbers with separators or units (first '1,5' in row 1)"),
        (["12 %", "$5"], "has 40 numbers with separators or units (first '12 %' in row 1)"),
        (
            ["2026-01-01", "2026-01-02", "unknown"],
            "mixes types: 40 times and 20 other texts (first 'unknown' in row 3)",
        ),
        (["2026-01-01T00:00:00", "2026-01-01T00:00:00Z"], "has times with and without a zone"),
        (["2026-02-30", "2026-01-01"], "has times with and without a zone, or days that no calendar has"),
    ],
)
def test_a_column_of_two_sorts_is_refused(fields: list[str], what: str, tmp_path: Path) -> None:
    error = refused(csv(tmp_path, *fields))
    assert f"{tmp_path / 'data.csv'}: the column 'a' {what}" in error.what
    assert error.fix.endswith("or say --category a, or --ignore a")
    assert described(csv(tmp_path, *fields), categories=["a"])["a"].kind is Kind.CATEGORY
    assert list(described(csv(tmp_path, *fields), ignored=("a",))) == ["other"]


@pytest.mark.parametrize("late", ["x", "2026-01-01", "true", "1,5"])
@pytest.mark.parametrize("first", ["7", "x", "2026-01-01", ""])
def test_what_comes_late_is_seen(first: str, late: str, tmp_path: Path) -> None:
    rows = 17_000
    path = tmp_path / "data.csv"
    path.write_text("a;b\n" + f"{first};1\n" * rows + f"{late};1\n" * (rows // 4))
    same = first == late or first in {"x", ""}
    if same and late != "1,5":
        assert described(path)["a"].rows == rows * 5 // 4
    elif first != "x":
        assert "the column 'a' " in refused(path).what


def test_texts_first_and_mostly_numbers_then_are_refused_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n" + "x\n" * 20_000 + "1\n" * 40_000)
    assert "mixes types: 40,000 numbers and 20,000 other texts (first 'x' in row 1)" in refused(path).what


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (b"a,b\n", "has a header and no rows", "an export went wrong"),
        (b"a,b", "has a header and no rows", "an export went wrong"),
        (b"\xef\xbb\xbfa,b", "has a header and no rows", "an export went wrong"),
        (b"\na,b\n1,2\n", "has no header: its first line is empty", "names the columns"),
        (b",a\n0,1\n1,2\n", "column 1 of 2 has no name", "index=False"),
        (b"a,a\n" + b"1,2\n" * 30, "the column 'a' is there twice: number 1 and number 2", "rename one"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields and the header has 2, separated by ',': '1,2,3'", "mend that row"),
        (b"a,b\n1,2\n" * 1 + b"1,2\n" * 50_000 + b"1\n", "line 50,003 has 1 field and the header", "mend that row"),
        (b'a,b\n"1\n",2\n1\n', "line 4 has 1 field", "mend that row"),
        (b"# made by hand\na,b\n1,2\n", "line 2 has 2 fields", "take the comment lines (#) out"),
        (b"a,b\n1,2\n# end\n", "line 3 has 1 field", "take the comment lines (#) out"),
        ("é,b\n1,2\n".encode("latin-1"), "is not UTF-8: byte 0xe9 in the header, in the name of column 1", "UTF-8"),
        (b"a,b\n" + b"x,1\n" * 9999 + b"\xe9,1\n", "byte 0xe9 in line 10,001, in the column 'a'", "UTF-8"),
        (b"a;b\n" + b"x;1\n" * 70_000 + b"x;\xfc\n", "byte 0xfc in line 70,002, in the column 'b'", "UTF-8"),
        (b"a,b\n1,2\n" * 30 + b'3,"4\n5,6\n', 'in line 61 has a quotation mark (") that is not closed', "cut off"),
        (b"a,b\n1,2\n" * 30 + b'3,"4', 'in line 61 has a quotation mark (") that is not closed', "cut off"),
        (b'a,b\n1,2\n3,"' + b"x,1\n" * 20_000, "in line 3 has a quotation mark", "close it"),
        (b'"a\n1,2\n', "has no header", "names the columns"),
    ],
)
def test_broken_csv_says_where(text: bytes, what: str, fix: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text)
    error = refused(path)
    assert error.exit_code == 3
    assert error.what.startswith(str(path))
    assert what in error.what
    assert fix in error.fix


def test_a_row_longer_than_a_block_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "_BLOCK", 1000)
    monkeypatch.setattr(csv_files, "_ROWS_A_BLOCK", 1)
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "1,2\n" * 30 + '3,"' + "x\n" * 2000 + '"\n' + "5,6\n" * 30)
    error = refused(path)
    assert "longer than 8 MiB; mostly a quotation mark is not closed" in error.what
    assert "close it" in error.fix


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b'"a","b"\n' + b"1,2\n" * 30, ["a", "b"]),
        (b'"a, b";"c"\n' + b"1;2\n" * 30, ["a, b", "c"]),
        (b'"a\nb",c\n' + b"1,2\n" * 30, ["a\nb", "c"]),
        (b" a , b\n" + b"1,2\n" * 30, [" a ", " b"]),
        (b"a\tb\n" + b"1\t2\n" * 30, ["a", "b"]),
        (b"a|b\r\n" + b"1|2\r\n" * 30, ["a", "b"]),
        (b"a,b\r" + b"1,2\r" * 30, ["a", "b"]),
        (b"\xef\xbb\xbfa,b\n" + b"1,2\n" * 29 + b"1,2", ["a", "b"]),
        (b'\xef\xbb\xbf"a",b\n' + b"1,2\n\n" * 30, ["a", "b"]),
        (b"$x^2$,\x1b[31m,\xf0\x9f\x98\x80\n" + b"1,2,3\n" * 30, ["$x^2$", "\x1b[31m", "😀"]),
        (b"--target,-o\n" + b"1,2\n" * 30, ["--target", "-o"]),
        (b"x" * 10_000 + b",b\n" + b"1,2\n" * 30, ["x" * 10_000, "b"]),
    ],
)
def test_headers(text: bytes, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text)
    made = baseline.build(path)
    assert [each.name for each in made.features] == names
    assert made.data.rows == 30
    assert [each.min for each in made.features] == [1, 2, 3][: len(names)]


def test_one_column_with_empty_lines_has_missing_values_where_pandas_wrote_them(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    pd.DataFrame({"a": [1.5, None] * 20}).to_csv(path, index=False)
    assert (described(path)["a"].n, described(path)["a"].missing) == (20, 20)


def test_long_fields_and_nul_bytes_are_text(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "".join(f"{'x' * 100_000}{i},y\0\n" for i in range(30)))
    assert "holds NUL bytes" not in str(described(path))
    path.write_text("a,b\n" + "y\0,1\n" * 30)
    assert "holds NUL bytes" in refused(path).what


# --- files that are none of these


@pytest.mark.parametrize(
    ("content", "what", "fix"),
    [
        (b"", "is empty (0 bytes)", "write it again"),
        (b"\x1f\x8b\x08\0rest", "is compressed by gzip", "gunzip"),
        (b"PK\x03\x04rest", "is a ZIP archive, as Excel writes", "save the sheet as CSV"),
        (b"\x80\x04\x95rest", "is a pickle", "write the data as Parquet"),
        (b"\x93NUMPY\x01\0", "is a NumPy array", "Parquet"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16", "iconv -f UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-be"), "holds NUL bytes", "UTF-8"),
        (b"PAR1" + b"x" * 100, "is no whole Parquet file", "write or copy it again"),
        (b"ARROW1\0\0" + b"x" * 100, "is no whole Arrow file", "write or copy it again"),
        (b"\xff\xff\xff\xff\x10\0\0\0", "is no whole Arrow file", "write or copy it again"),
    ],
)
def test_other_files_are_named(content: bytes, what: str, fix: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(content)
    error = refused(path)
    assert error.exit_code == 3
    assert f"{path}" in error.what
    assert what in error.what
    assert fix in error.fix


@pytest.mark.parametrize("write", [as_parquet, as_feather, as_stream])
def test_a_binary_file_that_is_cut_off_is_refused_wherever(write: Any, tmp_path: Path) -> None:
    write(frame(), tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    path = tmp_path / "part"
    for size in range(8, len(whole) - 8, len(whole) // 25):
        path.write_bytes(whole[:size])
        error = refused(path)
        assert isinstance(error, Unreadable)
        assert error.what.startswith(f"{path}: ")


def test_offsets_beyond_the_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    table = pa.table({"a": pa.array(["word"] * 40)})
    with ipc.new_file(path, table.schema) as sink:
        sink.write(table)
    whole = path.read_bytes()
    offsets = np.arange(0, 164, 4, dtype=np.int32).tobytes()
    assert offsets in whole
    path.write_bytes(whole.replace(offsets, offsets[:-4] + np.int32(1 << 30).tobytes()))
    assert "is no whole Arrow file" in refused(path).what


@pytest.mark.parametrize("write", [pq.write_table, feather.write_feather])
def test_types_that_are_not_read_and_the_index_of_a_frame(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "data"
    write(pa.table({"a": [[1]] * 30, "b": range(30)}), path)
    error = refused(path)
    assert f"{path}: the column 'a' holds list<" in error.what
    assert "--ignore a" in error.fix
    assert list(described(path, ignored=("a",))) == ["b"]
    write(pa.table({"__index_level_0__": range(30), "b": range(30)}), path)
    assert "'__index_level_0__' is the index of a pandas frame" in refused(path).what
    assert list(described(path, ignored=("__index_level_0__",))) == ["b"]


# --- JSON lines


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1}\n{"a": "x"}\n', "the column 'a' mixes types: numbers in line 1, text in line 2"),
        ('{"a": 1}\n\n{"a": true}\n', "the column 'a' mixes types: numbers in line 1, truth values in line 3"),
        ('{"a": 1}\n{"a": 1e999}\n', "the column 'a' has a number beyond those of a float in line 2"),
        ('{"a": [1, 2]}\n', "the column 'a' holds list<"),
        ('{"a": {"b": 1}}\n', "the column 'a' holds struct<b: int64>"),
        ('{"a": 1, "a": 2}\n', "the column 'a' is there twice in line 1"),
        ('{"a": 1}\n{"a": 2', "can't be read as JSON lines: line 2: "),
        ('{"a": 1},\n{"a": 2}\n', "can't be read as JSON lines: line 1: "),
        ("{'a': 1}\n", "can't be read as JSON lines: line 1: "),
        ('[{"a": 1}, {"a": 2}]\n', "line 1 is a list, expected one object a line"),
        ('{"a": 1}\n7\n', "line 2 is '7', expected an object"),
        ("{}\n{}\n", "has no columns"),
        ('{"a": "\\ud800"}\n', "can't be read as JSON lines"),
        ("{\n", "can't be read as JSON lines: line 1: "),
    ],
)
def test_broken_json_lines_say_where(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    error = refused(path)
    assert error.exit_code == 3
    assert error.what.startswith(f"{path}: ")
    assert what in error.what


def test_json_lines_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a": "x"}\n' * 40 + b'{"a": "\xe9"}\n')
    assert "is not UTF-8: byte 0xe9 in line 41" in refused(path).what


def test_nan_and_infinity_in_json_lines_are_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps({"a": each}) + "\n" for each in [1.5, math.nan, math.inf, -math.inf, None] * 10))
    found = described(path)["a"]
    assert (found.n, found.nan, found.infinite, found.missing) == (10, 10, 20, 10)


def test_keys_may_be_absent_or_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1, "b": "x"}\n{"b": "y", "a": 2}\n{"a": null}\n' * 10)
    found = described(path)
    assert (found["a"].n, found["b"].n, found["b"].missing) == (20, 20, 10)


def test_a_type_that_changes_in_a_later_block_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_BLOCK", 90)
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n' * 44 + '{"a": "x"}\n' * 40)
    assert "the column 'a' mixes types: int64 before line 45, then string" in refused(path).what
    path.write_text('{"a": "2026-01-01"}\n' * 40 + '{"a": "x"}\n' * 40)
    assert described(path)["a"].kind is Kind.CATEGORY
    path.write_text('{"a": 1}\n' * 40 + '{"a": 0.5}\n' * 40)
    assert described(path)["a"].kind is Kind.REAL


# --- in pieces


def pieces() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    rows = 18_000
    return pd.DataFrame(
        {
            "a": rng.normal(size=rows),
            "b": rng.integers(0, 100, rows),
            "c": rng.choice(["x", "y", "z"], rows),
            "d": pd.date_range("2026-01-01", periods=rows, freq="min").as_unit("us"),
        }
    )


@pytest.mark.parametrize("write", [as_csv, as_stream, as_lines])
def test_data_in_pieces_gives_the_counts_of_the_whole(write: Any, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "data"
    write(pieces(), path)
    whole = about(described(path, time="d"))
    for module in (csv_files, json_lines):
        monkeypatch.setattr(module, "_BLOCK", 60_000)
    monkeypatch.setattr(csv_files, "_ROWS_A_BLOCK", 1)
    assert about(described(path, time="d")) == whole == about(described(pieces(), time="d"))


def test_parquet_larger_than_memory_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.parquet"
    pieces().to_parquet(path, index=False, row_group_size=777)
    whole = baseline.write(baseline.build(path, time="d"))
    monkeypatch.setattr(parquet, "_IN_MEMORY", 1000)
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    assert baseline.write(baseline.build(path, time="d")) == whole


def test_the_order_of_the_guesses_does_not_matter() -> None:
    parts = [pa.array(["7"]), pa.array(["0.5"]), pa.array([None], pa.string()), pa.array(["18446744073709551615"])]
    for order in (parts, parts[::-1], [parts[1], parts[3], parts[0]]):
        made = guess.Guess("a")
        for each in order:
            made.look(each)
        with pytest.raises(Unreadable, match="no type has exactly"):
            made.field()


# --- compared


def judged(trained: Baseline, data: Any, **how: Any) -> dict[str, str]:
    return {each.name: each.status.name for each in baseline.compare(trained, data, **how).features}


@pytest.mark.parametrize("write", [None, *WRITERS], ids=lambda each: getattr(each, "__name__", "memory"))
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("whole", [f"v{i}" for i in range(ROWS)]),
        ("real", ["x"] * ROWS),
        ("text", list(range(1000, 1000 + ROWS))),
        ("word", list(range(ROWS))),
        ("flag", [2, 3] * (ROWS // 2)),
        ("when", ["03/04/2024"] * ROWS),
        ("when", list(range(ROWS))),
        ("whole", pd.date_range("2026-01-01", periods=ROWS)),
        ("whole", [True, False] * (ROWS // 2)),
    ],
)
def test_another_type_is_never_quiet(write: Any, column: str, values: Any, tmp_path: Path) -> None:
    other: Any = frame().assign(**{column: values})
    if write is not None:
        write(other, tmp_path / "data")
        other = tmp_path / "data"
    assert judged(baseline.build(frame()), other)[column] == "DRIFT"


@pytest.mark.parametrize(
    ("column", "dtype"), [("whole", "float64"), ("whole", "Int64"), ("whole", "int8"), ("nullable", "float64")]
)
def test_another_width_or_nullability_is_no_drift(column: str, dtype: str) -> None:
    other = frame().astype({column: dtype})
    assert judged(baseline.build(frame()), other)[column] != "DRIFT"
    assert judged(baseline.build(other), frame())[column] != "DRIFT"


@pytest.mark.parametrize("write", [None, *WRITERS], ids=lambda each: getattr(each, "__name__", "memory"))
def test_numbers_that_are_labels_are_the_same_ones_as_floats(write: Any, tmp_path: Path) -> None:
    codes = pd.DataFrame({"code": [1, 2, 3] * 200, "b": range(600)})
    trained = baseline.build(codes, categories=["code"])
    assert trained.features[0].categories is not None
    assert trained.features[0].categories.values == {"1": 200, "2": 200, "3": 200}
    other: Any = codes.astype({"code": "float64"})
    if write is not None:
        write(other, tmp_path / "data")
        other = tmp_path / "data"
    assert judged(trained, other)["code"] == "QUIET"


def test_text_of_digits_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("code;b\n" + "01;1\n02;2\nA1;3\nA2;3\n" * 200)
    trained = baseline.build(path)
    path.write_text("code;b\n" + "01;1\n02;2\n01;3\n" * 200)
    assert trained.features[0].categories is not None
    sample = baseline.counts(trained, path)[0]
    assert (sample.categories, sample.unlisted) == ({"01": 400, "02": 200, "A1": 0, "A2": 0}, 0)


def test_columns_that_the_baseline_does_not_know_are_not_read() -> None:
    trained = baseline.build(frame())
    other = frame().assign(nested=[[1]] * ROWS, mixed=[1, "x"] * (ROWS // 2))
    with pytest.raises(Unreadable, match="has the column 'nested', 'mixed', which the baseline does not know"):
        baseline.compare(trained, other)
    assert baseline.compare(trained, other, by_name=True).drifted is False
    assert baseline.compare(trained, other, ignored=["nested", "mixed"]).drifted is False


def test_a_selection_reads_what_it_names() -> None:
    table = open_table(frame(), "data", Selection(only=frozenset({"real", "whole"}), ignored=frozenset({"whole"})))
    assert [each.name for each in table.fields] == ["real"]
    assert table.columns == tuple(frame())


def test_text_in_memory_as_a_stream_is_no_file() -> None:
    assert "is StringIO, expected" in refused(io.StringIO("a,b\n1,2\n")).what


@pytest.mark.parametrize(
    "written",
    [
        lambda truth: truth.astype(int),
        lambda truth: truth.astype(float),
        lambda truth: np.where(truth, "True", "False"),
        lambda truth: np.where(truth, "TRUE", "FALSE"),
        lambda truth: np.where(truth, "1", "0"),
        lambda truth: pd.array(truth, dtype="boolean"),
    ],
)
def test_truth_is_the_same_however_it_is_written(written: Any) -> None:
    truth = np.random.default_rng(1).random(2000) < 0.3
    trained = baseline.build({"b": truth})
    assert not baseline.compare(trained, {"b": written(truth[:500])}).drifted
    assert baseline.compare(trained, {"b": written(~truth[:500])}).drifted


@pytest.mark.parametrize("data", [{"c": ["a", "b"] * 20}, "file"])
def test_without_pyarrow_the_next_step_is_said(data: Any, tmp_path: Path) -> None:
    """A training environment may have NumPy alone: arrays of numbers are read there, and no more."""
    (tmp_path / "data.csv").write_text("x\n" + "1\n" * 40)
    given = str(tmp_path / "data.csv") if data == "file" else data
    code = f"""
import sys
sys.modules["pyarrow"] = None
import numpy
from gatekeeper.contract import baseline
from gatekeeper.errors import UsageError
assert baseline.build(numpy.arange(80.0).reshape(40, 2)).data.rows == 40
try:
    baseline.build({given!r})
except UsageError as error:
    print(error.what, error.fix)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not installed" in done.stdout
    assert "model-gatekeeper[data]" in done.stdout
