"""The list of approved globals: exact names, one canonical form, and what else there is in it is refused by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.artifact.known.approved import parse_approved, render_approved
from gatekeeper.errors import Unreadable

IDENTIFIERS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
PATHS = st.lists(IDENTIFIERS, min_size=1, max_size=3).map(".".join)


@given(approved=st.frozensets(st.tuples(PATHS, PATHS)))
def test_what_is_rendered_is_parsed_again(approved: frozenset[tuple[str, str]]) -> None:
    assert parse_approved(render_approved(approved)) == approved


def test_both_ways_to_write_a_name_are_read_and_comments_are_not() -> None:
    text = "# of release 7\nacme.scaling.Scaler\n\nacme.text:Words.Counter  # nested\r\n"

    assert parse_approved(text) == {("acme.scaling", "Scaler"), ("acme.text", "Words.Counter")}


def test_there_is_one_canonical_form() -> None:
    names = [("b", "C"), ("a.b", "C.D"), ("a.b", "C"), ("b", "C")]

    assert render_approved(names) == "a.b:C\na.b:C.D\nb:C\n"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("numpy", "approves numpy, a package or module, expected one exact name"),
        ("*", "approves '*', expected one exact name"),
        ("sklearn.*", "approves 'sklearn.*', expected one exact name"),
        ("sklearn.pipeline:", "approves 'sklearn.pipeline:', expected one exact name"),
        (":Pipeline", "approves ':Pipeline', expected one exact name"),
        ("a:b:c", "approves 'a:b:c', expected one exact name"),
        ("sklearn..Pipeline", "approves 'sklearn..Pipeline', expected one exact name"),
        ("from sklearn.pipeline import Pipeline", "approves 'from sklearn.pipeline import Pipeline', expected one"),
        ("a.b", "approves a.b again: line 1 does so already"),
    ],
)
def test_what_is_no_exact_name_is_refused_with_its_line(line: str, what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_approved(f"a:b\n{line}\n")

    assert caught.value.what.startswith(what)
    assert caught.value.line == 2


def test_a_name_that_python_can_not_have_is_not_approved() -> None:
    with pytest.raises(Unreadable, match="can't be approved"):
        render_approved([("acme", "a b")])
