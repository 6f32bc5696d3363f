"""A real Prometheus shows and says what the contract promises: each panel has data, and each alert fires in its time.

The guard is the pricing example's own, the clock is simulated, and `live_panels` says how Prometheus comes by it.
"""

from __future__ import annotations

import math

import pytest

from gatekeeper.contract.generation import dashboard, plan
from gatekeeper.contract.generation.alerts import alerts
from tests.contract.generation.live_panels import EVALUATED, Evidence, Fired, evidence, firing, is_about
from tests.contract.generation.live_prometheus import Programs, levels, prometheus
from tests.contract.generation.panel_drawing import alone, picture
from tests.contract.generation.promtool import promtool
from tests.contract.generation.simulated_service import contract, day

HOUR = 3600
DRIFT = {"FeatureDrift units", "MissingRate stock", "UnseenCategory region"}
BROKEN = {"OutputViolation price", "NonFinite price", "BreakerOpen"}
MAY = DRIFT | {"FallbackShare", "RejectedShare", "KillSwitch inputs-lost", "KillSwitch bots"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What a day shows: shorter than the one of the picture, but with the windows and holds of the real rules."""
    programs = Programs(prometheus=prometheus(), promtool=promtool())
    story = day(trained=HOUR, may=HOUR, broken=HOUR // 4, recovered=HOUR // 4, scrape=30)
    return evidence(story, programs, tmp_path_factory.mktemp("live"))


def begun(seen: Evidence, phase: str) -> set[str]:
    """Return the alerts that begin to fire within a phase."""
    begin, end = seen.day.spans[phase]
    return {alert.title for alert in seen.alerts for at, _ in alert.spans if begin <= at < end}


@pytest.mark.slow
def test_every_expression_of_every_panel_gives_numbers(seen: Evidence) -> None:
    assert len(seen.panels) > 15
    for panel in seen.panels:
        assert panel.shown
        for shown in panel.shown:
            assert shown.numbers, f"{panel.title}: {shown.expr}"


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_no_other_ever_does(seen: Evidence) -> None:
    assert not begun(seen, "like the training year")
    assert begun(seen, "like May") == MAY
    assert begun(seen, "model broken") == BROKEN
    assert not begun(seen, "recovered")


@pytest.mark.slow
def test_what_is_over_is_told_no_longer(seen: Evidence) -> None:
    begin, end = seen.day.spans["recovered"]
    still = {alert.title for alert in seen.alerts if alert.spans and alert.spans[-1][1] > end}
    assert still <= DRIFT  # they look back for an hour
    breaker = _alert(seen, "BreakerOpen")
    assert begin < breaker.spans[-1][1] <= begin + 60 + 2 * EVALUATED  # a cooldown, and the golden records
    may = seen.day.spans["like May"][1]
    # Until then the window of five minutes holds records of May, and five more that the switch has tripped.
    assert _alert(seen, "KillSwitch inputs-lost").spans[-1][1] <= may + 600
    # An hour that ends within the quarter still has its share of bots; five minutes later it is over.
    assert may < _alert(seen, "KillSwitch bots").spans[-1][1] < may + 1800


@pytest.mark.slow
def test_what_a_broken_model_gives_is_shown_as_no_positive_price(seen: Evidence) -> None:
    begin, end = seen.day.spans["model broken"]
    (quantiles,) = (panel for panel in seen.panels if "quantiles" in panel.title)
    median = next(shown for shown in quantiles.shown if shown.legend == "50%")
    ((_, samples),) = median.series.items()
    while_broken = [value for at, value in samples if begin + 240 < at <= end and value == value]  # noqa: PLR0124 - NaN
    assert while_broken
    assert max(while_broken) <= 0


@pytest.mark.slow
def test_shares_and_distances_stay_within_0_and_1(seen: Evidence) -> None:
    for panel in seen.panels:
        if panel.title.startswith(("Share of", "D of")):
            for shown in panel.shown:
                assert 0 <= min(shown.numbers) <= max(shown.numbers) <= 1, (panel.title, shown.expr)


@pytest.mark.slow
def test_the_picture_shows_every_panel_and_every_alert_that_fired(seen: Evidence) -> None:
    drawn = picture(seen, "svg")
    assert drawn == picture(seen, "svg")
    text = drawn.decode()
    for alert in seen.alerts:
        assert (f">{alert.title}<" in text) is bool(alert.spans), alert.title
    for panel in seen.panels:
        assert panel.title.split()[0] in text
    assert any(is_about(_alert(seen, "BreakerOpen"), panel) for panel in seen.panels if panel.title == "Breaker")
    assert picture(seen, "png").startswith(b"\x89PNG")


def _alert(seen: Evidence, title: str) -> Fired:
    return next(alert for alert in seen.alerts if alert.title == title)


def test_zero_is_an_edge_of_what_a_model_gives() -> None:
    (price,) = plan(*contract()).outputs
    assert price.edges is not None
    assert min(price.edges).at == 0
    assert "0.0" not in (price.reference or {})  # the baseline knows nothing of it, and is not asked


def test_a_switch_that_trips_no_more_calls_for_five_more_minutes() -> None:
    (bots,) = (alert for alert in alerts(plan(*contract())) if alert.labels.get("switch") == "bots")
    assert bots.window == "1h"
    assert 'gatekeeper_kill_switch_trips_total{model="holiday-pricing",switch="bots"}[5m]' in bots.expr


def test_every_share_and_distance_has_its_limit_in_the_dashboard() -> None:
    for panel in dashboard(*contract())["panels"]:
        if panel["title"].startswith(("Share of", "D of")):
            assert 0 < panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"] < 1, panel["title"]


def test_an_alert_fires_once_it_was_active_for_as_long_as_it_says() -> None:
    active = [0, 30, 60, 90, 180, 210]
    assert list(firing(active, 0)) == [(0, 120), (180, 240)]
    assert list(firing(active, 60)) == [(60, 120)]
    assert list(firing(active, 120)) == []
    assert list(firing([], 0)) == []


def test_numbers_that_stand_alone_get_a_point() -> None:
    nan = math.nan
    assert alone([1, 2, 3, 4, nan, 5, nan, nan, 6, 7]) == [5, 8, 9]
    assert alone([nan, nan]) == []


def test_a_rule_is_recorded_after_those_that_it_uses() -> None:
    rules = [
        {"record": "far", "expr": "near / raw"},
        {"record": "near", "expr": "sum(raw)"},
        {"alert": "Far", "expr": "far > 1"},
    ]
    assert [[rule["record"] for rule in each] for each in levels(rules)] == [["near"], ["far"]]
    with pytest.raises(AssertionError, match="use each other"):
        levels([{"record": "a", "expr": "b"}, {"record": "b", "expr": "a"}])
