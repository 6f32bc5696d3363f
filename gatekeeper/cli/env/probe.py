"""`gatekeeper env probe`: what an interpreter has installed, measured by a script that is sent to it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.cli.files import write_whole
from gatekeeper.environment.installed.probe import SCRIPT
from gatekeeper.environment.installed.probe import probe as measure
from gatekeeper.errors import UsageError


@click.command()
@click.option(
    "--python", default="python3", show_default=True, metavar="PATH", help="The interpreter, by path or by its name."
)
@click.option("--deep", is_flag=True, help="Hash every file again, and not only read what was recorded of it.")
@click.option("--script", is_flag=True, help="Print the script itself, for an interpreter that is elsewhere.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=86400),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long the interpreter may take.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead of standard output.")
def probe(*, python: str, deep: bool, script: bool, timeout: float, output: Path | None) -> None:
    """Print what an interpreter has installed, as JSON: give it to `env compare`, or name it in the policy.

    The script that measures needs nothing but the standard library, and can be sent anywhere:

    \b
    gatekeeper env probe --script | docker run -i IMAGE python -I - > probe.json
    gatekeeper env probe --script | kubectl exec -i POD -- python -I - --deep > probe.json
    """  # noqa: D301 - click keeps lines as they are after the character itself
    if script and deep:
        raise UsageError(
            "--script prints the script, it measures nothing", fix="give --deep to the script: python -I - --deep"
        )
    data = SCRIPT.read_bytes() if script else measure(python, deep=deep, timeout=timeout)
    if output is not None:
        write_whole(output, data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
