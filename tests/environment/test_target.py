"""How a target is written, and which marker values follow from it."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import default_environment

from gatekeeper.environment.target import Target, parse_target, running_target
from gatekeeper.errors import UsageError

FORMS = (
    "cp311-linux_x86_64, cp312-manylinux_2_28_x86_64, cp314t-linux_aarch64, cp3.11.9-win_amd64, "
    "cp312-macosx_11_0_arm64, linux-64 (conda)"
)
CONDA = ("linux-64", "linux-aarch64", "linux-ppc64le", "osx-64", "osx-arm64", "win-64", "win-arm64")


@pytest.mark.parametrize(
    "text",
    [*FORMS.removesuffix(" (conda)").split(", "), "cp314t-manylinux_2_28_x86_64", "cp311-win_amd64", *CONDA],
)
def test_every_form_that_the_help_shows_is_read_and_written_back(text: str) -> None:
    assert str(parse_target(text)) == text


@given(
    st.builds(
        "cp{}{}-{}".format,
        st.one_of(
            st.integers(0, 999).map("3{}".format), st.from_regex(r"3\.1[0-9]\.[1-9][0-9]?(rc1)?", fullmatch=True)
        ),
        st.sampled_from(["", "t"]),
        st.sampled_from(
            ["linux_x86_64", "musllinux_1_2_aarch64", "manylinux_2_17_s390x", "win_arm64", "macosx_14_0_x86_64"]
        ),
    )
)
@settings(deadline=None)
def test_a_target_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_target(text)) == text


def test_a_target_taken_apart() -> None:
    assert parse_target("cp3.14.1t-manylinux_2_28_x86_64") == Target(
        python="3.14", full_python="3.14.1", free_threaded=True, platform="manylinux_2_28_x86_64"
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("cp312-cp312-manylinux_2_28_x86_64", "cp312-manylinux_2_28_x86_64"),
        ("cp314-cp314t-linux_x86_64", "cp314t-linux_x86_64"),
        ("cp314t-cp314t-linux_x86_64", "cp314t-linux_x86_64"),
        ("cp3.14.1-cp314t-win_amd64", "cp3.14.1t-win_amd64"),
    ],
)
def test_the_whole_tag_of_a_wheel_is_a_target_whose_abi_says_whether_it_has_the_gil(text: str, short: str) -> None:
    assert str(parse_target(text)) == short


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("cp312-linux_x86_64", "linux-64"),
        ("cp312-manylinux2014_aarch64", "linux-aarch64"),
        ("cp312-manylinux_2_28_ppc64le", "linux-ppc64le"),
        ("cp312-macosx_14_0_x86_64", "osx-64"),
        ("cp312-macosx_11_0_arm64", "osx-arm64"),
        ("cp312-win_amd64", "win-64"),
        ("cp312-win_arm64", "win-arm64"),
        ("cp312-linux_s390x", None),
        ("cp312-musllinux_1_2_x86_64", None),
        *((name, name) for name in CONDA),
    ],
)
def test_the_conda_platform_of_a_target(text: str, platform: str | None) -> None:
    assert parse_target(text).conda_platform == platform


def test_a_conda_platform_says_nothing_about_python_until_a_lock_does() -> None:
    target = parse_target("linux-64")
    assert (target.python, target.full_python) == (None, None)
    with_python = target.with_python("3.11.9")
    assert str(with_python) == "cp3.11.9-linux_x86_64"
    assert with_python.conda_platform == "linux-64"


@pytest.mark.parametrize("version", ["3.11", "2.7.18", "3.11.9.1", "3.x", ""])
def test_what_is_no_release_of_python_gives_no_target(version: str) -> None:
    with pytest.raises(ValueError, match=r"expected one such as 3\.11\.9"):
        parse_target("linux-64").with_python(version)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("manylinux1_x86_64", "manylinux_2_5_x86_64"),
        ("manylinux2010_x86_64", "manylinux_2_12_x86_64"),
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
    ],
)
def test_an_older_name_of_a_glibc_profile_is_the_same_target(old: str, new: str) -> None:
    assert parse_target(f"cp311-{old}") == parse_target(f"cp311-{new}")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("cp311-linux_x86_64", ("posix", "linux", "Linux", "x86_64")),
        ("cp311-musllinux_1_2_aarch64", ("posix", "linux", "Linux", "aarch64")),
        ("cp311-win_amd64", ("nt", "win32", "Windows", "AMD64")),
        ("cp311-macosx_11_0_arm64", ("posix", "darwin", "Darwin", "arm64")),
    ],
)
def test_the_marker_values_of_a_platform(text: str, values: tuple[str, ...]) -> None:
    environment = parse_target(text).marker_environment("3.11.4")
    keys = ("os_name", "sys_platform", "platform_system", "platform_machine")
    assert tuple(environment[key] for key in keys) == values
    assert environment["python_version"] == "3.11"
    assert environment["python_full_version"] == environment["implementation_version"] == "3.11.4"
    assert environment["implementation_name"] == "cpython"
    assert environment["platform_python_implementation"] == "CPython"
    assert environment["extra"] == ""


def test_the_running_target_has_the_marker_values_of_this_interpreter() -> None:
    target = running_target()
    here = dict(default_environment())
    ours = target.marker_environment(target.full_python or "")
    assert {key: here.get(key, "") for key in ours} == ours
    assert target.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert parse_target(str(target)) == target


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("CP311-Linux_x86_64", "cp311-linux_x86_64"),
        ("cp311-linux-x86_64", "cp311-linux_x86_64"),
        ("cp311-cp312-manylinux_2_28_x86_64", "cp311-manylinux_2_28_x86_64"),
        ("cp314t-cp314-linux_x86_64", "cp314t-linux_x86_64"),
        ("py311-linux_x86_64", "cp311-linux_x86_64"),
        ("3.11-linux_amd64", "cp311-linux_x86_64"),
        ("cp311-linux_arm64", "cp311-linux_aarch64"),
        ("cp314t-win-64", "cp314t-win_amd64"),
    ],
)
def test_a_usual_slip_is_answered_with_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert caught.value.what == f"got the target {text!r}"
    assert caught.value.fix == f"did you mean {meant}? write it as one of: {FORMS}"


@pytest.mark.parametrize(
    "text",
    ["", "linux", "cp311", "cp27-linux_x86_64", "pp310-linux_x86_64", "cp311-any", "cp311-linux_vax",
     "cp311-macosx_11_0_universal2", "cp3011-linux_x86_64", "cp311-win32", "linux-32", "Linux-64",
     "cp311-abi3-linux_x86_64"],
)  # fmt: skip
def test_what_is_no_target_is_answered_with_the_valid_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert (caught.value.what, caught.value.fix) == (f"got the target {text!r}", f"write it as one of: {FORMS}")
