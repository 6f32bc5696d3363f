"""Six causes and every format: the verdict and the exit code are the same, whoever reads them and wherever they go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gatekeeper.report import FORMATS
from gatekeeper_checks._samples import estimators

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]
Cause = Callable[[str], tuple[Path, list[str]]]

CODES = {"pass": 0, "fail": 1, "waived": 0, "undecided": 3, "usage": 2}
WORDS = {"pass": "PASS", "fail": "FAIL", "waived": "PASS", "undecided": "UNDECIDED"}
FILES = {each: f"report.{each}" for each in FORMATS}


@pytest.fixture
def cause(candidate: MakeCandidate, parts: Parts) -> Cause:
    """Return what writes the candidate of a cause, with the options that a run of it takes."""

    def make(name: str) -> tuple[Path, list[str]]:
        profile = "prod" if name == "usage" else "dev"
        if name in {"fail", "waived"}:
            parts["production.lock"] = "numpy==2.4.6\nscikit-learn==1.9.1\n"
        if name == "waived":
            parts["gatekeeper.yaml"] = str(parts["gatekeeper.yaml"]) + "waivers: waivers.yaml\n"
            parts["waivers.yaml"] = _waiver()
        if name == "undecided":
            parts["model.pkl"] = ""
        return candidate(parts), ["--profile", profile, "--check", "version-pinning", "--no-cache"]

    return make


def _waiver() -> str:
    today = datetime.now(UTC).date()
    entry = {"code": "version-pinning/unhashed", "scope": "production.lock", "reason": "known", "owner": "ann"}
    entry |= {"approver": "bob", "created": f"{today}", "expires": f"{today + timedelta(days=20)}"}
    told = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in entry.items())
    return f"schema: gatekeeper/waivers@1\nwaivers:\n- {told.strip()}\n"


def word(format_: str, text: str) -> str:
    """Return the verdict that a report tells."""
    match format_:
        case "json":
            return str(json.loads(text)["verdict"]).upper()
        case "sarif":
            (invocation,) = json.loads(text)["runs"][0]["invocations"]
            return str(invocation["exitCodeDescription"]).partition(":")[0]
        case "junit":
            return str(next(ET.fromstring(text).iter("property")).attrib["value"])
        case "gitlab":
            severities = {each["severity"] for each in json.loads(text)}
            codes = {each["check_name"] for each in json.loads(text)}
            red = "UNDECIDED" if codes == {"gatekeeper/undecided"} else "FAIL"
            return red if severities & {"major", "critical", "blocker"} else "PASS"
        case "markdown":
            return text.split()[2].rstrip(":")
        case "html":
            return next(each for each in ("UNDECIDED", "INCOMPLETE", "FAIL", "PASS") if each in text)
        case _:
            return text.splitlines()[-1].partition(":")[0]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", CODES)
def test_one_format_on_standard_output(name: str, format_: str, gate: Gate, cause: Cause) -> None:
    root, options = cause(name)
    done = gate("run", root, *options, "--report", format_)
    assert done.returncode == CODES[name]
    if name == "usage":
        assert done.stdout == ""
    else:
        assert word(format_, done.stdout) == WORDS[name]


@pytest.mark.parametrize("name", CODES)
def test_all_formats_in_one_run(name: str, gate: Gate, cause: Cause, tmp_path: Path) -> None:
    root, options = cause(name)
    reports = [f"--report={format_}={tmp_path / file}" for format_, file in FILES.items()]
    done = gate("run", root, *options, *reports)
    assert done.returncode == CODES[name]
    told = {format_: word(format_, (tmp_path / file).read_text()) for format_, file in FILES.items()}
    # What could not begin has no verdict; a list of findings has one word less for that.
    none = {**dict.fromkeys(FORMATS, "INCOMPLETE"), "gitlab": "UNDECIDED"}
    assert told == (none if name == "usage" else dict.fromkeys(FORMATS, WORDS[name]))


def test_a_run_that_is_stopped_leaves_every_format_without_a_verdict(
    candidate: MakeCandidate, environment: dict[str, str], python_with_plugins: Path, tmp_path: Path
) -> None:
    markers = tmp_path / "markers"
    markers.mkdir()
    policy = "schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\nplugins: [hangs]\n"
    root = candidate({"gatekeeper.yaml": policy, "model.pkl": estimators("1.3.0")})
    files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    reports = [f"--report={format_}={tmp_path / file}" for format_, file in FILES.items()]
    process = subprocess.Popen(
        [str(python_with_plugins), "-I", "-m", "gatekeeper", "run", str(root), *reports],
        env={**environment, "SAMPLE_MARKERS": str(markers), **{name: str(path) for name, path in files.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while not (markers / "hanging").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, "")
    for format_, file in FILES.items():
        assert "INCOMPLETE" in (tmp_path / file).read_text().upper(), format_
    assert "exit-code=0" not in files["GITHUB_OUTPUT"].read_text()
    assert "verdict=pass" not in files["GITHUB_OUTPUT"].read_text()
    for each in markers.glob("pid-*"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(each.name.removeprefix("pid-")), 0)
