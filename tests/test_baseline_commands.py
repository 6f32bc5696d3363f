"""The commands of `gatekeeper baseline`, as a user types them: exit codes, which stream has what, what is refused."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from gatekeeper.cli import run_command_line

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
Outcome = tuple[int, str, str]
ROWS = 400


@pytest.fixture
def call(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Return what runs a command in this process and in the folder of the test: starting one takes longer."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str | Path) -> Outcome:
        code = run_command_line(["baseline", *map(str, args)])
        out, err = (each.decode() for each in capsysbinary.readouterr())
        assert "Traceback" not in out + err
        assert "defect" not in err
        return code, out, err

    return run


Call = Callable[..., Outcome]


def frame(seed: int = 4092, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "real": rng.normal(size=rows).round(6),
            "whole": rng.integers(0, 500, rows),
            "word": rng.choice(["x", "y", "z"], rows),
            "price": rng.lognormal(3, 1, rows).round(2),
            "sold_on": pd.date_range("2025-01-01", periods=rows, freq="D").strftime("%Y-%m-%d"),
        }
    )


@pytest.fixture
def trained(call: Call, tmp_path: Path) -> Path:
    """Return the folder with `train.csv` and its baseline."""
    frame().to_csv("train.csv", index=False)
    assert call("build", "train.csv", "--target", "price", "--time", "sold_on")[0] == 0
    return tmp_path


# --- what people do


def test_build_writes_the_baseline_and_says_what_it_is_of(call: Call) -> None:
    frame().to_csv("train.csv", index=False)
    code, out, err = call("build", "train.csv", "--target", "price", "--time", "sold_on", "-o", "made.json")
    size = Path("made.json").stat().st_size
    assert (code, out) == (0, "")
    assert err == (
        "warning: it belongs to no model; name the one that was trained on this data: --artifact FILE\n"
        f"wrote made.json: 400 rows, 3 features, {size:,} bytes\n"
    )
    written = json.loads(Path("made.json").read_bytes())
    assert [each["name"] for each in written["features"]] == ["real", "whole", "word"]
    assert (written["target"]["name"], written["time"]["start"]) == ("price", "2025-01-01")


def test_the_same_data_gives_the_same_bytes(gate: Gate, tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "train.csv", index=False)
    for seed in ("1", "2"):
        done = gate("baseline", "build", "train.csv", "-o", f"{seed}.json", cwd=tmp_path, env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


@pytest.mark.usefixtures("trained")
def test_compare_without_drift_is_0_and_with_drift_is_1(call: Call) -> None:
    code, out, err = call("compare", "baseline.json", "train.csv")
    assert (code, err) == (0, "")
    assert out
    other = frame(7)
    other["real"] += 5
    other.to_csv("other.csv", index=False)
    code, out, err = call("compare", "baseline.json", "other.csv")
    assert (code, err) == (1, "")
    assert "real" in out
    code, out, _ = call("compare", "baseline.json", "other.csv", "--format", "json")
    assert code == 1
    statuses = {each["name"]: each["status"] for each in json.loads(out)["features"]}
    assert statuses["real"] == "DRIFT"
    assert call("compare", "baseline.json", "other.csv", "--ignore", "real")[0] == 0


@pytest.mark.usefixtures("trained")
def test_too_few_rows_are_no_pass(call: Call) -> None:
    frame(1, rows=8).to_csv("few.csv", index=False)
    code, out, _ = call("compare", "baseline.json", "few.csv")
    assert code == 3
    assert "UNDERPOWERED" in out


@pytest.mark.usefixtures("trained")
def test_shards_add_up_to_the_whole(call: Call) -> None:
    data = frame()
    for name, shard in (("a", data[:150]), ("b", data[150:])):
        shard.to_csv(f"{name}.csv", index=False)
        args = ("--target", "price", "--time", "sold_on", "--blocks", "none", "--like", "baseline.json")
        assert call("build", f"{name}.csv", *args, "-o", f"{name}.json")[0] == 0
    code, out, err = call("merge", "a.json", "b.json", "-o", "merged.json")
    assert (code, out) == (0, "")
    assert err == "wrote merged.json: 400 rows of 2 shards, 3 features\n"
    whole, merged = (json.loads(Path(each).read_bytes()) for each in ("baseline.json", "merged.json"))
    assert [each["grid"] for each in whole["features"][:2]] == [each["grid"] for each in merged["features"][:2]]
    assert whole["features"][2]["categories"] == merged["features"][2]["categories"]
    assert call("compare", "merged.json", "train.csv")[0] in {0, 3}


@pytest.mark.usefixtures("trained")
def test_shards_at_other_edges_are_refused(call: Call) -> None:
    frame(7).to_csv("b.csv", index=False)
    assert call("build", "b.csv", "--target", "price", "--time", "sold_on", "-o", "b.json")[0] == 0
    code, out, err = call("merge", "baseline.json", "b.json", "-o", "merged.json")
    assert (code, out) == (3, "")
    assert "--like" in err
    assert not Path("merged.json").exists()


@pytest.mark.usefixtures("trained")
def test_show_prints_every_column(call: Call) -> None:
    code, out, err = call("show", "baseline.json")
    assert (code, err) == (0, "")
    assert all(each in out for each in ("real", "whole", "word", "price", "2025-01-01"))


def test_options_that_name_columns(call: Call) -> None:
    frame().assign(code=[1, 2] * 200, sure=0.5, gave=1.5).to_csv("train.csv", index=False)
    args = "--target price --time sold_on --confidence sure --predictions gave --category code --ignore whole".split()
    more = "--unit real=km --unknown word=reject --range-only real -k 3 --blocks none".split()
    assert call("build", "train.csv", *args, *more)[0] == 0
    written = json.loads(Path("baseline.json").read_bytes())
    features = {each["name"]: each for each in written["features"]}
    assert list(features) == ["real", "word", "code"]
    assert (features["real"]["unit"], features["real"]["range_only"]) == ("km", True)
    assert features["code"]["categories"]["values"] == {"1": 200, "2": 200}
    assert features["word"]["categories"]["unknown"] == "reject"
    assert (written["k"], written["confidence"]["name"], written["predictions"]["name"]) == (3, "sure", "gave")


def test_a_column_may_be_called_like_an_option(call: Call) -> None:
    pd.DataFrame({"--target": range(40), "-o": range(40), "--help": range(40)}).to_csv("train.csv", index=False)
    assert call("build", "train.csv", "--target", "--target", "--ignore", "--help")[0] == 0
    written = json.loads(Path("baseline.json").read_bytes())
    assert (written["target"]["name"], [each["name"] for each in written["features"]]) == ("--target", ["-o"])


HOSTILE = ["\x1b[31mred", "$x^2$", "n" * 10_000, "größe", "😀", "a\tb", "</script>", "a\u202eb", "%s", "{0}"]


def test_hostile_names_go_through_every_command(call: Call) -> None:
    data = pd.DataFrame({each: np.arange(400) + i for i, each in enumerate(HOSTILE)})
    data.to_csv("train.csv", index=False)
    code, _, err = call("build", "train.csv")
    assert code == 0
    assert "\x1b" not in err
    for args in (("show", "baseline.json"), ("compare", "baseline.json", "train.csv")):
        code, out, err = call(*args)
        assert code == 0, err
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
    for each in HOSTILE:
        data.drop(columns=each).to_csv("other.csv", index=False)
        code, out, err = call("compare", "baseline.json", "other.csv")
        assert (code, out) == (3, "")
        assert "other.csv" in err
        assert "has no column" in err
        assert "\x1b" not in err


def test_two_thousand_columns_are_no_more_than_many(call: Call) -> None:
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.integers(0, 3, (40, 2_000))).to_csv("train.csv", index=False)
    start = time.perf_counter()
    assert call("build", "train.csv")[0] == 0
    assert time.perf_counter() - start < 30
    assert len(json.loads(Path("baseline.json").read_bytes())["features"]) == 2_000


# --- what build refuses


REFUSED: Mapping[str, tuple[bytes, int, str, str]] = {
    "empty": (b"", 3, "is empty (0 bytes)", "write it again"),
    "header": (b"a,b\n", 3, "has a header and no rows", "give the rows"),
    "one-row": (b"a,b\n1,2\n", 3, "has 1 row, expected at least 20", "give all of the data"),
    "unnamed": (b",a\n" + b"1,2\n" * 30, 3, "column 1 of 2 has no name", "index=False"),
    "twice": (b"a,a\n" + b"1,2\n" * 30, 3, "the column 'a' is there twice", "rename one of the two"),
    "latin": (
        b"a,b\n" + b"1,2\n" * 30 + b"\xe9,2\n",
        3,
        "byte 0xe9 in line 32, in the column 'a'",
        "save the file as UTF-8",
    ),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), 3, "is UTF-16", "iconv"),
    "ragged": (b"a,b\n" + b"1,2\n" * 30 + b"1\n", 3, "line 32 has 1 field and the header has 2", "mend that row"),
    "mixed": (
        b"a,b\n" + b"1,2\n" * 30 + b"x,2\n",
        3,
        "the column 'a' mixes types: 30 numbers and 1 other",
        "--ignore a",
    ),
    "thousands": (b'a,b\n"1,234",2\n' * 1 + b'"5,678",2\n' * 30, 3, "the column 'a' has 31 numbers with sep", "1234.5"),
    "gzip": (b"\x1f\x8b\x08\0", 3, "is compressed by gzip", "gunzip"),
    "excel": (b"PK\x03\x04", 3, "is a ZIP archive, as Excel writes", "save the sheet as CSV"),
    "pickle": (b"\x80\x04\x95", 3, "is a pickle", "Parquet"),
    "parquet": (b"PAR1rest", 3, "is no whole Parquet file", "write or copy it again"),
    "nested": (b'{"a": {"b": 1}}\n' * 30, 3, "the column 'a' holds struct<b: int64>", "--ignore a"),
    "json-mixed": (
        b'{"a": 1}\n{"a": "x"}\n',
        3,
        "the column 'a' mixes types: numbers in line 1, text in line 2",
        "ignore a",
    ),
}


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", REFUSED)
def test_what_build_and_compare_refuse(name: str, call: Call) -> None:
    content, expected, what, fix = REFUSED[name]
    Path("bad").write_bytes(content)
    before = Path("baseline.json").read_bytes()
    code, out, err = call("build", "bad")
    assert (code, out) == (expected, "")
    lines = err.splitlines()
    assert lines[0].startswith("bad")
    assert what in lines[0]
    assert lines[1].startswith("  fix: ")
    assert fix in lines[1]
    assert lines[2] == f"gatekeeper: nothing was judged (exit code {expected})."
    assert Path("baseline.json").read_bytes() == before
    code, out, _ = call("compare", "baseline.json", "bad")
    assert (code, out) == (3, "")


@pytest.mark.parametrize(
    ("args", "expected", "what"),
    [
        (("nowhere.csv",), 3, "nowhere.csv doesn't exist"),
        ((".",), 3, ". is a directory, expected a file"),
        (("/dev/null",), 3, "/dev/null is no regular file"),
        (("train.csv", "--target", "cost"), 2, "--target: train.csv has no column 'cost'"),
        (("train.csv", "--time", "word"), 2, "--time: the column 'word' holds string, expected dates"),
        (("train.csv", "--time", "whole"), 2, "--time: the column 'whole' holds int64, expected dates"),
        (("train.csv", "--target", "price", "--time", "price"), 2, "both name 'price'"),
        (("train.csv", "--ignore", "nothing"), 2, "--ignore: train.csv has no column 'nothing'"),
        (("train.csv", "--category", "nothing"), 2, "--category: train.csv has no column 'nothing'"),
        (("train.csv", "--unit", "real"), 2, "--unit: got 'real', expected COLUMN=VALUE"),
        (("train.csv", "--unknown", "word=maybe"), 2, "--unknown: got 'maybe'"),
        (("train.csv", "--blocks", "time"), 2, "--blocks time: no column says"),
        (("train.csv", "-k", "0"), 2, "-k"),
        (("train.csv", "-o", "no/such/folder.json"), 2, "no/such/folder.json can't be written"),
        (("train.csv", "--like", "train.csv"), 3, "train.csv"),
        (("train.csv", "--artifact", "nowhere.pkl"), 3, "nowhere.pkl: doesn't exist"),
        ((), 2, "Missing argument 'DATA'"),
    ],
)
def test_what_build_refuses(args: tuple[str, ...], expected: int, what: str, call: Call) -> None:
    frame().to_csv("train.csv", index=False)
    code, out, err = call("build", *args)
    assert (code, out) == (expected, "")
    assert what in err
    assert not Path("baseline.json").exists()


def test_dates_in_a_foreign_order_are_no_times(call: Call) -> None:
    frame().assign(sold_on="03/04/2024").to_csv("train.csv", index=False)
    code, _, err = call("build", "train.csv", "--time", "sold_on")
    assert code == 2
    assert "--time: the column 'sold_on' holds string, expected dates" in err
    assert (
        "write them as ISO 8601, 2026-11-30 or 2026-11-30T08:00:00Z; texts are cast to timestamps; got '03/04/2024'"
        in err
    )


def test_a_pipe_is_refused_and_not_waited_for(gate: Gate, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = gate("baseline", "build", "pipe", cwd=tmp_path, timeout=30)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "pipe is no regular file (a pipe, a device or a socket)\n  fix: write the data to a file"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(call: Call) -> None:
    frame().to_csv("train.csv", index=False)
    Path("train.csv").chmod(0)
    code, _, err = call("build", "train.csv")
    assert code == 3
    assert err.startswith("train.csv can't be opened: Permission denied\n  fix: check the path and its mode")


# --- what compare says of other columns


@pytest.mark.usefixtures("trained")
def test_target_and_time_may_be_absent(call: Call) -> None:
    frame().drop(columns=["price", "sold_on"]).to_csv("live.csv", index=False)
    assert call("compare", "baseline.json", "live.csv")[0] == 0


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("change", "what", "by_name"),
    [
        (lambda data: data.drop(columns="whole"), "has no column 'whole', which the baseline describes", 3),
        (lambda data: data.assign(more=1), "has the column 'more', which the baseline does not know", 0),
        (
            lambda data: data[data.columns[::-1]],
            "has its columns in another order: number 1 of the features is 'word'",
            0,
        ),
        (lambda data: data[:0], "has a header and no rows", 3),
    ],
)
def test_other_columns(change: Callable[[pd.DataFrame], pd.DataFrame], what: str, by_name: int, call: Call) -> None:
    change(frame()).to_csv("other.csv", index=False)
    code, out, err = call("compare", "baseline.json", "other.csv")
    assert (code, out) == (3, "")
    assert err.startswith("other.csv: ")
    assert what in err
    assert "\n  fix: " in err
    assert call("compare", "baseline.json", "other.csv", "--by-name")[0] == by_name


@pytest.mark.usefixtures("trained")
def test_a_feature_may_be_left_out(call: Call) -> None:
    frame().drop(columns="whole").to_csv("other.csv", index=False)
    assert call("compare", "baseline.json", "other.csv", "--ignore", "whole")[0] == 0
    code, out, err = call("compare", "baseline.json", "train.csv", "--ignore", "wholes")
    assert (code, out) == (2, "")
    assert "--ignore: neither the data nor the baseline has a column 'wholes'" in err
    code, out, err = call(
        "compare", "baseline.json", "train.csv", *"--ignore real --ignore whole --ignore word".split()
    )
    assert (code, out) == (2, "")
    assert "--ignore: no feature is left to compare" in err


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("column", "values"),
    [("real", "text"), ("whole", "text"), ("word", 7), ("real", ""), ("whole", 10**25), ("whole", "1,234")],
)
@pytest.mark.parametrize("format_", ["csv", "parquet", "jsonl"])
def test_another_type_is_drift(column: str, values: object, format_: str, call: Call) -> None:
    other = frame().assign(**{column: str(values) if values == 10**25 and format_ != "csv" else values})
    if format_ == "csv":
        other.to_csv("other", index=False)
    elif format_ == "parquet":
        other.to_parquet("other")
    else:
        other.to_json("other", orient="records", lines=True)
    code, out, _ = call("compare", "baseline.json", "other")
    assert code == 1
    assert column in out


@pytest.mark.usefixtures("trained")
def test_integers_that_became_floats_are_the_same_numbers(call: Call) -> None:
    for name, other in (("a.csv", frame().astype({"whole": float})), ("b.csv", frame().astype({"whole": "Int64"}))):
        other.to_csv(name, index=False)
        assert call("compare", "baseline.json", name)[0] == 0


# --- other documents in place of a baseline


@pytest.mark.parametrize("command", [("show",), ("compare",), ("merge",)])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "baseline.json"),
        (b"{}", "baseline.json"),
        (b"[]", "baseline.json"),
        (b"\xff\xfe{}", "baseline.json"),
        (b'{"schema": "gatekeeper/baseline@2"}', "baseline.json"),
        (b"a,b\n1,2\n", "baseline.json"),
    ],
)
def test_what_is_no_baseline(command: tuple[str, ...], content: bytes, what: str, call: Call) -> None:
    Path("baseline.json").write_bytes(content)
    frame().to_csv("train.csv", index=False)
    more = {"show": [], "compare": ["train.csv"], "merge": ["-o", "merged.json"]}[command[0]]
    code, out, err = call(*command, "baseline.json", *more)
    assert (code, out) == (3, "")
    assert err.startswith(what)
    assert "\n  fix: " in err


@pytest.mark.usefixtures("trained")
def test_a_baseline_that_was_edited_by_hand(call: Call) -> None:
    written = json.loads(Path("baseline.json").read_bytes())
    written["features"][0]["n"] -= 1
    Path("baseline.json").write_text(json.dumps(written))
    for args in (("show", "baseline.json"), ("compare", "baseline.json", "train.csv")):
        code, out, err = call(*args)
        assert (code, out) == (3, "")
        assert err.startswith("baseline.json")


# --- pictures


@pytest.mark.usefixtures("trained")
def test_pictures_have_a_name_that_says_what_they_are(call: Call) -> None:
    code, out, err = call("show", "baseline.json", "--plot", "picture.gif")
    assert (code, out) == (2, "")
    assert "--plot: picture.gif ends in .gif" in err


# --- on a terminal


@pytest.mark.parametrize("command", ["build", "compare"])
def test_progress_is_shown_on_standard_error_alone(command: str, trained: Path, environment: Mapping[str, str]) -> None:
    arguments = {"build": ["train.csv", "-o", "again.json"], "compare": ["baseline.json", "train.csv"]}[command]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "gatekeeper", "baseline", command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment, "TERM": "xterm"},
        cwd=trained,
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=60)
    shown = b""
    while select.select([ours], [], [], 1)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
    os.close(ours)
    told = click.unstyle(shown.decode())
    assert process.returncode == 0, told
    label, passes = {"build": ("counting", 2), "compare": ("comparing", 1)}[command]
    assert f"{label} {ROWS * passes:,} rows" in told
    if command == "build":
        assert out == b""
        assert told.rstrip().splitlines()[-1].startswith("wrote again.json: 400 rows")
    else:
        assert label.encode() not in out
        assert told.endswith("\n")


def test_without_a_terminal_there_is_no_progress(gate: Gate, trained: Path) -> None:
    done = gate("baseline", "compare", "baseline.json", "train.csv", cwd=trained)
    assert done.returncode == 0
    assert done.stderr == ""


def test_help_needs_nothing_that_is_heavy(gate: Gate) -> None:
    for command in ("build", "compare", "merge", "show"):
        done = gate("baseline", command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Usage: gatekeeper baseline {command} ")
