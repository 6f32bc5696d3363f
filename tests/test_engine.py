"""The chain: whatever a check does, the gate does not turn green, the others run, and the check is named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import engine
from gatekeeper.candidate import Candidate
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import (
    About,
    Crashed,
    Evidence,
    Examined,
    Finding,
    Location,
    Needs,
    Obstacle,
    Outcome,
    Provider,
    Result,
    Severity,
    Unable,
    Verdict,
)
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.registry import BUILTIN, Link

EVIDENCE = Evidence(what="a file", sha256="0" * 64)
GREEN = Examined(evidence=(EVIDENCE,))
PLUGIN = Provider(distribution="somebody", version="1", builtin=False)


def finding(severity: Severity = Severity.ERROR, code: str = "toy/rule") -> Finding:
    return Finding(code=code, message="got 1, expected 2", fix="write 2", at=Location(path="x"), severity=severity)


@dataclass(frozen=True)
class Toy:
    """A check that does what it is told."""

    act: Callable[[Candidate], object]
    about = About(id="toy", title="toy", rules=())

    def run(self, candidate: Candidate) -> Examined | Unable:
        return self.act(candidate)  # type: ignore[return-value]  # nonsense is the point


def link(act: Callable[[Candidate], object], id_: str = "toy", **changes: object) -> Link:
    fields = {
        "id": id_,
        "title": id_,
        "codes": frozenset({"toy/rule"}),
        "needs": Needs.NOTHING,
        "reads": (),
        "provider": BUILTIN,
        "make": lambda: Toy(act),
    }
    return Link(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def subject(tmp_path: Path) -> Candidate:
    (tmp_path / "store").mkdir()
    return Candidate(
        root=tmp_path,
        declaration=Declaration(policy=Policy(schema="gatekeeper/candidate@1", name="toy")),
        profile=PROFILES["ci"],
        store=FactStore(tmp_path / "store"),
    )


def run(subject: Candidate, *links: Link, jobs: int = 4) -> dict[str, Result]:
    return {result.id: result for result in engine.run(links, subject, jobs=jobs)}


def crash(subject: Candidate, act: Callable[[Candidate], object], **changes: object) -> str:
    """Run one misbehaving check beside a good one; return why the bad one counts as crashed."""
    results = run(subject, link(act, "bad", **changes), link(lambda _: GREEN, "good"))
    assert results["good"].outcome == GREEN, "the others are not stopped"
    assert engine.verdict(results.values()) is Verdict.UNDECIDED
    outcome = results["bad"].outcome
    assert isinstance(outcome, Crashed)
    return outcome.error


def test_an_outcome_comes_back_as_it_was(subject: Candidate) -> None:
    said = Examined(
        evidence=(Evidence(what="é", measured={"n": 1, "x": 0.5, "b": True, "s": "t"}),), findings=(finding(),)
    )
    assert run(subject, link(lambda _: said))["toy"].outcome == said


def test_unreadable_is_unable_and_keeps_its_place(subject: Candidate) -> None:
    def refuse(_: Candidate) -> Examined:
        raise Unreadable("truncated", fix="export it again", at=Location(path="m", line=3))

    expected = Unable(obstacles=(Obstacle(what="truncated", fix="export it again", at=Location(path="m", line=3)),))
    assert run(subject, link(refuse))["toy"].outcome == expected


def test_a_check_that_raises(subject: Candidate) -> None:
    assert crash(subject, lambda _: 1 / 0) == "raised ZeroDivisionError: division by zero"


@pytest.mark.parametrize("leave", [lambda _: sys.exit(0), lambda _: sys.exit("bye"), lambda _: signal.raise_signal(2)])
def test_a_check_that_leaves_has_not_answered(subject: Candidate, leave: Callable[[Candidate], object]) -> None:
    error = crash(subject, leave)
    assert error.startswith("raised SystemExit") or "SIGINT" in error


@pytest.mark.parametrize("status", [0, 3])
def test_a_check_that_ends_its_process(subject: Candidate, status: int) -> None:
    assert crash(subject, lambda _: os._exit(status)) == f"ended with exit status {status} before it answered"


def test_a_check_that_is_killed(subject: Candidate) -> None:
    error = crash(subject, lambda _: os.kill(os.getpid(), signal.SIGKILL))
    assert error == "was killed by SIGKILL (out of memory?) before it answered"


def test_a_check_that_hangs_is_stopped(subject: Candidate) -> None:
    assert crash(subject, lambda _: time.sleep(600), timeout=0.2) == "did not answer within 0.2 s and was stopped"


def test_a_check_that_hangs_and_ignores_signals_is_stopped(subject: Candidate) -> None:
    def stubborn(_: Candidate) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            pass

    assert "was stopped" in crash(subject, stubborn, timeout=0.2)


def test_a_check_that_closes_its_pipe_and_hangs_is_stopped(subject: Candidate) -> None:
    def mute(_: Candidate) -> None:
        os.closerange(3, 64)
        time.sleep(600)

    assert "was stopped" in crash(subject, mute, timeout=0.3)


def test_a_check_that_exhausts_memory(subject: Candidate) -> None:
    assert crash(subject, lambda _: bytearray(1 << 34), memory=512) == "raised MemoryError"


def test_a_check_that_exhausts_memory_bit_by_bit(subject: Candidate) -> None:
    def fill(_: Candidate) -> list[list[int]]:
        kept: list[list[int]] = []
        while True:
            kept.append([0] * 1000)

    assert crash(subject, fill, memory=256) == "raised MemoryError"


@pytest.mark.parametrize("nonsense", [None, True, 0, "examined", [], Verdict.PASS])
def test_a_check_that_answers_nonsense(subject: Candidate, nonsense: object) -> None:
    assert crash(subject, lambda _: nonsense) == f"returned {type(nonsense).__name__}, expected Examined or Unable"


@pytest.mark.parametrize(
    "outcome",
    [
        Examined(evidence=("a string",)),  # type: ignore[arg-type]
        Examined(evidence=(Evidence(what="x", measured={"share": float("nan")}),)),
        Examined(evidence=None),  # type: ignore[arg-type]
        Examined(evidence=(EVIDENCE,), findings=(1,)),  # type: ignore[arg-type]
        Unable(obstacles=()),
    ],
)
def test_an_outcome_with_nonsense_in_it(subject: Candidate, outcome: object) -> None:
    error = crash(subject, lambda _: outcome)
    assert error.startswith(("returned an outcome that is none", "said that it was unable, and not why"))


def test_a_finding_under_a_code_that_the_check_does_not_declare(subject: Candidate) -> None:
    foreign = Examined(evidence=(EVIDENCE,), findings=(finding(code="other/rule"),))
    assert crash(subject, lambda _: foreign) == "reported under codes that it does not declare: other/rule"


def test_an_answer_larger_than_any_report(subject: Candidate) -> None:
    flood = Examined(evidence=(Evidence(what="x" * (70 << 20), sha256="0"),))
    assert "more than any report may hold" in crash(subject, lambda _: flood)


def test_what_a_crashing_check_printed_is_kept(subject: Candidate) -> None:
    def talk(_: Candidate) -> None:
        os.write(1, b"last words")
        os._exit(1)

    outcome = run(subject, link(talk))["toy"].outcome
    assert isinstance(outcome, Crashed)
    assert outcome.detail == "last words"


def test_what_a_check_starts_does_not_outlive_it(subject: Candidate, tmp_path: Path) -> None:
    def leave_a_child(_: Candidate) -> Examined:
        child = subprocess.Popen(["sleep", "600"])
        (tmp_path / "pid").write_text(str(child.pid))
        return GREEN

    assert run(subject, link(leave_a_child))["toy"].outcome == GREEN
    assert not _alive(int((tmp_path / "pid").read_text()))


def test_an_exception_in_the_consumer_kills_what_still_runs(subject: Candidate, tmp_path: Path) -> None:
    def hang(_: Candidate) -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(600)

    stream = engine.run([link(hang, "slow"), link(lambda _: GREEN, "quick")], subject, jobs=2)
    assert next(stream).id == "quick"
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    stream.close()
    assert not _alive(int((tmp_path / "pid").read_text()))


def test_checks_run_side_by_side_and_each_answers_once(subject: Candidate, tmp_path: Path) -> None:
    def meet(mine: str, other: str) -> Callable[[Candidate], object]:
        def act(_: Candidate) -> Examined:
            (tmp_path / mine).touch()
            while not (tmp_path / other).exists():
                time.sleep(0.01)
            return GREEN

        return act

    results = list(engine.run([link(meet("a", "b"), "a"), link(meet("b", "a"), "b")], subject, jobs=2))
    assert sorted(result.id for result in results) == ["a", "b"]
    assert all(result.outcome == GREEN for result in results)


def test_one_job_still_runs_every_check(subject: Candidate) -> None:
    assert len(run(subject, *(link(lambda _: GREEN, str(number)) for number in range(5)), jobs=1)) == 5


def test_a_check_that_executes_needs_an_interpreter(subject: Candidate) -> None:
    outcome = run(subject, link(lambda _: GREEN, needs=Needs.EXECUTION))["toy"].outcome
    assert isinstance(outcome, Unable)
    assert "--python" in outcome.obstacles[0].fix


def test_a_plugin_can_not_change_what_the_built_ins_read(subject: Candidate) -> None:
    def poison(candidate: Candidate) -> Examined:
        candidate.store.put("key", b"poisoned")
        return GREEN

    def trust(candidate: Candidate) -> Examined:
        read = candidate.store.get("key", lambda: b"read by myself").decode()
        return Examined(evidence=(Evidence(what=read, sha256="0"),))

    run(subject, link(poison, "plugin", provider=PLUGIN))
    outcome = run(subject, link(trust))["toy"].outcome
    assert isinstance(outcome, Examined)
    assert outcome.evidence[0].what == "read by myself"


OUTCOMES = st.one_of(
    st.builds(
        Examined,
        evidence=st.sampled_from([(), (EVIDENCE,)]),
        findings=st.lists(st.sampled_from(Severity).map(finding), max_size=3).map(tuple),
    ),
    st.builds(
        Unable,
        obstacles=st.just((Obstacle(what="x", fix="y"),)),
        findings=st.lists(st.sampled_from(Severity).map(finding), max_size=2).map(tuple),
    ),
    st.builds(Crashed, error=st.just("raised")),
)
RESULTS = st.lists(
    OUTCOMES.map(lambda outcome: Result(id="toy", title="toy", provider=BUILTIN, outcome=outcome, seconds=0.0)),
    max_size=6,
)


@given(RESULTS)
def test_pass_means_that_every_check_examined_something_and_nothing_blocks(results: list[Result]) -> None:
    def clean(result: Result) -> bool:
        outcome = result.outcome
        return (
            isinstance(outcome, Examined)
            and bool(outcome.evidence)
            and not any(each.severity.blocks for each in outcome.findings)
        )

    assert (engine.verdict(results) is Verdict.PASS) == (bool(results) and all(map(clean, results)))


@given(RESULTS)
def test_a_blocking_finding_anywhere_is_a_fail(results: list[Result]) -> None:
    blocked = any(each.severity.blocks for result in results for each in engine.findings_of(result.outcome))
    assert (engine.verdict(results) is Verdict.FAIL) == blocked


@given(RESULTS, st.randoms())
def test_the_order_of_the_results_does_not_matter(results: list[Result], random: object) -> None:
    shuffled = list(results)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert engine.verdict(shuffled) is engine.verdict(results)


@given(RESULTS, OUTCOMES)
def test_one_more_check_never_turns_the_gate_green(results: list[Result], more: Outcome) -> None:
    extended = [*results, Result(id="more", title="more", provider=BUILTIN, outcome=more, seconds=0.0)]
    if results and engine.verdict(results) is not Verdict.PASS:
        assert engine.verdict(extended) is not Verdict.PASS


def test_no_check_at_all_is_undecided() -> None:
    assert engine.verdict([]) is Verdict.UNDECIDED


def test_exit_codes() -> None:
    assert {verdict.name: verdict.value for verdict in Verdict} == {"PASS": 0, "FAIL": 1, "UNDECIDED": 3}


def _alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is not yet reaped counts as ended."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True
