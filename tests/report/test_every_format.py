"""What holds for every format: nothing is injected, nothing is hidden, and the same report is the same text."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from gatekeeper.report import renderer
from gatekeeper.report.printable import is_hostile
from tests.report.made import GREEN, HERE, HOSTILE, KINDS, finding, hostile, many, obstructed, report

COMMAND = re.compile(r"^\s*::|##[a-z]*\[", re.IGNORECASE)
"""What a line must not be, lest the runner obeys it: `gatekeeper.report.commands`."""


@pytest.mark.parametrize("format_", HERE)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_character_moves_hides_or_reorders_what_is_seen(text: str, format_: str) -> None:
    shown = renderer(format_)(hostile(text))
    assert not [each for each in shown if is_hostile(each) and each not in "\n\t"]
    assert shown.encode("utf-8")


@pytest.mark.parametrize("format_", sorted({*HERE} - {"github"}))
@pytest.mark.parametrize("text", HOSTILE)
def test_no_line_is_a_command_to_the_ci(text: str, format_: str) -> None:
    assert not [line for line in renderer(format_)(hostile(text)).splitlines() if COMMAND.search(line)]


@pytest.mark.parametrize("format_", HERE)
def test_a_harmless_text_is_told_as_it_is(format_: str) -> None:
    message = "`model(x)` keeps 3 tensors; got é, expected none"
    shown = renderer(format_)(report(obstructed(finding(message=message))))
    if format_ in {"json", "sarif", "gitlab"}:
        shown = json.dumps(json.loads(shown), ensure_ascii=False)
    assert message in shown


@pytest.mark.parametrize("format_", HERE)
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_report_is_the_same_text(kind: str, format_: str) -> None:
    assert renderer(format_)(KINDS[kind]) == renderer(format_)(KINDS[kind])


def _is_red(format_: str, shown: str) -> bool:
    """Return whether who reads nothing but the list of what is wrong sees that something is."""
    match format_:
        case "json":
            return bool(json.loads(shown)["exit_code"] != 0)
        case "sarif":
            results = json.loads(shown)["runs"][0]["results"]
            return any(each["level"] == "error" and "suppressions" not in each for each in results)
        case "junit":
            return bool(ET.fromstring(shown).findall(".//failure") + ET.fromstring(shown).findall(".//error"))
        case "github":
            return shown.startswith("::error")
        case "gitlab":
            return any(each["severity"] not in {"info", "minor"} for each in json.loads(shown))
        case "markdown":
            return not shown.startswith("## ✓ PASS: ")
        case _:
            return not shown.splitlines()[-1].startswith("PASS: ")


@pytest.mark.parametrize("format_", HERE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_pass_is_red_in_the_list_alone(kind: str, format_: str) -> None:
    assert _is_red(format_, renderer(format_)(KINDS[kind])) is (kind not in GREEN)


@pytest.mark.parametrize("format_", HERE)
def test_a_waived_finding_stays_in_sight(format_: str) -> None:
    shown = renderer(format_)(KINDS["waived"])
    assert KINDS["waived"].waivers[0].waiver.code in shown
    assert "known since the spring" in shown
    assert "2026-02-01" in shown
    assert "ann" in shown
    assert "bob" in shown


@pytest.mark.parametrize("format_", HERE)
def test_a_run_that_did_not_end_says_so(format_: str) -> None:
    assert "incomplete" in renderer(format_)(KINDS["incomplete"]).lower()


@pytest.mark.parametrize("format_", sorted({*HERE} - {"json", "gitlab"}))
def test_what_is_cut_is_counted(format_: str) -> None:
    shown = renderer(format_)(many(26_000))
    assert re.search(r"\b2[56],?\d{3}\b (more|error|finding)|and 25,?9\d\d more", shown) or "1,001 more" in shown


@pytest.mark.parametrize("format_", ["json", "gitlab"])
def test_what_has_no_limit_is_whole(format_: str) -> None:
    document = json.loads(renderer(format_)(many(26_000)))
    assert len(document["checks"][0]["findings"] if format_ == "json" else document) == 26_000
