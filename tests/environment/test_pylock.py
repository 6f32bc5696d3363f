"""pylock.toml as facts, validated by `packaging.pylock`, and what it may not be."""

import io
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.pylock import Pylock

from gatekeeper.environment import Hash, Lock, Row, Source, read_lock
from gatekeeper.environment.formats import Format
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable, UsageError

CORPUS = Path(__file__).parent / "corpus_projects"
HEADER = 'lock-version = "1.0"\ncreated-by = "a-tool"\n'
AGAIN = "write the lock again with the tool that its created-by names"
A = "a" * 64
FOLDER = 'directory = { path = "x" }\n'
LINUX = parse_target("cp312-linux_x86_64")


def parse(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def read(path: str) -> Lock:
    return read_lock(io.BytesIO((CORPUS / path).read_bytes()))


def package(rest: str, *, name: str = "six", version: str = '\nversion = "1.16.0"') -> str:
    return f'\n[[packages]]\nname = "{name}"{version}\n{rest}'


def sdist(version: str, hashes: str) -> str:
    return f'sdist = {{ url = "https://h/six-{version}.tar.gz", hashes = {hashes} }}\n'


def row(rest: str) -> Row:
    (only,) = parse(HEADER + package(rest)).rows
    return only


def refusal(text: str) -> tuple[str, str, int | None]:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    return caught.value.what, caught.value.fix, caught.value.line


def test_a_lock_says_what_may_be_chosen_from_it() -> None:
    lock = read("pdm/pylock.toml")
    assert (lock.format, lock.requires_python) == (Format.PYLOCK, "<4,>=3.10")
    assert (lock.extras, lock.groups) == (("plot", "serve", "tables"), ("default", "dev", "lint"))
    assert (lock.default_groups, lock.environments) == (("default",), ('python_version ~= "3.10"',))


@pytest.mark.parametrize("name", ["pdm/pylock.toml", "uv/pylock.chosen.toml", "workspace/pylock.default.toml"])
def test_each_row_is_what_packaging_reads(name: str) -> None:
    lock = read(name)
    read_by_packaging = Pylock.from_dict(tomllib.loads((CORPUS / name).read_text()))
    lines = (CORPUS / name).read_text().splitlines()
    for ours, theirs in zip(lock.rows, read_by_packaging.packages, strict=True):
        assert (ours.name, ours.version) == (theirs.name, str(theirs.version))
        assert ours.marker == (None if theirs.marker is None else str(theirs.marker))
        files = [theirs.archive, theirs.sdist, *(theirs.wheels or ())]
        assert {each.digest for each in ours.hashes} == {each.hashes["sha256"] for each in files if each is not None}
        assert lines[(ours.line or 0) - 1] == f'name = "{ours.name}"'
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(lock), type=Lock) == lock


def test_the_names_of_the_files_are_known() -> None:
    click = next(each for each in read("uv/pylock.default.toml").rows if each.name == "click")
    assert sorted(each.file for each in click.hashes) == ["click-8.1.7-py3-none-any.whl", "click-8.1.7.tar.gz"]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (
            'index = "https://u:p@I/simple/"\nwheels = [{ url = "https://h/six-1.16.0-py3-none-any.whl", HASHES }]',
            (Source.INDEX, None, "https://i/simple"),
        ),
        ('sdist = { name = "six-1.16.0.tar.gz", path = "x", HASHES }', (Source.INDEX, None, None)),
        (
            'archive = { url = "https://u:p@h/x.zip", subdirectory = "s", HASHES }',
            (Source.URL, "https://h/x.zip#subdirectory=s", None),
        ),
        ('archive = { path = "x.zip", HASHES }', (Source.PATH, "x.zip", None)),
        ('directory = { path = "x" }', (Source.PATH, "x", None)),
        ('directory = { path = "x", editable = true }', (Source.EDITABLE, "x", None)),
        ('vcs = { type = "git", url = "https://h/x", commit-id = "0123" }', (Source.VCS, "git+https://h/x@0123", None)),
        ('vcs = { type = "hg", path = "x", commit-id = "0123" }', (Source.VCS, "hg+x@0123", None)),
    ],
)
def test_where_a_package_comes_from(rest: str, expected: tuple[Source, str | None, str | None]) -> None:
    read_row = row(rest.replace("HASHES", f'hashes = {{ sha256 = "{A}" }}'))
    assert (read_row.source, read_row.url, read_row.index) == expected


def test_a_file_may_have_several_hashes() -> None:
    hashes = f'{{ sha512 = "{"b" * 128}", sha256 = "{A.upper()}" }}'
    read_row = row(f'sdist = {{ url = "https://h/six-1.16.0.tar.gz", hashes = {hashes} }}')
    assert read_row.hashes == (Hash(algorithm="sha256", digest=A), Hash(algorithm="sha512", digest="b" * 128))


def test_a_marker_may_ask_for_extras_and_groups_together() -> None:
    rest = "marker = \"'a' in extras and 'dev' in dependency_groups\"\ndirectory = { path = \"x\" }\n"
    lock = parse(HEADER + 'extras = ["a"]\ndependency-groups = ["dev"]\n' + package(rest))
    chosen = {
        (extras, groups): bool(project(lock, LINUX, Selection(extras=extras, groups=groups)))
        for extras in ((), ("a",))
        for groups in ((), ("dev",))
    }
    assert [key for key, installed in chosen.items() if installed] == [(("a",), ("dev",))]


def test_an_extra_that_the_lock_does_not_know_is_an_error() -> None:
    with pytest.raises(UsageError, match="the lock has no extra cuda"):
        project(read("pdm/pylock.toml"), LINUX, Selection(extras=("cuda",)))


def test_an_environment_that_the_lock_is_not_for() -> None:
    lock = parse(HEADER + "environments = [\"sys_platform == 'linux'\", \"os_name == 'posix'\"]\npackages = []\n")
    assert project(lock, LINUX) == ()
    with pytest.raises(Unreadable) as caught:
        project(lock, parse_target("cp312-win_amd64"))
    assert caught.value.what == (
        'the lock is for other environments than cp312-win_amd64: sys_platform == "linux"; os_name == "posix"'
    )


def test_a_package_that_the_targets_python_can_not_run() -> None:
    lock = parse(HEADER + package('requires-python = ">=3.13"\ndirectory = { path = "x" }\n'))
    with pytest.raises(Unreadable) as caught:
        project(lock, LINUX)
    assert caught.value.what == "six 1.16.0 needs Python >=3.13, and the target cp312-linux_x86_64 has another"
    assert caught.value.line == 5


def test_a_newer_minor_version_is_read_with_a_warning_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    lock = parse(HEADER.replace("1.0", "1.1") + "packages = []\n")
    assert lock.warnings == ("got the lock-version '1.1', expected 1.0: what a newer version adds is not read",)
    assert not caplog.records


@pytest.mark.parametrize("version", ["2.0", "0.9", "one"])
def test_another_major_version_is_not_guessed_at(version: str) -> None:
    assert refusal(HEADER.replace("1.0", version) + "packages = []\n") == (
        f"the lock: got the lock-version '{version}', expected 1.0",
        "write it by a tool that writes version 1, or upgrade gatekeeper",
        1,
    )


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (HEADER, "the lock: packages: Missing required value", None),
        (
            HEADER + package(""),
            "the package six: Exactly one of vcs, directory, archive must be set if sdist and wheels are not set",
            5,
        ),
        (HEADER + package(FOLDER, name="Six"), "the package Six: name: Name 'Six' is not normalized", 5),
        (
            HEADER + package(FOLDER, name="s\u0456x"),
            (
                "a package: got 's\u0456x' with U+0456 (CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I), "
                "expected a name: ASCII letters, digits, and . _ - between them"
            ),
            5,
        ),
        (
            HEADER + package('marker = "x"\n' + FOLDER),
            "the package six: marker: Expected a marker variable or quoted string",
            5,
        ),
        (
            HEADER + package("marker = \"python_version < '\uff13'\"\n" + FOLDER),
            "the package six: its marker is none of a lock: got U+FF13 (FULLWIDTH DIGIT THREE), expected ASCII",
            5,
        ),
        (
            HEADER + package(sdist("1.16.0", "{}")),
            "the package six: sdist.hashes: At least one hash must be provided",
            5,
        ),
        (
            HEADER + package(sdist("1.17.0", '{ sha256 = "0" }')),
            "the package six: sdist: Version in 'six-1.17.0.tar.gz' is not consistent with package version '1.16.0'",
            5,
        ),
        (
            HEADER + package(sdist("1.16.0", '{ sha256 = "0" }')),
            "the package six: got a sha256 hash of 1 characters, expected 64 hex digits (of six-1.16.0.tar.gz)",
            5,
        ),
        (
            HEADER + package(f'wheels = [{{ name = "six-1.16.0-{"a." * 50}a-none-any.whl" }}]'),
            "the package six: got a file name with 53 dots, expected at most 40",
            5,
        ),
        (HEADER + 'extras = "x"\npackages = []\n', "the lock: extras: Unexpected type str (expected Sequence)", None),
        (
            HEADER + 'dependency-groups = ["-"]\npackages = []\n',
            "the lock: got '-', expected a name: ASCII letters, digits, and . _ - between them",
            None,
        ),
    ],
)
def test_a_lock_that_is_not_whole(text: str, what: str, line: int | None) -> None:
    assert refusal(text) == (what, AGAIN, line)


LOCKS = [
    "uv/uv.lock",
    "conflicts/uv.lock",
    "virtual/uv.lock",
    "workspace/uv.lock",
    "poetry/poetry.lock",
    "various/poetry.lock",
    "pdm/pylock.toml",
    "workspace/pylock.default.toml",
]
PIECES = [
    '"',
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    ",",
    "#",
    "'",
    ".",
    "0",
    "a",
    "\u0430",
    "[[package]]\n",
    "null",
    "3.5",
    "-",
]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_happens_to_a_lock_it_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = (CORPUS / data.draw(st.sampled_from(LOCKS))).read_text()
    start = data.draw(st.integers(0, len(content)))
    end = min(len(content), start + data.draw(st.sampled_from([0, 1, 2, 8, 64, 4096, len(content)])))
    mutated = content[:start] + data.draw(st.sampled_from(["", *PIECES])) + content[end:]
    try:
        lock = read_lock(io.BytesIO(mutated.encode()))
        project(lock, LINUX, Selection(groups="all"))
    except Unreadable as refused:
        assert refused.fix
        assert refused.line is None or 1 <= refused.line <= mutated.count("\n") + 1
    except UsageError as refused:
        assert "conflict" in refused.what
