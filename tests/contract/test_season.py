"""The check's dates, by a fixed clock: how old the data may be, and how long a waiver of the season holds."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gatekeeper import policy
from gatekeeper.candidate import Candidate
from gatekeeper.facts import FactStore
from gatekeeper.model import Examined, Finding, Severity
from gatekeeper.profiles import PROFILES
from gatekeeper_checks import _baseline_samples as samples
from gatekeeper_checks.baseline import Baseline, SeasonWaiver
from gatekeeper_checks.baseline.judge import judge

TODAY = date(2026, 3, 1)


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    for name, content in samples.files(time=samples.quarter()).items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    declaration = policy.load(tmp_path / "gatekeeper.yaml", tmp_path)
    store = _store(tmp_path)
    return Candidate(root=tmp_path, declaration=declaration, profile=PROFILES["ci"], store=store, today=TODAY)


def _store(root: Path) -> FactStore:
    """Return a store outside the candidate's folder: in a run it is no part of it either."""
    return FactStore(Path(tempfile.mkdtemp(dir=root.parent)))


def findings(candidate: Candidate, check: Baseline) -> dict[str, Finding]:
    outcome = judge(candidate, check)
    assert isinstance(outcome, Examined)
    return {finding.code: finding for finding in outcome.findings}


def waived(until: str, reason: str = "opened in October", by: str = "ana") -> Baseline:
    return Baseline(max_age_days=400, season_waiver=SeasonWaiver(reason=reason, by=by, until=until))


def test_a_quarter_is_a_finding_that_names_the_months(candidate: Candidate) -> None:
    found = findings(candidate, Baseline())["baseline/season-missing"]
    assert found.severity is Severity.ERROR
    assert "January, February" in found.message
    assert "October" not in found.message.split("no row of")[1]


@pytest.mark.parametrize("until", ["2026-03-01", "2026-04-15", "2026-05-30"])
def test_a_waiver_that_holds_is_told_and_does_not_block(candidate: Candidate, until: str) -> None:
    found = findings(candidate, waived(until))["baseline/season-missing"]
    assert found.severity is Severity.NOTE
    assert f"waived until {until} by ana: opened in October" in found.message


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (waived("2026-02-28"), "ended on 2026-02-28"),
        (waived("2026-05-31"), "more than 90 days ahead"),
        (waived("2026-02-30"), "expected one of the calendar"),
        (waived("soon"), "expected one of the calendar"),
        (waived("2026-04-01", reason=" "), "no reason"),
        (waived("2026-04-01", by=""), "nobody who gives it"),
    ],
)
def test_a_waiver_that_does_not_hold_blocks(candidate: Candidate, check: Baseline, said: str) -> None:
    found = findings(candidate, check)["baseline/season-missing"]
    assert found.severity is Severity.ERROR
    assert said in found.message


def test_months_may_be_fewer_where_that_is_said(candidate: Candidate) -> None:
    assert "baseline/season-missing" not in findings(candidate, Baseline(months=3))


@pytest.mark.parametrize(("days", "stale"), [(62, True), (63, False)])
def test_the_last_row_must_be_of_the_last_days(candidate: Candidate, days: int, stale: bool) -> None:
    """The data ends on 28 December, 63 days before the first of March."""
    found = findings(candidate, Baseline(months=3, max_age_days=days))
    assert ("baseline/stale" in found) is stale


def test_data_without_time_needs_a_reason(candidate: Candidate) -> None:
    file = candidate.root / "baseline.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "time": None}))
    candidate = replace(candidate, store=_store(candidate.root))
    assert findings(candidate, Baseline())["baseline/no-time"].severity is Severity.ERROR
    assert findings(candidate, Baseline(timeless="pictures"))["baseline/no-time"].severity is Severity.NOTE
    assert findings(candidate, Baseline(timeless="  "))["baseline/no-time"].severity is Severity.ERROR
