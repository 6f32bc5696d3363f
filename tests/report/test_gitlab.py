"""GitLab Code Quality: what a merge request makes of a run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gatekeeper.model import Location, Severity
from gatekeeper.report import Report
from gatekeeper.report.gitlab import render
from tests.report.made import HOSTILE, KINDS, examined, finding, hostile, many, report


def items(told: Report) -> list[dict[str, Any]]:
    listed = json.loads(render(told))
    assert isinstance(listed, list)
    return listed


@pytest.mark.parametrize("told", [*KINDS.values(), *(hostile(text) for text in HOSTILE)])
def test_each_entry_has_what_gitlab_asks_for(told: Report) -> None:
    for each in items(told):
        assert each.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert all(isinstance(each[key], str) and each[key] for key in each.keys() - {"location"})
        assert each["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert each["location"]["lines"]["begin"] >= 1
        assert each["location"]["path"]
        assert "\n" not in each["description"]


def test_paths_are_those_of_the_repository() -> None:
    (item,) = items(report(examined(finding(place=Location(path="./serving/../a b.py", line=4)))))
    assert item["location"] == {"path": "models/pricing/a b.py", "lines": {"begin": 4}}


def test_fingerprints_are_unique_and_outlive_lines_that_move() -> None:
    assert len({each["fingerprint"] for each in items(many(500))}) == 500
    (before,), (after,) = (items(report(examined(finding(number, message=f"at {number}")))) for number in (3, 90))
    assert before["fingerprint"] == after["fingerprint"]


def test_severities_keep_the_order_of_the_gate() -> None:
    told = report(*(examined(finding(severity=severity)) for severity in Severity))
    assert [each["severity"] for each in items(told)] == ["blocker", "major", "info"]


def test_what_is_waived_is_an_info_that_says_by_whom() -> None:
    (item,) = items(KINDS["waived"])
    assert item["severity"] == "info"
    assert "waived until 2026-02-01, by bob for ann: known since the spring" in item["description"]


def test_a_run_without_a_finding_is_an_empty_list() -> None:
    assert items(KINDS["pass"]) == []
