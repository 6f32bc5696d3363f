"""What the lint of serving code costs. From the root: `python -m tests.benchmarks.lint`.

`--peers` is an interpreter beside which TorchFix and ruff are installed; they read the same tree in the same run, and
TorchFix only the sizes below `--torchfix-lines`, for it reads 0.4 kLOC a second. `--packages` is a folder of installed
packages, such as site-packages with torch and transformers: each package is linted whole, every public function as an
entry point, and every file of it on its own, as a test of crashes and of slow files.

All commands are whole processes, taken in turn, each at its least of all rounds. It measures and does not judge.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.artifacts import Costs, run
from tests.benchmarks.serving_tree import write_tree

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
GATE = [sys.executable, "-I", "-m", "gatekeeper", "lint"]
SMALL = """\
import torch
from flask import Flask

app = Flask(__name__)
model = torch.jit.load("m.ts")


@app.post("/price")
@torch.inference_mode()
def price(x):
    return str(model(x))
"""

PARSE = """
import ast, gc, sys
from pathlib import Path
gc.disable()
for each in Path(sys.argv[1]).rglob("*.py"):
    ast.parse(each.read_text())
"""
EACH = """
import sys, time
from pathlib import Path
from gatekeeper.inference import analyse_paths
worst, count, failed = (0.0, ""), 0, []
for each in sorted(Path(sys.argv[1]).rglob("*.py")):
    began = time.perf_counter()
    try:
        analyse_paths([each], all_functions=True)
    except Exception as error:
        failed.append(f"{each}: {type(error).__name__}: {error}")
    count += 1
    worst = max(worst, (time.perf_counter() - began, str(each)))
print(f"{count} files, slowest {worst[0]:.2f} s ({worst[1]}), {len(failed)} exceptions", *failed, sep="\\n")
"""


def commands(peers: Path | None, lines: int, torchfix_lines: int) -> Iterator[tuple[str, list[str]]]:
    """Yield each command, without the folder at its end."""
    yield "ast.parse alone", [sys.executable, "-I", "-c", PARSE]
    yield "gatekeeper lint", GATE
    if peers is not None:
        yield "ruff check (default)", [str(peers.parent / "ruff"), "check", "--no-cache", "--isolated", "--quiet"]
        if lines <= torchfix_lines:
            yield "torchfix --select=ALL", [str(peers.parent / "torchfix"), "--select=ALL"]


def by_size(folder: Path, rounds: int, peers: Path | None, torchfix_lines: int) -> Iterator[str]:
    """Yield the lines of the table of sizes."""
    yield f"{'command':<24}{'lines':>8}{'exit':>6}{'wall s':>9}{'CPU s':>9}{'kLOC/s':>9}{'of parse':>10}{'MB':>7}"
    for size in SIZES:
        tree = folder / str(size)
        lines = write_tree(tree, size)
        costs: dict[str, Costs] = {}
        for number in range(rounds):
            for name, command in commands(peers, lines, torchfix_lines):
                if name.startswith("torchfix") and number > 0:
                    continue
                costs.setdefault(name, Costs()).add(run([*command, str(tree)], folder))
        parse = costs["ast.parse alone"].least[0]
        for name, each in costs.items():
            wall, processor, resident, code = each.least
            yield (
                f"{name:<24}{lines:>8}{code:>6}{wall:>9.3f}{processor:>9.3f}{lines / wall / 1000:>9.1f}"
                f"{wall / parse:>9.2f}x{resident / 1e6:>7.0f}"
            )


def small_file(folder: Path, rounds: int, peers: Path | None) -> Iterator[str]:
    """Yield the lines of the table of one small file."""
    file = folder / "small.py"
    file.write_text(SMALL, encoding="utf-8")
    named = [("python -I -c pass", [sys.executable, "-I", "-c", "pass"]), *commands(peers, 10, 10)]
    costs = {name: Costs() for name, _ in named}
    for _ in range(rounds * 2):
        for name, command in named:
            if name != "ast.parse alone":
                costs[name].add(run(command if command[-1] == "pass" else [*command, str(file)], folder))
    yield f"{'one file of 11 lines':<24}{'exit':>6}{'wall s':>9}{'CPU s':>9}{'MB':>7}"
    for name, each in costs.items():
        if each.rounds:
            wall, processor, resident, code = each.least
            yield f"{name:<24}{code:>6}{wall:>9.3f}{processor:>9.3f}{resident / 1e6:>7.0f}"


def packages(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Lint installed packages: whole, and file by file."""
    for name in names:
        package = folder / name
        began = time.perf_counter()
        done = subprocess.run([*GATE, "--all-functions", str(package)], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        *_, looked, _, verdict = done.stdout.splitlines() or ["", "", done.stderr]
        yield f"{name}: exit {done.returncode} after {seconds:.1f} s; {looked[:80]}...; {verdict}"
        yield run([sys.executable, "-I", "-c", EACH, str(package)], folder).output.rstrip()


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lint")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--names", nargs="*", default=["torch", "transformers"])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--torchfix-lines", type=int, default=2_000)
    asked = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, {asked.rounds} rounds, least of each\n")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for line in small_file(folder, asked.rounds, asked.peers):
            print(line, flush=True)
        print()
        for line in by_size(folder, asked.rounds, asked.peers, asked.torchfix_lines):
            print(line, flush=True)
    if asked.packages is not None:
        print()
        for line in packages(asked.packages, asked.names):
            print(line, flush=True)


if __name__ == "__main__":
    main()
