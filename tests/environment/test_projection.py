"""Which rows of a lock a target installs."""

import dataclasses
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.environment import Lock, Row, Source, read_lock
from gatekeeper.environment.facts import Dependency, Requested
from gatekeeper.environment.formats import Format
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable, UsageError

CORPUS = Path(__file__).parent / "corpus"


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def applies(marker: str, target: str) -> bool:
    return bool(project(read(f"six==1.16.0 ; {marker}"), parse_target(target)))


@pytest.mark.parametrize(
    ("target", "scipy"),
    [("cp310-linux_x86_64", "1.15.3"), ("cp311-linux_x86_64", "1.17.1"), ("cp3.10.4-win_amd64", "1.15.3")],
)
def test_of_a_universal_lock_the_rows_of_the_target_are_kept(target: str, scipy: str) -> None:
    lock = read((CORPUS / "universal.txt").read_text())
    assert [row.version for row in project(lock, parse_target(target)) if row.name == "scipy"] == [scipy]


def test_rows_without_a_marker_are_kept_in_their_order() -> None:
    lock = read("b==1\na==2 ; sys_platform == 'win32'\nc==3\n")
    assert [row.name for row in project(lock, parse_target("cp311-linux_x86_64"))] == ["b", "c"]


@pytest.mark.parametrize(
    ("marker", "target", "expected"),
    [
        ("python_version < '3.12'", "cp311-linux_x86_64", True),
        ("python_version < '3.12'", "cp312-linux_x86_64", False),
        ("python_version < '3.9'", "cp310-linux_x86_64", False),
        ("platform_machine == 'AMD64'", "cp311-win_amd64", True),
        ("implementation_name == 'cpython' and sys_platform != 'win32'", "cp311-macosx_11_0_arm64", True),
        ("extra == 'dev'", "cp311-linux_x86_64", False),
        ("python_full_version < '3.12'", "cp311-linux_x86_64", True),
        ("python_full_version <= '3.11.0a6'", "cp311-linux_x86_64", False),
        ("python_full_version < '3.10.5'", "cp311-linux_x86_64", False),
        ("python_full_version < '3.11.3'", "cp3.11.2-linux_x86_64", True),
        ("python_full_version < '3.11.3'", "cp3.11.3-linux_x86_64", False),
        ("python_full_version < '3.11.3' and sys_platform == 'win32'", "cp311-linux_x86_64", False),
        ("'platform_release' == sys_platform", "cp311-linux_x86_64", False),
    ],
)
def test_a_marker_is_decided_by_the_target(marker: str, target: str, *, expected: bool) -> None:
    assert applies(marker, target) is expected


@pytest.mark.parametrize(
    ("marker", "yes", "no"),
    [
        ('python_full_version < "3.11.3"', "3.11.0", "3.11.3"),
        ('python_full_version == "3.11.4"', "3.11.4", "3.11.0"),
        ('python_full_version > "3.11.500"', "3.11.501", "3.11.0"),
        ('implementation_version >= "3.11.2"', "3.11.2", "3.11.0"),
        ('python_full_version in "3.11.12"', "3.11.1", "3.11.0"),
    ],
)
def test_a_marker_on_the_patch_release_is_not_decided_by_a_target_without_one(marker: str, yes: str, no: str) -> None:
    lock = read(f"numpy==1.26.4\nasync-timeout==5.0.1 ; {marker}\n")
    with pytest.raises(Unreadable) as caught:
        project(lock, parse_target("cp311-linux_x86_64"))
    assert caught.value.what == (
        f"the marker of async-timeout is true for Python {yes} and false for {no}, "
        f"and the target cp311-linux_x86_64 does not say which: {marker}"
    )
    assert caught.value.fix == (
        "name in the target the patch release that production runs, as in cp3.11.9-linux_x86_64"
    )
    assert (caught.value.line, caught.value.column) == (2, 1)


@pytest.mark.parametrize("variable", ["platform_release", "platform_version"])
def test_a_marker_on_what_no_target_says_is_never_answered_by_the_machine_of_the_gate(variable: str) -> None:
    with pytest.raises(Unreadable) as caught:
        applies(f"{variable} >= '5'", "cp3.11.2-linux_x86_64")
    assert caught.value.what == (
        f'the marker of six asks for {variable}, which the target cp3.11.2-linux_x86_64 does not say: {variable} >= "5"'
    )
    assert caught.value.fix == "compile the lock for one platform, so that its rows need no such marker"


def test_a_comparison_that_is_not_defined_is_an_error_not_an_answer() -> None:
    with pytest.raises(Unreadable, match=r"the marker of six can't be decided: .* in sys_platform ~= \"linux\""):
        applies("sys_platform ~= 'linux'", "cp311-linux_x86_64")


@pytest.mark.parametrize("marker", ["'a' in extras", "'dev' in dependency_groups"])
def test_a_requirements_file_can_not_ask_for_extras_and_groups(marker: str) -> None:
    with pytest.raises(Unreadable, match=r"the marker of six can't be decided: '?(extras|dependency_groups)'? in "):
        applies(marker, "cp311-linux_x86_64")


def row(name: str, *, version: str = "1.0", marker: str | None = None, **fields: str | None) -> Row:
    plain = Row(
        name=name,
        written=name,
        specifier=f"=={version}",
        version=version,
        extras=(),
        marker=marker,
        hashes=(),
        source=Source.INDEX,
        url=None,
        line=7,
        column=1,
    )
    return dataclasses.replace(plain, **fields)  # type: ignore[arg-type]


def test_a_selection_is_asked_by_membership() -> None:
    rows = (row("a", marker='"x" in extras'), row("b", marker='"dev" in dependency_groups'), row("c"))
    lock = Lock(rows=rows, format=Format.PYLOCK, extras=("x",), groups=("dev", "docs"), default_groups=("dev",))
    target = parse_target("cp311-linux_x86_64")
    chosen = {
        name: [each.name for each in project(lock, target, selection)]
        for name, selection in {
            "nothing": Selection(),
            "extra": Selection(extras=("x",)),
            "no group": Selection(groups="none"),
            "other group": Selection(extras="all", groups=("docs",)),
        }.items()
    }
    assert chosen == {"nothing": ["b", "c"], "extra": ["a", "b", "c"], "no group": ["c"], "other group": ["a", "c"]}


@pytest.mark.parametrize("format_", [Format.UV, Format.POETRY])
@pytest.mark.parametrize("selection", [Selection(extras=("x",)), Selection(groups=("dev",))], ids=["extra", "group"])
def test_a_name_that_a_project_lock_without_any_does_not_know_is_an_error(
    format_: Format, selection: Selection
) -> None:
    with pytest.raises(UsageError, match=r"the lock has no (extra x|group dev)") as caught:
        project(Lock(rows=(row("six"),), format=format_), parse_target("cp311-linux_x86_64"), selection)
    assert caught.value.fix in ("leave --extras out, the lock has none", "leave --groups out, the lock has none")


def test_an_export_has_nothing_to_choose_from_and_leaves_names_out() -> None:
    selection = Selection(extras=("x",), groups=("dev",))
    export = Lock(rows=(row("six"),), format=Format.REQUIREMENTS)
    assert [each.name for each in project(export, parse_target("cp311-linux_x86_64"), selection)] == ["six"]
    assert selection.left_out(export) == ("extra x", "group dev")
    assert selection.left_out(dataclasses.replace(export, extras=("x",), groups=("dev",))) == ()


@pytest.mark.parametrize("target", ["cp39-linux_x86_64", "cp3.10.4-linux_x86_64"])
def test_a_python_that_the_lock_is_not_for(target: str) -> None:
    lock = Lock(rows=(row("six"),), format=Format.PYLOCK, requires_python=">=3.10.5")
    with pytest.raises(Unreadable) as caught:
        project(lock, parse_target(target))
    assert caught.value.what == f"the lock is for Python >=3.10.5, and the target {target} has another"
    assert caught.value.fix == "name a target with such a Python, or lock the project for the target's"


def test_a_target_without_a_patch_release_stands_for_those_that_the_lock_admits() -> None:
    rows = (row("a", marker='python_full_version < "3.10.5"'), row("b", marker='python_full_version >= "3.10.5"'))
    lock = Lock(rows=rows, format=Format.PYLOCK, requires_python=">=3.10.5")
    assert [each.name for each in project(lock, parse_target("cp310-linux_x86_64"))] == ["b"]


def test_rows_for_another_conda_platform_are_left_out() -> None:
    rows = (row("a", platform="linux-64"), row("b", platform="win-64"), row("c"))
    lock = Lock(rows=rows, format=Format.CONDA_LOCK)
    installed = {
        target: [each.name for each in project(lock, parse_target(target))]
        for target in ("linux-64", "cp312-linux_x86_64", "win-64", "cp312-musllinux_1_2_x86_64")
    }
    assert installed == {
        "linux-64": ["a", "c"],
        "cp312-linux_x86_64": ["a", "c"],
        "win-64": ["b", "c"],
        "cp312-musllinux_1_2_x86_64": ["c"],
    }


def test_a_marker_that_asks_for_a_python_which_the_target_does_not_say() -> None:
    lock = Lock(rows=(row("six", marker='python_version < "3.12"'),), format=Format.CONDA_LOCK)
    with pytest.raises(Unreadable) as caught:
        project(lock, parse_target("linux-64"))
    assert caught.value.what == (
        'the marker of six asks for python_version, which the target linux-64 does not say: python_version < "3.12"'
    )
    assert caught.value.fix == "name a target with its Python: --target cp312-linux_x86_64"
    assert (caught.value.line, caught.value.column) == (7, 1)


def test_a_marker_that_asks_for_no_python_is_decided_without_one() -> None:
    rows = (row("a", marker='sys_platform == "linux"'), row("b", marker='sys_platform == "win32"'))
    installed = project(Lock(rows=rows, format=Format.CONDA_LOCK), parse_target("linux-64"))
    assert [each.name for each in installed] == ["a"]


def test_a_target_without_python_takes_that_of_the_locks_own_row() -> None:
    python = dataclasses.replace(row("python", version="3.11.9", platform="linux-64"), source=Source.CONDA)
    lock = Lock(rows=(python, row("six", marker='python_full_version < "3.11.9"')), format=Format.CONDA_LOCK)
    assert [each.name for each in project(lock, parse_target("linux-64"))] == ["python"]


def test_a_lock_that_demands_a_python_and_a_target_that_says_none() -> None:
    with pytest.raises(Unreadable) as caught:
        project(Lock(rows=(), format=Format.PYLOCK, requires_python=">=3.10"), parse_target("linux-64"))
    assert caught.value.what == "the lock is for Python >=3.10, and the target linux-64 says none"
    assert caught.value.fix == "name a target with its Python: --target cp312-linux_x86_64"


def test_two_versions_of_one_package_that_both_apply_stay_two_rows() -> None:
    lock = Lock(rows=(row("six"), row("six", version="2.0")), format=Format.PYLOCK)
    assert [each.version for each in project(lock, parse_target("cp311-linux_x86_64"))] == ["1.0", "2.0"]


names = st.sampled_from(["a", "b", "c", "d", "e"])
markers = st.sampled_from(
    [None, 'sys_platform == "linux"', 'sys_platform == "win32"', '"x" in extras', '"extra-1-p-x" in extras']
)
edges = st.builds(Dependency, name=names, marker=markers)


@given(
    st.dictionaries(names, st.lists(edges, max_size=3), min_size=5),
    st.lists(edges, max_size=3),
    st.lists(edges, max_size=2),
)
@settings(max_examples=200, deadline=None)
def test_a_graph_leads_to_what_it_asks_for_and_to_nothing_else(
    graph: dict[str, list[Dependency]], always: list[Dependency], under_x: list[Dependency]
) -> None:
    rows = tuple(
        dataclasses.replace(row(name), requires=tuple(Requested(dependency=each) for each in asked))
        for name, asked in graph.items()
    )
    roots = (
        *(Requested(dependency=each, member="p") for each in always),
        *(Requested(dependency=each, member="p", extra="x") for each in under_x),
    )
    lock = Lock(rows=rows, format=Format.UV, members=("p",), roots=roots, extras=("x",))
    true_there = {None, 'sys_platform == "linux"'}
    for selection, followed, start in (
        (Selection(), true_there, always),
        (Selection(extras=("x",)), true_there | ({'"extra-1-p-x" in extras'} if under_x else set()), always + under_x),
    ):
        expected, found = set[str](), {each.name for each in start if each.marker in followed}
        while found - expected:
            expected |= found
            found = {each.name for name in expected for each in graph[name] if each.marker in followed}
        installed = project(lock, parse_target("cp311-linux_x86_64"), selection)
        assert [each.name for each in installed] == [name for name in graph if name in expected]
