"""A run that is stopped leaves no verdict, no process and no temporary file behind; its report says INCOMPLETE."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gatekeeper_checks._samples import estimators

MakeCandidate = Callable[..., Path]

POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
plugins: [hangs]
"""
SECONDS_TO_WAIT = 60.0
"""A limit for a machine under load, not an expectation: what is waited for takes a fraction of a second."""


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS_TO_WAIT
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


class HangingRun:
    """A run with a check that hangs, deaf to signals, beside a process that it started."""

    def __init__(self, python: Path, root: Path, environment: Mapping[str, str], markers: Path) -> None:
        self.markers = markers
        self.root = root
        (root / "report.json").write_text('{"verdict": "pass"}\n')  # what an earlier run has left
        reports = ["--report", f"json={root / 'report.json'}", "--report", "text"]
        self.process = subprocess.Popen(
            [str(python), "-I", "-m", "gatekeeper", "run", str(root), *reports],
            env={**environment, "SAMPLE_MARKERS": str(markers)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until((markers / "hanging").exists, "the check hangs")
        self.pids = [int(each.name.removeprefix("pid-")) for each in markers.glob("pid-*")]
        assert len(self.pids) == 2
        assert all(is_alive(pid) for pid in self.pids)

    def wait(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=SECONDS_TO_WAIT)
        return self.process.returncode, out, err


def test_a_daemon_that_a_check_leaves_behind_dies_with_the_run(
    tmp_path: Path, candidate: MakeCandidate, environment: Mapping[str, str], python_with_plugins: Path
) -> None:
    markers = tmp_path / "markers"
    markers.mkdir()
    root = candidate({"gatekeeper.yaml": POLICY.replace("hangs", "leaves-daemon"), "model.pkl": estimators("1.3.0")})
    command = [str(python_with_plugins), "-I", "-m", "gatekeeper", "run", str(root), "--check", "leaves-daemon"]
    variables = {**environment, "SAMPLE_MARKERS": str(markers)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (pid,) = (int(each.name.removeprefix("pid-")) for each in markers.glob("pid-*"))
    session = [each for each in Path("/proc").iterdir() if each.name.isdigit() and _session(each) == pid]
    assert not [each for each in session if is_alive(int(each.name))]


def _session(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return 0


@pytest.fixture
def hanging(
    tmp_path: Path, candidate: MakeCandidate, environment: Mapping[str, str], python_with_plugins: Path
) -> Iterator[HangingRun]:
    markers = tmp_path / "markers"
    markers.mkdir()
    root = candidate({"gatekeeper.yaml": POLICY, "model.pkl": estimators("1.3.0")})
    run = HangingRun(python_with_plugins, root, environment, markers)
    yield run
    for pid in (run.process.pid, *run.pids):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    run.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_run_and_all_that_it_started(number: signal.Signals, hanging: HangingRun) -> None:
    hanging.process.send_signal(number)
    code, out, err = hanging.wait()
    assert code == 130
    assert out == ""
    assert err.startswith(f"stopped by {number.name}; there is no verdict\n")
    assert "Traceback" not in err
    until(lambda: not any(is_alive(pid) for pid in hanging.pids), "the check and what it started are gone")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_report_of_what_was_found_that_says_incomplete(
    number: signal.Signals, hanging: HangingRun, litter: Path
) -> None:
    hanging.process.send_signal(number)
    hanging.wait()
    assert sorted(each.name for each in hanging.root.iterdir()) == ["gatekeeper.yaml", "model.pkl", "report.json"]
    report = json.loads((hanging.root / "report.json").read_text())
    assert report["verdict"] == "incomplete"
    assert report["exit_code"] is None
    assert report["summary"].startswith(f"INCOMPLETE: stopped by {number.name} before hangs came to an end")
    assert "environment-parity" in {check["id"] for check in report["checks"]}
    assert list(litter.iterdir()) == []


def test_an_impatient_second_signal_does_not_interrupt_the_cleaning_up(hanging: HangingRun, litter: Path) -> None:
    for _ in range(20):
        hanging.process.send_signal(signal.SIGINT)
    code, _, err = hanging.wait()
    assert code == 130
    assert "Traceback" not in err
    assert list(litter.iterdir()) == []
    until(lambda: not any(is_alive(pid) for pid in hanging.pids), "the check and what it started are gone")


def test_the_checks_die_with_a_gate_that_is_killed(hanging: HangingRun) -> None:
    """SIGKILL lets the gate clean nothing up; its children notice that it has gone."""
    hanging.process.kill()
    code, _, _ = hanging.wait()
    assert code == -signal.SIGKILL
    until(lambda: not any(is_alive(pid) for pid in hanging.pids), "the check and what it started are gone")


def test_a_gate_that_is_killed_has_left_a_report_that_says_incomplete(hanging: HangingRun) -> None:
    """It can write none any more: it is there from the beginning, in the place of what an earlier run has left."""
    hanging.process.kill()
    hanging.wait()
    report = json.loads((hanging.root / "report.json").read_text())
    assert (report["verdict"], report["exit_code"], report["checks"]) == ("incomplete", None, [])
    assert report["interrupted"] == "the run did not come to its end"
