"""`gatekeeper inspect`: what is in model files, with nothing in them executed."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from gatekeeper.artifact import examine
from gatekeeper.artifact.known.approved import read_approved
from gatekeeper.errors import Unreadable
from gatekeeper.model import Obstacle
from gatekeeper.reading import reading
from gatekeeper.report.inspection import Inspection, render_json, render_text, verdict
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.content import judge_content


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--globals",
    "approved",
    type=click.Path(path_type=Path),
    metavar="LIST",
    help="The globals that were approved (`gatekeeper artifact approve` writes them), in place of the built-in list.",
)
def inspect(*, files: tuple[str, ...], format_: str, approved: Path | None) -> int:
    """Say what is in each model FILE: nothing in it is executed, nothing that it names is imported.

    Formats: pickle, joblib, torch, safetensors, npy, npz, skops, ONNX, GGUF, Keras; told by content, never by name.
    Globals are held against a built-in list of exact names that ordinary models use; a release is held against its own
    lock and approval by `gatekeeper run`.

    Exit codes: 0 nothing against any file, 1 something against one, 2 usage, 3 one could not be read whole.
    """
    allowed = Allowed() if approved is None else _allowed(approved)
    # Hashing, inflating and counting let other threads run: two files take two cores.
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(lambda path: _inspect(path, allowed), files))
    text = render_text(found) if format_ == "text" else render_json(found)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    return verdict(found).value


def _allowed(path: Path) -> Allowed:
    with reading(path) as opened:
        names = read_approved(opened.stream)
    return Allowed(approved=names, list_path=str(path))


def _inspect(path: str, allowed: Allowed) -> Inspection:
    try:
        with reading(Path(path)) as opened:
            artifact = examine(opened.stream)
    except Unreadable as error:
        obstacle = Obstacle(what=error.what, fix=error.fix)
        return Inspection(path=path, sha256="", size=0, artifact=None, findings=(), obstacle=obstacle)
    incomplete = artifact.incomplete
    return Inspection(
        path=path,
        sha256=opened.sha256,
        size=opened.size,
        artifact=artifact,
        findings=tuple(judge_content(artifact, path, allowed)),
        obstacle=None if incomplete is None else Obstacle(what=incomplete.what, fix=incomplete.fix),
    )
