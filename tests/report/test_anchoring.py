"""Where a finding is shown: a text file of the repository, and a line in it."""

from __future__ import annotations

import pytest

from gatekeeper.model import Location
from gatekeeper.report import Subject
from gatekeeper.report.anchoring import Anchors, uri
from tests.report.made import SUBJECT

ANCHORS = Anchors(SUBJECT)


def shown(path: str, line: int | None = None, column: int | None = None) -> str:
    return str(ANCHORS.of(Location(path=path, line=line, column=column)))


def test_a_place_with_a_line_is_shown_there() -> None:
    assert shown("serving/app.py", 3, 5) == "models/pricing/serving/app.py:3:5"
    assert shown("model.pkl", 3) == "models/pricing/model.pkl:3"


def test_a_text_file_without_a_line_is_shown_at_its_first() -> None:
    assert shown("serving/app.py") == "models/pricing/serving/app.py:1"
    assert shown("a b.lock") == "models/pricing/a b.lock:1"


@pytest.mark.parametrize(
    ("path", "line"),
    [("model.pkl", 3), ("weights", 4), ("weights/a/shard-1.bin", 4), ("golden.safetensors", 7), ("manifest.yaml", 8)],
    ids=["artifact", "folder", "in a folder", "no text", "not there"],
)
def test_what_has_no_lines_is_shown_where_the_policy_names_it(path: str, line: int) -> None:
    anchor = ANCHORS.of(Location(path=path))
    assert str(anchor) == f"models/pricing/gatekeeper.yaml:{line}:3"
    assert anchor.of == f"models/pricing/{path}"


@pytest.mark.parametrize("at", [None, Location(path="."), Location(path="")])
def test_what_is_about_no_file_is_shown_at_the_head_of_the_policy(at: Location | None) -> None:
    anchor = ANCHORS.of(at)
    assert (str(anchor), anchor.of) == ("models/pricing/gatekeeper.yaml:1", None)


@pytest.mark.parametrize(("path", "of"), [("/usr/lib", "/usr/lib"), ("../../../etc/passwd", "../etc/passwd")])
def test_what_is_outside_of_the_repository_is_shown_at_the_policy(path: str, of: str) -> None:
    anchor = ANCHORS.of(Location(path=path))
    assert (str(anchor), anchor.of) == ("models/pricing/gatekeeper.yaml:1", of)


def test_a_candidate_at_the_root_of_its_repository_has_no_folder_before_it() -> None:
    anchors = Anchors(Subject(name="a", version=None, policy=None, files=()))
    assert str(anchors.of(Location(path="./app.py", line=2))) == "app.py:2"
    assert str(anchors.of(None)) == "gatekeeper.yaml:1"


def test_a_uri_keeps_the_bytes_of_a_name() -> None:
    assert uri("a b/é#?.py") == "a%20b/%C3%A9%23%3F.py"
    assert uri("\udcff") == "%FF"
    assert uri("\ud800") == "%5Cud800"
    assert uri("c:x") == "c%3Ax"
