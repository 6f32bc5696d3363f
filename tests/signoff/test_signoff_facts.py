"""What the statements take from a run, and what of a run can't be signed at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gatekeeper.cli.judging import Order
from gatekeeper.cli.signing import gathering
from gatekeeper.cli.signing.gathering import Run, Unsigned, facts_of, gate_sha256, gather
from gatekeeper.cli.signing.sealing import expect_consistent
from gatekeeper.errors import Undelivered
from gatekeeper.model import Evidence, Examined, Finding, Location, Provider, Result, Verdict, Waiver
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.report import FileDigest, Report, Subject
from gatekeeper.signoff.files import PAGE
from gatekeeper.waivers import State, Use
from gatekeeper_checks import BUILTIN
from tests.signoff.making import Case

FINDING = Finding(code="a/one", message="x", fix="x", at=Location(path="model.pkl"))
RESULT = Result(
    id="a",
    title="A",
    provider=Provider(distribution="model-gatekeeper", version="1.0", builtin=True),
    outcome=Examined(evidence=(Evidence(what="the device cuda:NVIDIA H200", measured={"driver": "570.1"}),)),
    seconds=0.1,
)
REPORT = Report(
    verdict=Verdict.PASS,
    profile=PROFILES["release"],
    subject=Subject(
        name="pricing",
        version=None,
        policy=FileDigest(role="policy", path="gatekeeper.yaml", sha256="1" * 64, bytes=1),
        files=(
            FileDigest(role="artifacts[0]", path="b.pkl", sha256="2" * 64, bytes=2),
            FileDigest(role="artifacts[1]", path="a.pkl", sha256="3" * 64, bytes=3),
            FileDigest(role="environment.production", path="production.lock", sha256="4" * 64, bytes=4),
            FileDigest(role="code.paths[0]", path="serving", sha256=None, bytes=None),
        ),
    ),
    results=(RESULT,),
)
OVER = datetime(2026, 6, 15, 12, 0, 0, 999, tzinfo=UTC)


def run_of(report: Report, root: Path) -> Run:
    order = Order(root=root, profile=PROFILES["release"], checks=BUILTIN)
    policy = Policy(schema="gatekeeper/candidate@1", name="pricing")
    return Run(order=order, declaration=Declaration(policy=policy), report=report, over=OVER)


def use(expires: str, state: State) -> Use:
    waiver = Waiver(
        code="a/one",
        path="model.pkl",
        reason="r",
        owner="anna",
        approver="ben",
        created="2026-06-01",
        expires=expires,
        at=Location(path="waivers.yaml"),
    )
    return Use(waiver=waiver, state=state, findings=1, days_left=1)


def test_the_digests_are_those_of_the_run(tmp_path: Path) -> None:
    facts = facts_of(gather(run_of(REPORT, tmp_path)))
    assert [(each.name, each.sha256[0]) for each in facts.artifacts] == [("a.pkl", "3"), ("b.pkl", "2")]
    assert [(each.role, each.name) for each in facts.declared] == [("environment.production", "production.lock")]
    assert facts.policy is not None
    assert facts.policy.sha256 == "1" * 64
    assert facts.created == OVER.replace(microsecond=0)


def test_what_lies_in_declared_folders_is_signed_and_so_is_that_nothing_else_does(tmp_path: Path) -> None:
    code = [
        FileDigest(role="code.paths[0]", path="./serving/", sha256=None, bytes=None),
        FileDigest(role="code.paths[0]", path="serving/app.py", sha256="6" * 64, bytes=1),
        FileDigest(role="code.paths[1]", path=".", sha256=None, bytes=None),
        FileDigest(role="code.paths[1]", path="serve/app.py", sha256="7" * 64, bytes=1),
        FileDigest(role="golden", path="gone", sha256=None, bytes=None),
    ]
    report = replace(REPORT, subject=replace(REPORT.subject, files=(*REPORT.subject.files, *code)))
    facts = facts_of(gather(run_of(report, tmp_path)))
    assert {"serving/app.py", "serve/app.py"} <= {each.name for each in facts.declared}
    assert facts.folders == ("serving",)


def test_it_holds_until_the_first_day_on_which_a_waiver_that_was_used_ends(tmp_path: Path) -> None:
    uses = (use("2026-06-30", State.USED), use("2026-06-20", State.USED), use("2026-06-16", State.UNUSED))
    signoff = gather(run_of(replace(REPORT, waivers=uses), tmp_path))
    assert signoff.valid_until == date(2026, 6, 20)
    assert [each.expires for each in facts_of(signoff).waivers] == ["2026-06-30", "2026-06-20"]
    assert gather(run_of(REPORT, tmp_path)).valid_until is None


def test_the_card_that_the_model_ran_on_is_named(tmp_path: Path) -> None:
    assert gather(run_of(REPORT, tmp_path)).gpu == {"device": "cuda:NVIDIA H200", "driver": "570.1"}
    cpu = replace(RESULT, outcome=Examined(evidence=(Evidence(what="the device cpu", sha256="5" * 64),)))
    assert gather(run_of(replace(REPORT, results=(cpu,)), tmp_path)).gpu == {}


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (replace(REPORT, results=(replace(RESULT, cached="2026-06-15T11:00:00Z"),)), "no whole run of its own: a"),
        (replace(REPORT, left_out=("golden-replay",)), "no whole run of its own: golden-replay"),
        (replace(REPORT, interrupted="stopped by SIGTERM"), "stopped by SIGTERM"),
        (
            replace(REPORT, subject=replace(REPORT.subject, files=(replace(REPORT.subject.files[0], sha256=None),))),
            "an artifact has no digest",
        ),
    ],
    ids=["an answer of an earlier run", "a part of the checks", "stopped", "a pass over what nobody read"],
)
def test_what_is_no_whole_run_is_not_signed(report: Report, says: str, tmp_path: Path) -> None:
    with pytest.raises(Unsigned) as caught:
        gather(run_of(report, tmp_path))
    assert says in caught.value.what
    assert caught.value.exit_code == 3


def test_the_digest_of_the_gate_is_that_of_its_files(tmp_path: Path) -> None:
    order = run_of(REPORT, tmp_path).order
    assert gate_sha256(order) == gate_sha256(order)
    assert gate_sha256(replace(order, checks=())) != gate_sha256(order)


def test_what_would_not_verify_is_not_written(tmp_path: Path) -> None:
    case = Case(tmp_path)
    made = case.composed(case.facts)
    expect_consistent(made)
    with pytest.raises(Undelivered) as caught:
        expect_consistent(made | {PAGE: b""})
    assert "signoff.html was changed" in caught.value.what


def test_the_command_judges_the_same_again(tmp_path: Path) -> None:
    order = replace(run_of(REPORT, tmp_path).order, python=Path("/usr/bin/py thon"))
    command = gathering._command(order)
    assert command == f"gatekeeper run {tmp_path} --profile release --python '/usr/bin/py thon'"
