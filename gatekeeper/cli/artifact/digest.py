"""`gatekeeper artifact digest`: the sha256 of each file of a model, in the list that model-signing signs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gatekeeper.artifact.provenance.folders import GIT_PATHS, Listing, list_model
from gatekeeper.artifact.provenance.names import is_plain, quoted
from gatekeeper.artifact.provenance.statement import root_digest, write_statement
from gatekeeper.cli.env.evidence import placed
from gatekeeper.errors import UsageError

SCHEMA = "gatekeeper/digests@1"


@click.command()
@click.argument("models", metavar="FOLDER|FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "model-signing"]),
    default="text",
    show_default=True,
    help="text: as sha256sum prints it. model-signing: the statement that it signs, of one FOLDER or FILE.",
)
@click.option(
    "--ignore",
    "ignored",
    metavar="PATH",
    multiple=True,
    help="A file or folder to leave out, relative to FOLDER; repeatable. What git keeps at the top always is.",
)
def digest(*, models: tuple[Path, ...], format_: str, ignored: tuple[str, ...]) -> None:
    """Print the sha256 of each file of a model, sorted: the list that OpenSSF model-signing signs.

    `gatekeeper artifact digest FOLDER | sha256sum --check` reads every file again.
    """
    if format_ == "model-signing" and len(models) > 1:
        what = f"got {len(models)} models, expected one: model-signing signs a folder or a file as one"
        raise UsageError(what, fix="name the folder that holds them all")
    listings = [_listing(each, ignored) for each in models]
    if format_ == "model-signing":
        output = write_statement(listings[0])
    elif format_ == "json":
        output = f"{json.dumps(_document(listings), indent=2)}\n".encode()
    else:
        output = "".join(_lines(models, listings)).encode()
    sys.stdout.buffer.write(output)
    sys.stdout.flush()


def _listing(model: Path, ignored: Sequence[str]) -> Listing:
    """Return the listing of a model; a path to ignore that leaves out nothing is a slip of the pen."""
    if not is_plain(str(model)):
        what = f"the path {quoted(str(model))} holds a character that can't be seen"
        raise UsageError(what, fix="go there, and name it shortly: cd FOLDER && gatekeeper artifact digest .")
    for each in ignored:
        if not (model / each).exists() and not (model / each).is_symlink():
            raise UsageError(f"--ignore {each}: there is no such path in {model}", fix="write it relative to FOLDER")
    return placed(str(model), lambda: list_model(model, (*GIT_PATHS, *ignored)))


def _lines(models: Sequence[Path], listings: Sequence[Listing]) -> Iterator[str]:
    """Yield lines as sha256sum writes them: a name with a backslash is escaped, and the line begins with one."""
    for model, listing in zip(models, listings, strict=True):
        for each in listing.files:
            path = str(model if listing.single else model / each.name)
            escaped = path.replace("\\", "\\\\")
            yield f"{'' if escaped == path else chr(92)}{each.sha256}  {escaped}\n"


def _document(listings: Sequence[Listing]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "models": [
            {
                "name": listing.name,
                "sha256": root_digest(each.sha256 for each in listing.files),
                "files": [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in listing.files],
                "ignored": listing.ignored,
            }
            for listing in listings
        ],
    }
