"""The tools that install packages: which words call them, which options take a value, what each option means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gatekeeper.environment.dockerfile.arguments import Grammar

PYTHON = re.compile(r"(?:python|pypy|py)[0-9.]*t?(?:\.exe)?", re.IGNORECASE)
PIP = re.compile(r"pip[0-9.]*?(?:\.exe)?", re.IGNORECASE)
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})
# Words that run the command behind them, and which of their own options take a value.
WRAPPERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sudo": frozenset({"-u", "-g", "-h", "-p"}),
        "env": frozenset({"-u", "-C", "-S"}),
        "exec": frozenset({"-a"}),
        "command": frozenset(),
        "nohup": frozenset(),
        "nice": frozenset({"-n"}),
        "ionice": frozenset({"-c", "-n"}),
        "xargs": frozenset({"-n", "-L", "-P", "-I", "-a", "-d"}),
    }
)
# Programs whose words are data: a command that is named there does not run.
QUIET = frozenset(
    [
        "[",
        "[[",
        "apk",
        "apt",
        "apt-get",
        "cat",
        "chmod",
        "chown",
        "cp",
        "curl",
        "dnf",
        "echo",
        "git",
        "grep",
        "hash",
        "ln",
        "ls",
        "microdnf",
        "mkdir",
        "mv",
        "npm",
        "printf",
        "rm",
        "sed",
        "tar",
        "test",
        "touch",
        "type",
        "wget",
        "which",
        "yum",
    ]
)
# Programs that take a shell script as one word, and programs whose commands stand in a file of their own.
SCRIPT_RUNNERS = frozenset({"flock", "parallel", "runuser", "script", "su", "trap", "watch"})
SCRIPTED = frozenset({"invoke", "just", "make", "nox", "task", "tox"})

# As the help texts of pip 26.3 and uv 0.13 list them.
PIP_GRAMMAR = Grammar(
    with_value=frozenset(
        [
            "--abi",
            "--allow-insecure-host",
            "--all-releases",
            "--build-constraint",
            "--build-constraints",
            "--cache-dir",
            "--cert",
            "--client-cert",
            "--color",
            "--config-file",
            "--config-setting",
            "--config-settings",
            "--constraint",
            "--constraints",
            "--default-index",
            "--dest",
            "--directory",
            "--editable",
            "--exclude-newer",
            "--exists-action",
            "--extra",
            "--extra-index-url",
            "--find-links",
            "--fork-strategy",
            "--global-option",
            "--group",
            "--implementation",
            "--index",
            "--index-strategy",
            "--index-url",
            "--keyring-provider",
            "--link-mode",
            "--log",
            "--no-binary",
            "--no-build-isolation-package",
            "--no-build-package",
            "--no-binary-package",
            "--only-binary",
            "--only-final",
            "--override",
            "--overrides",
            "--platform",
            "--prefix",
            "--prerelease",
            "--progress-bar",
            "--project",
            "--proxy",
            "--python",
            "--python-platform",
            "--python-version",
            "--refresh-package",
            "--reinstall-package",
            "--report",
            "--requirement",
            "--requirements",
            "--requirements-from-script",
            "--resolution",
            "--resume-retries",
            "--retries",
            "--root",
            "--root-user-action",
            "--src",
            "--target",
            "--timeout",
            "--torch-backend",
            "--trusted-host",
            "--upgrade-package",
            "--upgrade-strategy",
            "--uploaded-prior-to",
            "--use-deprecated",
            "--use-feature",
            "--wheel-dir",
        ]
    ),
    short=MappingProxyType(
        {
            "C": "--config-settings",
            "P": "--upgrade-package",
            "c": "--constraint",
            "d": "--dest",
            "e": "--editable",
            "f": "--find-links",
            "i": "--index-url",
            "p": "--python",
            "r": "--requirement",
            "t": "--target",
            "w": "--wheel-dir",
        }
    ),
)
UV_GRAMMAR = Grammar(
    with_value=PIP_GRAMMAR.with_value
    | frozenset(
        {"--env-file", "--from", "--no-extra", "--no-group", "--no-install-package", "--only-group", "--package"}
    )
    | frozenset({"--format", "--no-editable-package", "--no-emit-package", "--output-file", "--prune"})
    | frozenset({"--upgrade-group", "--with", "--with-editable", "--with-requirements"}),
    short=MappingProxyType({**PIP_GRAMMAR.short, "o": "--output-file", "w": "--with"}),
)
_OF_OTHERS = frozenset(
    [
        "--channel",
        "--directory",
        "--editable",
        "--environment",
        "--extra",
        "--extras",
        "--file",
        "--format",
        "--group",
        "--index-url",
        "--lockfile",
        "--manifest-path",
        "--name",
        "--only",
        "--output",
        "--pip-args",
        "--platform",
        "--prefix",
        "--project",
        "--python",
        "--python-executable",
        "--repodata-fn",
        "--requirements",
        "--revision",
        "--root-prefix",
        "--solver",
        "--spec",
        "--with",
        "--without",
    ]
)
_CONDA = {"c": "--channel", "f": "--file", "n": "--name", "p": "--prefix", "r": "--root-prefix"}
# One letter is another option in each tool: `-n` is a name for conda, and takes no value for Poetry.
_SHORT: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "poetry": {"C": "--directory", "E": "--extras", "P": "--project", "f": "--format", "o": "--output"},
        "pdm": {"G": "--group", "L": "--lockfile", "f": "--format", "o": "--output", "p": "--project"},
        "pipenv": {"e": "--editable", "r": "--requirements"},
        "pixi": {"e": "--environment", "p": "--platform"},
        **dict.fromkeys(("conda", "mamba", "micromamba"), _CONDA),
        "conda-lock": {**_CONDA, "E": "--extras", "e": "--extras"},
    }
)


def grammar_of(program: str) -> Grammar:
    """Return the grammar of a tool of `TOOLS`."""
    return UV_GRAMMAR if program in {"uv", "uvx"} else Grammar(with_value=_OF_OTHERS, short=_SHORT.get(program, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTool:
    """A command that installs a project's lock.

    Attributes:
        file: The lock that lies beside the project file.
        frozen_by: Options that keep it from resolving again; empty where it never does.
        variables: Variables of the environment that do the same.
        idle_by: Options with which it installs nothing.
        idle_variables: Variables of the environment that do the same.
        takes_files: Whether its words are lock files, to be installed in place of `file`.
        runs: Whether its words are a command, which it runs when the lock is installed.
    """

    file: str
    frozen_by: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    idle_by: tuple[str, ...] = ()
    idle_variables: tuple[str, ...] = ()
    takes_files: bool = False
    runs: bool = False


LOCK_TOOLS: Mapping[str, LockTool] = MappingProxyType(
    {
        "uv sync": LockTool(
            file="uv.lock",
            frozen_by=("--locked", "--frozen"),
            variables=("UV_FROZEN", "UV_LOCKED"),
            idle_by=("--dry-run", "--check"),
        ),
        "uv run": LockTool(
            file="uv.lock",
            frozen_by=("--locked", "--frozen"),
            variables=("UV_FROZEN", "UV_LOCKED"),
            idle_by=("--no-sync", "--no-project", "--script"),
            idle_variables=("UV_NO_SYNC", "UV_NO_PROJECT"),
            runs=True,
        ),
        "poetry install": LockTool(file="poetry.lock", idle_by=("--dry-run", "--only-root")),
        "poetry sync": LockTool(file="poetry.lock", idle_by=("--dry-run", "--only-root")),
        "pdm sync": LockTool(file="pdm.lock"),
        "pdm install": LockTool(
            file="pdm.lock", frozen_by=("--frozen-lockfile", "--check"), variables=("PDM_FROZEN_LOCKFILE",)
        ),
        "pipenv sync": LockTool(file="Pipfile.lock"),
        "pipenv install": LockTool(file="Pipfile.lock", frozen_by=("--deploy", "--ignore-pipfile")),
        "pixi install": LockTool(
            file="pixi.lock", frozen_by=("--locked", "--frozen"), variables=("PIXI_FROZEN", "PIXI_LOCKED")
        ),
        "conda-lock install": LockTool(file="conda-lock.yml", takes_files=True),
        "pip-sync": LockTool(file="requirements.txt", takes_files=True),
        "piptools sync": LockTool(file="requirements.txt", takes_files=True),
    }
)
RUNNERS = frozenset(name for name, tool in LOCK_TOOLS.items() if tool.runs)
# Commands that write a lock anew, and the options with which they only compare or show it.
RESOLVING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "uv lock": ("--check", "--locked", "--check-exists", "--dry-run"),
        "poetry lock": ("--check",),
        "poetry update": ("--dry-run",),
        "pdm lock": ("--check",),
        "pdm update": ("--dry-run",),
        "pipenv lock": (),
        "pipenv update": ("--outdated", "--dry-run"),
        "pixi lock": ("--check", "--dry-run"),
        "pixi update": ("--dry-run",),
        "conda-lock lock": (),
        "pip-compile": ("--dry-run",),
        "piptools compile": ("--dry-run",),
    }
)
# Commands whose words are packages, whatever a lock says.
ADDING = frozenset(
    {
        "easy_install",
        "uv add",
        "uv tool install",
        "uv tool upgrade",
        "poetry add",
        "pdm add",
        "pipx inject",
        "pipx install",
        "pipx upgrade",
        "pixi add",
        "pixi global install",
    }
    | {f"{tool} {verb}" for tool in ("conda", "mamba", "micromamba") for verb in ("install", "create", "update")}
    | {f"{tool} env {verb}" for tool in ("conda", "mamba", "micromamba") for verb in ("create", "update")}
)
# Commands that install one package to run it once: their first word, or what these options name.
RUNNING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"uvx": ("--from",), "uv tool run": ("--from",), "pipx run": ("--spec",)}
)
# Commands that write a project lock in a form which another tool installs.
EXPORTING: Mapping[str, LockTool] = MappingProxyType(
    {
        "uv export": LOCK_TOOLS["uv sync"],
        "poetry export": LOCK_TOOLS["poetry sync"],
        "pdm export": LOCK_TOOLS["pdm sync"],
        "pipenv requirements": LOCK_TOOLS["pipenv sync"],
    }
)
_NAMES = frozenset({*LOCK_TOOLS, *RESOLVING, *ADDING, *RUNNING, *EXPORTING})
TOOLS = frozenset(word.partition(" ")[0] for word in _NAMES)


def name_of(program: str, words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the longest name of a known command that the words begin with, and the words behind it."""
    for count in (2, 1, 0):
        name = " ".join((program, *words[:count]))
        if len(words) >= count and name in _NAMES:
            return name, words[count:]
    return program, words
