"""What a browser makes of the pages: nothing against WCAG 2.2 AA in either scheme, nothing fetched, narrow enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.report_page.chromium import look
from tests.report_page.pictures import EXAMPLES, written
from tests.report_page.reader import Page

pytestmark = pytest.mark.slow

BAD = """<!DOCTYPE html><html><head><title>x</title><style>p{color:#999;background:#fff;width:500px}</style></head>
<body><p>grey on white</p><img src="http://127.0.0.1:9/x.png"></body></html>"""
NAMES = [*(f"{each}-{kind}" for each in EXAMPLES for kind in ("signoff", "run"))]
NAMES += ["waived-signoff", "undecided-signoff", "incomplete-signoff"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    return look([*written(folder)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_has_nothing_against_it(seen: dict[str, Any], name: str, scheme: str) -> None:
    found = seen[f"{name}.html"][scheme]
    assert found["violations"] == []
    assert found["passes"] > 20, "it looked"


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_nothing_and_breaks_no_rule_of_its_own(seen: dict[str, Any], name: str) -> None:
    for scheme in ("light", "dark"):
        assert seen[f"{name}.html"][scheme]["requests"] == []
        assert seen[f"{name}.html"][scheme]["told"] == [], "a policy that is broken is told on the console"


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_the_narrowest_phone(seen: dict[str, Any], name: str) -> None:
    assert seen[f"{name}.html"]["width"] == 320


def test_a_page_that_is_bad_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(BAD)
    found = look([tmp_path / "bad.html"])["bad.html"]
    rules = {each["id"] for each in found["light"]["violations"]}
    assert {"color-contrast", "html-has-lang", "image-alt"} <= rules
    assert found["light"]["requests"] == ["http://127.0.0.1:9/x.png"]
    assert found["width"] > 320


def test_the_checklist_of_the_example_that_passes_is_checked_but_for_what_no_rule_covers(
    seen: dict[str, Any], folder: Path
) -> None:
    assert seen
    source = (folder / "pricing-signoff.html").read_text()
    states = [each.text for each in Page(source).all("span", class_="st") if each.around[-3:] == ("ol", "li", "div")]
    assert states.count("CHECKED") == 13
    assert states.count("NOT PROVED") == 1


def test_the_checklist_of_the_incident_has_no_box_checked(seen: dict[str, Any], folder: Path) -> None:
    assert seen
    source = (folder / "incident-4092x-signoff.html").read_text()
    states = [each.text for each in Page(source).all("span", class_="st") if each.around[-3:] == ("ol", "li", "div")]
    assert states.count("FAILED") == 13
    assert states.count("NOT PROVED") == 1
