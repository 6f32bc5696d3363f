"""SARIF: what code scanning makes of a run."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gatekeeper.model import Location, Severity
from gatekeeper.report import Report
from gatekeeper.report.sarif import MAX_RESULTS, render
from tests.report.made import CODES, HOSTILE, KINDS, examined, finding, hostile, many, report


def run_of(told: Report) -> dict[str, Any]:
    (run,) = json.loads(render(told))["runs"]
    assert isinstance(run, dict)
    return run


def results(told: Report) -> list[dict[str, Any]]:
    listed = run_of(told)["results"]
    assert isinstance(listed, list)
    return listed


def place(result: dict[str, Any]) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@pytest.mark.slow
def test_it_is_what_the_schema_asks_for(tmp_path: Path) -> None:
    # The schema of the OASIS committee comes with a package of the npm registry.
    subprocess.run(
        ["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"], cwd=tmp_path, check=True, timeout=120
    )
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as archive:
        schema = json.load(archive.extractfile("package/lib/schemas/sarif-2.1.0-rtm.5.json") or io.BytesIO(b"null"))
    assert schema["title"].startswith("Static Analysis Results")
    validator = jsonschema.validators.validator_for(schema)(schema)
    traced = report(examined(finding(steps=3, place=Location(path="model.pkl"))))
    for told in (*KINDS.values(), *(hostile(text) for text in HOSTILE), traced, many(MAX_RESULTS + 1)):
        document = json.loads(render(told))
        document["runs"][0]["results"] = document["runs"][0]["results"][:20] + document["runs"][0]["results"][-2:]
        assert [f"{each.json_path}: {each.message}" for each in validator.iter_errors(document)] == []


def test_each_rule_that_fired_is_there_with_its_help_and_no_other() -> None:
    run = run_of(report(examined(finding(code=CODES[3]), finding(1, code=CODES[5]))))
    rules = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == [CODES[3], CODES[5]]
    assert all(each["help"]["text"] and "## How to fix" in each["help"]["markdown"] for each in rules)


def test_the_rule_of_a_plug_in_is_told_by_its_name_alone() -> None:
    (rule,) = run_of(report(examined(finding(code="their-check/broken"))))["tool"]["driver"]["rules"]
    assert rule["id"] == "their-check/broken"
    assert rule["shortDescription"]["text"] == "A rule of model-gatekeeper 0."


def test_paths_are_relative_to_the_repository_and_encoded() -> None:
    (result,) = results(report(examined(finding(place=Location(path="a b/ü%.py", line=3)))))
    assert place(result) == ("models/pricing/a%20b/%C3%BC%25.py", 3)


def test_a_finding_at_a_model_stands_at_the_line_of_the_policy_that_names_it() -> None:
    (result,) = results(report(examined(finding(place=Location(path="model.pkl")))))
    assert place(result) == ("models/pricing/gatekeeper.yaml", 3)
    assert result["message"]["text"].startswith("models/pricing/model.pkl: got 1.3.0")
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "models/pricing/model.pkl"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "models/pricing/model.pkl"


def test_a_trace_is_the_whole_way_to_the_place() -> None:
    (result,) = results(report(examined(finding(40, steps=3))))
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    lines = [each["location"]["physicalLocation"]["region"]["startLine"] for each in steps]
    assert lines == [1, 2, 3, 41]


def test_a_trace_that_is_too_long_loses_its_middle_and_says_so() -> None:
    (result,) = results(report(examined(finding(5_000, steps=1_500))))
    (flow,) = result["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    assert len(steps) <= 1_000
    assert steps[0]["location"]["physicalLocation"]["region"]["startLine"] == 1
    assert steps[-1]["location"]["physicalLocation"]["region"]["startLine"] == 5_001
    assert "502 steps in the middle are left out" in flow["message"]["text"]


def test_what_is_waived_is_suppressed_with_its_reason() -> None:
    (result,) = results(KINDS["waived"])
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "waived until 2026-02-01, by bob for ann: known since the spring" in suppression["justification"]


@pytest.mark.parametrize(
    "kind", ["unable", "unable and failed", "crashed", "looked at nothing", "nothing ran", "incomplete"]
)
def test_what_decides_nothing_is_a_notification_and_a_result(kind: str) -> None:
    run = run_of(KINDS[kind])
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["level"] == "error"
    assert [each["level"] for each in run["results"] if each["ruleId"] == "gatekeeper/undecided"] == ["error"]


@pytest.mark.parametrize("kind", ["pass", "note", "waived", "fail"])
def test_a_run_that_decided_was_successful(kind: str) -> None:
    (invocation,) = run_of(KINDS[kind])["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == KINDS[kind].exit_code
    assert invocation["toolExecutionNotifications"] == []


# --- fingerprints


def prints(told: Report) -> list[str]:
    return [each["partialFingerprints"]["gatekeeper/v1"] for each in results(told)]


def test_a_fingerprint_outlives_lines_that_move_and_numbers_that_change() -> None:
    before = report(examined(finding(3, message="keeps 1,024 bytes (app.py:4), sha256 " + "ab" * 32)))
    after = report(examined(finding(90, message="keeps 2.5e9 bytes (app.py:91), sha256 " + "cd" * 32)))
    assert prints(before) == prints(after)


def test_another_finding_has_another_fingerprint() -> None:
    told = [
        finding(),
        finding(code=CODES[1]),
        finding(message="something else"),
        finding(place=Location(path="other.py", line=1)),
        finding(place=Location(path="serving/app.py", line=1, key="torch")),
    ]
    assert len(set(prints(report(examined(*told))))) == len(told)


def test_no_two_results_of_a_run_share_a_fingerprint() -> None:
    assert len(set(prints(many(500)))) == 500


# --- the limits of code scanning


def test_what_does_not_fit_is_left_out_worst_last_and_counted() -> None:
    notes = [finding(number, severity=Severity.NOTE) for number in range(MAX_RESULTS)]
    listed = results(report(examined(*notes, finding(severity=Severity.CRITICAL))))
    assert len(listed) == MAX_RESULTS
    assert listed[0]["properties"]["weight"] == "critical"
    assert listed[-1]["ruleId"] == "gatekeeper/left-out"
    assert listed[-1]["message"]["text"].startswith("2 more results are left out (2 notes)")


def test_a_file_stays_below_ten_megabytes_compressed() -> None:
    chance = random.Random(4092)
    noise = "".join(chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-", k=1 << 20))
    told = report(examined(*(finding(number, message=f"{number} {noise[number:]}{noise}") for number in range(12))))
    text = render(told)
    assert len(gzip.compress(text.encode(), 6)) < 10_000_000
    assert len(results(told)) > 3
    assert "more results are left out" in results(told)[-1]["message"]["text"]
