"""What a conda-lock file says, as facts, and which of its YAML is refused."""

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.environment import Hash, Lock, Row, Source, read_lock
from gatekeeper.environment.conda.document import MAX_DEPTH, read_document
from gatekeeper.environment.formats import Format
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_conda"
WRITE_AGAIN = "write the lock again with its tool; it is not for editing by hand"
HEAD = """\
version: 1
metadata:
  content_hash:
    linux-64: 0
package:
"""
SIX = """\
- name: six
  version: 1.16.0
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://conda.example.com/forge/noarch/six-1.16.0-pyh6c4a22f_0.tar.bz2
  hash:
    md5: e5f25f8dbc060e9a8d912e432202afc2
    sha256: a85c38227b446f42c5b90d9b642f2c0567880c15d72492d8da074a59c8f91dd6
  category: main
  optional: false
"""


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def real() -> Lock:
    return read_lock(io.BytesIO((CORPUS / "conda-lock.yml").read_bytes()))


def row(**changes: str) -> Row:
    """Return the row of six, with some of its values changed; a value of nothing drops the line."""
    text = SIX
    for key, value in changes.items():
        old = next(line for line in SIX.splitlines(keepends=True) if line.strip().startswith(f"{key}:"))
        text = text.replace(old, f"{old.partition(':')[0]}: {value}\n" if value else "")
    (only,) = read(HEAD + text).rows
    return only


def refusal(text: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(Unreadable) as caught:
        read(text)
    return caught.value.what, caught.value.line, caught.value.column


def test_every_package_of_every_platform_is_a_row() -> None:
    lock = real()
    assert lock.format is Format.CONDA_LOCK
    assert [
        (len([each for each in lock.rows if each.platform == name]), name) for name in ("linux-64", "osx-arm64")
    ] == [
        (15, "linux-64"),
        (13, "osx-arm64"),
    ]


def test_a_row_of_a_channel() -> None:
    assert next(each for each in real().rows if (each.name, each.platform) == ("pytorch", "linux-64")) == Row(
        name="pytorch",
        written="pytorch",
        specifier="==2.2.0",
        version="2.2.0",
        extras=(),
        marker=None,
        hashes=(
            Hash(
                algorithm="sha256",
                digest="28cd0c5883a5ffb834d3a6c6c8d7e8de8582ec5a6e04956f0c44df91d683e79f",
            ),
        ),
        source=Source.CONDA,
        url=None,
        line=276,
        column=9,
        index="https://conda.example.com/forge",
        build="cpu_generic_py311hdebeed6_0",
        platform="linux-64",
    )


def test_a_row_of_an_index() -> None:
    six = next(each for each in real().rows if each.name == "six")
    assert (six.source, six.version, six.platform, six.index, six.build) == (
        Source.INDEX,
        "1.16.0",
        "linux-64",
        None,
        None,
    )
    assert [(str(each), each.file) for each in six.hashes] == [
        (f"sha256:{'6' * 64}", "six-1.16.0-py2.py3-none-any.whl")
    ]


def test_a_version_of_conda_stays_as_conda_writes_it_and_names_keep_their_underscores() -> None:
    rows = {each.name: each.version for each in real().rows}
    assert rows["tzdata"] == "2024a"
    assert {"typing_extensions", "typing-extensions", "_libgcc_mutex"} <= rows.keys()


def test_a_package_of_two_categories_is_one_row_that_either_asks_for() -> None:
    lock = real()
    assert (lock.groups, lock.default_groups) == (("dev", "qa"), ("dev",))
    pytest_rows = [each.marker for each in lock.rows if each.name == "pytest" and each.platform == "linux-64"]
    assert pytest_rows == ['"dev" in dependency_groups or "qa" in dependency_groups']
    assert {each.marker for each in lock.rows if each.name not in {"pytest", "iniconfig"}} == {None}


def test_what_is_in_main_as_well_is_always_installed() -> None:
    other = SIX.replace("category: main", "category: dev")
    assert [each.marker for each in read(HEAD + other + SIX).rows] == [None]
    assert [each.marker for each in read(HEAD + other).rows] == ['"dev" in dependency_groups']


def test_two_entries_of_one_package_that_differ_stay_two() -> None:
    assert len(read(HEAD + SIX + SIX.replace("a85c38", "b85c38")).rows) == 2


@pytest.mark.parametrize(
    ("url", "index"),
    [
        ("https://conda.example.com/forge/linux-64/six-1.16.0-pyh6c4a22f_0.conda", "https://conda.example.com/forge"),
        ("https://me:secret@Conda.Example.com/a/b/noarch/six-1.16.0-0.conda", "https://conda.example.com/a/b"),
        ("https://conda.example.com/t/tk-1234/forge/noarch/six-1.16.0-0.conda", "https://conda.example.com/forge"),
        ("https://conda.example.com/t/$TOKEN/forge/noarch/six-1.16.0-0.conda", "https://conda.example.com/forge"),
        ("file:///opt/forge/noarch/six-1.16.0-0.conda", "file:///opt/forge"),
    ],
)
def test_the_index_of_a_row_is_the_channel_without_secrets(url: str, index: str) -> None:
    assert (row(url=url).source, row(url=url).index, row(url=url).url) == (Source.CONDA, index, None)


def test_an_archive_that_lies_in_no_channel_is_a_url() -> None:
    url = "https://example.com/six-1.16.0-pyh6c4a22f_0.conda"
    assert (row(url=url).source, row(url=url).url, row(url=url).build) == (Source.URL, url, "pyh6c4a22f_0")


def test_without_a_sha256_the_md5_is_the_hash_and_without_both_the_file_is_unhashed() -> None:
    assert [each.algorithm for each in row(sha256="").hashes] == ["md5"]
    unhashed = read(HEAD + SIX.partition("  hash:")[0] + "  hash: {}\n").rows[0]
    assert (unhashed.hashes, unhashed.unhashed) == ((), ("six-1.16.0-pyh6c4a22f_0.tar.bz2",))


@pytest.mark.parametrize(
    ("text", "source", "url", "hashes"),
    [
        ("https://example.com/six-1.16.0.tar.gz", Source.URL, "https://example.com/six-1.16.0.tar.gz", 1),
        ("git+https://example.com/six@abc", Source.VCS, "git+https://example.com/six@abc", 0),
        ("file:///opt/six", Source.PATH, "file:///opt/six", 0),
    ],
)
def test_a_direct_reference_of_pip(text: str, source: Source, url: str, hashes: int) -> None:
    entry = SIX.replace("manager: conda", f"manager: pip\n  source:\n    type: url\n    url: {text}")
    entry = entry.replace("https://conda.example.com/forge/noarch/six-1.16.0-pyh6c4a22f_0.tar.bz2", text)
    (only,) = read(HEAD + entry).rows
    assert (only.source, only.url, len(only.hashes)) == (source, url, hashes)


def test_order_of_keys_and_of_entries_changes_no_row() -> None:
    lines = SIX.splitlines()
    turned = [f"- {lines[1].strip()}", f"  {lines[0][2:]}", *lines[2:]]
    assert [each.hashes for each in read(HEAD + "\n".join(turned) + "\n").rows] == [row().hashes]


def test_a_lock_survives_the_way_through_msgpack() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(real()), type=Lock) == real()


@pytest.mark.parametrize("version", ["2", "'3'", "1.0", "[1]"])
def test_another_version_is_refused(version: str) -> None:
    what, line, column = refusal(HEAD.replace("version: 1", f"version: {version}") + SIX)
    assert what.startswith("got ")
    assert what.endswith("expected version: 1, the only one of conda-lock's that is known")
    assert (line, column) == (1, 10)


@pytest.mark.parametrize(
    ("old", "new", "what", "line", "column"),
    [
        ("1.16.0\n", "1.10\n", "got '1.10' without quotes, expected text for version", 7, 12),
        ("name: six", "name: [six]", "got a list, expected text for name", 6, 9),
        ("manager: conda", "manager: npm", "got 'npm' without quotes, expected the manager conda or pip", 8, 12),
        ("  platform: linux-64\n", "", "there is no `platform` here", 6, 3),
        ("1.16.0\n", "1.4.2\n", "got the version '1.4.2' of an archive whose file name says '1.16.0'", 7, 12),
        ("name: six", "name: five", "got the name 'five' of an archive whose file name says 'six'", 6, 9),
        ("sha256: a85", "sha256: 85", "got a sha256 hash of 63 characters, expected 64 hex digits", 14, 13),
        ("  hash:\n", "  hash: no\n  other:\n", "got 'no' without quotes, expected keys and values for hash", 12, 9),
        ("forge/", "${CHANNEL}/",
         "got ${CHANNEL}, whose value depends on where the lock is installed; expected the value itself", 11, 8),
        ("  optional: false", "  name: six", "the key 'name' stands here twice", 16, 3),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_by_its_place(old: str, new: str, what: str, line: int, column: int) -> None:
    assert refusal(HEAD + SIX.replace(old, new)) == (what, line, column)


@pytest.mark.parametrize(
    ("text", "what", "line", "column"),
    [
        ("a: &big [x]\nb: [*big, *big]\n", "got the anchor &big, which no lock needs", 1, 4),
        ("a: *big\n", "got the alias *big, which no lock needs", 1, 4),
        ("a:\n  <<: {b: c}\n", "got a merge key, which no lock needs", 2, 3),
        ("a: !!python/none x\n", "got the tag 'tag:yaml.org,2002:python/none', which no lock needs", 1, 4),
        ("a: b\n---\na: b\n", "a second document begins here; expected one", 2, 1),
        ("- a\n", "got a list, expected keys and values for a lock", 1, 1),
        ("", "got nothing without quotes, expected keys and values for a lock", 1, 1),
        ("? [a]\n: b\n", "got a list, expected text for a key", 1, 3),
        ("? ? a\n", "got keys and values, expected text for a key", 1, 3),
        ("a: [b\n", "this is no YAML: did not find expected ',' or ']'", 2, 1),
        ("a: \x7f\n", "got U+007F, a character that YAML does not allow", 1, None),
    ],
)
def test_yaml_that_no_tool_writes_into_a_lock(text: str, what: str, line: int, column: int | None) -> None:
    with pytest.raises(Unreadable) as caught:
        read_document(text)
    assert (caught.value.what, caught.value.line, caught.value.column) == (what, line, column)
    assert caught.value.fix == WRITE_AGAIN


@pytest.mark.parametrize("unit", ["[", "{a: ", "- "])
def test_nesting_that_would_exhaust_a_parser_is_refused(unit: str) -> None:
    with pytest.raises(Unreadable, match=f"nested deeper than {MAX_DEPTH} levels, as no lock is"):
        read_document(f"a:\n  {unit * 100_000}")


def test_aliases_that_would_explode_are_refused_at_the_first() -> None:
    levels = [
        f"  {new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    text = HEAD.replace("    linux-64: 0", "    linux-64: 0\n  a: &a [x]\n" + "\n".join(levels))
    assert refusal(text) == ("got the anchor &a, which no lock needs", 5, 6)


@given(st.text(st.sampled_from("abc:-&*!|>'\"#[]{},? \n1.~<"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_whatever_text_is_read_or_refused(text: str) -> None:
    try:
        read_document(text)
    except Unreadable as error:
        assert error.line is not None
