"""Options that change what is installed, wherever they are given: on the command line, in the environment, by config.

pip reads each option from `PIP_<NAME>`, uv from `UV_<NAME>`; `pip config set` writes a file that every later pip reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gatekeeper.environment.dockerfile.facts import Given
from gatekeeper.environment.urls import is_url, without_credentials

# As `pip install --help` (26.3) and `uv help sync` (0.13) name them.
CHANGING = frozenset(
    {
        "--allow-insecure-host",
        "--break-system-packages",
        "--config-file",
        "--default-index",
        "--extra-index-url",
        "--find-links",
        "--index",
        "--index-strategy",
        "--index-url",
        "--no-binary",
        "--no-build-isolation",
        "--no-index",
        "--no-verify",
        "--no-verify-hashes",
        "--only-binary",
        "--pre",
        "--prerelease",
        "--trusted-host",
    }
)
_OF_A_LOCK = frozenset({"--require-hashes", "--no-deps", "--frozen", "--locked"})
_OTHER_NAMES = {"UV_INSECURE_HOST": "--allow-insecure-host", "UV_CONFIG_FILE": "--config-file"}
_FALSE = frozenset({"", "0", "false", "no", "off", "n", "f"})
PREFIXES = {"pip": "PIP_", "uv": "UV_"}


def setting(variable: str, value: str, by: str, line: int, script: str = "") -> Given | None:
    """Return the option that a variable of the environment sets; None for a variable that changes nothing here."""
    if not variable.startswith(tuple(PREFIXES.values())):
        return None
    name = _OTHER_NAMES.get(variable) or f"--{variable.partition('_')[2].lower().replace('_', '-')}"
    known = name in CHANGING or name in _OF_A_LOCK
    return given(name, value, f"{by} {variable}", line, script) if known else None


def given(name: str, value: str, by: str, line: int, script: str = "") -> Given:
    """Return the option with the credentials of each URL taken out."""
    clean = " ".join(without_credentials(each) if is_url(each) else each for each in value.split())
    return Given(name=name, value=clean, by=by, line=line, script=script)


def from_environment(
    tool: str, variables: Mapping[str, str | None], origins: Mapping[str, Given], line: int, script: str
) -> Iterator[Given]:
    """Yield what the variables that a command sees set for a tool.

    Args:
        tool: `pip` or `uv`.
        variables: All that the command sees.
        origins: What ENV and ARG set, by variable; the rest was set by the script itself.
        line: Of the command.
        script: The file of the build context that holds the command; `""` for the Dockerfile.
    """
    for variable, value in sorted(variables.items()):
        if not variable.startswith(PREFIXES[tool]) or value is None or not is_on(value):
            continue
        found = setting(variable, value, "variable", line, script)
        if found is not None:
            origin = origins.get(variable)
            yield origin if origin is not None and origin.value == found.value else found


def is_on(value: str) -> bool:
    """Return whether a value switches a flag on; pip and uv take the same words for off."""
    return value.strip().lower() not in _FALSE
