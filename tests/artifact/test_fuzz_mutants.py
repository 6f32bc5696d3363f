"""Files of the whole corpus, changed at random with a fixed seed: facts, a refusal, and never anything else."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import gatekeeper
from gatekeeper.artifact import Artifact, examine
from gatekeeper.candidate import Candidate
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Examined, Obstacle
from gatekeeper.policy import ArtifactOptions, Declaration, Environment, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.report.inspection import Inspection, render_json, render_text
from gatekeeper_checks._samples import SCIKIT_LEARN_1_3_0
from gatekeeper_checks.artifact_integrity import ArtifactIntegrity
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.content import judge_content
from gatekeeper_checks.artifact_integrity.samples import training_record

MUTANTS = 1000
LARGEST = 20_000
SECONDS, MEGABYTES = 60, 100
"""Bounds for all mutants together: ten times what they take on a slow machine."""

EXTREMES = (
    *(b"\x00" * 4, b"\x00" * 8, b"\xff" * 4, b"\xff" * 8),
    *(b"\xff\xff\xff\x7f", b"\xff" * 7 + b"\x7f", b"\x00\x00\x00\x80"),
)
"""Lengths and counts as formats write them: none, all, the highest with and without a sign."""

PIECES = (
    *(b"cposix\nsystem\n", b"\x93", b"R", b"b", b"(", b".", b"\x95"),
    *(b"\x8c\x03\xed\xa0\x80", b"PK\x05\x06", b"9" * 30),
)
"""What means something somewhere: opcodes, half a character, an end record, a long number."""


def mutant(dice: random.Random, content: bytes, other: bytes) -> bytes:
    """Return the content with one to eight changes; some of them splice a piece of another file in."""
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 8))):
        at, there = dice.randrange(len(changed) + 1), dice.randrange(len(other))
        match dice.randrange(6):
            case 0:
                changed[at : at + 1] = dice.randbytes(1)
            case 1:
                del changed[at : at + dice.choice((1, 2, 16, 200))]
            case 2:
                changed[at:at] = dice.choice(PIECES)
            case 3:
                extreme = dice.choice(EXTREMES)
                changed[at : at + len(extreme)] = extreme
            case 4:
                changed[at : at + dice.choice((0, 8, 64))] = other[there : there + dice.choice((4, 32, 4096))]
            case _:
                changed[at:at] = changed[at : at + dice.choice((4, 32, 256))]
    return bytes(changed)


def mutants(files: list[Path], count: int, seed: int) -> list[bytes]:
    dice = random.Random(seed)
    contents = [content for path in files if 0 < len(content := path.read_bytes()) <= LARGEST]
    return [mutant(dice, dice.choice(contents), dice.choice(contents)) for _ in range(count)]


def inspected(content: bytes) -> Inspection:
    """Judge a file as `gatekeeper inspect` does."""
    try:
        artifact = examine(io.BytesIO(content))
    except Unreadable as refusal:
        assert refusal.fix
        assert refusal.what.isprintable()
        obstacle = Obstacle(what=refusal.what, fix=refusal.fix)
        return Inspection(path="m", sha256="", size=len(content), artifact=None, findings=(), obstacle=obstacle)
    incomplete = artifact.incomplete
    return Inspection(
        path="m",
        sha256="",
        size=len(content),
        artifact=artifact,
        findings=tuple(judge_content(artifact, "m", Allowed())),
        obstacle=None if incomplete is None else Obstacle(what=incomplete.what, fix=incomplete.fix),
    )


def test_a_mutant_gives_facts_that_can_be_stored_judged_and_shown(corpus_files: list[Path]) -> None:
    for content in mutants(corpus_files, MUTANTS, seed=4092):
        found = inspected(content)

        stored = msgspec.msgpack.encode(found.artifact)
        assert msgspec.msgpack.encode(msgspec.msgpack.decode(stored, type=Artifact | None)) == stored
        assert render_text([found]).encode("utf-8", "backslashreplace")
        assert json.loads(render_json([found]))["verdict"] == found.verdict.name
        assert found.obstacle is None or found.obstacle.what.isprintable()


READ_ALL = """
import io, json, re, sys, time
sys.path.insert(0, sys.argv[1])
from gatekeeper.artifact import examine
from gatekeeper.errors import Unreadable
# A process inherits ru_maxrss from the one that started it; this is its own, in kB.
peak = lambda: int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
before, count = peak(), 0
while length := sys.stdin.buffer.read(8):
    content = sys.stdin.buffer.read(int.from_bytes(length, "little"))
    count += 1
    try:
        examine(io.BytesIO(content))
    except Unreadable:
        pass
print(json.dumps({"count": count, "seconds": time.process_time(), "kilobytes": peak() - before}))
"""


def test_all_mutants_together_take_little_time_and_memory(corpus_files: list[Path]) -> None:
    package = Path(gatekeeper.__file__).parents[1]
    given = b"".join(len(each).to_bytes(8, "little") + each for each in mutants(corpus_files, MUTANTS, seed=1))

    command = [sys.executable, "-I", "-c", READ_ALL, str(package)]
    told = json.loads(subprocess.run(command, input=given, capture_output=True, check=True).stdout)

    assert told["count"] == MUTANTS
    assert told["seconds"] < SECONDS
    assert told["kilobytes"] < MEGABYTES * 1024


@pytest.fixture
def subject(tmp_path: Path, corpus: Path) -> Candidate:
    """Return a candidate with a model that its training record vouches for."""
    (tmp_path / "store").mkdir()
    content = (corpus / "sklearn-1.4.2" / "logistic.proto4.pkl").read_bytes()
    (tmp_path / "model.pkl").write_bytes(content)
    (tmp_path / "record.json").write_text(training_record({"model.pkl": content}))
    (tmp_path / "production.lock").write_text(SCIKIT_LEARN_1_3_0)
    policy = Policy(
        schema="gatekeeper/candidate@1",
        name="pricing",
        artifacts=("model.pkl",),
        artifact=ArtifactOptions(record="record.json"),
        environment=Environment(production="production.lock", target="cp311-linux_x86_64"),
    )
    declaration = Declaration(policy=policy, path=tmp_path / "gatekeeper.yaml", marks={"": (1, 1)})
    return Candidate(
        root=tmp_path, declaration=declaration, profile=PROFILES["ci"], store=FactStore(tmp_path / "store")
    )


def judged(subject: Candidate, number: int) -> set[str] | None:
    """Return the codes of what blocks, None if the check could not look at everything."""
    outcome = ArtifactIntegrity().run(subject.apart(str(number)))
    if not isinstance(outcome, Examined):
        return None
    return {finding.code for finding in outcome.findings if finding.severity.blocks}


def test_a_mutant_of_a_recorded_file_never_passes(subject: Candidate) -> None:
    path = subject.root / "model.pkl"
    content = path.read_bytes()
    differs = "artifact-integrity/record-differs"
    whole = judged(subject, 0)
    assert whole is not None
    assert differs not in whole

    dice = random.Random(7)
    for number in range(1, MUTANTS // 5):
        changed = mutant(dice, content, content)
        if changed == content:
            continue
        path.write_bytes(changed)
        codes = judged(subject, number)
        assert codes is None or differs in codes
