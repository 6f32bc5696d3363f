"""An old answer is given only while nothing has changed that it depends on; whatever is doubtful is looked at again."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gatekeeper import engine
from gatekeeper.cache import entries
from gatekeeper.cache.memory import remembered
from gatekeeper.cache.place import Place
from gatekeeper.cache.surroundings import HANDED_ON, HANDED_ON_GROUPS
from gatekeeper.candidate import Candidate
from gatekeeper.errors import UsageError
from gatekeeper.facts import FactStore
from gatekeeper.model import (
    About,
    Evidence,
    Examined,
    Finding,
    Location,
    Needs,
    Obstacle,
    Provider,
    Result,
    Severity,
    Unable,
)
from gatekeeper.policy import Code, Declaration, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.registry import BUILTIN, Link
from gatekeeper.replay import worker
from tests.conftest import Gate, MakeCandidate

EVIDENCE = Evidence(what="a file", sha256="0" * 64)
GREEN = Examined(evidence=(EVIDENCE,))
POLICY = Policy(schema="gatekeeper/candidate@1", name="toy")
Act = Callable[[Candidate], object]


@dataclass(frozen=True)
class Toy:
    """A check that does what it is told; `option` is what a policy may set."""

    act: Act
    option: int = 0
    about = About(id="toy", title="toy", rules=())

    def run(self, candidate: Candidate) -> Examined | Unable:
        return self.act(candidate)  # type: ignore[return-value]  # nonsense is part of the tests

    def __repr__(self) -> str:
        return f"Toy({self.option})"


def link(act: Act, id_: str = "toy", *, option: int = 0, **changes: object) -> Link:
    fields = {
        "id": id_,
        "title": id_,
        "codes": frozenset({"toy/rule"}),
        "needs": Needs.NOTHING,
        "reads": (),
        "provider": BUILTIN,
        "make": lambda: Toy(act, option),
    }
    return Link(**{**fields, **changes})  # type: ignore[arg-type]


def opens(*names: str) -> Act:
    """Return what opens files of the candidate itself, as a reader of sources does."""

    def act(candidate: Candidate) -> Examined:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (candidate.root / name).read_bytes()
        return GREEN

    return act


def hashes(name: str) -> Act:
    """Return what asks for a digest, which another check may have worked out."""

    def act(candidate: Candidate) -> Examined:
        return Examined(evidence=(Evidence(what=name, sha256=candidate.digest(name, key="artifacts").sha256),))

    return act


def lists(folder: str) -> Act:
    def act(candidate: Candidate) -> Examined:
        assert sorted((candidate.root / folder).iterdir()) is not None
        return GREEN

    return act


def idle(candidate: Candidate) -> Examined:
    del candidate
    return GREEN


@dataclass(slots=True)
class Bench:
    """A candidate and a folder of answers, asked again and again."""

    root: Path
    folder: Path
    scratch: Path
    told: list[str]
    count: int = 0

    def candidate(self, **changes: object) -> Candidate:
        self.count += 1
        store = self.scratch / f"store-{self.count}"
        store.mkdir()
        made = Candidate(
            root=self.root,
            declaration=Declaration(policy=POLICY),
            profile=PROFILES["ci"],
            store=FactStore(store),
            executor=Path(sys.executable),
            today=date(2026, 11, 30),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def ask(
        self, *links: Link, read_only: bool = False, written: tuple[Path, ...] = (), jobs: int = 2, **changes: object
    ) -> dict[str, Result]:
        """Run a chain as `gatekeeper run` does."""
        place = Place(folder=self.folder, tell=self.told.append, read_only=read_only, written=written)
        entries.opened(self.folder, read_only=read_only)
        subject = self.candidate(**changes)
        memory = remembered(place, subject, ["gatekeeper"])
        results = {result.id: result for result in engine.run(links, subject, jobs=jobs, memory=memory)}
        if memory is not None:
            memory.save()
        return results

    def recalled(self, *links: Link, **changes: object) -> set[str]:
        """Return the checks whose answer was an old one."""
        return {id_ for id_, result in self.ask(*links, **changes).items() if result.cached}  # type: ignore[arg-type]

    def entry(self) -> Path:
        (path,) = self.folder.glob("*.answer")
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    root = tmp_path / "candidate"
    (root / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (root / name).write_text(f"this is {name}\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Bench(root, tmp_path / "answers", scratch, [])


def flip(path: Path, offset: int = 0) -> None:
    """Change one byte and nothing else: not the size, and not the time that can be set."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --- what holds


def test_an_unchanged_candidate_gets_the_same_answer_and_no_check_runs(bench: Bench) -> None:
    note = Finding(code="toy/rule", message="m", fix="f", at=Location(path="x"), severity=Severity.NOTE)
    said = Examined(evidence=(Evidence(what="é", measured={"n": 1, "x": 0.5, "b": True}),), findings=(note,))
    first = bench.ask(link(lambda _: said))["toy"]
    started: list[Link] = []
    place = Place(folder=bench.folder, tell=bench.told.append)
    subject = bench.candidate()
    memory = remembered(place, subject, ["gatekeeper"])
    (second,) = engine.run([link(lambda _: said)], subject, jobs=1, memory=memory, started=started.append)
    assert first.cached == ""
    assert (second.outcome, second.seconds, started) == (first.outcome, 0.0, [])
    assert second.cached.endswith("+00:00")
    assert bench.told == []


def test_what_was_looked_at_is_not_hashed_again_by_who_asks_for_its_digest(bench: Bench) -> None:
    bench.ask(link(hashes("a")))
    subject = bench.candidate()
    memory = remembered(Place(folder=bench.folder, tell=bench.told.append), subject, ["gatekeeper"])
    list(engine.run([link(hashes("a"))], subject, jobs=1, memory=memory))
    (bench.root / "a").write_text("something else, after it was looked at\n")
    assert subject.digest("a", key="x").size == len("this is a\n"), "the report names the bytes that were judged"


# --- what was read


@pytest.mark.parametrize("act", [opens("a"), hashes("a")], ids=["opened", "taken from the store"])
@pytest.mark.parametrize("offset", [0, 4, -1])
def test_a_changed_byte_of_a_file_that_was_read_is_seen_and_others_still_hold(
    bench: Bench, act: Act, offset: int
) -> None:
    links = (link(act, "reads-a"), link(opens("b"), "reads-b"))
    bench.ask(*links)
    flip(bench.root / "a", offset)
    assert bench.recalled(*links) == {"reads-b"}


def test_a_file_that_another_check_has_read_first_counts_for_both(bench: Bench) -> None:
    links = (link(hashes("a"), "first"), link(hashes("a"), "second"))
    bench.ask(*links, jobs=1)
    flip(bench.root / "a")
    assert bench.recalled(*links) == set()


def test_a_file_that_changes_and_changes_back_gets_its_answer_again(bench: Bench) -> None:
    bench.ask(link(opens("a")))
    flip(bench.root / "a")
    flip(bench.root / "a")
    assert bench.recalled(link(opens("a"))) == {"toy"}


def test_an_answer_during_which_its_file_changed_is_not_kept(bench: Bench) -> None:
    def late(candidate: Candidate) -> Examined:
        said = hashes("a")(candidate)
        (candidate.root / "a").write_text("after it was read\n")
        assert isinstance(said, Examined)
        return said

    bench.ask(link(late), link(opens("b"), "other"))
    assert list(bench.folder.iterdir()) == []


def test_an_answer_during_which_a_file_outside_changed_is_not_kept(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "lock"
    outside.write_text("numpy==2\n")

    def late(candidate: Candidate) -> Examined:
        del candidate
        outside.read_bytes()
        flip(outside)
        return GREEN

    bench.ask(link(late), link(idle, "other"))
    assert bench.recalled(link(late), link(idle, "other")) == {"other"}


def test_files_and_folders_outside_are_looked_at_again(bench: Bench, tmp_path: Path) -> None:
    outside, folder, absent = tmp_path / "lock", tmp_path / "folder", tmp_path / "absent"
    outside.write_text("numpy==2\n")
    folder.mkdir()
    links = (
        link(opens(str(outside)), "reads"),
        link(lists(str(folder)), "lists"),
        link(opens(str(absent)), "misses"),
    )
    bench.ask(*links)
    assert bench.recalled(*links) == {"reads", "lists", "misses"}
    flip(outside)
    assert bench.recalled(*links) == {"lists", "misses"}
    (folder / "new").write_text("")
    absent.write_text("here now")
    assert bench.recalled(*links) == {"reads"}, "its second answer was kept"


def test_a_link_to_a_file_outside_is_looked_through(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1")
    (bench.root / "link").symlink_to(outside)
    bench.ask(link(opens("link")))
    assert bench.recalled(link(opens("link"))) == {"toy"}
    flip(outside)
    assert bench.recalled(link(opens("link"))) == set()


def start_process(_: Candidate) -> Examined:
    subprocess.run(["true"], check=True)
    return GREEN


def start_shell(_: Candidate) -> Examined:
    os.system("true")
    return GREEN


def ask_kernel(_: Candidate) -> Examined:
    Path("/proc/self/status").read_bytes()
    return GREEN


def open_no_text(_: Candidate) -> Examined:
    with contextlib.suppress(OSError):
        os.close(os.open(b"/nowhere/\xff", os.O_RDONLY))
    return GREEN


@pytest.mark.parametrize("act", [start_process, start_shell, ask_kernel, open_no_text], ids=lambda each: each.__name__)
def test_what_can_not_be_traced_is_not_kept(bench: Bench, act: Act) -> None:
    results = bench.ask(link(act), link(idle, "good"))
    assert results["toy"].outcome == GREEN
    assert bench.recalled(link(act), link(idle, "good")) == {"good"}


def test_a_check_may_work_in_a_temporary_folder(bench: Bench) -> None:
    def act(candidate: Candidate) -> Examined:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "copy").write_bytes((candidate.root / "a").read_bytes())
            assert [each.read_bytes() for each in Path(folder).iterdir()]
        return GREEN

    bench.ask(link(act))
    assert bench.recalled(link(act)) == {"toy"}
    flip(bench.root / "a")
    assert bench.recalled(link(act)) == set()


def test_where_a_library_that_opens_files_by_itself_is_loaded_nothing_is_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(candidate: Candidate) -> Examined:
        del candidate
        import sqlite3

        return Examined(evidence=(Evidence(what="sqlite", measured={"version": sqlite3.sqlite_version}),))

    monkeypatch.delitem(sys.modules, "sqlite3", raising=False)
    bench.ask(link(act))
    assert bench.recalled(link(act)) == set()


# --- what is where: it can't be seen whether a file was merely looked for


def add(root: Path) -> None:
    (root / "new").write_text("new")


def remove(root: Path) -> None:
    (root / "sub" / "c").unlink()


def rename(root: Path) -> None:
    (root / "b").rename(root / "d")


def empty(root: Path) -> None:
    (root / "b").write_text("")


def make_folder(root: Path) -> None:
    (root / "folder").mkdir()


def turn_into_folder(root: Path) -> None:
    (root / "b").unlink()
    (root / "b").mkdir()


def lock(root: Path) -> None:
    (root / "b").chmod(0o400)


def aim_elsewhere(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("b")


def turn_into_link(root: Path) -> None:
    (root / "b").unlink()
    (root / "b").symlink_to("a")


@pytest.mark.parametrize(
    "change",
    [add, remove, rename, empty, make_folder, turn_into_folder, lock, aim_elsewhere, turn_into_link],
    ids=lambda change: change.__name__,
)
def test_where_something_comes_goes_or_becomes_something_else_every_check_runs(
    bench: Bench, change: Callable[[Path], None]
) -> None:
    (bench.root / "link").symlink_to("a")
    bench.ask(link(idle))
    assert bench.recalled(link(idle)) == {"toy"}
    change(bench.root)
    assert bench.recalled(link(idle)) == set()


def test_a_link_to_a_folder_outside_makes_everything_doubtful(bench: Bench, tmp_path: Path) -> None:
    (bench.root / "link").symlink_to(tmp_path)
    bench.ask(link(idle))
    assert bench.recalled(link(idle)) == set()


# --- checks that execute the candidate: what their process reads is not seen


def execution(act: Act = idle, id_: str = "executes") -> Link:
    return link(act, id_, needs=Needs.EXECUTION)


def test_a_check_that_executes_runs_again_when_any_byte_of_the_candidate_changes(bench: Bench) -> None:
    links = (execution(), link(opens("a"), "reads"))
    bench.ask(*links)
    assert bench.recalled(*links) == {"executes", "reads"}
    flip(bench.root / "sub" / "c")
    assert bench.recalled(*links) == {"reads"}


def test_a_check_that_executes_may_start_a_process(bench: Bench) -> None:
    def act(candidate: Candidate) -> Examined:
        del candidate
        subprocess.run([sys.executable, "-I", "-c", ""], check=True)
        return GREEN

    bench.ask(execution(act))
    assert bench.recalled(execution(act)) == {"executes"}


def test_a_report_that_this_run_writes_into_the_candidate_is_no_change_of_it(bench: Bench) -> None:
    report, other = bench.root / "report.json", bench.root / "other.json"
    links = (execution(), link(opens("report.json", "other.json"), "surveys"))
    for path in (report, other):
        path.write_text("begun at one")
    bench.ask(*links, written=(report,))
    report.write_text("begun at two")
    assert bench.recalled(*links, written=(report,)) == {"executes", "surveys"}
    other.write_text("begun at two")
    assert bench.recalled(*links, written=(report,)) == set()


@pytest.mark.parametrize("predictor", ["exec: ./server", "http://127.0.0.1:8080/predict"])
def test_a_predictor_outside_the_candidate_is_asked_every_time(bench: Bench, predictor: str) -> None:
    policy = Policy(schema="gatekeeper/candidate@1", name="toy", code=Code(predictor=predictor))
    links, declaration = (execution(), link(idle)), Declaration(policy=policy)
    bench.ask(*links, declaration=declaration)
    assert bench.recalled(*links, declaration=declaration) == {"toy"}


def test_a_candidate_with_a_pipe_in_it_is_executed_every_time(bench: Bench) -> None:
    os.mkfifo(bench.root / "pipe")
    links = (execution(), link(idle))
    bench.ask(*links)
    assert bench.recalled(*links) == {"toy"}


def test_every_variable_that_reaches_the_candidate_is_part_of_the_question() -> None:
    assert set(worker._HANDED_ON) - {"PYTHONHASHSEED"} <= set(HANDED_ON)
    assert set(worker._HANDED_ON_GROUPS) | {"PYTHON"} <= set(HANDED_ON_GROUPS)


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "TZ", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED"])
def test_another_variable_is_another_question(bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    bench.ask(link(idle))
    monkeypatch.setenv(name, "7")
    assert bench.recalled(link(idle)) == set()


# --- what is asked


def policy(**changes: object) -> dict[str, object]:
    fields = {"schema": "gatekeeper/candidate@1", "name": "toy", **changes}
    return {"declaration": Declaration(policy=Policy(**fields))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        policy(version="2"),
        policy(checks={"toy": {"option": 1}}),
        {"declaration": Declaration(policy=POLICY, data=b"# a comment\n")},
        {"profile": PROFILES["dev"]},
        {"today": date(2026, 12, 1)},
        {"python": Path("/usr/bin/python3")},
        {"unexamined": ("code.paths",)},
    ],
    ids=["policy", "its options", "its bytes", "profile", "day", "--python", "unexamined"],
)
def test_another_question_gets_an_answer_of_its_own(bench: Bench, changes: dict[str, object]) -> None:
    bench.ask(link(idle))
    assert bench.recalled(link(idle), **changes) == set()
    assert bench.recalled(link(idle)) == {"toy"}


@pytest.mark.parametrize("changes", [{"option": 1}, {"timeout": 5.0}, {"memory": 999}, {"codes": frozenset({"x"})}])
def test_a_check_with_other_options_is_another_check(bench: Bench, changes: dict[str, object]) -> None:
    bench.ask(link(idle))
    assert bench.recalled(link(idle, **changes)) == set()  # type: ignore[arg-type]


def test_the_same_bytes_in_another_folder_are_another_candidate(bench: Bench) -> None:
    bench.ask(link(idle))
    moved = bench.root.with_name("moved")
    bench.root.rename(moved)
    bench.root = moved
    assert bench.recalled(link(idle)) == set()


# --- what is never kept


def finding(severity: Severity) -> Finding:
    return Finding(code="toy/rule", message="got 1", fix="write 2", at=Location(path="x"), severity=severity)


@pytest.mark.parametrize(
    "act",
    [
        lambda _: Examined(evidence=(EVIDENCE,), findings=(finding(Severity.ERROR),)),
        lambda _: Examined(evidence=(EVIDENCE,), findings=(finding(Severity.CRITICAL),)),
        lambda _: Examined(evidence=()),
        lambda _: Unable(obstacles=(Obstacle(what="w", fix="f"),), evidence=(EVIDENCE,)),
        lambda _: 1 / 0,
        lambda _: None,
    ],
    ids=["an error", "a critical one", "no evidence", "unable", "raised", "nonsense"],
)
def test_only_what_passed_is_kept(bench: Bench, act: Act) -> None:
    bench.ask(link(act))
    assert list(bench.folder.iterdir()) == []
    assert bench.recalled(link(act)) == set()


def test_a_plugin_is_never_believed_twice(bench: Bench) -> None:
    theirs = link(idle, provider=Provider(distribution="somebody", version="1", builtin=False))
    bench.ask(theirs)
    assert bench.recalled(theirs) == set()


def test_a_release_is_always_looked_at(bench: Bench) -> None:
    bench.ask(link(idle), profile=PROFILES["release"])
    assert bench.recalled(link(idle), profile=PROFILES["release"]) == set()
    assert list(bench.folder.iterdir()) == []


def test_a_pull_request_takes_answers_and_leaves_none(bench: Bench) -> None:
    bench.ask(link(idle))
    assert bench.recalled(link(idle), link(opens("a"), "new"), read_only=True) == {"toy"}
    assert bench.recalled(link(opens("a"), "new"), read_only=True) == set()
    assert len(list(bench.folder.iterdir())) == 1


# --- a folder of answers, and what may have happened to it


@pytest.fixture
def kept(bench: Bench) -> Bench:
    bench.ask(link(hashes("a")))
    return bench


def damage(bench: Bench) -> str:
    """Return what is said about the only stored answer, and assert that it is not given."""
    assert bench.recalled(link(hashes("a"))) == set()
    (line,) = bench.told
    assert line.startswith("the stored answer of toy is damaged (")
    assert line.endswith("); the check runs")
    return line


def test_a_flipped_byte_anywhere_is_noticed(kept: Bench) -> None:
    path = kept.entry()
    key, good = path.stem, path.read_bytes()
    assert entries.read(kept.folder, key) is not None
    for offset in range(len(good)):
        for bit in (0x01, 0x80):
            path.write_bytes(good[:offset] + bytes([good[offset] ^ bit]) + good[offset + 1 :])
            with pytest.raises(entries.Damaged):
                entries.read(kept.folder, key)


def test_a_cut_or_longer_entry_is_noticed(kept: Bench) -> None:
    path = kept.entry()
    key, good = path.stem, path.read_bytes()
    for data in (*(good[:length] for length in range(len(good))), good + b"\n", good + good):
        path.write_bytes(data)
        with pytest.raises(entries.Damaged):
            entries.read(kept.folder, key)


def test_a_damaged_entry_is_told_in_one_line_and_mended(kept: Bench) -> None:
    flip(kept.entry(), -1)
    assert "its bytes are not those that were written" in damage(kept)
    assert kept.recalled(link(hashes("a"))) == {"toy"}
    assert len(kept.told) == 1


def test_an_empty_or_huge_entry_is_noticed(kept: Bench) -> None:
    path = kept.entry()
    path.write_bytes(b"")
    assert "it has 0 bytes" in damage(kept)
    kept.told.clear()
    os.truncate(kept.entry(), 1 << 30)  # sparse: it takes no room
    assert f"it has {1 << 30} bytes" in damage(kept)


def test_an_entry_that_others_can_write_is_not_believed(kept: Bench) -> None:
    kept.entry().chmod(0o666)
    assert "it is no file of the user's own" in damage(kept)


def test_a_link_in_the_place_of_an_entry_is_not_followed(kept: Bench) -> None:
    path = kept.entry()
    path.rename(kept.scratch / "elsewhere")
    path.symlink_to(kept.scratch / "elsewhere")
    damage(kept)


def test_a_folder_in_the_place_of_an_entry_costs_a_line_and_nothing_else(kept: Bench) -> None:
    path = kept.entry()
    path.unlink()
    path.mkdir()
    assert kept.recalled(link(hashes("a"))) == set()
    assert len(kept.told) == 2, "it is no answer, and can't be replaced by one"


def test_the_answer_of_another_check_is_not_taken_for_this_one(bench: Bench) -> None:
    bench.ask(link(idle, "one"))
    one = bench.entry()
    bench.ask(link(lambda _: Examined(evidence=()), "two"))
    bench.ask(link(idle, "two"))
    (two,) = set(bench.folder.glob("*.answer")) - {one}
    two.write_bytes(one.read_bytes())
    assert bench.recalled(link(idle, "two")) == set()
    assert bench.told == ["the stored answer of two is damaged (it answers another question); the check runs"]


def test_a_folder_that_can_not_be_written_is_told_once(bench: Bench) -> None:
    def take_away(candidate: Candidate) -> Examined:
        del candidate
        bench.folder.rmdir()
        return GREEN

    results = bench.ask(link(take_away), link(idle, "other"))
    assert [each.outcome for each in results.values()] == [GREEN, GREEN]
    assert bench.told == [f"{bench.folder} can't be written: No such file or directory; nothing of this run is kept"]


def test_a_new_folder_is_the_users_own(bench: Bench) -> None:
    bench.ask(link(idle))
    assert bench.folder.stat().st_mode & 0o777 == 0o700
    assert bench.entry().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_refused(bench: Bench, mode: int) -> None:
    bench.folder.mkdir()
    bench.folder.chmod(mode)
    with pytest.raises(UsageError, match="can be written by others"):
        entries.opened(bench.folder, read_only=False)


def test_a_link_or_a_file_in_the_place_of_the_folder_is_refused(bench: Bench) -> None:
    bench.folder.symlink_to(bench.scratch)
    with pytest.raises(UsageError, match="is no folder"):
        entries.opened(bench.folder, read_only=False)
    bench.folder.unlink()
    bench.folder.write_text("")
    with pytest.raises(UsageError, match="can't be used for answers"):
        entries.opened(bench.folder, read_only=False)


def test_who_only_reads_makes_no_folder(bench: Bench) -> None:
    assert entries.opened(bench.folder, read_only=True) is None
    assert not bench.folder.exists()


def test_old_answers_go_and_files_of_others_stay(bench: Bench) -> None:
    bench.ask(link(idle))
    old = bench.folder / f"{'0' * 64}.answer"
    part = bench.folder / ".answer-left_over"
    foreign = [bench.folder / name for name in ("notes.txt", "0.answer", ".answers")]
    days_ago = timedelta(days=3).total_seconds()
    for path in (old, part, *foreign):
        path.write_text("")
        os.utime(path, (path.stat().st_mtime - days_ago,) * 2)
    bench.ask(link(idle, "another"))
    assert not old.exists()
    assert not part.exists()
    assert all(path.exists() for path in foreign)
    assert len(list(bench.folder.glob("*.answer"))) == 3, "one of them is another's"


# --- the command


@pytest.fixture
def local(gate: Gate) -> Gate:
    """Return what runs the gate as at a desk: no CI."""
    return lambda *args, **more: gate(*args, **{**more, "env": {"CI": "", **more.get("env", {})}})


@pytest.fixture
def own(environment: dict[str, str]) -> Path:
    return Path(environment["HOME"]) / ".cache" / "gatekeeper"


def report(run: Gate, root: Path, *args: str | Path, **more: object) -> dict[str, object]:
    done = run("run", root, "--profile", "dev", "--report", "json", *args, **more)
    parsed: dict[str, object] = json.loads(done.stdout)
    return parsed


def recalled(parsed: dict[str, object]) -> set[str]:
    assert isinstance(parsed["run"], dict)
    return set(parsed["run"]["cached"])


def test_the_second_report_is_the_first_but_for_the_run(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes], own: Path
) -> None:
    root = candidate(parts)
    first, second = report(local, root), report(local, root)
    checks = first["checks"]
    assert isinstance(checks, list)
    assert (recalled(first), recalled(second)) == (set(), {each["id"] for each in checks})
    assert {**first, "run": None} == {**second, "run": None}
    assert len(list(own.iterdir())) == len(checks)
    shown = local("run", root, "--profile", "dev")
    assert shown.returncode == 0
    assert shown.stdout.count("cached") >= len(checks), shown.stdout
    assert recalled(report(local, root, "--no-cache")) == set()


def test_a_check_runs_again_where_its_file_changed_and_fails_where_it_should(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes]
) -> None:
    root = candidate(parts)
    report(local, root)
    (root / "serve.py").write_text(str(parts["serve.py"]).replace('extra="forbid", ', ""))
    done = report(local, root)
    assert done["verdict"] == "fail"
    assert "input-validation" not in recalled(done)
    assert "environment-parity" in recalled(done), "it does not read the serving code"
    assert "input-validation" not in recalled(report(local, root)), "what failed is looked at again"


def test_a_ci_remembers_only_where_it_is_told_to(
    gate: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes], own: Path, tmp_path: Path
) -> None:
    root, folder = candidate(parts), tmp_path / "answers"
    report(gate, root)
    assert not own.exists()
    request = {"GITHUB_EVENT_NAME": "pull_request"}
    assert recalled(report(gate, root, "--cache", folder, env=request)) == set()
    assert not folder.exists(), "a pull request leaves no answers"
    report(gate, root, "--cache", folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(recalled(report(gate, root, "--cache", folder, env=request))) == len(before) > 0
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "variable",
    ["CI_MERGE_REQUEST_IID", "CHANGE_ID", "BUILDKITE_PULL_REQUEST", "SYSTEM_PULLREQUEST_PULLREQUESTID"],
)
def test_what_is_proposed_answers_for_nobody_else(
    gate: Gate, candidate: MakeCandidate, tmp_path: Path, variable: str
) -> None:
    root = candidate({"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: x\n"})
    report(gate, root, "--cache", tmp_path / "answers", env={variable: "12"})
    assert not (tmp_path / "answers").exists()


def test_a_candidate_can_not_bring_its_own_answers(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes]
) -> None:
    root = candidate(parts)
    (root / "answers").mkdir()
    for folder in (root / "answers", root, root / "sub" / ".." / "answers"):
        done = local("run", root, "--cache", folder)
        assert done.returncode == 2
        assert "a candidate could bring its own answers" in done.stderr
    (root.parent / "link").symlink_to(root / "answers")
    assert local("run", root, "--cache", root.parent / "link").returncode == 2


def test_a_home_in_the_candidate_is_told_and_nothing_is_kept(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes]
) -> None:
    root = candidate(parts)
    done = local("run", root, "--profile", "dev", env={"XDG_CACHE_HOME": str(root)})
    assert done.returncode == 0
    (line,) = (each for each in done.stderr.splitlines() if "cache" in each)
    assert line.startswith(f"gatekeeper: cache: {root}/gatekeeper lies in the candidate's folder")
    assert not (root / "gatekeeper").exists()


def test_cache_and_no_cache_at_once_is_a_wrong_command_line(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("run", candidate({"a": "a"}), "--cache", "x", "--no-cache")
    assert (done.returncode, "--cache and --no-cache at once" in done.stderr) == (2, True)


def test_two_runs_at_once_do_each_other_no_harm(
    environment: dict[str, str], candidate: MakeCandidate, parts: dict[str, str | bytes], own: Path
) -> None:
    root = candidate(parts)
    command = (sys.executable, "-I", "-m", "gatekeeper", "run", str(root), "--profile", "dev")
    env = {**environment, "CI": ""}
    for _ in range(2):
        both = [subprocess.Popen(command, env=env, stdout=-1, stderr=-1, text=True) for _ in range(2)]
        for each in both:
            out, err = each.communicate(timeout=120)
            assert (each.returncode, err) == (0, ""), out
    assert all(entries.read(own, path.stem) is not None for path in own.glob("*.answer"))
    assert not list(own.glob(".answer-*"))


# --- the gate and what is installed beside it


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter with a copy of the gate, and the rest of this environment beside it."""
    import shutil

    import gatekeeper
    import gatekeeper_checks

    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (theirs,) = folder.glob("lib/python3*/site-packages")
    (theirs / "others.pth").write_text("".join(f"{each}\n" for each in sys.path if each.endswith("site-packages")))
    for package in (gatekeeper, gatekeeper_checks):
        home = Path(package.__path__[0])
        shutil.copytree(home, theirs / home.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "bin" / "python"


@pytest.mark.parametrize("change", ["a check", "the gate", "a distribution", "a module in place", "a .pth file"])
def test_another_gate_or_another_environment_is_asked_again(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes], installed: Path, change: str
) -> None:
    root, command = candidate(parts), (installed, "-I", "-m", "gatekeeper")
    (packages,) = installed.parent.parent.glob("lib/python3*/site-packages")
    (packages / "helper.py").write_text("a = 1\n")
    report(local, root, command=command)
    assert recalled(report(local, root, command=command)) != set()
    match change:
        case "a check":
            with (packages / "gatekeeper_checks" / "no_grad" / "judge.py").open("a") as file:
                file.write("# another version\n")
        case "the gate":
            with (packages / "gatekeeper" / "engine.py").open("a") as file:
                file.write("# another version\n")
        case "a distribution":
            (packages / "numpy-9.dist-info").mkdir()
            (packages / "numpy-9.dist-info" / "RECORD").write_text("")
        case "a module in place":
            flip(packages / "helper.py", -2)
        case "a .pth file":
            (packages / "more.pth").write_text("# nothing\n")
        case _:
            pytest.fail(change)
    assert recalled(report(local, root, command=command)) == set()


# --- mutations: what was green goes red


def dearer(root: Path, parts: dict[str, str | bytes]) -> None:
    (root / "serve.py").write_text(str(parts["serve.py"]).replace("[[units]])[0])", "[[units]])[0]) + 1"))


def other_golden(root: Path, parts: dict[str, str | bytes]) -> None:
    del parts
    approved = (root / "golden.jsonl").read_bytes()
    assert b"25.0" in approved
    (root / "golden.jsonl").write_bytes(approved.replace(b"25.0", b"26.0"))


def other_model(root: Path, parts: dict[str, str | bytes]) -> None:
    from gatekeeper_checks import _samples

    del parts
    (root / "model.pkl").write_bytes(_samples.linear(["units"], [3.0], 1.0))


@pytest.mark.slow
@pytest.mark.parametrize("mutate", [dearer, other_golden, other_model], ids=lambda each: each.__name__)
def test_a_candidate_that_was_green_goes_red_when_it_is_changed(
    local: Gate,
    candidate: MakeCandidate,
    parts: dict[str, str | bytes],
    mutate: Callable[[Path, dict[str, str | bytes]], None],
) -> None:
    root = candidate(parts)
    assert local("run", root).returncode == 0
    second = local("run", root)
    assert (second.returncode, "golden-replay" in second.stdout) == (0, True)
    mutate(root, parts)
    third = local("run", root)
    assert third.returncode == 1, third.stdout
    assert local("run", root).returncode == 1, "and stays so"


@pytest.mark.slow
def test_what_the_candidate_reads_of_the_machine_is_looked_at_again(
    local: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes], tmp_path: Path
) -> None:
    """Its process is another one, which tells what it opens elsewhere."""
    surcharge = tmp_path / "surcharge"
    surcharge.write_text("0")
    served = str(parts["serve.py"]).replace(
        "[[units]])[0])", f"[[units]])[0]) + float(open({str(surcharge)!r}).read())"
    )
    assert served != parts["serve.py"]
    root = candidate({**parts, "serve.py": served})
    assert local("run", root).returncode == 0
    assert "golden-replay" in json.loads(local("run", root, "--report", "json").stdout)["run"]["cached"]
    surcharge.write_text("1")
    done = local("run", root)
    assert done.returncode == 1, done.stdout
    assert "golden-replay/deviates" in done.stdout
