"""The tools that install packages: which words call them, which options take a value, what each option means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gatekeeper.environment.dockerfile.arguments import Grammar

PYTHON = re.compile(r"(?:python|pypy)[0-9.]*t?")
PIP = re.compile(r"pip[0-9.]*")
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
    | frozenset({"--from", "--no-extra", "--no-group", "--no-install-package", "--only-group", "--package", "--with"}),
    short=PIP_GRAMMAR.short,
)
OTHER_GRAMMAR = Grammar(
    with_value=frozenset(
        [
            "--channel",
            "--directory",
            "--environment",
            "--extra",
            "--extras",
            "--file",
            "--group",
            "--lockfile",
            "--manifest-path",
            "--name",
            "--only",
            "--platform",
            "--prefix",
            "--project",
            "--python",
            "--repodata-fn",
            "--revision",
            "--root-prefix",
            "--solver",
            "--with",
            "--without",
        ]
    ),
    short=MappingProxyType(
        {"C": "--directory", "c": "--channel", "E": "--extras", "f": "--file", "G": "--group", "n": "--name"}
        | {"p": "--prefix", "e": "--environment"}
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTool:
    """A command that installs a project's lock.

    Attributes:
        file: The lock that lies beside the project file.
        frozen_by: Options that keep it from resolving again; empty where it never does.
        variables: Variables of the environment that do the same.
    """

    file: str
    frozen_by: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


LOCK_TOOLS: Mapping[str, LockTool] = MappingProxyType(
    {
        "uv sync": LockTool(file="uv.lock", frozen_by=("--locked", "--frozen"), variables=("UV_FROZEN", "UV_LOCKED")),
        "poetry install": LockTool(file="poetry.lock"),
        "poetry sync": LockTool(file="poetry.lock"),
        "pdm sync": LockTool(file="pdm.lock"),
        "pdm install": LockTool(
            file="pdm.lock", frozen_by=("--frozen-lockfile", "--check"), variables=("PDM_FROZEN_LOCKFILE",)
        ),
        "pipenv sync": LockTool(file="Pipfile.lock"),
        "pipenv install": LockTool(file="Pipfile.lock", frozen_by=("--deploy", "--ignore-pipfile")),
        "pixi install": LockTool(
            file="pixi.lock", frozen_by=("--locked", "--frozen"), variables=("PIXI_FROZEN", "PIXI_LOCKED")
        ),
        "conda-lock install": LockTool(file="conda-lock.yml"),
    }
)
# Commands whose words are packages, whatever a lock says.
ADDING = frozenset(
    {"uv add", "uv tool install", "poetry add", "pdm add", "pipx install", "pixi add", "pixi global install"}
    | {f"{tool} {verb}" for tool in ("conda", "mamba", "micromamba") for verb in ("install", "create", "update")}
    | {f"{tool} env {verb}" for tool in ("conda", "mamba", "micromamba") for verb in ("create", "update")}
)
TOOLS = frozenset(word.partition(" ")[0] for word in (*LOCK_TOOLS, *ADDING)) | {"uv"}
