"""What a golden replay costs beyond the handler itself. From the root: `python -m tests.benchmarks.replay [ROUNDS]`.

Three handlers are asked a hundred records: one of pure Python, one of numpy, and examples/pricing, a pipeline of
scikit-learn behind its guard. For each step stand what the gate takes, what the same imports, factory and answers take
in the same interpreter without a gate, on one thread too, and the difference, which is the gate's share. A fresh
process answers beside the first one, as in every replay, so that both cores are busy. Each figure is the least of all
rounds. It measures and does not judge.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatekeeper.cli.candidates import opened
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Obstacle
from gatekeeper.profiles import PROFILES
from gatekeeper.replay.golden.judging import judge
from gatekeeper.replay.golden.repeating import repeatability
from gatekeeper.replay.measuring import Measured, Way, measure
from gatekeeper.replay.observed import Replayed, Stressed
from gatekeeper_checks.golden_replay import samples
from gatekeeper_checks.golden_replay.subject import Subject, gather
from gatekeeper_checks.golden_replay.trial import asked_of

ROUNDS = 3
RECORDS = 100
PRICING = Path(__file__).resolve().parents[2] / "examples" / "pricing"
GATE = (sys.executable, "-I", "-m", "gatekeeper", "golden")
NUMPY = """\
import numpy

weights = numpy.random.default_rng(7).normal(size=(64, 64))


def answer(request):
    row = numpy.linspace(0.0, float(request["units"] or 0), 64)
    for _ in range(4):
        row = numpy.tanh(weights @ row)
    return {"price": float(row.sum())}


def handler():
    return answer
"""
DIRECT = """
import importlib, json, statistics, sys, time
began = time.perf_counter()
root, name, records = sys.argv[1], sys.argv[2], json.loads(sys.stdin.read())
sys.path.insert(0, root)
module, _, factory = name.partition(":")
started = time.perf_counter()
call = getattr(importlib.import_module(module), factory)()
said = {"open": time.perf_counter() - started}
for pas in ("first", "next"):
    times = []
    for each in records:
        given = dict(each)
        at = time.perf_counter()
        call(given)
        times.append(time.perf_counter() - at)
    said[pas] = sum(times)
said["median"] = statistics.median(times)
print(json.dumps(said))
"""


@dataclass(slots=True)
class Row:
    """A step: what the gate took, and what the handler takes alone, in seconds, round by round."""

    gate: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    def add(self, gate: float, alone: float) -> None:
        """Note a round."""
        self.gate.append(gate)
        self.alone.append(alone)


def candidates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write the candidates with their golden records; yield the name and the folder of each."""
    rows = "units\n" + "\n".join(str(each) for each in range(1, RECORDS + 20)) + "\n"
    for name, serve in (("pure Python", samples.SERVE), ("numpy", NUMPY)):
        root = folder / name.replace(" ", "-")
        root.mkdir()
        policy = samples.POLICY.replace("golden.jsonl", "golden").replace(", stress: 40", "")
        for file, content in (("gatekeeper.yaml", policy), ("serve.py", serve), ("rows.csv", rows)):
            (root / file).write_text(content, encoding="utf-8")
        (root / "model.pkl").write_bytes(samples.MODEL)
        record(root, "--inputs", str(root / "rows.csv"))
        yield name, root
    root = folder / "pricing"
    shutil.copytree(PRICING, root)
    yield "pricing (sklearn)", root


def record(root: Path, *more: str) -> None:
    """Record golden answers."""
    done = subprocess.run(
        [*GATE, "record", str(root), "--n", str(RECORDS), *more], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{root.name}: nothing was recorded: {done.stderr}")


def wall(
    command: list[str], given: str = "", more: Mapping[str, str] | None = None
) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run a command; return how long it took, and what it said."""
    began = time.perf_counter()
    done = subprocess.run(
        command, input=given, env={**os.environ, **(more or {})}, capture_output=True, text=True, check=False
    )
    return time.perf_counter() - began, done


def judged(subject: Subject, trial: Measured) -> float:
    """Judge the answers as the check does; return how long it took."""
    assert trial.single is not None
    began = time.perf_counter()
    judge(subject.golden, trial.single.answers, device="cpu")
    outputs = subject.golden.header.outputs if subject.golden.header else None
    for _, other in trial.others:
        if isinstance(other, Replayed):
            repeatability(trial.single.answers, other.answers, outputs)
    return time.perf_counter() - began


def once(root: Path, table: dict[str, Row], notes: dict[str, str]) -> None:
    """Measure one round of a candidate."""
    with opened(root, None, PROFILES["ci"]) as candidate:
        subject = gather(candidate, Inquiry())
        asked = asked_of(candidate, "cpu", ())
        assert subject is not None
        assert not isinstance(asked, Obstacle), asked
        records = [dict(each.inputs) for each in subject.golden.records]
        trial = measure(asked, records)
        judging = judged(subject, trial)
        name = str(candidate.policy.code.predictor)
    assert isinstance(trial.stressed, Stressed), trial.stressed or trial.refused
    bare, _ = wall([sys.executable, "-I", "-c", "pass"])
    process, done = wall([sys.executable, "-I", "-c", DIRECT, str(root), name], json.dumps(records), asked.environment)
    alone = json.loads(done.stdout)
    command, replayed = wall([*GATE, "replay", str(root)])
    if replayed.returncode:
        sys.exit(f"{root.name}: {replayed.stdout}{replayed.stderr}")
    seconds, stressed = trial.seconds, trial.stressed
    ways = [str(each) for each in Way if str(each) in seconds]
    passes = sum(seconds[each] for each in ("single", *ways))
    requests = stressed.requests + stressed.warmup
    table["start of the worker"].add(seconds["start"], bare)
    table["open"].add(seconds["open"], alone["open"])
    table["one pass"].add(seconds["single"], alone["first"])
    table["all passes"].add(passes, alone["first"] + len(ways) * alone["next"])
    table["stress"].add(seconds["stress"], requests * stressed.latency[0])
    table["judging"].add(judging, 0.0)
    table["whole command"].add(command, process + (len(ways) - 1) * alone["next"] + requests * alone["median"])
    notes["text"] = (
        f"{len(records)} records, {1 + len(ways)} passes; stress: {requests} requests, "
        f"median {stressed.latency[0] * 1e3:.3f} ms there and {alone['median'] * 1e3:.3f} ms alone, {stressed.verdict}"
    )


def main() -> None:
    """Measure and print the tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(f"Python {sys.version.split()[0]}, {rounds} rounds, least of each; seconds")
    steps = ("start of the worker", "open", "one pass", "all passes", "judging", "stress", "whole command")
    with tempfile.TemporaryDirectory() as temporary:
        for name, root in candidates(Path(temporary)):
            table, notes = {step: Row() for step in steps}, {"text": ""}
            for _ in range(rounds):
                once(root, table, notes)
            print(f"\n{name}: {notes['text']}")
            print(f"{'':<22}{'gate':>9}{'alone':>9}{'our share':>11}{'a record, ms':>14}")
            for step, row in table.items():
                gate, alone = min(row.gate), min(row.alone)
                each = f"{(gate - alone) / RECORDS * 1e3:>14.3f}" if "pass" in step else ""
                print(f"{step:<22}{gate:>9.3f}{alone:>9.3f}{gate - alone:>11.3f}{each}", flush=True)


if __name__ == "__main__":
    main()
