"""Workflow commands: what the runner of GitHub Actions makes of a run."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from gatekeeper.model import Location, Severity
from gatekeeper.report import Report
from gatekeeper.report.commands import quiet
from gatekeeper.report.github import render
from gatekeeper.waivers import State
from tests.report.made import CODES, HOSTILE, KINDS, examined, finding, hostile, many, report, use, waiver


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, more: dict[str, str]) -> str:
    for code, character in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, character)
    return text


def obeyed(text: str) -> list[Command]:
    """Return the commands that the runner finds in an output, by the grammar of actions/runner."""
    commands = []
    for line in text.split("\n"):
        assert "##[" not in line
        head = line.strip()
        if not head.startswith("::") or "::" not in head[2:]:
            continue
        told, _, data = head[2:].partition("::")
        name, _, listed = told.strip().partition(" ")
        pairs = [each.split("=", 1) for each in listed.strip().split(",") if "=" in each]
        properties = {key.strip(): unescaped(value, {"%3A": ":", "%2C": ","}) for key, value in pairs}
        commands.append(Command(name, properties, unescaped(data, {})))
    return commands


def commands(told: Report) -> list[Command]:
    return obeyed(render(told))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_candidate_says_the_commands_are_ours(text: str) -> None:
    told = commands(hostile(text))
    assert [each.name for each in told] == ["error", "error", "error", "warning", "warning", "notice"]
    assert all({*each.properties} <= {"file", "line", "col", "title"} for each in told)
    assert len(render(hostile(text)).splitlines()) == 7


def test_a_finding_is_an_annotation_at_its_place_in_the_repository() -> None:
    (told,) = commands(report(examined(finding(11, message="100% wrong, a::b", steps=2))))
    place = {"file": "models/pricing/serving/app.py", "line": "12", "col": "5"}
    assert told == Command(
        "error",
        {**place, "title": CODES[0]},
        "100% wrong, a::b\npath: f0 (serving/app.py:1) -> f1 (serving/app.py:2)\nfix: pin 1.4.2",
    )


@pytest.mark.parametrize("text", ["100%0A", "%25", "a,b=c", "a:b", "50%", "std::vector"])
def test_what_is_escaped_is_read_as_it_was_written(text: str) -> None:
    (told,) = commands(report(examined(finding(message=text, place=Location(path=f"{text}/app.py", line=3)))))
    assert told.data == f"{text}\nfix: pin 1.4.2"
    assert told.properties["file"] == f"models/pricing/{text}/app.py"
    assert told.properties["line"] == "3"


def test_a_finding_at_a_model_stands_at_the_line_of_the_policy() -> None:
    (told,) = commands(report(examined(finding(place=Location(path="model.pkl")))))
    assert (told.properties["file"], told.properties["line"]) == ("models/pricing/gatekeeper.yaml", "3")
    assert told.data.startswith("models/pricing/model.pkl: ")


def test_a_note_is_a_notice_and_what_is_waived_a_warning() -> None:
    assert [each.name for each in commands(KINDS["note"])] == ["notice"]
    (told,) = commands(KINDS["waived"])
    assert (told.name, told.properties["title"]) == ("warning", f"waived: {CODES[0]}")
    assert "waived until 2026-02-01, by bob for ann: known since the spring" in told.data


def test_a_waiver_without_effect_or_near_its_end_is_a_warning() -> None:
    uses = (use(waiver(), State.EXPIRED, "it expired"), use(waiver(), days_left=3))
    told = commands(report(examined(), uses=uses))
    assert [each.name for each in told] == ["warning", "warning"]
    assert "ends 2026-02-01" in told[1].data


@pytest.mark.parametrize("count", [9, 10, 11, 12, 500])
def test_github_is_never_given_more_than_ten_of_a_kind_and_the_last_says_how_many_more(count: int) -> None:
    for severity, kind in ((Severity.ERROR, "error"), (Severity.NOTE, "notice")):
        told = commands(many(count, severity=severity))
        assert {each.name for each in told} == {kind}
        assert len(told) == min(count, 10)
        rest = [each for each in told if each.properties["title"].endswith(" more")]
        assert [each.properties["title"] for each in rest] == ([f"gatekeeper: {count - 9} more"] if count > 10 else [])


def test_the_gravest_come_first() -> None:
    findings = [finding(number) for number in range(30)]
    told = commands(report(examined(*findings, finding(code=CODES[2], severity=Severity.CRITICAL))))
    assert told[0].properties["title"] == CODES[2]
    assert told[-1].data.startswith("22 errors: GitHub shows 10 of a kind; all of them: ")


def test_the_last_line_is_the_sentence_of_every_run() -> None:
    assert render(KINDS["fail"]).splitlines()[-1].startswith("FAIL: 1 of 2 checks failed: no-grad with 1 finding")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quiet_text_holds_no_command(text: str) -> None:
    assert obeyed(quiet(text)) == []
    assert not re.search(r"##[a-z]*\[", quiet(text))


def test_what_is_no_command_is_left_alone() -> None:
    for text in ("a::b", "std::vector", "## heading", "#[x]", "see app.py:3"):
        assert quiet(text) == text
