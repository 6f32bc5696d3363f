"""A box is checked where every rule that it rests on was asked, by a check that stands and has measured it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gatekeeper.model import Crashed, Evidence, Examined, Obstacle, Provider, Result, Unable
from gatekeeper.report.signoff.causes import CAUSES
from gatekeeper.report.signoff.checklist import Box, State, boxes
from gatekeeper_checks import BUILTIN
from tests.report_page import samples

RULES = {check.about.id: {rule.code for rule in check.about.rules} for check in BUILTIN}
LOOK = Obstacle(what="the lock is gone", fix="bring it back")


def box(cause: str, results: Sequence[Result]) -> Box:
    [found] = [each for each in boxes(results) if each.cause.id == cause]
    return found


def changed(check: str, answer: Result) -> tuple[Result, ...]:
    return samples.whole({check: answer})


def test_each_rule_of_the_table_is_one_of_the_check_that_it_names() -> None:
    for cause in CAUSES:
        for rest in cause.rests:
            assert set(rest.codes) <= RULES[rest.check], (cause.id, rest.check)
            assert len(set(rest.codes)) == len(rest.codes)


def test_every_cause_has_a_name_of_its_own() -> None:
    assert len({cause.id for cause in CAUSES}) == len(CAUSES)


def test_where_all_was_asked_and_measured_every_box_is_checked_but_the_one_that_no_rule_covers() -> None:
    states = {each.cause.id: each.state for each in boxes(samples.whole())}
    assert states.pop("health") is State.OPEN
    assert set(states.values()) == {State.CHECKED}


def test_without_results_no_box_is_checked() -> None:
    assert {each.state for each in boxes(())} == {State.OPEN}


@pytest.mark.parametrize("cause", [each for each in CAUSES if each.rests], ids=lambda each: each.id)
def test_each_rule_of_a_box_fails_it(cause: object) -> None:
    [mine] = [each for each in CAUSES if each is cause]
    for rest in mine.rests:
        for code in rest.codes:
            answer = samples.result(rest.check, findings=[samples.finding(code)])
            found = box(mine.id, changed(rest.check, answer))
            assert found.state is State.FAILED, code
            assert {code: 1} in [dict(each.found) for each in found.grounds]


@pytest.mark.parametrize("cause", [each for each in CAUSES if each.rests], ids=lambda each: each.id)
def test_a_box_needs_each_of_its_checks(cause: object) -> None:
    [mine] = [each for each in CAUSES if each is cause]
    for rest in mine.rests:
        if rest.needed:
            found = box(mine.id, [each for each in samples.whole() if each.id != rest.check])
            assert found.state is State.OPEN


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Crashed(error="died"), "the check crashed"),
        (Unable(obstacles=(LOOK,), evidence=samples.measured("baseline")), "the check could not look at everything"),
        (Examined(evidence=()), "the check looked at nothing"),
    ],
)
def test_a_check_that_does_not_stand_checks_nothing(outcome: Crashed | Unable | Examined, why: str) -> None:
    found = box("season", changed("baseline", samples.result("baseline", outcome)))
    assert found.state is State.OPEN
    assert found.grounds[0].why == why


def test_a_check_that_fails_on_another_rule_checks_nothing() -> None:
    found = box(
        "season", changed("baseline", samples.result("baseline", findings=[samples.finding("baseline/alarm-dead")]))
    )
    assert found.state is State.OPEN
    assert found.grounds[0].why == "the check failed on other rules"


def test_a_check_that_did_not_measure_it_checks_nothing() -> None:
    outcome = Examined(evidence=(Evidence(what="baseline.json", measured={"rows": 12000}),))
    found = box("season", changed("baseline", samples.result("baseline", outcome)))
    assert found.state is State.OPEN
    assert found.grounds[0].why == "the check passed, and did not measure this"


@pytest.mark.parametrize(
    "value", [0, "", "not measured: what answers is no Python process of ours", "no library version", "none"]
)
def test_nought_of_the_things_is_nothing_looked_at(value: str | int) -> None:
    outcome = Examined(evidence=(Evidence(what="many requests on cpu", measured={"memory": value, "requests": 0}),))
    assert box("memory", changed("golden-replay", samples.result("golden-replay", outcome))).state is State.OPEN


def test_one_device_on_which_nothing_was_measured_leaves_the_box_empty() -> None:
    seen = [
        Evidence(what=f"many requests on {device}", measured={"memory": said})
        for device, said in (("cpu", "CLEAN"), ("cuda", "not measured: every request raised"))
    ]
    outcome = Examined(evidence=tuple(seen))
    assert box("memory", changed("golden-replay", samples.result("golden-replay", outcome))).state is State.OPEN
    alone = Examined(evidence=(seen[0],))
    assert box("memory", changed("golden-replay", samples.result("golden-replay", alone))).state is State.CHECKED


def test_a_waived_finding_shows_as_waived() -> None:
    found, excuse = samples.finding("baseline/season-missing"), samples.waiver(code="baseline/season-missing")
    answer = samples.result("baseline", findings=[found], waived={found: excuse})
    assert box("season", changed("baseline", answer)).state is State.WAIVED


def test_a_waiver_does_not_hide_another_finding() -> None:
    found, other = (samples.finding("baseline/season-missing", number) for number in (1, 2))
    answer = samples.result("baseline", findings=[found, other], waived={found: samples.waiver()})
    assert box("season", changed("baseline", answer)).state is State.FAILED


def test_what_is_not_needed_leaves_no_box_open_and_fails_it_all_the_same() -> None:
    bare = samples.result("artifact-integrity", Examined(evidence=(Evidence(what="model.joblib", sha256="0" * 64),)))
    assert box("attribute-error", changed("artifact-integrity", bare)).state is State.CHECKED
    found = samples.result("artifact-integrity", findings=[samples.finding("artifact-integrity/missing-attribute")])
    assert box("attribute-error", changed("artifact-integrity", found)).state is State.FAILED


def test_a_plug_in_under_a_name_of_ours_checks_nothing() -> None:
    theirs = Provider(distribution="acme", version="1", builtin=False)
    answer = samples.result("baseline", provider=theirs)
    assert box("season", changed("baseline", answer)).state is State.OPEN
