"""What is said of three frameworks: every item of each, and nothing that no check has shown."""

from __future__ import annotations

from collections import Counter

import pytest

from gatekeeper.model import Crashed
from gatekeeper.report.signoff.coverage import State, frameworks
from gatekeeper.report.signoff.frameworks import FRAMEWORKS
from tests.report_page import samples


def states(results: object) -> Counter[State]:
    assert isinstance(results, tuple)
    return Counter(each.state for framework in frameworks(results) for each in framework.items)


def test_the_ml_test_score_has_its_28_tests_in_four_parts() -> None:
    parts = Counter(each.id.split()[0] for each in FRAMEWORKS[0].items)
    assert parts == dict.fromkeys(("Data", "Model", "Infra", "Monitor"), 7)


def test_annex_iv_has_its_nine_points() -> None:
    assert [*dict.fromkeys(each.id[0] for each in FRAMEWORKS[1].items)] == [*"123456789"]


def test_the_nist_framework_has_its_categories() -> None:
    found = Counter(each.id.split()[0] for each in FRAMEWORKS[2].items)
    assert found == {"GOVERN": 6, "MAP": 5, "MEASURE": 4, "MANAGE": 4}


def test_an_item_rests_on_checks_that_there_are_or_says_that_there_is_none() -> None:
    for framework in FRAMEWORKS:
        for item in framework.items:
            assert set(item.checks) <= set(samples.TITLES), item.id
            assert item.how


def test_where_every_check_stands_what_they_show_counts_and_nothing_else() -> None:
    found = states(samples.whole())
    assert found[State.FAILED] == found[State.OPEN] == 0
    assert found[State.NOT_COVERED] == sum(not item.checks for table in FRAMEWORKS for item in table.items) > 20
    assert found[State.IN_PART] > found[State.EVIDENCED] > 0


def test_without_results_nothing_counts() -> None:
    assert states(()).keys() == {State.OPEN, State.NOT_COVERED}


@pytest.mark.parametrize("check", samples.TITLES)
def test_a_check_that_fails_or_crashes_takes_its_items_with_it(check: str) -> None:
    items = [each.id for table in FRAMEWORKS for each in table.items if check in each.checks]
    assert items, "each check is evidence for something"
    for answer, state in (
        (samples.result(check, findings=[samples.finding(f"{check}/x")]), State.FAILED),
        (samples.result(check, Crashed(error="died")), State.OPEN),
    ):
        found = frameworks(samples.whole({check: answer}))
        assert [each.item.id for one in found for each in one.items if each.state is state] == items


def test_with_a_waived_finding_it_is_evidence_in_part_at_most() -> None:
    found = samples.finding("environment-parity/files-grew")
    answer = samples.result("environment-parity", findings=[found], waived={found: samples.waiver()})
    for framework in frameworks(samples.whole({"environment-parity": answer})):
        for each in framework.items:
            if "environment-parity" in each.item.checks:
                assert each.state is State.IN_PART
