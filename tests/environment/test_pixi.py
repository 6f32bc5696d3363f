"""What a pixi.lock says, as facts, held against what rattler reads in it."""

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.environment import Lock, Row, Source, read_lock
from gatekeeper.environment.formats import Format
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_conda"
LOCKS = sorted(path.name for path in CORPUS.glob("*.lock"))
URL = "https://conda.example.com/forge/noarch/six-1.16.0-pyh6c4a22f_0.conda"
SHA256 = "a85c38227b446f42c5b90d9b642f2c0567880c15d72492d8da074a59c8f91dd6"
LOCK = f"""\
version: 7
platforms:
- name: linux-64
environments:
  default:
    channels:
    - url: https://conda.example.com/forge/
    packages:
      linux-64:
      - conda: {URL}
packages:
- conda: {URL}
  sha256: {SHA256}
"""


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def real(name: str) -> Lock:
    return read_lock(io.BytesIO((CORPUS / name).read_bytes()))


def refusal(text: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(Unreadable) as caught:
        read(text)
    return caught.value.what, caught.value.line, caught.value.column


def rattler_says(name: str, environment: str, platform: str) -> Counter[tuple[Any, ...]]:
    packages = json.loads((CORPUS / name).with_suffix(".json").read_text())[environment][platform]
    return Counter(
        (each["name"], *((each["version"], each["sha256"]) if each["location"] != "./pricing" else ()), each["build"])
        for each in packages
    )


def we_say(rows: tuple[Row, ...]) -> Counter[tuple[Any, ...]]:
    """Count the rows; of a local folder neither version nor digest, which rattler 0.28.0 drops or makes itself."""
    return Counter(
        (row.name, *((row.version, sha256(row)) if row.url != "./pricing" else ()), row.build) for row in rows
    )


def sha256(row: Row) -> str | None:
    return next((each.digest for each in row.hashes if each.algorithm == "sha256"), None)


@pytest.mark.parametrize("name", LOCKS)
def test_a_real_lock_is_read_as_rattler_reads_it(name: str) -> None:
    lock = real(name)
    assert lock.format is Format.PIXI
    for environment, platforms in json.loads((CORPUS / name).with_suffix(".json").read_text()).items():
        for platform in platforms:
            chosen = Selection(groups=(environment,) if lock.groups else "default")
            assert we_say(project(lock, parse_target(platform), chosen)) == rattler_says(name, environment, platform)


@pytest.mark.parametrize("name", ["pixi-5.lock", "pixi-6.lock", "pixi-7.lock"])
def test_one_graph_gives_the_same_rows_in_conda_lock_and_in_each_version_of_pixi(name: str) -> None:
    target = parse_target("linux-64")
    ours = project(real(name), target)
    theirs = project(real("conda-lock.yml"), target, Selection(groups="none"))
    conda = tuple(row for row in theirs if row.source is Source.CONDA)
    assert sorted(map(without_place, ours), key=lambda row: row.name) == sorted(
        map(without_place, conda), key=lambda row: row.name
    )


def without_place(row: Row) -> Row:
    return replace(row, line=None, column=None, marker=None)


def test_each_environment_is_a_group_of_its_own() -> None:
    lock = real("pixi-7.lock")
    assert (lock.groups, lock.default_groups) == (("default", "test"), ("default",))
    assert {row.marker for row in lock.rows if row.name == "numpy"} == {
        '"default" in dependency_groups or "test" in dependency_groups'
    }
    assert {row.marker for row in lock.rows if row.name == "pytest"} == {'"test" in dependency_groups'}


def test_a_lock_with_the_default_environment_alone_has_no_groups() -> None:
    lock = real("pixi-single-7.lock")
    assert (lock.groups, lock.default_groups, {row.marker for row in lock.rows}) == ((), (), {None})


def test_the_kinds_of_rows() -> None:
    rows = {row.name: row for row in real("mixed-6.lock").rows}
    assert {name: (row.source.value, row.index, row.url) for name, row in rows.items()} == {
        "python": ("conda", "https://conda.example.com/forge", None),
        "libold": ("conda", "https://conda.example.com/forge", None),
        "torch": ("index", "https://index.example.com/simple", None),
        "uvicorn": ("index", "https://index.example.com/simple", None),
        "six": ("url", None, "https://example.com/wheels/six-1.16.0-py2.py3-none-any.whl"),
        "features": (
            "vcs",
            None,
            "git+https://git.example.com/ours/features@0123456789abcdef0123456789abcdef01234567#subdirectory=py",
        ),
        "pricing": ("editable", None, "./pricing"),
    }
    assert (rows["torch"].version, rows["torch"].hashes[0].file) == (
        "2.2.0+cpu",
        "torch-2.2.0+cpu-cp311-cp311-linux_x86_64.whl",
    )
    assert rows["uvicorn"].extras == ("standard",)
    assert [each.algorithm for each in rows["libold"].hashes] == ["md5"]


def test_the_index_that_version_7_names_for_a_package_counts() -> None:
    lock = LOCK.replace(f"conda: {URL}", "pypi: https://example.com/six-1.16.0-py3-none-any.whl")
    lock += "  name: six\n  version: 1.16.0\n  index: https://Mine.example.com/simple/\n"
    assert [row.index for row in read(lock).rows] == ["https://mine.example.com/simple"]


def test_a_platform_by_a_name_of_its_own_is_the_conda_platform_behind_it() -> None:
    named = LOCK.replace("- name: linux-64", "- name: gpu\n  subdir: linux-64\n  virtual-packages:\n  - __cuda=12.0")
    assert [row.platform for row in read(named.replace("      linux-64:", "      gpu:")).rows] == ["linux-64"]


def test_a_package_that_is_built_from_source_has_no_hashes() -> None:
    source = "child[87dc0b8a] @ git+https://git.example.com/child?tag=v1#0123456789abcdef0123456789abcdef01234567"
    lock = LOCK.replace(f"conda: {URL}", f"conda_source: '{source}'").replace(f"  sha256: {SHA256}", "  version: 0.1.0")
    (row,) = read(lock).rows
    assert (row.name, row.version, row.source, row.hashes) == ("child", "0.1.0", Source.VCS, ())
    assert row.url == "git+https://git.example.com/child@0123456789abcdef0123456789abcdef01234567"


def test_outputs_of_one_source_are_told_apart_by_what_the_environment_says() -> None:
    lock = LOCK.replace("version: 7\nplatforms:\n- name: linux-64\n", "version: 6\n").partition("packages:\n- ")[0]
    lock = lock.replace(URL, "../project\n        name: b")
    lock += "packages:\n" + "".join(f"- conda: ../project\n  name: {name}\n  version: '0.1'\n" for name in "ab")
    assert [(row.name, row.source, row.url) for row in read(lock).rows] == [("b", Source.PATH, "../project")]


def test_a_lock_survives_the_way_through_msgpack() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(real("mixed-6.lock")), type=Lock) == real("mixed-6.lock")


@pytest.mark.parametrize("version", ["1", "4"])
def test_an_older_version_is_refused_with_what_writes_a_newer_one(version: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(LOCK.replace("version: 7", f"version: {version}"))
    assert caught.value.what == f"got pixi.lock version {version}, expected 5, 6 or 7"
    assert caught.value.fix == "write it again with pixi 0.40 or later: pixi lock"
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("version: 7", "version: 8",
         "got '8' without quotes, expected version: 5, 6 or 7, those of pixi.lock that are known", 1),
        (f"\n- conda: {URL}", f"\n- conda: {URL}x", "got 0 packages at this location, expected 1 under `packages`", 10),
        ("packages:\n- ", f"packages:\n- conda: {URL}\n- ",
         "got 2 packages at this location, expected 1 under `packages`", 10),
        ("- name: linux-64", "- name: osx-64",
         "got the platform 'linux-64', which is none of those that the lock declares", 10),
        ("      - conda:", "      - conda_x:", "got keys and values, expected one of conda, conda_source, pypi", 10),
        ("  default:", "  Default_1:",
         "got the environment 'Default_1', expected lower-case letters, digits and hyphens", 6),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_by_its_line(old: str, new: str, what: str, line: int) -> None:
    assert refusal(LOCK.replace(old, new))[:2] == (what, line)


def test_two_variants_of_one_platform_in_one_environment_can_not_be_told_apart_by_a_target() -> None:
    lock = LOCK.replace("- name: linux-64\n", "- name: linux-64\n- name: gpu\n  subdir: linux-64\n")
    lock = lock.replace("packages:\n- ", f"      gpu:\n      - conda: {URL}\npackages:\n- ")
    assert refusal(lock)[:2] == ("got two platforms for linux-64 in the environment default, linux-64 and gpu", 14)
