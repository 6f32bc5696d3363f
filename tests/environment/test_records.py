"""Record digests: one for a wheel, for what pip and for what uv made of it; and the records that are kept of a lock."""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.compile import NO_WHEEL, compile_lock, record_wheels
from gatekeeper.environment.installed.probe import SCRIPT
from gatekeeper.environment.installed.probe_script import Entry, counts, parse_record, record_digest
from gatekeeper.environment.installed.records import (
    Record,
    attach,
    parse_records,
    read_records,
    records_of_wheels,
    render,
    sidecar_of,
)
from gatekeeper.environment.installed.wheel import recorded_wheel
from gatekeeper.environment.names import canonical_name
from gatekeeper.environment.tags import pip_options
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable, UsageError

A, B = "a" * 64, "b" * 64
HASH = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
INFO = "six-1.0.dist-info"
RECORD = Record(name="six", version="1.0", file="six-1.0-py3-none-any.whl", record=f"sha256:{B}")
AGAIN = "make the lock and its records again: gatekeeper env lock"


def lock_of(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


# The digest

paths = st.sampled_from(["six.py", "a/b.so", "ä/ü.py", "a,b.txt", "a b", 'q"uote'])
entries = st.lists(
    st.builds(
        Entry,
        path=paths | st.from_regex(r"[a-z]{1,3}/[a-z]{1,3}\.py", fullmatch=True),
        hash=st.sampled_from([HASH, "sha256=x", ""]),
        size=st.sampled_from(["0", "12", ""]),
    ),
    unique_by=lambda entry: entry.path,
    max_size=12,
)  # fmt: skip
LEFT_OUT = (
    f"{INFO}/RECORD", f"{INFO}/INSTALLER", f"{INFO}/REQUESTED", f"{INFO}/direct_url.json", f"{INFO}/uv_cache.json",
    f"{INFO}/uv_build.json", f"{INFO}/RECORD.jws", f"{INFO}/RECORD.p7s", f"{INFO}/provenance_url.json",
    "six.pyc", "__pycache__/six.cpython-311.pyc", "../../../bin/six", "/usr/bin/six", "C:/six.py", "..",
)  # fmt: skip


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_and_what_the_installer_adds_change_nothing(rows: list[Entry], random: Any) -> None:
    other = rows + [Entry(path, HASH, "1") for path in LEFT_OUT]
    random.shuffle(other)
    assert record_digest(other) == record_digest(rows)


@given(entries.filter(bool), st.data())
def test_any_change_of_a_row_changes_the_digest(rows: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = data.draw(st.sampled_from([{"path": "other"}, {"hash": "sha256=y"}, {"size": "13"}]))
    edited = [*rows[:at], rows[at]._replace(**changed), *rows[at + 1 :]]
    assert record_digest(edited) != record_digest(rows) != record_digest(rows[:at] + rows[at + 1 :])


@given(entries)
def test_rows_are_read_as_they_were_written(rows: list[Entry]) -> None:
    import csv

    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    assert parse_record(text.getvalue()) == sorted(rows)


def test_a_digest_that_another_program_can_take_again() -> None:
    """From `printf 'a.py,sha256=x,1\\nb/c.py,,\\n' | sha256sum`."""
    expected = "sha256:60d70f49e2b10c11e27f7c55393da249d9dd4cdbbd9052c9a89cbe1130b24eae"
    assert record_digest([Entry("b/c.py", "", ""), Entry("a.py", "sha256=x", "1")]) == expected


@pytest.mark.parametrize("path", LEFT_OUT)
def test_what_does_not_count(path: str) -> None:
    assert not counts(path)


@pytest.mark.parametrize(
    "path", [f"{INFO}/METADATA", f"{INFO}/licenses/RECORD", "vendored/x.dist-info/RECORD", "...", "..x"]
)
def test_what_counts(path: str) -> None:
    assert counts(path)


def test_paths_are_the_same_whoever_wrote_them() -> None:
    assert parse_record("a\\b.py,,\n./a/c.py,,\r\na//d.py,,\n") == [
        Entry("a/b.py", "", ""),
        Entry("a/c.py", "", ""),
        Entry("a/d.py", "", ""),
    ]


# Wheels


def wheel(record: str | None = "", files: dict[str, bytes] | None = None) -> io.BytesIO:
    """Return a wheel with one empty module, its RECORD and more."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("six.py", b"")
        if record is not None:
            archive.writestr(f"{INFO}/RECORD", f"six.py,{HASH},0\n{INFO}/RECORD,,\n{record}")
        for name, content in (files or {}).items():
            archive.writestr(name, content)
    made.seek(0)
    return made


def refusal(made: io.BytesIO) -> str:
    with pytest.raises(Unreadable) as caught:
        recorded_wheel(made)
    assert caught.value.fix == "download the wheel again, or have it built again"
    return caught.value.what.removeprefix("the wheel can't be read: ")


def test_the_digest_of_a_wheel_is_that_of_its_rows() -> None:
    found = recorded_wheel(wheel())
    assert found == ("six", "1.0", record_digest([Entry("six.py", HASH, "0")]))


@pytest.mark.parametrize("scheme", ["purelib", "platlib"])
def test_a_file_of_the_data_folder_counts_where_it_is_installed(scheme: str) -> None:
    path = f"six-1.0.data/{scheme}/more/x.py"
    expected = record_digest([Entry("six.py", HASH, "0"), Entry("more/x.py", HASH, "0")])
    assert recorded_wheel(wheel(f"{path},{HASH},0\n", {path: b""})).record == expected


@pytest.mark.parametrize("scheme", ["scripts", "headers", "data"])
def test_a_file_that_is_installed_outside_of_site_packages_does_not_count(scheme: str) -> None:
    path = f"six-1.0.data/{scheme}/x.py"
    assert recorded_wheel(wheel(f"{path},{HASH},0\n", {path: b""})) == recorded_wheel(wheel())


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (io.BytesIO(b"no zip"), "File is not a zip file"),
        (wheel(record=None), "got 0 files *.dist-info/RECORD, expected one"),
        (wheel(files={"x-1.dist-info/RECORD": b""}), "got 2 files *.dist-info/RECORD, expected one"),
        (wheel(files={"more.py": b""}), "RECORD does not list 'more.py', which is in the wheel"),
        (wheel(record=f"more.py,{HASH},0\n"), "RECORD lists 'more.py', which is not in the wheel"),
        (wheel(record="more.py,,\n", files={"more.py": b""}), "RECORD has '' for 'more.py', expected sha256=..."),
        (wheel(record="more.py,md5=x,0\n", files={"more.py": b""}),
         "RECORD has 'md5=x' for 'more.py', expected sha256=..."),
        (wheel(record=f"more.py,{HASH},1\n", files={"more.py": b""}),
         f"'more.py': RECORD says {HASH} and 1 bytes, the file has {HASH} and 0 bytes"),
        (wheel(record="a,b\n"), "got 'a,b', expected path,hash,size"),
        (wheel(files={"/etc/x": b""}), "got the path '/etc/x', which leads outside of the wheel"),
        (wheel(files={"a/../../x": b""}), "got the path 'a/../../x', which leads outside of the wheel"),
        (wheel(files={"C:/x": b""}), "got the path 'C:/x', which leads outside of the wheel"),
        (wheel(record=f"/etc/x,{HASH},0\n"), "RECORD lists '/etc/x', which is not in the wheel"),
        (wheel(files={"./six.py": b""}), "got two files with the path './six.py'"),
    ],
    ids=["zip", "none", "two", "unlisted", "absent", "no-hash", "md5", "size", "row", "absolute", "parent", "drive",
         "absolute-row", "twice"],
)  # fmt: skip
def test_a_wheel_that_is_not_what_it_says(made: io.BytesIO, what: str) -> None:
    assert refusal(made) == what


def test_a_record_that_explodes() -> None:
    made = wheel(record="x" * (40 << 20))
    assert len(made.getvalue()) < 1 << 20
    assert refusal(made) == "its RECORD has more than 33554432 bytes; no wheel has one that large"


def test_a_compression_that_wheels_do_not_have() -> None:
    made = wheel()
    with zipfile.ZipFile(made, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.py", b"")
    assert refusal(made) == "'x.py' is compressed otherwise than wheels are"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_wheel_that_was_cut_off(kept: float) -> None:
    content = wheel().getvalue()
    assert refusal(io.BytesIO(content[: int(len(content) * kept)])) == "File is not a zip file"


# The records beside a lock


def test_records_are_kept_beside_the_lock() -> None:
    assert sidecar_of(Path("locks/requirements.lock")) == Path("locks/requirements.lock.records.json")


def test_records_are_written_the_same_and_read_as_they_were_written() -> None:
    records = {f"sha256:{A}": RECORD, f"sha256:{B}": RECORD}
    text = render(records)
    assert text == render(dict(reversed(records.items())))
    assert parse_records(text) == read_records(io.BytesIO(text.encode())) == records


def test_a_row_has_the_records_of_its_hashes() -> None:
    lock = lock_of(f"six==1.0 --hash=sha256:{A} --hash=sha256:{B}\nattrs==1.0 --hash=sha256:{'c' * 64}\n")
    assert [row.records for row in attach(lock, {f"sha256:{A}": RECORD}).rows] == [(f"sha256:{B}",), ()]


@pytest.mark.parametrize(("line", "row"), [("six==2.0", "six 2.0"), ("attrs==1.0", "attrs 1.0")])
def test_records_that_call_a_wheel_otherwise_than_the_lock(line: str, row: str) -> None:
    lock = lock_of(f"# a lock\n{line} --hash=sha256:{A}\n")
    with pytest.raises(Unreadable) as caught:
        attach(lock, {f"sha256:{A}": RECORD})
    assert caught.value.what == f"the records call {RECORD.file} six 1.0, the lock has it for {row}"
    assert (caught.value.fix, caught.value.line, caught.value.column) == (AGAIN, 2, 1)


def records(**changes: Any) -> str:
    entry = {"name": "six", "version": "1.0", "file": "six.whl", "record": f"sha256:{A}"}
    return json.dumps({"schema": "gatekeeper/records@1", "records": {f"sha256:{A}": entry}} | changes)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (records(schema="gatekeeper/records@2"), "schema: got 'gatekeeper/records@2', expected 'gatekeeper/records@1'"),
        (records(records={"x": {}}), "records.x: got 'x', expected sha256:<64 hex digits>"),
        (records(records={f"sha256:{A}": {}}), f"records.sha256:{A}.name: got nothing, expected text"),
        (records(records=[]), "records: got a list, expected an object"),
        (records()[:-1], "it is no JSON: Expecting ',' delimiter"),
    ],
    ids=["major", "digest", "name", "list", "truncated"],
)
def test_a_document_that_holds_no_records(text: str, what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_records(text)
    assert (caught.value.what, caught.value.fix) == (what, AGAIN)


def test_more_records_than_any_lock_has() -> None:
    with pytest.raises(Unreadable, match="more than 33554432 bytes"):
        read_records(io.BytesIO(b" " * (33 << 20)))


# pip for a target


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("cp312-win_amd64", ("--python-version=3.12", "--abi=cp312", "--platform=win_amd64")),
        ("cp3.13.1-musllinux_1_1_aarch64",
         ("--python-version=3.13.1", "--abi=cp313", *(f"--platform=musllinux_1_{minor}_aarch64" for minor in (1, 0)))),
    ],
)  # fmt: skip
def test_a_target_as_options_of_pip(target: str, options: tuple[str, ...]) -> None:
    assert pip_options(parse_target(target)) == ("--implementation=cp", *options)


def test_an_older_c_library_is_named_in_all_its_names() -> None:
    options = pip_options(parse_target("cp314t-manylinux_2_28_x86_64"))
    assert options[:5] == (
        "--implementation=cp", "--python-version=3.14", "--abi=cp314t", "--platform=manylinux_2_28_x86_64",
        "--platform=manylinux_2_27_x86_64",
    )  # fmt: skip
    assert "--platform=manylinux2014_x86_64" in options


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("cp312-linux_x86_64", "the target cp312-linux_x86_64 says no C library, on which the choice of a wheel hangs"),
        ("linux-64", "the target linux-64 says no Python"),
    ],
)
def test_a_target_that_pip_can_not_be_told(target: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        pip_options(parse_target(target))
    assert caught.value.what == what


# The real tools


def test_an_interpreter_without_pip_tools(core_environment: Path, tmp_path: Path) -> None:
    python = str(core_environment / "bin" / "python")
    with pytest.raises(UsageError) as caught:
        compile_lock(python, [tmp_path / "requirements.in"], tmp_path / "requirements.lock")
    assert (caught.value.what, caught.value.fix) == (
        f"{python} has no pip-tools",
        f"install it there: {python} -m pip install pip-tools",
    )


def test_an_interpreter_that_can_not_be_started(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be started"):
        compile_lock("/no/such/python", [], tmp_path / "requirements.lock")


@pytest.mark.slow
def test_a_lock_is_compiled_and_its_wheels_are_recorded(tmp_path: Path) -> None:
    source, written = tmp_path / "requirements.in", tmp_path / "requirements.lock"
    source.write_text("click==8.1.7\ndocopt==0.6.2\njoblib==1.4.2\n")
    compile_lock(sys.executable, [source], written)
    lock = lock_of(written.read_text())
    recorded = record_wheels(sys.executable, lock)
    assert [(each.row.name, each.why) for each in recorded.unrecorded] == [("docopt", NO_WHEEL)]
    assert {record.name: record.version for record in recorded.records.values()} == {
        "click": "8.1.7",
        "joblib": "1.4.2",
    }
    assert {row.name: len(row.records) for row in attach(lock, recorded.records).rows} == {
        "click": 1,
        "docopt": 0,
        "joblib": 1,
    }
    elsewhere = record_wheels(sys.executable, lock, parse_target("cp313-win_amd64"))
    # Pure wheels, which are the same for every target; click asks for colorama there, which this lock has not.
    assert elsewhere.records == recorded.records


@pytest.mark.slow
def test_what_can_not_be_compiled_or_downloaded(tmp_path: Path) -> None:
    source = tmp_path / "requirements.in"
    source.write_text("six==0.0.0.1\n")
    with pytest.raises(Unreadable, match="pip-compile failed"):
        compile_lock(sys.executable, [source], tmp_path / "requirements.lock")
    with pytest.raises(Unreadable, match="pip download failed"):
        record_wheels(sys.executable, lock_of(f"six==1.17.0 --hash=sha256:{A}\n"))


STACK = (
    "numpy==2.3.1\npandas==2.3.0\nscikit-learn==1.7.0\nflask==3.1.1\njupyterlab_widgets==3.0.15\nipykernel==6.29.5\n"
)


@pytest.fixture(scope="module")
def installed_twice() -> Iterator[Path]:
    """One stack with data files and compiled code: its wheels, installed by pip, and installed by uv."""
    with tempfile.TemporaryDirectory(prefix="records-") as made:
        folder = Path(made)
        (folder / "stack.in").write_text(STACK)
        for name in ("by-pip", "by-uv", "tool"):
            run(sys.executable, "-m", "venv", folder / name)
        run(folder / "tool/bin/python", "-m", "pip", "install", "--quiet", "uv==0.13.9")
        python = folder / "by-pip" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "-r", folder / "stack.in")
        frozen = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout
        (folder / "stack.txt").write_text(frozen)
        wheels = ("--only-binary=:all:", "--no-deps", "--dest", folder / "wheels", "-r", folder / "stack.txt")
        run(python, "-m", "pip", "download", "--quiet", *wheels)
        other = ("--python", folder / "by-uv/bin/python", "--no-deps", "-r", folder / "stack.txt")
        run(folder / "tool/bin/uv", "pip", "install", "--quiet", *other)
        yield folder


@pytest.mark.slow
def test_one_digest_for_what_pip_and_uv_installed_and_for_the_wheel(installed_twice: Path) -> None:
    wheels = {each.name: each.record for each in records_of_wheels((installed_twice / "wheels").glob("*.whl")).values()}
    by_pip, by_uv = (digests(installed_twice / name / "bin" / "python") for name in ("by-pip", "by-uv"))
    assert len(wheels) > 30
    assert {name: by_pip[name] for name in wheels} == wheels
    assert {name: by_uv[name] for name in wheels} == wheels


@pytest.mark.slow
@pytest.mark.parametrize("name", ["by-pip", "by-uv"])
def test_a_real_environment_has_no_flaw(installed_twice: Path, name: str) -> None:
    python = installed_twice / name / "bin" / "python"
    assert json.loads(answer(python, "--deep"))["anomalies"] == []
    assert digests(python, "--deep") == digests(python)


def digests(python: Path, *options: str) -> dict[str, str]:
    found = json.loads(answer(python, *options))["distributions"]
    return {canonical_name(each["name"]): each["record"] for each in found}


def answer(python: Path, *options: str) -> str:
    with SCRIPT.open("rb") as script:
        command = [str(python), "-I", "-", *options]
        return subprocess.run(command, stdin=script, capture_output=True, check=True, text=True).stdout


def run(*command: str | Path) -> None:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
