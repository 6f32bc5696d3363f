"""What signing and verifying cost beyond hashing. From the root: `python -m tests.benchmarks.signoff [ROUNDS]`.

The parts are timed in this process, the commands as processes of their own, each at its least of all rounds. `verify`
is given a model of 1 MiB and one of 256 MiB: what the larger takes more is hashing, and stands beside the time that
hashlib alone needs for it. It measures and does not judge.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gatekeeper.cli.signing.output import write_folder
from gatekeeper.environment.installed.probe import probe
from tests.benchmarks.artifacts import Costs, run
from tests.signoff.making import SIGNER, Case, facts, key_of, pem

ROUNDS = 7
TARGET = 0.2
SIZES = (1 << 20, 1 << 28)
GATE = [sys.executable, "-I", "-m", "gatekeeper"]


def least(work: Callable[[int], object], rounds: int) -> tuple[float, float]:
    """Return the least wall and processor time of a piece of work, in seconds; it is told which round it is."""
    walls, processor = [], []
    for number in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        work(number)
        walls.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    return min(walls), min(processor)


def parts(folder: Path, rounds: int) -> Iterator[tuple[str, float, float]]:
    """Yield what the parts take within a process."""
    case = Case(folder / "parts")
    yield "read the key", *least(lambda _: key_of(SIGNER), rounds)
    yield "make and sign three statements", *least(lambda _: case.composed(case.facts), rounds)
    files = case.composed(case.facts)
    yield "write the folder", *least(lambda number: write_folder(folder / f"out-{number}", files), rounds)
    yield "verify, a model of a few hundred bytes", *least(lambda _: case.verify(), rounds)
    yield "(signoff also asks production's interpreter)", *least(lambda _: probe(sys.executable), min(rounds, 3))


def _hash(data: bytes, number: int) -> None:
    del number
    hashlib.sha256(data)


def commands(folder: Path, rounds: int) -> Iterator[tuple[str, float, float]]:
    """Yield what whole commands take."""
    empty = Costs()
    for _ in range(rounds):
        empty.add(run([*GATE, "--version"], folder))
    yield "gatekeeper --version", *empty.least[:2]
    key = folder / "key.pem"
    key.write_bytes(pem("reviewer"))
    key.chmod(0o600)
    for size in SIZES:
        data = bytes(size)
        case = Case(folder / str(size))
        (case.model / "model.pkl").write_bytes(data)
        now = datetime.now(UTC)
        case.resign(replace(facts({"model.pkl": data}), created=now))
        for path in case.release.glob("approval-*"):
            path.unlink()
        costs = Costs()
        for _ in range(rounds):
            words = ["verify", str(case.release), "--model", str(case.model), "--keys", str(case.folder / "keys")]
            costs.add(run([*GATE, *words], folder))
        assert costs.least[3] == 0
        yield f"gatekeeper verify, {size >> 20} MiB", *costs.least[:2]
        yield f"  sha256 of {size >> 20} MiB alone", *least(partial(_hash, data), rounds)
    costs = Costs()
    for _ in range(rounds):
        for path in case.release.glob("approval-*"):
            path.unlink()
        costs.add(run([*GATE, "approve", str(case.release), "--key", str(key)], folder))
    assert costs.least[3] == 0
    yield "gatekeeper approve", *costs.least[:2]


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(f"target: sign and verify in less than {TARGET} s each beyond hashing; least of {rounds}")
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':<48}{'wall ms':>9}{'CPU ms':>9}")
        for name, wall, processor in (*parts(Path(folder), rounds), *commands(Path(folder), rounds)):
            print(f"{name:<48}{wall * 1000:>9.1f}{processor * 1000:>9.1f}")


if __name__ == "__main__":
    main()
