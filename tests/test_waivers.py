"""The laws of waivers: whatever the findings, the days and the order, no waiver does more than it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import waivers
from gatekeeper.engine import blocking, findings_of, verdict
from gatekeeper.model import (
    Crashed,
    Evidence,
    Examined,
    Finding,
    Location,
    Obstacle,
    Provider,
    Result,
    Severity,
    Unable,
    Verdict,
    Waiver,
)
from gatekeeper.waivers import State, Use

TODAY = date(2026, 6, 15)
MODEL, OTHER = "a" * 64, "b" * 64
ARTIFACTS = {"model.pkl": MODEL, "models/encoder.pkl": OTHER}
CODES = ("lock/unpinned", "no-grad/unguarded-call", "environment-parity/version")
PATHS = ("model.pkl", "models/encoder.pkl", "gatekeeper.yaml", "serving/app.py", "serving/[v1]/app.py")
SCOPES = (*PATHS, "serving/*", "*", "*.py", "nowhere", f"sha256:{MODEL}", f"sha256:{OTHER}", f"sha256:{'c' * 64}")
PROVIDER = Provider(distribution="model-gatekeeper", version="1", builtin=True)


def a_finding(code: str = CODES[0], path: str = "gatekeeper.yaml", **more: object) -> Finding:
    return dataclasses.replace(Finding(code=code, message="m", fix="f", at=Location(path=path)), **more)  # type: ignore[arg-type]


def a_waiver(scope: str = "*", *, line: int = 1, **more: object) -> Waiver:
    """Return a waiver that holds today, for 30 days, by somebody else than its owner."""
    is_digest = scope.startswith("sha256:")
    waiver = Waiver(
        code=CODES[0],
        artifact=scope if is_digest else None,
        path=None if is_digest else scope,
        reason="known",
        owner="ann",
        approver="bob",
        created="2026-06-01",
        expires="2026-07-01",
        at=Location(path="waivers.yaml", line=line),
    )
    return dataclasses.replace(waiver, **more)  # type: ignore[arg-type]


def a_result(*findings: Finding, id_: str = "lock") -> Result:
    evidence = (Evidence(what="x", measured={"n": 1}),)
    outcome = Examined(evidence=evidence, findings=findings)
    return Result(id=id_, title="t", provider=PROVIDER, outcome=outcome, seconds=0.0)


def applied(
    given_: Sequence[Waiver], *results: Result, today: date = TODAY, strict: bool = False, **more: object
) -> tuple[tuple[Result, ...], tuple[Use, ...]]:
    options = {"artifacts": ARTIFACTS, "today": today, "strict": strict} | more
    return waivers.apply(given_, results, **options)  # type: ignore[arg-type]


def state_of(waiver: Waiver, *findings: Finding, today: date = TODAY, strict: bool = False, **more: object) -> Use:
    _, (use,) = applied([waiver], a_result(*(findings or (a_finding(),))), today=today, strict=strict, **more)
    return use


days = st.integers(-120, 120).map(lambda offset: (TODAY + timedelta(days=offset)).isoformat())
bad_days = st.sampled_from(
    ["", "never", "2026-13-45", "2026-02-30", "20260701", "2026-7-1", "2026-W30-1", "\u0662026-07-01"]
)
severities = st.sampled_from(list(Severity))
found = st.builds(a_finding, st.sampled_from(CODES), st.sampled_from(PATHS), severity=severities, message=st.text("xy"))
names = st.sampled_from(["ann", "Ann ", "bob", "@bob"])
written = st.builds(
    a_waiver,
    st.sampled_from(SCOPES),
    line=st.integers(1, 9),
    code=st.sampled_from(CODES),
    created=days | bad_days,
    expires=days | bad_days,
    owner=names,
    approver=names,
)
examined = st.lists(found, max_size=4).map(lambda findings: a_result(*findings))
unable = st.lists(found, max_size=3).map(
    lambda findings: dataclasses.replace(
        a_result(), outcome=Unable(obstacles=(Obstacle(what="w", fix="f"),), findings=tuple(findings))
    )
)
crashed = st.just(dataclasses.replace(a_result(), outcome=Crashed(error="raised")))
chains = st.lists(examined | unable | crashed, min_size=1, max_size=5)
files = st.lists(written, max_size=8)
modes = st.booleans()


@given(files, chains, modes)
def test_a_waiver_changes_no_finding_and_no_outcome(given_: list[Waiver], chain: list[Result], strict: bool) -> None:
    judged, uses = applied(given_, *chain, strict=strict)
    assert [dataclasses.replace(result, waived={}) for result in judged] == chain
    assert [use.waiver for use in uses] == given_


@given(files, chains, modes)
def test_only_a_used_waiver_waives_and_only_what_it_names(
    given_: list[Waiver],
    chain: list[Result],
    strict: bool,
) -> None:
    judged, uses = applied(given_, *chain, strict=strict)
    used = [use.waiver for use in uses if use.state is State.USED]
    for result in judged:
        assert set(result.waived) <= set(findings_of(result.outcome))
        for finding, waiver in result.waived.items():
            assert waiver in used
            assert waiver.code == finding.code
            assert finding.severity.blocks


@given(files, chains, modes)
def test_a_use_counts_exactly_the_findings_that_the_waiver_waives(
    given_: list[Waiver],
    chain: list[Result],
    strict: bool,
) -> None:
    distinct = [dataclasses.replace(each, at=Location(path="w", line=i)) for i, each in enumerate(given_)]
    judged, uses = applied(distinct, *chain, strict=strict)
    for use in uses:
        mine = [f for r in judged for f in findings_of(r.outcome) if r.waived.get(f) == use.waiver]
        assert (use.findings if use.state is State.USED else 0) == len(mine)
    waived = sum(use.findings for use in uses if use.state is State.USED)
    assert waived + sum(len(blocking(r)) for r in judged) == sum(len(blocking(r)) for r in chain)


@given(files, chains, modes, st.randoms())
def test_the_order_of_the_results_changes_nothing(
    given_: list[Waiver],
    chain: list[Result],
    strict: bool,
    random: Random,
) -> None:
    judged, uses = applied(given_, *chain, strict=strict)
    places = list(range(len(chain)))
    random.shuffle(places)
    again, other = applied(given_, *(chain[place] for place in places), strict=strict)
    assert other == uses
    assert [judged[place] for place in places] == list(again)


@given(written, modes, st.integers(-150, 150), st.integers(2, 60))
def test_a_waiver_that_holds_on_two_days_holds_on_each_day_between(
    waiver: Waiver,
    strict: bool,
    start: int,
    length: int,
) -> None:
    wanted = a_finding(waiver.code, waiver.path or "model.pkl", severity=Severity.ERROR)
    first = TODAY + timedelta(days=start)
    states = [
        state_of(waiver, wanted, today=first + timedelta(days=after), strict=strict).state
        for after in range(length + 1)
    ]
    if states[0] is State.USED and states[-1] is State.USED:
        assert set(states) == {State.USED}


@given(
    st.builds(a_waiver, created=days | bad_days, expires=days | bad_days),
    bad_days,
    st.sampled_from(["created", "expires"]),
)
def test_no_date_that_is_none_makes_a_waiver_hold(waiver: Waiver, bad: str, field: str) -> None:
    use = state_of(dataclasses.replace(waiver, **{field: bad}))  # type: ignore[arg-type]
    assert use.state is State.EXPIRED
    assert "is no day, which counts as expired" in use.why


@given(files, chains, modes)
def test_fail_becomes_pass_only_where_each_blocking_finding_has_a_waiver_and_all_was_looked_at(
    given_: list[Waiver],
    chain: list[Result],
    strict: bool,
) -> None:
    before, judged = verdict(chain), applied(given_, *chain, strict=strict)[0]
    after = verdict(judged)
    if before is Verdict.PASS:
        assert after is Verdict.PASS
    if before is Verdict.UNDECIDED:
        assert after is Verdict.UNDECIDED
    if after is Verdict.PASS:
        assert all(isinstance(result.outcome, Examined) for result in chain)
        assert all(
            finding in result.waived
            for result in judged
            for finding in findings_of(result.outcome)
            if finding.severity.blocks
        )


@given(files, chains)
def test_a_strict_profile_waives_nothing_that_another_would_not(given_: list[Waiver], chain: list[Result]) -> None:
    loose, strict = applied(given_, *chain)[0], applied(given_, *chain, strict=True)[0]
    for one, other in zip(loose, strict, strict=True):
        assert set(other.waived) <= set(one.waived)
        assert not any(finding.code.startswith("environment-parity/") for finding in other.waived)


@given(files, chains, modes)
def test_what_has_no_effect_says_why_and_what_has_one_does_not(
    given_: list[Waiver],
    chain: list[Result],
    strict: bool,
) -> None:
    for use in applied(given_, *chain, strict=strict)[1]:
        assert bool(use.why) is (use.state is not State.USED)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-05-31", State.NOT_YET),
        ("2026-06-01", State.USED),
        ("2026-07-01", State.USED),
        ("2026-07-02", State.EXPIRED),
    ],
)
def test_both_the_first_and_the_last_day_count(today: str, state: State) -> None:
    assert state_of(a_waiver(), today=date.fromisoformat(today)).state is state


@pytest.mark.parametrize(
    ("lasts", "strict", "state"),
    [
        (90, False, State.USED),
        (91, False, State.TOO_LONG),
        (30, True, State.USED),
        (31, True, State.TOO_LONG),
        (31, False, State.USED),
    ],
)
def test_a_waiver_lasts_90_days_at_most_and_30_for_a_release(lasts: int, strict: bool, state: State) -> None:
    expires = (date(2026, 6, 1) + timedelta(days=lasts)).isoformat()
    use = state_of(a_waiver(expires=expires), strict=strict)
    assert use.state is state
    if state is State.TOO_LONG:
        assert f"expires {lasts} days after it was created, and at most {lasts - 1}" in use.why


def test_environment_parity_is_waived_for_no_release() -> None:
    waiver, finding = a_waiver(code=CODES[2]), a_finding(CODES[2])
    assert state_of(waiver, finding).state is State.USED
    assert state_of(waiver, finding, strict=True).state is State.REFUSED


@pytest.mark.parametrize("approver", ["ann", " Ann", "ANN", "@ann", "a\u200bnn", "\uff41nn"])
def test_who_needs_a_waiver_does_not_grant_it_for_a_release(approver: str) -> None:
    assert state_of(a_waiver(approver=approver)).state is State.USED
    assert state_of(a_waiver(approver=approver), strict=True).state is State.REFUSED


@pytest.mark.parametrize("approver", ["anna", "bob", "a nn"])
def test_two_people_may_have_names_that_are_alike(approver: str) -> None:
    assert state_of(a_waiver(approver=approver), strict=True).state is State.USED


@pytest.mark.parametrize(
    ("scope", "path", "meant"),
    [
        ("serving/*", "serving/app.py", True),
        ("serving/*", "serving/deep/app.py", True),
        ("serving/*", "other/serving/app.py", False),
        ("*.py", "serving/app.py", True),
        ("*.py", "serving/app.pyc", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "acb", False),
        ("serving/[v1]/app.py", "serving/[v1]/app.py", True),
        ("serving/[v1]/app.py", "serving/v/app.py", False),
        ("model.p?l", "model.pkl", False),
        ("Model.pkl", "model.pkl", False),
        ("*", "anything at all", True),
    ],
)
def test_a_path_is_meant_as_it_is_written_and_a_star_is_any_text(scope: str, path: str, meant: bool) -> None:
    assert state_of(a_waiver(scope), a_finding(path=path)).state is (State.USED if meant else State.UNUSED)


def test_a_path_of_stars_costs_no_more_than_it_is_long() -> None:
    finding = a_finding(path="a" * 20_000)
    assert state_of(a_waiver("*a" * 450 + "*b"), finding).state is State.UNUSED


@pytest.mark.parametrize(
    ("scope", "path", "meant"),
    [
        (MODEL, "model.pkl", True),
        (MODEL, "gatekeeper.yaml", True),
        (MODEL, "models/encoder.pkl", False),
        (OTHER, "model.pkl", False),
        ("c" * 64, "gatekeeper.yaml", False),
    ],
)
def test_a_digest_means_that_artifact_and_what_lies_at_none(scope: str, path: str, meant: bool) -> None:
    assert state_of(a_waiver(f"sha256:{scope}"), a_finding(path=path)).state is (State.USED if meant else State.UNUSED)


def test_a_waiver_for_one_artifact_is_none_for_another_that_can_not_be_read() -> None:
    artifacts = {"model.pkl": MODEL, "torn.pkl": ""}
    finding = a_finding(path="torn.pkl")
    assert state_of(a_waiver(f"sha256:{MODEL}"), finding, artifacts=artifacts).state is State.UNUSED


def test_a_waiver_falls_with_the_model_that_it_was_for() -> None:
    use = state_of(a_waiver(f"sha256:{MODEL}"), artifacts={"model.pkl": OTHER})
    assert use.state is State.UNUSED
    assert use.why.startswith(f"no artifact of the candidate is sha256:{MODEL}")


def test_a_waiver_for_a_note_changes_nothing_and_says_so() -> None:
    use = state_of(a_waiver(), a_finding(severity=Severity.NOTE))
    assert (use.state, use.findings) == (State.UNUSED, 0)
    assert use.why == "what it is meant for is a note, which blocks nothing: delete it"


def test_an_unused_waiver_is_to_be_deleted_only_where_its_check_came_to_an_end() -> None:
    fine = a_finding(CODES[1])
    assert "delete it" in state_of(a_waiver(), fine, answered=[CODES[0]]).why
    assert "did not run to its end" in state_of(a_waiver(), fine, answered=[CODES[1]]).why


def test_of_two_waivers_for_one_finding_the_first_is_used_and_the_second_is_shadowed() -> None:
    _, uses = applied([a_waiver(line=3), a_waiver(line=9)], a_result(a_finding()))
    assert [use.state for use in uses] == [State.USED, State.SHADOWED]
    assert uses[1].why == "waivers.yaml:3 waives all that it is meant for: delete one of the two"


def test_a_finding_that_two_waivers_are_meant_for_counts_for_the_first_alone() -> None:
    findings = (a_finding(path="model.pkl"), a_finding(path="serving/app.py"))
    judged, uses = applied([a_waiver("model.pkl"), a_waiver("*", line=2)], a_result(*findings))
    assert [(use.state, use.findings) for use in uses] == [(State.USED, 1), (State.USED, 1)]
    assert verdict(judged) is Verdict.PASS


def test_a_waiver_that_many_others_shadow_names_the_first_of_the_file() -> None:
    by_path = [a_waiver(path, line=line) for line, path in enumerate(("x", "y"), start=1)]
    findings = (a_finding(path="y"), a_finding(path="x"))
    _, uses = applied([*by_path, a_waiver(line=5)], a_result(*findings))
    assert uses[2].state is State.SHADOWED
    assert uses[2].why.startswith("2 others, the first at waivers.yaml:1, ")


def test_a_waiver_that_has_expired_shadows_none_that_holds() -> None:
    old = a_waiver(expires="2026-06-14")
    judged, uses = applied([old, a_waiver(line=2)], a_result(a_finding()))
    assert [use.state for use in uses] == [State.EXPIRED, State.USED]
    assert verdict(judged) is Verdict.PASS


@pytest.mark.parametrize(("today", "soon"), [("2026-06-23", False), ("2026-06-24", True), ("2026-07-01", True)])
def test_a_waiver_that_ends_within_a_week_is_told(today: str, soon: bool) -> None:
    assert state_of(a_waiver(), today=date.fromisoformat(today)).ends_soon is soon


def test_what_has_expired_does_not_end_soon_any_more() -> None:
    assert not state_of(a_waiver(), today=date(2026, 7, 2)).ends_soon
