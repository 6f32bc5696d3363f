"""uv.lock as facts: what stands in it, and what it may not be."""

import io
from pathlib import Path

import msgspec
import pytest
from pip._internal.models.index import PyPI

from gatekeeper.environment import Hash, Lock, Row, Source, read_lock
from gatekeeper.environment.facts import Dependency, Requested
from gatekeeper.environment.formats import Format
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_projects"
HEADER = 'version = 1\nrevision = 5\nrequires-python = ">=3.10"\n'
PROJECT = '\n[[package]]\nname = "proj"\nversion = "1.0"\nsource = { virtual = "." }\n'
START = HEADER + PROJECT
NO_PROJECT = "the lock: got neither a project nor requirements, expected what the packages are for"
SOURCES = "registry, git, url, virtual, editable, directory, path"
AGAIN = "lock the project again: uv lock"
A, B = "a" * 64, "b" * 64
TARGET = parse_target("cp312-linux_x86_64")


def parse(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def read(path: str) -> Lock:
    return parse((CORPUS / path).read_text().replace("https://default.example.com/simple", PyPI.simple_url))


def package(name: str, *, version: str = "1.0", source: str = 'registry = "https://i/simple"', rest: str = "") -> str:
    return f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {source} }}\n{rest}'


def row(text: str) -> Row:
    (only,) = parse(START + text).rows
    return only


def refusal(text: str) -> tuple[str, str, int | None]:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    return caught.value.what, caught.value.fix, caught.value.line


def test_a_lock_says_what_its_project_asks_for() -> None:
    lock = read("uv/uv.lock")
    assert (lock.format, lock.members, lock.requires_python) == (Format.UV, ("pricing",), "<4,>=3.10")
    assert (lock.extras, lock.groups, lock.default_groups) == (("plot", "serve", "tables"), ("dev", "lint"), ("dev",))
    assert Requested(dependency=Dependency(name="httpx", extras=("http2",)), member="pricing") in lock.roots
    assert Requested(dependency=Dependency(name="uvicorn"), extra="serve", member="pricing") in lock.roots
    assert Requested(dependency=Dependency(name="pyflakes"), group="lint", member="pricing") in lock.roots
    assert "pricing" not in {each.name for each in lock.rows}


def test_a_row_has_its_files_its_line_and_what_it_depends_on() -> None:
    lock = read("uv/uv.lock")
    click = next(each for each in lock.rows if each.name == "click")
    assert (click.version, click.specifier, click.source, click.index) == ("8.1.7", "==8.1.7", Source.INDEX, None)
    assert sorted(each.file for each in click.hashes) == ["click-8.1.7-py3-none-any.whl", "click-8.1.7.tar.gz"]
    assert click.requires == (Requested(dependency=Dependency(name="colorama", marker='sys_platform == "win32"')),)
    lines = (CORPUS / "uv/uv.lock").read_text().splitlines()
    assert all(lines[(each.line or 0) - 1] == f'name = "{each.name}"' for each in lock.rows)


def test_what_the_project_itself_asks_for_is_direct() -> None:
    direct = {each.name for each in read("uv/uv.lock").rows if each.direct}
    assert {"click", "httpx", "pytest", "uvicorn"} <= direct
    assert not {"anyio", "h2", "iniconfig"} & direct


@pytest.mark.parametrize("name", ["uv/uv.lock", "conflicts/uv.lock", "workspace/uv.lock", "virtual/uv.lock"])
def test_a_lock_survives_the_way_through_msgpack(name: str) -> None:
    lock = read(name)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(lock), type=Lock) == lock


def test_a_workspace_without_a_project_is_for_all_its_members() -> None:
    lock = read("virtual/uv.lock")
    assert lock.members == ("member-a", "member-b")
    assert not {each.name for each in lock.rows} & set(lock.members)


def test_of_a_workspace_with_a_project_the_members_are_rows_and_those_never_installed_are_not_projected() -> None:
    lock = read("workspace/uv.lock")
    assert lock.members == ("root",)
    assert {each.name: each.source for each in lock.rows if each.source is not Source.INDEX} == {
        "member-b": Source.VIRTUAL,
        "member-c": Source.VIRTUAL,
        "repository": Source.VCS,
        "wheel-alone": Source.PATH,
    }
    assert Source.VIRTUAL not in {each.source for each in project(lock, TARGET)}


def test_a_commit_is_written_as_in_a_requirements_file() -> None:
    url = next(each.url for each in read("workspace/uv.lock").rows if each.name == "repository")
    (exported,) = (each.url for each in read("workspace/default.txt").rows if each.name == "repository")
    assert url == exported
    assert str(url).startswith("git+https://git.example.com/repository@")
    assert str(url).endswith("#subdirectory=sub")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('registry = "https://u:p@I/simple/"', (Source.INDEX, None, "https://i/simple")),
        ('registry = "../wheels"', (Source.INDEX, None, "../wheels")),
        ('git = "https://h/x?rev=v1#0123abc"', (Source.VCS, "git+https://h/x@0123abc", None)),
        ('git = "ssh://git@h/x.git?rev=v1"', (Source.VCS, "git+ssh://git@h/x.git@v1", None)),
        ('git = "https://h/x"', (Source.VCS, "git+https://h/x", None)),
        ('url = "https://u:p@h/x.zip", subdirectory = "s"', (Source.URL, "https://h/x.zip#subdirectory=s", None)),
        ('path = "x.whl"', (Source.PATH, "x.whl", None)),
        ('directory = "x"', (Source.PATH, "x", None)),
        ('editable = "x"', (Source.EDITABLE, "x", None)),
        ('virtual = "x"', (Source.VIRTUAL, "x", None)),
    ],
)
def test_where_a_package_comes_from(source: str, expected: tuple[Source, str | None, str | None]) -> None:
    read_row = row(package("six", source=source))
    assert (read_row.source, read_row.url, read_row.index) == expected


def test_a_file_without_a_hash_is_named_though_others_have_one() -> None:
    files = (
        f'sdist = {{ url = "https://h/six-1.0.tar.gz", hash = "sha256:{A}" }}\n'
        'wheels = [\n    { url = "https://h/six-1.0%2Bcpu-py3-none-any.whl" },\n'
        f'    {{ url = "https://h/six-1.0-cp312-none-any.whl", hash = "sha256:{B}" }},\n]\n'
    )
    read_row = row(package("six", rest=files))
    assert [(each.file, each) for each in read_row.hashes] == [
        ("six-1.0.tar.gz", Hash(algorithm="sha256", digest=A)),
        ("six-1.0-cp312-none-any.whl", Hash(algorithm="sha256", digest=B)),
    ]
    assert read_row.unhashed == ("six-1.0+cpu-py3-none-any.whl",)


def test_the_local_part_of_a_version_is_kept_and_a_project_may_have_none() -> None:
    assert row(package("torch", version="2.7.1+CPU")).version == "2.7.1+cpu"
    unversioned = package("six", source='editable = "x"').replace('version = "1.0"\n', "")
    assert (row(unversioned).version, row(unversioned).specifier) == (None, "")


def torch(index: str, version: str) -> str:
    return package("torch", version=version, source=f'registry = "https://i/{index}"')


def edge(index: str, version: str, marker: str) -> str:
    source = f'{{ registry = "https://i/{index}" }}'
    return f'{{ name = "torch", version = "{version}", source = {source}, marker = "{marker}" }}'


def test_of_several_rows_with_one_name_the_one_is_installed_that_the_edge_means() -> None:
    edges = [
        edge("cpu", "2.7.1", "sys_platform == 'darwin'"),
        edge("cpu", "2.7.1+cpu", "sys_platform == 'linux'"),
        edge("cu128", "2.7.1", "sys_platform == 'win32'"),
    ]
    rows = torch("cpu", "2.7.1") + torch("cpu", "2.7.1+cpu") + torch("cu128", "2.7.1")
    lock = parse(f"{START}dependencies = [\n{','.join(edges)},\n]\n{rows}")
    installed = {
        target: [(each.version, each.index) for each in project(lock, parse_target(target))]
        for target in ("cp312-linux_x86_64", "cp312-win_amd64", "cp312-macosx_11_0_arm64")
    }
    assert installed == {
        "cp312-linux_x86_64": [("2.7.1+cpu", "https://i/cpu")],
        "cp312-win_amd64": [("2.7.1", "https://i/cu128")],
        "cp312-macosx_11_0_arm64": [("2.7.1", "https://i/cpu")],
    }


def test_an_edge_to_pips_default_index_is_not_taken_for_one_to_any() -> None:
    both = package("six", source=f'registry = "{PyPI.simple_url}"') + package("six", source='registry = "https://i/x"')
    asked = f'dependencies = [{{ name = "six", version = "1.0", source = {{ registry = "{PyPI.simple_url}" }} }}]\n'
    assert [each.index for each in project(parse(START + asked + both), TARGET)] == [None]


def test_a_cycle_ends() -> None:
    rows = package("a", rest='dependencies = [{ name = "b" }]\n') + package(
        "b", rest='dependencies = [{ name = "a" }]\n'
    )
    lock = parse(f'{START}dependencies = [{{ name = "a" }}]\n{rows}')
    assert [each.name for each in project(lock, TARGET)] == ["a", "b"]


def test_an_extra_of_a_package_brings_what_it_asks_for() -> None:
    extras = '[package.optional-dependencies]\nx = [{ name = "c" }]\ny = [{ name = "d" }]\n'
    rows = (
        package("a", rest=f'dependencies = [{{ name = "b" }}]\n\n{extras}') + package("b") + package("c") + package("d")
    )
    lock = parse(f'{START}dependencies = [{{ name = "a", extra = ["x"] }}]\n{rows}')
    assert [each.name for each in project(lock, TARGET)] == ["a", "b", "c"]


def test_a_group_may_ask_for_an_extra_of_the_project_itself() -> None:
    lock = read("workspace/uv.lock")
    with_dev = {each.name for each in project(lock, TARGET)}
    without = {each.name for each in project(lock, TARGET, Selection(groups="none"))}
    assert with_dev - without == {"zipp"}
    assert "zipp" not in {each.name for each in project(lock, TARGET, Selection(extras="all", groups="none"))}


def test_a_script_asks_by_requirements_whose_row_is_told_by_its_own_markers() -> None:
    manifest = (
        '\n[manifest]\nrequirements = [{ name = "six", specifier = ">=1" }, { name = "idna", extras = ["all"] }]\n'
    )
    forks = "resolution-markers = [\"python_full_version {} '3.12'\"]\n"
    rows = (
        package("six", rest=forks.format("<"))
        + package("six", version="2.0", rest=forks.format(">="))
        + package("idna", rest='\n[package.optional-dependencies]\nall = [{ name = "zipp" }]\n')
        + package("zipp")
    )
    lock = parse(HEADER + manifest + rows)
    assert [(each.name, each.version) for each in project(lock, TARGET)] == [
        ("six", "2.0"),
        ("idna", "1.0"),
        ("zipp", "1.0"),
    ]
    assert project(lock, parse_target("cp311-linux_x86_64"))[0].version == "1.0"


def test_the_environments_that_a_project_is_limited_to() -> None:
    lock = parse(f"{HEADER}supported-markers = [\"sys_platform == 'linux'\"]\n{PROJECT}")
    assert project(lock, TARGET) == ()
    with pytest.raises(Unreadable) as caught:
        project(lock, parse_target("cp312-win_amd64"))
    assert caught.value.what == 'the lock is for other environments than cp312-win_amd64: sys_platform == "linux"'


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (HEADER.replace("= 1", "= 2", 1) + PROJECT, "the lock: got version 2 of uv.lock, expected version 1", 1),
        (HEADER + package("six"), NO_PROJECT, None),
        (START.replace('name = "proj"\n', ""), "a package: got no name, expected one", 5),
        (START + 'dependencies = [{ name = "six" }]\n', "the package proj: got 0 packages for six, expected one", 6),
        (
            START + 'dependencies = [{ name = "six" }]\n' + package("six") + package("six", version="2"),
            "the package proj: got 2 packages for six, expected one",
            6,
        ),
        (
            START + package("six", rest='dependencies = [{ name = "x" }]\n'),
            "the package six: got 0 packages for x, expected one",
            11,
        ),
        (
            START + package("\u0455ix"),
            (
                "a package: got '\u0455ix' with U+0455 (CYRILLIC SMALL LETTER DZE), "
                "expected a name: ASCII letters, digits, and . _ - between them"
            ),
            11,
        ),
        (
            START + package("six", version="\uff11.0"),
            "the package six: got the version '\uff11.0' with U+FF11 (FULLWIDTH DIGIT ONE), expected one by PEP 440",
            12,
        ),
        (
            START + package("six", source='path = "x", url = "y"'),
            "the package six: got the source path, url, expected one of " + SOURCES,
            11,
        ),
        (
            START + package("six", rest='wheels = [\n  { url = "https://h/six.whl", hash = "sha256:abc" },\n]\n'),
            "the package six: got a sha256 hash of 3 characters, expected 64 hex digits (of six.whl)",
            15,
        ),
        (START + package("six", rest="wheels = 3\n"), "the package six: got 3 for wheels, expected an array", 11),
        (
            START + package("six", rest='wheels = [["x"]]\n'),
            "the package six: got an array among wheels, expected a table each",
            11,
        ),
        (
            START + 'dependencies = [\n  { name = "proj", marker = "python < \'3\'" },\n]\n',
            "the package proj: \"python < '3'\" is no marker: Expected a marker variable or quoted string",
            10,
        ),
        (
            START + 'dependencies = [{ name = "proj", marker = "extra in \'a b\'" }]\n',
            "the package proj: \"extra in 'a b'\" is no marker: it compares extra otherwise than by == or !=",
            9,
        ),
        (
            START + 'dependencies = [{ name = "proj", marker = "python_version < \'\uff13\'" }]\n',
            (
                "the package proj: \"python_version < '\uff13'\" with U+FF13 (FULLWIDTH DIGIT THREE) is no marker: "
                "got U+FF13 (FULLWIDTH DIGIT THREE), expected ASCII"
            ),
            9,
        ),
        (
            HEADER.replace(">=3.10", "three") + PROJECT,
            "the lock: got 'three', expected a specifier by PEP 440 such as >=3.10",
            None,
        ),
        (
            HEADER + 'note = """\n[[package]]\n"""\n' + PROJECT,
            "the lock: got 2 headers [[package]] for 1 packages, so that their lines can't be told",
            None,
        ),
    ],
)
def test_a_lock_that_is_not_whole(text: str, what: str, line: int | None) -> None:
    assert refusal(text)[::2] == (what, line)


def test_a_newer_version_is_not_guessed_at() -> None:
    fix = "write it by a uv that writes version 1, or upgrade gatekeeper"
    assert refusal(HEADER.replace("= 1", "= 2", 1) + PROJECT)[1] == fix


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ('x = "', "the TOML can't be read: Unterminated string, at the end of the file, which may be cut off", 4),
        ("x = 1\nx = 2\n", "the TOML can't be read: Cannot overwrite a value", 5),
        ("x = " + "[" * 100_000, "the TOML is nested deeper than any lock", None),
        ("x" + ".x" * 100_000 + " = 1\n", "got a key of more than 64 parts; no lock has such", 4),
        ("[" + "x." * 100_000 + "x]\n", "got a key of more than 64 parts; no lock has such", 4),
        ("x = " + "9" * 5000 + "\n", "got a number of more digits than any lock has", None),
    ],
    ids=["cut-off", "duplicate-key", "deep", "long-key", "long-header", "digits"],
)
def test_what_is_no_toml_of_a_lock(text: str, what: str, line: int | None) -> None:
    assert refusal(HEADER + text) == (what, AGAIN, line)
