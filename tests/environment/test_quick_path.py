"""The regular expressions that stand in for `packaging`, held against it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version

from gatekeeper.environment.identity import comparable_version
from gatekeeper.environment.requirements import references
from gatekeeper.environment.requirements.references import Markers, parse_reference

names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?", fullmatch=True)
versions = st.from_regex(
    r"v?([0-9]!)?(0|[0-9]{1,3})(\.[0-9]{1,3}){0,3}([._-]?(a|b|c|rc|alpha|pre)[._-]?[0-9]{0,2})?"
    r"([._-]?(post|rev)[0-9]{0,2}|-[0-9])?([._-]?dev[0-9]{0,2})?(\+[a-zA-Z0-9]{1,4}([._-][a-zA-Z0-9]{1,3})?)?",
    fullmatch=True,
)
blanks = st.sampled_from(["", " ", "\t", "  "])
markers = st.sampled_from(
    ["", ";python_version<'3.12'", " ; sys_platform == \"win32\" and extra=='A_b'", "; os_name in 'x'"]
)


@st.composite
def pinned(draw: st.DrawFn) -> str:
    extras = draw(st.lists(names, max_size=2))
    bracket = f"[{','.join(extras)}]" if extras else ""
    parts = (draw(names), draw(blanks), bracket, draw(blanks), "==", draw(blanks), draw(versions), draw(blanks))
    return "".join(parts) + draw(markers)


@given(pinned())
@settings(max_examples=300, deadline=None)
def test_the_quick_path_says_what_packaging_says(text: str) -> None:
    requirement = Requirement(text)
    (specifier,) = requirement.specifier
    read = parse_reference(text, Markers())
    assert read.name == canonicalize_name(requirement.name)
    assert read.written == requirement.name
    assert read.extras == tuple(sorted({canonicalize_name(extra) for extra in requirement.extras}))
    assert read.specifier == str(requirement.specifier)
    assert read.version == str(Version(specifier.version))
    assert read.marker == (None if requirement.marker is None else str(requirement.marker))


@given(
    st.from_regex(references._PINNED, fullmatch=True, alphabet=st.characters(codec="ascii", exclude_characters="\n"))
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_quick_path_takes_packaging_reads_the_same(text: str) -> None:
    try:
        read = parse_reference(text, Markers())
    except ValueError:
        with pytest.raises(InvalidRequirement):
            Requirement(text)
    else:
        requirement = Requirement(text)
        assert (read.written, read.specifier) == (requirement.name, str(requirement.specifier))
        assert read.specifier == f"=={read.version}"
        assert read.version == str(Version(str(read.version)))


@given(versions)
@settings(deadline=None)
def test_versions_compare_without_the_trailing_zeros_of_their_release(text: str) -> None:
    assert comparable_version(str(Version(text))) == canonicalize_version(text)


@given(markers.filter(bool))
@settings(deadline=None)
def test_a_normalised_marker_is_its_own_normal_form(text: str) -> None:
    normal = Markers().normalised(text.strip(" ;"))
    assert normal == str(Marker(text.strip(" ;"))) == Markers().normalised(normal)
