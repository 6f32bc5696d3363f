"""Integration receipts: recorded of real pytest runs, worked out again by the gate, refused when anything is off."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.candidate import Candidate
from gatekeeper.environment.receipt.junit import Status, parse_junit
from gatekeeper.environment.receipt.measurement import canonical_probe
from gatekeeper.environment.receipt.required import junit_id
from gatekeeper.environment.receipt.statement import parse_receipt, write_receipt
from gatekeeper.environment.receipt.tests_tree import tree_digest
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Examined, Unable
from gatekeeper.policy import load
from gatekeeper.profiles import PROFILES
from gatekeeper_checks.version_pinning import VersionPinning

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment:
  production: production.lock
  approved: approved.lock
  target: TARGET
  receipt: receipt.json
  integration: {tests: tests, required: required-tests.txt}
"""
SUITE = """\
import subprocess, sys
import pytest

class TestPrice:
    @pytest.mark.parametrize("day", ["24/12", "a[b].py"])
    def test_holiday(self, day):
        assert day

def test_a_process_of_its_own():
    subprocess.run([sys.executable, "-c", "pass"], check=True)

@pytest.mark.skip
def test_skipped():
    pass
"""
REQUIRED = """\
# what must never be left out
tests/test_price.py::TestPrice::test_holiday[24/12]
tests/test_price.py::TestPrice::test_holiday*
tests.test_price::test_a_process_of_its_own
"""
TARGET = f"cp3{sys.version_info[1]}-linux_x86_64"
COMMAND = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=junit.xml", "tests")


def pinned(*names: str, **other: str) -> str:
    """Return a lock of packages in the version that this interpreter has, unless another is given."""
    versions = {name: importlib.metadata.version(name) for name in names} | other
    return "".join(f"{name}=={version} --hash=sha256:{'ab' * 32}\n" for name, version in versions.items())


def write_candidate(root: Path) -> None:
    (root / "tests").mkdir(parents=True)
    (root / "tests/test_price.py").write_text(SUITE)
    (root / "gatekeeper.yaml").write_text(POLICY.replace("TARGET", TARGET))
    (root / "model.pkl").write_bytes(b"\x80\x04].")
    (root / "production.lock").write_text(pinned("packaging", "pluggy"))
    (root / "approved.lock").write_text(pinned("packaging", pluggy="0.13.1"))
    (root / "required-tests.txt").write_text(REQUIRED)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a candidate with the receipt of a real run of its suite."""
    root = tmp_path_factory.mktemp("recorded") / "candidate"
    write_candidate(root)
    command = [sys.executable, "-I", "-m", "gatekeeper", "receipt", "record", "-o", "receipt.json", "--"]
    done = subprocess.run(
        [*command, sys.executable, *COMMAND], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrote receipt.json: PASSED, 3 passed, environment sha256:" in done.stderr
    return root


@pytest.fixture
def copy(recorded: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may spoil."""
    return Path(shutil.copytree(recorded, tmp_path / "candidate"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a candidate without a receipt."""
    root = tmp_path / "candidate"
    write_candidate(root)
    return root


def judge(root: Path, *, day: date = date(2026, 11, 23), profile: str = "ci") -> Examined | Unable:
    store = root.parent / "store"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    candidate = Candidate(
        root=root,
        declaration=load(root / "gatekeeper.yaml", root),
        profile=PROFILES[profile],
        store=FactStore(store),
        today=day,
    )
    return VersionPinning().run(candidate)


def told(root: Path, **how: object) -> list[str]:
    """Return `rule: message` of each finding of the check."""
    outcome = judge(root, **how)  # type: ignore[arg-type]  # the keywords of `judge`
    assert isinstance(outcome, Examined), outcome
    return [f"{each.code.partition('/')[2]}: {each.message}" for each in outcome.findings]


def obstacles(root: Path) -> list[str]:
    outcome = judge(root)
    assert isinstance(outcome, Unable), outcome
    return [f"{each.at}: {each.what}" for each in outcome.obstacles]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def rewrite(root: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the statement's JSON and keep its form."""
    file = root / "receipt.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def refresh_junit_digest(root: Path) -> None:
    """Make the receipt name the report that lies there: what a forger would do next."""
    digest = hashlib.sha256((root / "junit.xml").read_bytes()).hexdigest()

    def change(document: dict[str, object]) -> None:
        parts = document["predicate"]["configuration"]  # type: ignore[index]
        next(each for each in parts if each["annotations"]["role"] == "junit")["digest"]["sha256"] = digest

    rewrite(root, change)


# --- recording


def test_a_recorded_suite_is_what_the_gate_asks_for(recorded: Path, gate: Gate) -> None:
    done = gate("run", recorded, "--check", "version-pinning")
    assert done.returncode == 0, done.stdout
    assert "tests passed 3" in done.stdout


def test_a_receipt_is_an_in_toto_statement_over_artifacts_and_environment(recorded: Path) -> None:
    document = json.loads((recorded / "receipt.json").read_text())
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert document["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert [each["name"] for each in document["subject"]] == ["model.pkl", "environment"]
    assert document["subject"][0]["digest"] == {"sha256": hashlib.sha256(b"\x80\x04].").hexdigest()}
    predicate = document["predicate"]
    assert predicate["result"] == "PASSED"
    assert predicate["passedTests"] == [
        "tests.test_price.TestPrice::test_holiday[24/12]",
        "tests.test_price.TestPrice::test_holiday[a[b].py]",
        "tests.test_price::test_a_process_of_its_own",
    ]
    assert predicate["failedTests"] == []
    names = {each["annotations"]["role"]: each["name"] for each in predicate["configuration"]}
    assert names == {
        "lock": "production.lock",
        "junit": "junit.xml",
        "tests": "tests",
        "required": "required-tests.txt",
        "probe": "probe",
    }


def test_the_measured_environment_is_that_of_the_interpreter_and_says_nothing_of_the_machine(recorded: Path) -> None:
    probe = json.loads(parse_receipt((recorded / "receipt.json").read_text()).probe)
    versions = {each["name"]: each["version"] for each in probe["distributions"]}
    assert versions["pytest"] == importlib.metadata.version("pytest")
    assert "host" not in probe
    assert "gatekeeper-receipt-" not in json.dumps(probe), "the private folder is no part of what was measured"


def test_reading_and_writing_a_receipt_gives_the_same_bytes(recorded: Path) -> None:
    data = (recorded / "receipt.json").read_bytes()
    assert write_receipt(parse_receipt(data.decode())) == data


def test_the_exit_code_of_a_failing_suite_is_passed_on_and_its_receipt_says_failed(fresh: Path, gate: Gate) -> None:
    (fresh / "tests/test_bad.py").write_text("def test_bad(): assert False\n")
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, cwd=fresh)
    assert done.returncode == 1
    assert parse_receipt((fresh / "receipt.json").read_text()).failed_tests == ("tests.test_bad::test_bad",)
    assert told(fresh) == [
        (
            "receipt-failed: receipt.json: tests failed, or passed only when they were run again (1): "
            "tests.test_bad::test_bad"
        )
    ]


def test_an_empty_suite_is_recorded_and_refused(fresh: Path, gate: Gate) -> None:
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, "-k", "nothing", cwd=fresh)
    assert done.returncode == 5
    assert [each.partition(":")[0] for each in told(fresh)] == ["receipt-failed", *["receipt-trimmed"] * 2]


def test_a_sitecustomize_of_the_suite_runs_as_ever(fresh: Path, gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/sitecustomize.py").write_text("import sys; sys.mine = __name__\n")
    (fresh / "tests/test_mine.py").write_text(
        "import sys, sitecustomize\n"
        "def test_mine():\n"
        "    assert sys.mine == 'sitecustomize'\n"
        "    assert 'mine' in sitecustomize.__file__\n"
        "    assert not any('gatekeeper-receipt-' in each for each in sys.path)\n"
    )
    environment = {"PYTHONPATH": str(tmp_path / "mine")}
    command = (sys.executable, *COMMAND)
    done = gate("receipt", "record", "-o", "receipt.json", "--", *command, cwd=fresh, env=environment)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("command", "told_as"),
    [
        (["no-such-program"], "no-such-program can't be started: there is no such program"),
        ([sys.executable, "-I", *COMMAND], "-I can't be measured from inside"),
        ([sys.executable, "-bsS", *COMMAND], "-bsS can't be measured from inside"),
        (["sh", "-c", "echo x > junit.xml"], "junit.xml was written by a process that could not be measured"),
        (
            [sys.executable, "-c", f"import os; os.system('env -u PYTHONPATH {sys.executable} {' '.join(COMMAND)}')"],
            "by one that gets no PYTHONPATH (as in tox) or ignores it (-I, -E, -S)",
        ),
        (
            ["sh", "-c", f"{sys.executable} -I {' '.join(COMMAND)}"],
            "by one that gets no PYTHONPATH (as in tox) or ignores it (-I, -E, -S)",
        ),
        (
            [sys.executable, "-c", "import os; open('junit.xml', 'w').close(); os._exit(0)"],
            "ended before it could be measured",
        ),
        ([sys.executable, "-c", "pass"], "was not written by the command"),
        ([sys.executable, "-c", "open('junit.xml', 'a').write('x'); open('model.pkl', 'ab').write(b'x')"], "changed"),
    ],
    ids=[
        "absent",
        "isolated",
        "without-site",
        "no-python",
        "as-tox-does",
        "isolated-inside",
        "os-exit",
        "no-report",
        "changes-the-model",
    ],
)
def test_what_can_not_be_recorded_leaves_no_receipt(command: list[str], told_as: str, fresh: Path, gate: Gate) -> None:
    done = gate("receipt", "record", "--junit", "junit.xml", "-o", "receipt.json", "--", *command, cwd=fresh)
    assert done.returncode == 2
    assert told_as in done.stderr
    assert "  fix: " in done.stderr
    assert not (fresh / "receipt.json").exists()


def test_a_process_that_becomes_the_test_runner_is_measured_as_that(fresh: Path, gate: Gate, tmp_path: Path) -> None:
    """`poetry run pytest` does so: one process, two interpreters, and the second runs the tests."""
    become = tmp_path / "become.py"
    become.write_text(f"import os, sys\nos.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:]])\n")
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, str(become), *COMMAND, cwd=fresh)
    assert done.returncode == 0, done.stderr
    assert told(fresh) == []


def test_the_report_of_an_earlier_run_is_not_taken(copy: Path, gate: Gate) -> None:
    command = [sys.executable, "-c", "print('no tests today')"]
    done = gate("receipt", "record", "--junit", "junit.xml", "-o", "new.json", "--", *command, cwd=copy)
    assert done.returncode == 2
    assert "was not written by the command" in done.stderr


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """Return the interpreter of another environment, which finds the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    (site,) = (tmp_path / "other").glob("lib/*/site-packages")
    (site / "this.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    return tmp_path / "other/bin/python"


def test_the_environment_of_a_launcher_is_not_that_of_the_tests(fresh: Path, gate: Gate, other_python: Path) -> None:
    """As nox does: a Python of one environment starts the tests in another one."""
    launch = f"import subprocess; raise SystemExit(subprocess.call([{sys.executable!r}, *{COMMAND!r}]))"
    options = ("--junit", "junit.xml", "-o", "receipt.json", "--", str(other_python), "-c", launch)
    done = gate("receipt", "record", *options, cwd=fresh)
    assert done.returncode == 0, done.stderr
    probe = json.loads(parse_receipt((fresh / "receipt.json").read_text()).probe)
    assert not [each for each in probe["anomalies"] if each["path"] == "this.pth"]
    assert told(fresh) == []


@pytest.mark.parametrize("last", ["junit", "no-junit"])
def test_environments_that_differ_are_no_environment(last: str, fresh: Path, gate: Gate, other_python: Path) -> None:
    """One writes the report; that tests ran in the other too is no matter of what they write."""
    more = COMMAND if last == "junit" else [each for each in COMMAND if "junit" not in each]
    script = f"{sys.executable} {' '.join(COMMAND)} && {other_python} {' '.join(more)}"
    command = ["--junit", "junit.xml", "-o", "receipt.json", "--", "sh", "-c", script]
    done = gate("receipt", "record", *command, cwd=fresh)
    assert done.returncode == 2
    assert "in environments that differ: " in done.stderr
    assert str(other_python.parent.parent) in done.stderr


def test_what_a_test_starts_in_another_environment_is_part_of_that_test(
    fresh: Path, gate: Gate, other_python: Path
) -> None:
    inner = [str(other_python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "inner"]
    (fresh / "inner").mkdir()
    (fresh / "inner/test_inner.py").write_text("def test_inner(): pass\n")
    (fresh / "tests/test_outer.py").write_text(
        f"import subprocess\ndef test_outer(): subprocess.run({inner}, check=True)\n"
    )
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, cwd=fresh)
    assert done.returncode == 0, done.stderr


def test_a_report_that_is_written_beside_and_moved_there_has_a_writer(fresh: Path, gate: Gate) -> None:
    script = (
        "import os, pytest, sys; code = pytest.main(sys.argv[1:]); os.replace('part.xml', 'junit.xml'); sys.exit(code)"
    )
    command = ("-c", script, "-q", "-p", "no:cacheprovider", "--junitxml=part.xml", "tests")
    done = gate(
        "receipt", "record", "--junit", "junit.xml", "-o", "receipt.json", "--", sys.executable, *command, cwd=fresh
    )
    assert done.returncode == 0, done.stderr
    assert told(fresh) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_suite_and_all_that_it_started(
    number: signal.Signals, fresh: Path, environment: dict[str, str], litter: Path
) -> None:
    (fresh / "tests/test_price.py").write_text(
        "import os, subprocess, sys, time\n"
        "def test_long():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "    with open('part', 'w') as file: file.write(f'{os.getpid()} {child.pid}')\n"
        "    os.rename('part', 'started')\n"
        "    time.sleep(600)\n"
    )
    # `true` keeps the shell from becoming Python: it would die alone.
    script = f"{sys.executable} {' '.join(COMMAND)}; true"
    options = ("--junit", "junit.xml", "-o", "receipt.json", "--", "sh", "-c", script)
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "gatekeeper", "receipt", "record", *options],
        cwd=fresh,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((fresh / "started").exists, "the suite runs")
    pids = [int(each) for each in (fresh / "started").read_text().split()]
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith(f"stopped by {number.name}; there is no receipt\n")
    assert not (fresh / "receipt.json").exists()
    assert list(litter.iterdir()) == []
    until(lambda: not any(is_alive(pid) for pid in pids), "the suite and what it started are gone")


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_paths_outside_the_folder_are_refused(fresh: Path, gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "more-tests").mkdir()
    (tmp_path / "more-tests/test_x.py").write_text("def test_x(): pass\n")
    options = ("--tests", "../more-tests", "-o", "receipt.json", "--", sys.executable, *COMMAND)
    done = gate("receipt", "record", *options, cwd=fresh)
    assert done.returncode == 2
    assert "lies outside the candidate's folder" in done.stderr


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(None, "holds no gatekeeper.yaml"), ("schema: gatekeeper/candidate@1\nname: x\n", "names no lock")],
    ids=["no-policy", "no-lock"],
)
def test_the_policy_says_what_is_tested(policy: str | None, expected: str, fresh: Path, gate: Gate) -> None:
    (fresh / "gatekeeper.yaml").unlink()
    if policy:
        (fresh / "gatekeeper.yaml").write_text(policy)
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, cwd=fresh)
    assert done.returncode == 2
    assert expected in done.stderr


# --- when a receipt is asked for


def test_another_order_or_another_comment_asks_for_nothing(copy: Path) -> None:
    lines = (copy / "production.lock").read_text().splitlines(keepends=True)
    (copy / "approved.lock").write_text("# approved\n" + "".join(reversed(lines)))
    (copy / "receipt.json").unlink()
    assert told(copy) == []


def test_a_changed_version_without_a_receipt_is_told_by_name(copy: Path) -> None:
    edit(copy / "gatekeeper.yaml", "  receipt: receipt.json\n", "")
    (finding,) = told(copy)
    assert finding.startswith("receipt-missing: the integration suite was not run again for the environment sha256:")
    assert f"changed: pluggy 0.13.1 -> {importlib.metadata.version('pluggy')}" in finding


def test_the_approved_environment_may_be_named_by_its_hash(copy: Path) -> None:
    now = parse_receipt((copy / "receipt.json").read_text()).environment
    edit(copy / "gatekeeper.yaml", "  receipt: receipt.json\n", "")
    edit(copy / "gatekeeper.yaml", "approved: approved.lock", f"approved: {now}")
    assert told(copy) == []
    edit(copy / "gatekeeper.yaml", now, f"sha256:{'ab' * 32}")
    (finding,) = told(copy)
    assert f"approved was sha256:{'ab' * 32}; name the approved lock instead" in finding


def test_a_first_release_approves_nothing_and_is_asked_for_nothing(copy: Path) -> None:
    edit(copy / "gatekeeper.yaml", "  approved: approved.lock\n  target", "  target")
    edit(copy / "gatekeeper.yaml", "  receipt: receipt.json\n", "")
    assert told(copy, profile="release") == []


def test_an_approved_lock_that_can_not_be_read_decides_nothing(copy: Path) -> None:
    (copy / "approved.lock").unlink()
    assert "approved.lock doesn't exist" in obstacles(copy)[0]


# --- what is refused


def test_the_recorded_receipt_is_taken(copy: Path) -> None:
    assert told(copy) == []


def spoil_model(root: Path) -> None:
    (root / "model.pkl").write_bytes(b"\x80\x04}.")


def spoil_artifacts(root: Path) -> None:
    edit(root / "gatekeeper.yaml", "[model.pkl]", "[other.pkl]")
    (root / "model.pkl").rename(root / "other.pkl")


def spoil_by_naming_twice(root: Path) -> None:
    def change(document: dict[str, object]) -> None:
        document["subject"].insert(0, {"name": "model.pkl", "digest": {"sha256": "0" * 64}})  # type: ignore[attr-defined]

    rewrite(root, change)


def spoil_lock(root: Path) -> None:
    (root / "production.lock").write_text(pinned("packaging", pluggy="0.13.0"))


def spoil_tests(root: Path) -> None:
    (root / "tests/test_price.py").write_text(SUITE + "# weaker\n")


def spoil_result(root: Path) -> None:
    rewrite(root, lambda document: document["predicate"].update(result="FAILED"))  # type: ignore[attr-defined]


def spoil_report(root: Path) -> None:
    edit(root / "junit.xml", 'time="', 'time="1')


def spoil_by_failure(root: Path) -> None:
    edit(root / "junit.xml", "<skipped", "<failure/><skipped")
    refresh_junit_digest(root)


def spoil_by_trimming(root: Path) -> None:
    lines = (root / "junit.xml").read_text().split("<testcase ")
    kept = [each for each in lines if "test_a_process" not in each]
    (root / "junit.xml").write_text("<testcase ".join(kept).replace('tests="4"', 'tests="3"'))
    refresh_junit_digest(root)
    rewrite(root, lambda document: document["predicate"]["passedTests"].pop())  # type: ignore[index]


def spoil_by_repeating(root: Path) -> None:
    edit(root / "junit.xml", "</testsuite>", '<testcase classname="tests.test_price" name="test_skipped"/></testsuite>')
    refresh_junit_digest(root)


def spoil_required(root: Path) -> None:
    (root / "required-tests.txt").write_text(REQUIRED + "tests/test_new.py::test_new\n*::test_skipped\n")


def spoil_required_list(root: Path) -> None:
    """Leave out of the list a test that the suite no longer has to have."""
    edit(root / "required-tests.txt", "tests.test_price::test_a_process_of_its_own\n", "")


def spoil_list(root: Path) -> None:
    edit(root / "gatekeeper.yaml", ", required: required-tests.txt", "")


def rewrite_probe(root: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change what was measured, and the digest with it."""

    def changed(document: dict[str, object]) -> None:
        parts = document["predicate"]["configuration"]  # type: ignore[index]
        part = next(each for each in parts if each["name"] == "probe")
        probe = json.loads(base64.b64decode(part["content"]))
        change(probe)
        text = canonical_probe(json.dumps(probe)).encode()
        part["content"] = base64.b64encode(text).decode()
        part["digest"]["sha256"] = hashlib.sha256(text).hexdigest()

    rewrite(root, changed)


def spoil_probe(root: Path) -> None:
    def change(probe: dict[str, object]) -> None:
        probe["runtime"]["python"] = "3.8.1"  # type: ignore[index]
        distributions = probe["distributions"]
        next(each for each in distributions if each["name"] == "pluggy")["version"] = "0.12"  # type: ignore[attr-defined]

    rewrite_probe(root, change)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (spoil_model, ["receipt-foreign: receipt.json: was recorded for model.pkl with sha256 "]),
        (
            spoil_artifacts,
            [
                "receipt-foreign: receipt.json: was recorded without other.pkl, which the candidate declares",
                "receipt-foreign: receipt.json: was recorded for model.pkl, which the candidate does not declare",
            ],
        ),
        (spoil_by_naming_twice, ["receipt-foreign: receipt.json: names an artifact twice"]),
        (
            spoil_lock,
            [
                "receipt-foreign: receipt.json: was recorded for the environment sha256:",
                "receipt-foreign: receipt.json: the tests ran with other packages than production.lock pins: pluggy ",
            ],
        ),
        (spoil_tests, ["receipt-foreign: receipt.json: was recorded with the tests in tests (digest "]),
        (
            spoil_probe,
            [
                "receipt-foreign: receipt.json: the tests ran under python 3.8.1, expected 3.",
                (
                    "receipt-foreign: receipt.json: the tests ran with other packages than production.lock pins: "
                    "pluggy 0.12, the lock pins "
                ),
            ],
        ),
        (spoil_result, ["receipt-failed: receipt.json: the suite did not end with exit code 0"]),
        (spoil_report, ["receipt-trimmed: receipt.json: junit.xml is not the report that was recorded"]),
        (
            spoil_by_failure,
            [
                "receipt-failed: receipt.json: tests failed",
                "receipt-trimmed: receipt.json: the tests that it names are not those of junit.xml",
                "receipt-trimmed: receipt.json: the report contradicts itself: 'pytest' in line 1 says failures='0'",
                "receipt-trimmed: receipt.json: the report contradicts itself: 'pytest' in line 1 says skipped='1'",
            ],
        ),
        (
            spoil_by_trimming,
            [
                (
                    "receipt-trimmed: receipt.json: tests that required-tests.txt requires did not run (1): "
                    "tests.test_price::test_a_process_of_its_own (line 4)"
                )
            ],
        ),
        (
            spoil_by_repeating,
            [
                "receipt-trimmed: receipt.json: the tests that it names are not those of junit.xml",
                "receipt-trimmed: receipt.json: tests that stand twice in the report: tests.test_price::test_skipped",
                "receipt-trimmed: receipt.json: the report contradicts itself: 'pytest' in line 1 says tests='4'",
            ],
        ),
        (
            spoil_required,
            [
                "receipt-trimmed: receipt.json: was recorded with another required-tests.txt than the candidate has",
                (
                    "receipt-trimmed: receipt.json: tests that required-tests.txt requires did not run (1): "
                    "tests/test_new.py::test_new (line 5)"
                ),
                (
                    "receipt-trimmed: receipt.json: tests that required-tests.txt requires did not pass (1): "
                    "tests.test_price::test_skipped"
                ),
            ],
        ),
        (
            spoil_required_list,
            ["receipt-trimmed: receipt.json: was recorded with another required-tests.txt than the candidate has"],
        ),
        (spoil_list, ["receipt-trimmed: receipt.json: the policy names no list of required tests"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_receipt_that_is_not_about_this_release_is_refused(
    spoil: Callable[[Path], None], expected: list[str], copy: Path
) -> None:
    spoil(copy)
    found = told(copy)
    assert len(found) == len(expected), found
    for message, start in zip(found, expected, strict=True):
        assert message.startswith(start)


def test_files_that_are_not_those_recorded_beside_the_lock_are_refused(fresh: Path, gate: Gate) -> None:
    """The version is right, and what was installed is another file of it, or was changed with its RECORD."""
    (fresh / "production.lock").write_text(pinned("pluggy"))
    version = importlib.metadata.version("pluggy")
    left = {"file": "pluggy.whl", "name": "pluggy", "version": version, "record": f"sha256:{'cd' * 32}"}
    records = {"schema": "gatekeeper/records@1", "records": {f"sha256:{'ab' * 32}": left}}
    (fresh / "production.lock.records.json").write_text(json.dumps(records))
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, cwd=fresh)
    assert done.returncode == 0, done.stderr
    (found,) = told(fresh)
    assert found.startswith(
        "receipt-foreign: receipt.json: the tests ran with other packages than production.lock pins: "
    )
    assert found.endswith(f"pins: pluggy {version}, from other files than those that are recorded beside the lock")


def test_a_package_that_is_not_as_it_was_installed_is_refused(copy: Path) -> None:
    def change(probe: dict[str, object]) -> None:
        probe["anomalies"] = [{"flaw": "editable", "name": "pluggy", "path": "pluggy", "detail": ""}]

    rewrite_probe(copy, change)
    (found,) = told(copy)
    assert found.endswith(
        "pins: pluggy " + importlib.metadata.version("pluggy") + ", not as it was installed: editable"
    )


def test_a_test_folder_that_the_receipt_does_not_know_is_refused(copy: Path) -> None:
    rewrite(
        copy,
        lambda document: document["predicate"].update(  # type: ignore[attr-defined]
            configuration=[
                each
                for each in document["predicate"]["configuration"]  # type: ignore[index]
                if each["annotations"]["role"] != "tests"
            ]
        ),
    )
    assert told(copy)[0].startswith("receipt-foreign: receipt.json: was recorded with the digest of no tests")


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("receipt.json", "{", "receipt.json:1:2: receipt.json: is no JSON"),
        ("receipt.json", "[]", "receipt.json: receipt.json: is no receipt: the statement has no _type"),
        ("receipt.json", '{"_type": "x", "_type": "y"}', "a key stands twice in one object"),
        ("junit.xml", '<!DOCTYPE x [<!ENTITY a "b">]><testsuites/>', "junit.xml: got a document type (DOCTYPE x)"),
        ("junit.xml", "<html/>", "got the root element 'html'"),
        ("required-tests.txt", "# nothing\n", "required-tests.txt:1:1: required-tests.txt: names no test"),
    ],
    ids=["no-json", "no-statement", "duplicate-key", "document-type", "no-junit", "empty-list"],
)
def test_what_can_not_be_read_whole_decides_nothing(file: str, content: str, expected: str, copy: Path) -> None:
    (copy / file).write_text(content)
    assert any(expected in each for each in obstacles(copy)), obstacles(copy)


def test_a_report_that_is_gone_decides_nothing(copy: Path) -> None:
    (copy / "junit.xml").unlink()
    assert "junit.xml doesn't exist" in obstacles(copy)[0]


def test_a_receipt_says_nothing_beside_what_is_checked(copy: Path) -> None:
    rewrite(copy, lambda document: document.update(approved="yes"))
    assert "it holds more than gatekeeper writes" in obstacles(copy)[0]


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of each value of a document that holds no other."""
    if not isinstance(value, dict | list) or not value:
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for key, each in inner for leaf in leaves(each, (*path, key))]


def test_no_value_of_a_receipt_can_be_edited(copy: Path) -> None:
    """What a receipt says is worked out again, all of it; what can't be, it does not say."""
    document = json.loads((copy / "receipt.json").read_text())
    paths = leaves(document)
    assert len(paths) > 20
    for path in paths:
        edited = json.loads(json.dumps(document))
        parent = edited
        for key in path[:-1]:
            parent = parent[key]
        value = parent[path[-1]]
        is_digest = isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)
        parent[path[-1]] = value[::-1] if is_digest else [f"{value}0"] if value == [] else f"{value}0"
        (copy / "receipt.json").write_text(json.dumps(edited))
        outcome = judge(copy)
        assert outcome.findings or isinstance(outcome, Unable), path


@pytest.mark.parametrize("inside", [(), ("runtime",), ("distributions", 0), ("anomalies", 0)], ids=str)
def test_a_probe_in_a_receipt_says_nothing_that_no_probe_says(inside: tuple[str | int, ...], copy: Path) -> None:
    document = json.loads((copy / "receipt.json").read_text())
    part = document["predicate"]["configuration"][-1]
    probe = json.loads(base64.b64decode(part["content"]))
    probe["anomalies"] = [{"flaw": "unowned", "name": "", "path": "x.py", "detail": ""}]
    place = probe
    for key in inside:
        place = place[key]
    place["approved"] = "yes"
    text = json.dumps(probe, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    part |= {"content": base64.b64encode(text).decode(), "digest": {"sha256": hashlib.sha256(text).hexdigest()}}
    (copy / "receipt.json").write_text(json.dumps(document))
    assert "the content of the probe holds more than a probe says" in obstacles(copy)[0]


@pytest.mark.parametrize(
    ("runtime", "told_as"),
    [
        ({"platform": "macosx_14_0_arm64"}, "the tests ran under platform macosx_14_0_arm64, expected linux_x86_64"),
        ({"implementation": "pypy"}, "the tests ran under implementation pypy, expected cpython"),
        ({"python": None}, "does not say under which Python the tests ran"),
    ],
    ids=["platform", "implementation", "no-python"],
)
def test_a_suite_that_ran_on_something_else_than_the_target_is_refused(
    runtime: dict[str, str | None], told_as: str, copy: Path
) -> None:
    rewrite_probe(copy, lambda probe: probe["runtime"].update(runtime))  # type: ignore[attr-defined]
    (found,) = told(copy)
    assert found.startswith(f"receipt-foreign: receipt.json: {told_as}")


def test_a_lock_that_changes_for_another_target_asks_for_no_new_receipt(copy: Path) -> None:
    """Its bytes and its rows for Windows are other ones; what was tested is the same."""
    text = (copy / "production.lock").read_text()
    (copy / "production.lock").write_text(
        f"# again\n{text}six==1.0 ; sys_platform == 'win32' --hash=sha256:{'c' * 64}\n"
    )
    assert told(copy) == []


def test_what_the_policy_names_by_a_link_keeps_its_name(fresh: Path, gate: Gate) -> None:
    for name in ("model.pkl", "production.lock"):
        (fresh / name).rename(fresh / f"real-{name}")
        (fresh / name).symlink_to(f"real-{name}")
    done = gate("receipt", "record", "-o", "receipt.json", "--", sys.executable, *COMMAND, cwd=fresh)
    assert done.returncode == 0, done.stderr
    assert told(fresh) == []


def test_tests_that_the_receipt_alone_names_are_worked_out_too(fresh: Path, gate: Gate) -> None:
    edit(fresh / "gatekeeper.yaml", "tests: tests, ", "")
    command = ("--tests", "tests", "-o", "receipt.json", "--", sys.executable, *COMMAND)
    assert gate("receipt", "record", *command, cwd=fresh).returncode == 0
    assert told(fresh) == []
    (fresh / "tests/test_price.py").write_text(SUITE + "# weaker\n")
    (found,) = told(fresh)
    assert found.startswith("receipt-foreign: receipt.json: was recorded with the tests in tests (digest ")


@given(st.data())
def test_a_damaged_receipt_is_never_a_traceback(recorded: Path, data: st.DataObject) -> None:
    text = (recorded / "receipt.json").read_text()[:3000]
    start = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:start] + data.draw(st.text('{}[]":,\\0ab', max_size=4)) + text[start + data.draw(st.integers(0, 9)) :]
    )
    try:
        parse_receipt(damaged)
    except Unreadable as error:
        assert error.what.startswith("is no ")


# --- holds


HELD = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment:
  production: production.lock
  target: TARGET
  holds:
    Pluggy: {version: "VERSION", until: "2026-12-31", reason: "the old nodes", lifted_by: receipt.json}
  integration: {tests: tests, required: required-tests.txt}
"""


def hold(root: Path, version: str, *, lifted: bool = False) -> None:
    text = HELD.replace("TARGET", TARGET).replace("VERSION", version)
    (root / "gatekeeper.yaml").write_text(text if lifted else text.replace(", lifted_by: receipt.json", ""))


def test_a_hold_is_kept_to_the_end_of_its_day(copy: Path) -> None:
    installed = importlib.metadata.version("pluggy")
    hold(copy, "1.0")
    (broken,) = told(copy, day=date(2026, 12, 31))
    assert broken == (
        "hold-broken: Pluggy is held at 1.0 until 2026-12-31 (the old nodes); "
        f"a receipt for the new version lifts it; production.lock:2 has {installed}"
    )
    hold(copy, installed)
    assert told(copy, day=date(2026, 12, 31)) == []


def test_a_hold_that_has_run_out_asks_to_decide_again(copy: Path) -> None:
    for version, now in ((importlib.metadata.version("pluggy"), "still pin it"), ("1.0", "no longer pin it")):
        hold(copy, version)
        (expired,) = told(copy, day=date(2027, 1, 1))
        assert expired.startswith(f"hold-expired: the hold of Pluggy at {version} ran out on 2026-12-31")
        assert expired.endswith(now)


@pytest.mark.parametrize(
    ("kept", "profile", "severity"), [(True, "ci", "note"), (True, "release", "error"), (False, "ci", "error")]
)
def test_a_hold_that_has_run_out_blocks_unless_the_locks_keep_it(
    kept: bool, profile: str, severity: str, copy: Path
) -> None:
    hold(copy, importlib.metadata.version("pluggy") if kept else "1.0")
    (finding,) = judge(copy, day=date(2027, 1, 1), profile=profile).findings
    assert finding.severity.value == severity


def test_a_held_package_that_no_lock_pins_breaks_the_hold(copy: Path) -> None:
    hold(copy, "1.0")
    (copy / "production.lock").write_text(pinned("packaging"))
    assert [each for each in told(copy) if each.endswith("production.lock does not pin it")]


def test_another_build_of_a_version_is_another_version(copy: Path) -> None:
    installed = importlib.metadata.version("pluggy")
    hold(copy, f"{installed}+cpu")
    assert told(copy)[0].startswith(f"hold-broken: Pluggy is held at {installed}+cpu")


def test_a_receipt_lifts_a_hold_and_a_foreign_one_does_not(copy: Path) -> None:
    hold(copy, "1.0", lifted=True)
    assert told(copy) == []
    spoil_model(copy)
    assert [each.partition(":")[0] for each in told(copy)] == ["receipt-foreign", "hold-broken"]
    assert "receipt.json does not lift it" in told(copy)[1]


def test_no_variable_of_the_environment_moves_the_day(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(copy, "1.0")
    before = told(copy)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert told(copy) == before


# --- the parts


CASE = '<testcase classname="a" name="b">{}</testcase>'


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        ("", Status.PASSED),
        ("<system-out>failure</system-out>", Status.PASSED),
        ("<properties><property><failure/></property></properties>", Status.PASSED),
        ("<skipped/>", Status.SKIPPED),
        ("<failure/>", Status.FAILED),
        ("<skipped/><error/>", Status.ERROR),
        ("<flakyFailure/>", Status.RERUN),
        ("<rerunFailure/>", Status.FAILED),
    ],
)
def test_the_result_of_a_case(inside: str, status: Status) -> None:
    for root in (
        "<testsuite>{}</testsuite>",
        "<testsuites><testsuite><testsuite>{}</testsuite></testsuite></testsuites>",
    ):
        (case,) = parse_junit(root.format(CASE.format(inside)).encode()).cases
        assert (case.id, case.status) == ("a::b", status)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is no XML"),
        ("<testsuite>", "is no XML"),
        ("<testsuites><testcase name='a'/></testsuites>", "got a testcase in 'testsuites'"),
        ("<testsuite><testcase/></testsuite>", "got a testcase without a name"),
        ("<testsuite>" + "<a>" * 70 + "</a>" * 70 + "</testsuite>", "nested 64 deep"),
        ("<!DOCTYPE lolz><testsuite/>", "got a document type (DOCTYPE lolz)"),
    ],
)
def test_what_is_no_junit_report_is_refused(text: str, expected: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_junit(text.encode())
    assert expected in caught.value.what
    assert caught.value.line


@given(st.binary(max_size=200))
def test_any_bytes_give_a_report_or_a_refusal(data: bytes) -> None:
    try:
        parse_junit(data)
    except Unreadable as error:
        assert error.line


def test_the_ids_that_pytest_collects_are_those_of_its_report(recorded: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=recorded, capture_output=True, text=True, check=True)
    collected = [line for line in done.stdout.splitlines() if "::" in line]
    reported = [case.id for case in parse_junit((recorded / "junit.xml").read_bytes()).cases]
    assert [junit_id(each) for each in collected] == reported


@given(st.text("abc./:[]*", min_size=1, max_size=20))
def test_an_id_of_junit_stays_as_it_is(written: str) -> None:
    assert junit_id(junit_id(written)) == junit_id(written)


def test_the_digest_of_a_folder_is_that_of_a_shell_command(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    shutil.copytree(recorded / "tests", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "a folder").mkdir()
    (folder / "a folder/B.txt").write_text("x")
    (folder / "a-file").write_bytes(b"\x00")
    script = "find . -type f | cut -c3- | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 -r sha256sum | sha256sum"
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    assert tree_digest(folder) == done.stdout.split()[0]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").write_bytes(b"x")
    assert tree_digest(folder) == done.stdout.split()[0]


def arrange_link(folder: Path) -> None:
    (folder / "link.py").symlink_to("/etc/hostname")


def arrange_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def arrange_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_text("x")


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (lambda _: None, "holds no file"),
        (arrange_link, "link.py is a link"),
        (arrange_pipe, "pipe is a link or no regular file"),
        (arrange_name, "is not UTF-8 text"),
    ],
    ids=["empty", "link", "pipe", "name"],
)
def test_a_folder_that_can_not_be_digested_whole(
    arrange: Callable[[Path], None], expected: str, tmp_path: Path
) -> None:
    arrange(tmp_path)
    with pytest.raises(Unreadable, match=expected):
        tree_digest(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="tests can't be read: No such file"):
        tree_digest(tmp_path / "tests")
