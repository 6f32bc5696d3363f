"""`gatekeeper manifest generate`: what enforces a manifest, written from it and from the baseline."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper.cli.files import write_whole
from gatekeeper.cli.manifest.sources import source
from gatekeeper.contract.generation import KINDS, MOST_SERIES, generate, plan
from gatekeeper.errors import UsageError

_HELP = {
    "prose": "What the manifest says, in sentences.",
    "pydantic": "The input model, as readable source.",
    "json-schema": "The JSON Schema of a request.",
    "guard": "The module that stands between service and model.",
    "prometheus-rules": "Recording and alert rules.",
    "rule-tests": "Their tests, for promtool test rules.",
    "grafana": "The dashboard.",
}


def _flags(command: click.Command) -> click.Command:
    for kind in reversed(KINDS):
        command.params.insert(0, click.Option([f"--{kind}"], is_flag=True, help=_HELP[kind]))
    return command


@click.command("generate")
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("-o", "output", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
def _generate(*, candidate: Path, output: Path, **asked: bool) -> int:
    """Write what enforces the CANDIDATE's manifest: all of it, or what the options name.

    The files are the same whenever manifest and baseline are; files of these names are replaced. Don't edit them: the
    check `interpretability-manifest` holds them against the manifest.
    """
    found = source(candidate)
    manifest, baseline = found.manifest(), found.baseline()
    which = [kind for kind in KINDS if asked[kind.replace("-", "_")]] or list(KINDS)
    files = generate(manifest, baseline, which)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output} is no folder: {error.strerror}", fix="give the path of a folder") from error
    for name, data in files.items():
        write_whole(output / name, data)
        click.echo(f"wrote {output / name} ({len(data):,} bytes)")
    series = plan(manifest, baseline).series
    click.echo(f"the guard exposes {series:,} series a process, of at most {MOST_SERIES:,}")
    return 0


generate_command = _flags(_generate)
