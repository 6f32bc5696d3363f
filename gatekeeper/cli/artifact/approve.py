"""`gatekeeper artifact approve`: the list of the globals that a release may import, as its files name them today."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.artifact import Artifact, read_artifact
from gatekeeper.artifact.known.approved import render_approved
from gatekeeper.artifact.known.runners import executes
from gatekeeper.cli.env.evidence import opened, placed
from gatekeeper.cli.files import write_whole
from gatekeeper.errors import Unreadable


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead of standard output.")
def approve(*, files: tuple[Path, ...], output: Path | None) -> None:
    """Print every class and function that loading each FILE may import, one exact name a line.

    Read the list before you declare it as `artifact.globals`: from then on any other name is a finding. A file that
    names a function which is known to run code is refused, and so is one that can't be read to its last byte.
    """
    names = {(each.module, each.name) for path in files for each in _read(path).globals}
    for module, name in sorted(names):
        does = executes(module, name)
        if does is not None:
            raise Unreadable(
                f"{module}.{name} {does}: expected the names that a model needs",
                fix="don't load the file; gatekeeper inspect FILE says where it names that",
            )
    text = render_approved(names).encode()
    if output is not None:
        write_whole(output, text)
        return
    sys.stdout.buffer.write(text)
    sys.stdout.flush()


def _read(path: Path) -> Artifact:
    return placed(str(path), lambda: opened(path, read_artifact))
