"""What the reports cost. From the repository's root: `python -m tests.benchmarks.reports [FINDINGS]`.

A run of 30,000 findings, some of them with a way of several steps and some waived, is rendered to every format in one
process, one after the other, as `--report` does it: seconds, seconds of the processor and bytes of each, and the memory
of the whole process at its highest (`ru_maxrss` of a child of its own), once with the reports and once without them.
It measures and does not judge.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from importlib.util import find_spec

from gatekeeper.cli.github_files import MAX_SUMMARY
from gatekeeper.model import (
    Evidence,
    Examined,
    Finding,
    Location,
    Obstacle,
    Provider,
    Result,
    Severity,
    Step,
    Unable,
    Verdict,
    Waiver,
)
from gatekeeper.profiles import PROFILES
from gatekeeper.report import FORMATS, FileDigest, Report, Subject, renderer
from gatekeeper.report.markdown import render_within
from gatekeeper.waivers import State, Use
from gatekeeper_checks import BUILTIN

FINDINGS = 30_000
SMALL = 1_000
"""Findings of the HTML whose size is told."""

GATE = Provider(distribution="model-gatekeeper", version="0", builtin=True)
POLICY = Location(path="gatekeeper.yaml", line=3, column=5)


def _trace(number: int) -> tuple[Step, ...]:
    return tuple(
        Step(
            at=Location(path=f"serving/{name}.py", line=number % 900 + 1, column=5), function=name, what=f"calls {name}"
        )
        for name in ("predict", "features", "encode", "score")
    )


def _finding(number: int, code: str) -> Finding:
    severity = (Severity.CRITICAL, Severity.ERROR, Severity.ERROR, Severity.NOTE)[number % 4]
    message = (
        f"`model(batch_{number})` runs with gradients on: got no guard on the way from `predict`, expected one\n"
        f"this request keeps {number * 37 % 5_000:,} bytes after it was answered… see serving/score.py:{number % 900}"
    )
    return Finding(
        code=code,
        message=message,
        fix="put `@torch.inference_mode()` on `score`, or on what calls it;\nor call it within a block that has it",
        at=Location(path=f"serving/part_{number % 70}.py", line=number % 900 + 1, column=9),
        severity=severity,
        trace=_trace(number) if number % 5 == 0 else (),
    )


def made(count: int) -> Report:
    """Return a report of so many findings over ten checks, of which one could not look at everything."""
    codes = [rule.code for check in BUILTIN for rule in check.about.rules]
    waiver = Waiver(
        code="*",
        path="serving/*",
        reason="the exporter froze it",
        owner="pricing",
        approver="risk",
        created="2026-01-01",
        expires="2026-02-01",
        at=Location(path="waivers.yaml", line=3, column=5),
    )
    results = []
    for check in range(10):
        found = tuple(_finding(number, codes[number % len(codes)]) for number in range(check, count, 10))
        evidence = (Evidence(what="serving/score.py", sha256="ab" * 32, measured={"lines": 900}),)
        obstacles = (Obstacle(what="serving/extra.py is not UTF-8", fix="save it as UTF-8", at=POLICY),)
        outcome = (
            Unable(obstacles=obstacles, evidence=evidence, findings=found)
            if check == 9
            else Examined(evidence=evidence, findings=found)
        )
        waived = {each: waiver for each in found if each.severity.blocks and each.at.line == 7}
        results.append(
            Result(id=f"check-{check}", title="It is so", provider=GATE, outcome=outcome, seconds=1.5, waived=waived)
        )
    file = FileDigest(role="artifacts[0]", path="model.pkl", sha256="cd" * 32, bytes=1 << 20, at=POLICY)
    return Report(
        verdict=Verdict.FAIL,
        profile=PROFILES["ci"],
        subject=Subject(name="pricing", version="1", policy=file, files=(file,), base="models/pricing"),
        results=tuple(results),
        waivers=(Use(waiver=waiver, state=State.USED, findings=count // 900, days_left=9),),
        rules={rule.code: rule for check in BUILTIN for rule in check.about.rules},
        run={"started": "2026-01-02T03:04:05+00:00", "host": "ci"},
    )


def available() -> tuple[str, ...]:
    """Return the formats that there are."""
    return tuple(each for each in FORMATS if find_spec(f"gatekeeper.report.{each}") is not None)


def child(count: int, *, rendering: bool) -> None:
    """Render in this process, print a line a format, and the memory at its highest in MB."""
    report = made(count)
    whole = all_processor = 0.0
    for each in available() if rendering else ():
        render = renderer(each)
        began, used = time.perf_counter(), time.process_time()
        size = len(render(report).encode("utf-8", "backslashreplace"))
        seconds, processor = time.perf_counter() - began, time.process_time() - used
        whole, all_processor = whole + seconds, all_processor + processor
        print(f"{each:<10} {seconds:8.2f} s {processor:8.2f} s {size:14,} bytes")
    if rendering:
        began, used = time.perf_counter(), time.process_time()
        size = len(render_within(report, MAX_SUMMARY).encode())
        seconds, processor = time.perf_counter() - began, time.process_time() - used
        print(f"{'summary':<10} {seconds:8.2f} s {processor:8.2f} s {size:14,} bytes (of a step, beside these)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    told = f"{whole:8.2f} s {all_processor:8.2f} s {peak:14.0f} MB at the highest"
    print(f"{'all' if rendering else 'no report':<10} {told}", flush=True)


def main() -> None:
    """Measure each in a process of its own, and print."""
    if len(sys.argv) > 2:
        child(int(sys.argv[1]), rendering=sys.argv[2] == "reports")
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FINDINGS
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {count:,} findings; target: 3 s and 200 MB\n")
    print(f"{'':<10} {'wall':>10} {'processor':>10}", flush=True)
    for what in ("reports", "nothing"):
        subprocess.run([sys.executable, "-m", "tests.benchmarks.reports", str(count), what], check=True)
    if "html" in available():
        size = len(renderer("html")(made(SMALL)).encode())
        print(f"\nhtml of {SMALL:,} findings: {size:,} bytes; target: 300,000")


if __name__ == "__main__":
    main()
