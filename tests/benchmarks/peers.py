"""The gate beside its peers: what a start costs, and what bad input and hostile files look like by the exit code.

From the repository's root: `python -m tests.benchmarks.peers FOLDER [--rounds N] [--only TABLE ...] [--peers NAME ...]`
FOLDER is where the peers' environments are made, one each, of exact versions (2 GB, minutes); those that are there are
kept. All commands of a table run on the same files in the same run, in a scratch folder with an environment of its own.

The tables are Markdown. Start: processor seconds (user and system) of the whole command, the least of N rounds. Bad
input: the exit code of each command, `green` where it is 0. Scanners: how many files of `tests/artifact/corpus` each
calls clean. The corpus is ours, and a peer may hold a file for out of its scope: what counts is what CI sees of that.
It measures and does not judge: the exit code is 0. A peer that asks a service in the network says here what it says
without.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.peers_files import write_files

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "artifact" / "corpus"
ORDINARY = ("sklearn-1.4.2", "sklearn-1.9.1", "joblib-1.1.1")
NOT_ORDINARY = ("command", "decoys")
ROUNDS = 5
TIME_LIMIT = 180
CASES = (
    "absent path",
    "empty folder",
    "empty file",
    "malformed file",
    "unknown check",
    "unknown format",
    "findings",
    "findings, as SARIF",
)
EXAMPLE, INCIDENT = str(ROOT / "examples" / "pricing"), str(ROOT / "examples" / "incident-4092x")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A peer: what pip installs, and its command lines. `{}` stands for the folder of the files.

    Attributes:
        program: the words that start it; by default the command of its name.
        version, help: the arguments of a start; None where it has no such thing.
        cases: the arguments of each case that it knows, by the names of `CASES`.
    """

    name: str
    requirement: str = ""
    program: tuple[str, ...] = ()
    version: str | None = "--version"
    help: str | None = "--help"
    cases: Mapping[str, str] = field(default_factory=dict)

    def command(self, folder: Path, arguments: str, files: Path) -> list[str]:
        """Return the whole command line."""
        binaries = folder / self.name / "bin"
        program = self.program or (self.name,)
        first = sys.executable if not self.requirement else str(binaries / program[0])
        words = [each.replace("{}", str(files)) for each in arguments.split()]
        return [first, *(program if not self.requirement else program[1:]), *words]


def _cases(scan: str, names: Sequence[str], **more: str) -> dict[str, str]:
    """Return the cases of which the command differs in the file alone, by the order of `CASES`, and others."""
    of_files = ("absent path", "empty folder", "empty file", "malformed file", "findings")
    cases = {case: f"{scan} {{}}/{name}" for case, name in zip(of_files, names, strict=True)}
    return {**cases, **{name.replace("_", " "): arguments for name, arguments in more.items()}}


GATE = ("-I", "-m", "gatekeeper")
TOOLS = (
    Tool(
        name="gatekeeper run",
        program=GATE,
        cases={
            "absent path": "run {}/nope",
            "empty folder": "run {}/empty",
            "empty file": "run {}/empty-baseline --check baseline",
            "malformed file": "run {}/cut-baseline --check baseline",
            "unknown check": f"run {EXAMPLE} --check version-pinnin",
            "unknown format": f"run {EXAMPLE} --report sariff",
            "findings": f"run {INCIDENT} --check version-pinning",
            "findings, as SARIF": f"run {INCIDENT} --check version-pinning --report sarif",
        },
    ),
    Tool(
        name="gatekeeper inspect",
        program=GATE,
        version=None,
        help=None,
        cases=_cases(
            "inspect",
            ("nope.pkl", "empty", "empty.pkl", "cut.pkl", "call.pkl"),
            unknown_format="inspect --format sariff {}/call.pkl",
        ),
    ),
    Tool(
        name="gatekeeper lint",
        program=GATE,
        version=None,
        help=None,
        cases={
            **_cases("lint", ("nope.py", "empty", "empty.py", "malformed.py", "serving.py")),
            "unknown format": "lint --format sariff {}/serving.py",
            "findings, as SARIF": "lint --format sarif {}/serving.py",
        },
    ),
    Tool(
        name="picklescan",
        requirement="picklescan==1.0.5",
        version=None,
        cases=_cases("-p", ("nope.pkl", "empty", "empty.pkl", "cut.pkl", "call.pkl")),
    ),
    Tool(
        name="modelscan",
        requirement="modelscan==0.8.8",
        cases=_cases(
            "scan -p",
            ("nope.pkl", "empty", "empty.pkl", "cut.pkl", "call.pkl"),
            unknown_format="scan -r sariff -p {}/call.pkl",
        ),
    ),
    Tool(
        name="pip-audit",
        requirement="pip-audit==2.10.1",
        cases={
            "absent path": "--disable-pip --no-deps -r {}/nope.txt",
            "empty folder": "{}/empty",
            "empty file": "--disable-pip --no-deps -r {}/empty.txt",
            "malformed file": "--disable-pip --no-deps -r {}/malformed.txt",
            "unknown format": "--disable-pip --no-deps -f sariff -r {}/empty.txt",
        },
    ),
    Tool(
        name="zizmor",
        requirement="zizmor==1.32.0",
        cases={
            **_cases("--offline", ("nope.yml", "empty", "empty.yml", "malformed.yml", "workflow.yml")),
            "unknown format": "--offline --format sariff {}/workflow.yml",
            "findings, as SARIF": "--offline --format sarif {}/workflow.yml",
        },
    ),
    Tool(
        name="ruff",
        requirement="ruff==0.17.6",
        cases={
            **_cases("check --no-cache", ("nope.py", "empty", "empty.py", "malformed.py", "unused.py")),
            "unknown check": "check --no-cache --select NOPE999 {}/unused.py",
            "unknown format": "check --no-cache --output-format sariff {}/unused.py",
            "findings, as SARIF": "check --no-cache --output-format sarif {}/unused.py",
        },
    ),
    Tool(
        name="checkov",
        requirement="checkov==3.3.30",
        cases={
            "absent path": "--skip-download -d {}/nope",
            "empty folder": "--skip-download -d {}/empty",
            "empty file": "--skip-download -f {}/empty.yml",
            "malformed file": "--skip-download -f {}/malformed.yml",
            "unknown check": "--skip-download -c CKV_NOPE_1 -f {}/pod.yml",
            "unknown format": "--skip-download -o sariff -f {}/pod.yml",
            "findings": "--skip-download -f {}/pod.yml",
            "findings, as SARIF": "--skip-download -o sarif -f {}/pod.yml",
        },
    ),
    Tool(
        name="deepchecks",
        requirement="deepchecks==0.19.1",
        program=("python", "-c", "import deepchecks"),
        version="",
        help=None,
    ),
    Tool(name="evidently", requirement="evidently==0.7.23", version=None),
)
SCANNERS = {"gatekeeper inspect": "inspect", "picklescan": "-p", "modelscan": "scan -p"}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code (None: it was stopped at the limit), processor seconds, what it printed."""

    code: int | None
    seconds: float
    output: str

    @property
    def trace(self) -> bool:
        """Whether the user was shown the inside of the program."""
        return "Traceback (most recent" in self.output or "stack backtrace" in self.output.lower()


def run(command: Sequence[str], scratch: Path) -> Ended:
    """Run a command to its end."""
    environment = {"PATH": os.defpath, "HOME": str(scratch), "LANG": "C.UTF-8", "COLUMNS": "120"}
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            ["timeout", str(TIME_LIMIT), *command],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        shown = output.read().decode(errors="replace")
    return Ended(code=None if code == 124 else code, seconds=usage.ru_utime + usage.ru_stime, output=shown)


def install(tool: Tool, folder: Path) -> bool:
    """Make the tool's environment if it is not there; return whether it is."""
    home = folder / tool.name
    if not tool.requirement or (home / "installed").exists():
        return True
    print(f"installing {tool.requirement}", file=sys.stderr)
    venv.create(home, clear=True, with_pip=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, tool.requirement], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{tool.requirement} can't be installed: {done.stderr.strip()}", file=sys.stderr)
        return False
    (home / "installed").touch()
    return True


def start_table(tools: Sequence[Tool], folder: Path, scratch: Path, rounds: int) -> Iterator[str]:
    """Measure what a start costs."""
    yield f"Processor seconds of a start, the least of {rounds}; `crash`: it ended with a traceback.\n"
    yield "| | `--version` | `--help` |\n|---|---|---|"
    costs: dict[tuple[str, str], list[Ended]] = {}
    for _ in range(rounds):
        for tool in tools:
            for kind, arguments in (("version", tool.version), ("help", tool.help)):
                if arguments is not None:
                    ended = run(tool.command(folder, arguments, scratch), scratch)
                    costs.setdefault((tool.name, kind), []).append(ended)
    for tool in tools:
        cells = [_cost(costs.get((tool.name, kind), ())) for kind in ("version", "help")]
        if cells != ["-", "-"]:
            note = " (`import`)" if tool.program[1:2] == ("-c",) else ""
            yield f"| {tool.requirement or 'gatekeeper'}{note} | {' | '.join(cells)} |"


def _cost(runs: Sequence[Ended]) -> str:
    if not runs:
        return "-"
    least = min(runs, key=lambda ended: ended.seconds)
    return f"{least.seconds:.3f}{' crash' if least.trace else f' exit {least.code}' if least.code else ''}"


def input_table(tools: Sequence[Tool], folder: Path, scratch: Path, files: Path) -> Iterator[str]:
    """Run each case once; tell the exit codes, and whether they tell findings from what could not be read and usage."""
    yield "Exit codes; `t`: with a traceback. Told apart: findings, what can't be read and a wrong command line.\n"
    yield f"| | {' | '.join(CASES)} | told apart |\n|---|{'---|' * (len(CASES) + 1)}"
    for tool in tools:
        if not tool.cases:
            continue
        ended = {case: run(tool.command(folder, line, files), scratch) for case, line in tool.cases.items()}
        cells = [_cell(ended[case]) if case in ended else "-" for case in CASES]
        yield f"| {tool.requirement or tool.name} | {' | '.join(cells)} | {_told_apart(ended)} |"


def _cell(ended: Ended) -> str:
    shown = "limit" if ended.code is None else "**0 green**" if ended.code == 0 else str(ended.code)
    return f"{shown}{' t' if ended.trace else ''}"


def _told_apart(ended: Mapping[str, Ended]) -> str:
    """Return whether the exit codes of findings, of what can't be read and of a wrong command line are three."""
    wrong = "unknown format" if "unknown format" in ended else "absent path"
    kinds = [ended[case].code for case in ("findings", "malformed file", wrong) if case in ended]
    if len(kinds) < 3:
        return "-"
    return "yes" if len(set(kinds)) == 3 and 0 not in kinds else "no"


def scanner_table(tools: Sequence[Tool], folder: Path, scratch: Path, files: Path) -> Iterator[str]:
    """Let each scanner read hostile and ordinary files, one process each; count what it calls clean."""
    hostile, ordinary = _hostile(scratch / "hostile"), _ordinary(scratch / "ordinary")
    named = ("call.pkl", "call-then-broken.pkl", "call-then-cut.joblib", "packed.joblib")
    yield f"Of {len(hostile)} hostile files and {len(ordinary)} ordinary ones; exit codes of single files.\n"
    yield f"| | hostile, exit 0 | ordinary, exit 0 | {' | '.join(f'`{name}`' for name in named)} |"
    yield f"|---|---|---|{'---|' * len(named)}"
    for tool in tools:
        if tool.name in SCANNERS:
            ask = functools.partial(_scan, tool, folder, scratch)
            clean = [sum(ask(path).code == 0 for path in paths) for paths in (hostile, ordinary)]
            cells = [_cell(ask(files / name)) for name in named]
            yield f"| {tool.requirement or tool.name} | {clean[0]} | {clean[1]} | {' | '.join(cells)} |"


def _scan(tool: Tool, folder: Path, scratch: Path, path: Path) -> Ended:
    return run([*tool.command(folder, SCANNERS[tool.name], scratch), str(path)], scratch)


def _hostile(target: Path) -> list[Path]:
    """Copy the stand-ins that call something by name; under their own names, for scanners go by the extension."""
    expected = json.loads((CORPUS / "malicious" / "expected.json").read_text())
    names = [name for name in expected if expected[name]["at"]]
    return _copies([(CORPUS / "malicious" / name, name.removesuffix(".standin")) for name in names], target)


def _ordinary(target: Path) -> list[Path]:
    found = [path for each in ORDINARY for path in sorted((CORPUS / each).iterdir())]
    models = [path for path in found if path.suffix in {".pkl", ".joblib"} and not path.name.startswith(NOT_ORDINARY)]
    return _copies([(path, f"{path.parent.name}-{path.name}") for path in models], target)


def _copies(pairs: Sequence[tuple[Path, str]], target: Path) -> list[Path]:
    target.mkdir()
    for source, name in pairs:
        (target / name).write_bytes(source.read_bytes())
    return [target / name for _, name in pairs]


def main() -> None:
    """Make the environments that are not there, measure, and print the tables."""
    tables = ("start", "input", "scanners")
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="+", choices=tables, default=tables)
    parser.add_argument("--peers", nargs="+", choices=[tool.name for tool in TOOLS if tool.requirement])
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [tool for tool in TOOLS if not tool.requirement or tool.name in (chosen.peers or (tool.name,))]
    tools = [tool for tool in wanted if install(tool, folder)]
    with tempfile.TemporaryDirectory() as place:
        scratch, files = Path(place) / "scratch", Path(place) / "files"
        scratch.mkdir()
        write_files(files)
        makers: dict[str, Callable[[], Iterator[str]]] = {
            "start": lambda: start_table(tools, folder, scratch, chosen.rounds),
            "input": lambda: input_table(tools, folder, scratch, files),
            "scanners": lambda: scanner_table(tools, folder, scratch, files),
        }
        for name in chosen.only:
            print(*makers[name](), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
