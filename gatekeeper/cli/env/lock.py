"""`gatekeeper env lock`: a lock with hashes, and beside it what its wheels leave behind when they are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.cli.env.evidence import opened, placed, tell
from gatekeeper.cli.files import write_whole
from gatekeeper.environment.comparison.wording import pin
from gatekeeper.environment.compile import compile_lock, record_wheels
from gatekeeper.environment.installed.records import render, sidecar_of
from gatekeeper.environment.reader import read_lock
from gatekeeper.environment.tags import pip_options
from gatekeeper.environment.target import parse_target
from gatekeeper.report.printable import one_line


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The lock to write.")
@click.option(
    "--python",
    default=sys.executable,
    metavar="PATH",
    help="The interpreter to lock for; it has pip-tools.  [default: this]",
)
@click.option("--target", metavar="TARGET", help="Whose wheels are recorded.  [default: the interpreter's]")
@click.argument("options", metavar="[-- PIP-COMPILE OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def lock(*, source: Path, output: Path, python: str, target: str | None, options: tuple[str, ...]) -> None:
    """Compile INPUT, a requirements file or a pyproject.toml, into a lock with hashes.

    The wheels of the lock are downloaded, and the digests of what they leave behind are kept beside it, in
    LOCK.records.json: with them `env compare` can hold a probe of what is installed against the lock, file by file.
    """
    wanted = None if target is None else parse_target(target)
    if wanted is not None:
        # A target that pip can't be told is refused before a lock is written.
        pip_options(wanted)
    compile_lock(python, [source], output, options)
    compiled = placed(str(output), lambda: opened(output, read_lock))
    recorded = record_wheels(python, compiled, wanted)
    write_whole(sidecar_of(output), render(recorded.records).encode())
    for each in recorded.unrecorded:
        tell(f"warning: {each.row.written} {pin(each.row)} has no record: {each.why}")
    packages, records = len(compiled.rows), len(recorded.records)
    click.echo(one_line(f"wrote {output}: {packages} packages, {records} of them recorded in {sidecar_of(output)}"))
