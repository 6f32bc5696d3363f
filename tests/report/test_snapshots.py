"""Whole outputs: one small candidate that fails, with a waiver and a check that could not look, in every format.

After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/report/test_snapshots.py
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper import __version__
from gatekeeper_checks._samples import estimators
from tests.report.made import HERE

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

SNAPSHOTS = Path(__file__).parent / "snapshots"
SUFFIXES = {"text": "txt", "json": "txt", "sarif": "sarif", "junit": "xml", "github": "txt", "gitlab": "json"}
CHECKS = ("artifact-integrity", "environment-parity", "version-pinning", "no-grad")
SERVING = """\
import torch
from flask import Flask

app = Flask(__name__)
model = torch.jit.load("m.ts")


@app.post("/price")
def price(x):
    return score(x)


def score(x):
    return str(model(x))
"""
POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
version: "7"
artifacts:
  - model.pkl
artifact: {record: record.json}
environment:
  training: training.lock
  production: production.lock
  target: cp311-linux_x86_64
code: {paths: [serve.py], predictor: "serve:price"}
waivers: waivers.yaml
"""
_HASH = "--hash=sha256:436aaaae2c916ad16631142488e4c82f4296af2404f480e031d866863425d2a2"
TODAY = datetime.now(UTC).date()
WAIVERS = f"""\
schema: gatekeeper/waivers@1
waivers:
- code: version-pinning/unhashed
  scope: production.lock
  reason: the index has no hash of it yet
  owner: ann
  approver: bob
  created: "{TODAY}"
  expires: "{TODAY + timedelta(days=20)}"
"""
FILES: dict[str, str | bytes] = {
    "gatekeeper.yaml": POLICY,
    "model.pkl": estimators("1.4.2"),
    "record.json": '{"schema": ',
    "training.lock": f"numpy==2.4.6 {_HASH}\nscikit-learn==1.4.2 {_HASH}\n",
    "production.lock": "numpy==2.4.6\nscikit-learn==1.3.0\n",
    "serve.py": SERVING,
    "waivers.yaml": WAIVERS,
}


def steady(text: str) -> str:
    """Return an output without what differs from day to day and from machine to machine."""
    text = text.partition('\n  "run": {')[0]
    text = text.replace(hashlib.sha256(WAIVERS.encode()).hexdigest(), "(the digest of waivers.yaml)")
    text = text.replace(str(TODAY + timedelta(days=20)), "(in 20 days)").replace(str(TODAY), "(today)")
    text = re.sub(r'(time|timestamp|hostname)="[^"]*"', r'\1="..."', text)
    return text.replace(__version__, "(version)")


@pytest.mark.parametrize("format_", HERE)
def test_the_whole_output(format_: str, gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate(FILES)
    (root / ".git").mkdir()
    selected = [option for check in CHECKS for option in ("--check", check)]
    done = gate("run", root, "--profile", "dev", "--no-cache", *selected, "--report", format_)
    assert done.returncode == 1
    shown = steady(done.stdout)
    path = SNAPSHOTS / f"{format_}.{SUFFIXES.get(format_, 'md')}"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_the_candidate_has_one_of_each() -> None:
    """Or the snapshots would show less than they are for."""
    text = (SNAPSHOTS / "json.txt").read_text(encoding="utf-8")
    checks = json.loads(f"{text.rstrip(',')}}}")["checks"]
    findings = [finding for check in checks for finding in check["findings"]]
    assert {check["status"] for check in checks} == {"fail", "undecided"}
    assert {finding["severity"] for finding in findings} >= {"critical", "error"}
    assert any(finding["waived_by"] is not None for finding in findings)
    assert any(finding["trace"] for finding in findings)
