"""Which rows of a lock a target installs."""

import io
from pathlib import Path

import pytest

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.projection import project
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable

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
