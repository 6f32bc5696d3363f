"""`gatekeeper artifact record`: the training record, written where a model was trained."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper.artifact.provenance.folders import dir_hash, list_model
from gatekeeper.artifact.provenance.names import flaw_of, is_plain, quoted
from gatekeeper.artifact.provenance.record import (
    DataKind,
    Record,
    RecordedData,
    RecordedFile,
    read_record,
    write_record,
)
from gatekeeper.cli.artifact.builder import builder_of, commit_of
from gatekeeper.cli.env.evidence import placed, tell
from gatekeeper.cli.files import write_whole
from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Lock
from gatekeeper.environment.installed.probe import parse_probe, probe
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.reading import reading


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--python",
    default="python3",
    show_default=True,
    metavar="PATH",
    help="The interpreter that trained the model, by path or by its name.",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file or folder that it was trained on; repeatable.",
)
@click.option("--builder", metavar="TEXT", help="What trained it.  [default: the CI's run, from its variables]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="record.json",
    show_default=True,
    help="The record to write; each FILE must lie in its folder or below.",
)
def record(*, files: tuple[Path, ...], python: str, data: tuple[Path, ...], builder: str | None, output: Path) -> None:
    """Write the training record of each FILE: its sha256 and size, and what it was trained by and on.

    Run it where the model was trained, right after that. It holds the versions that the training interpreter has
    installed, the commit that is checked out here, the run of the CI, and the digests of the data. Name the record in
    the policy: `artifact: {record: record.json}`.
    """
    built_by = builder_of(os.environ) if builder is None else builder
    if built_by is not None and not (built_by.strip() and is_plain(built_by)):
        what = f"the builder is {quoted(built_by)}, expected text on one line without control characters"
        raise UsageError(what, fix="name the run of the CI, or the person: --builder TEXT")
    recorded = tuple(_file(each, output) for each in dict.fromkeys(files))
    trained_on = tuple(_data(each) for each in data)
    installed = parse_probe(decode(probe(python)))
    found = commit_of(Path.cwd())
    if found.commit is None:
        tell(f"warning: the record has no commit: {found.why}")
    if built_by is None:
        tell("warning: the record has no builder: no CI's variables are set; name one with --builder TEXT")
    written = Record(
        files=_once(recorded),
        python=_python(installed, python),
        packages=_packages(installed, python),
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        git=found.commit,
        builder=built_by,
        data=trained_on,
    )
    document = write_record(written)
    read_record(io.BytesIO(document))  # what the gate would refuse is refused here, where it can still be mended
    write_whole(output, document)
    commit = "" if found.commit is None else f", commit {found.commit.commit}{' (dirty)' * found.commit.dirty}"
    tell(f"wrote {output}: {_counted(written)}, Python {written.python}{commit}")


def _counted(written: Record) -> str:
    files, packages = len(written.files), len(written.packages)
    return f"{files} file{'' if files == 1 else 's'}, {packages} packages"


def _file(path: Path, output: Path) -> RecordedFile:
    """Return what the record says of a file; a link keeps its own name, and the digest of what it leads to."""
    folder = output.absolute().parent
    name = os.path.relpath(path.absolute(), folder)
    flaw = flaw_of(name)
    if flaw == "leaves the folder":
        what = f"{path} lies outside the folder of the record, {folder}"
        raise UsageError(what, fix="write the record into a folder that holds all files: -o FOLDER/record.json")
    if flaw:
        raise UsageError(f"the name {quoted(name)} {flaw}", fix="rename the file")
    if path.resolve() == output.resolve():
        raise UsageError(f"{path} is the record itself", fix="name another file for the record: -o FILE")

    def digest() -> RecordedFile:
        with reading(folder / name) as opened:
            pass
        return RecordedFile(path=name, sha256=opened.sha256, size=opened.size)

    return placed(str(path), digest)


def _once(files: Sequence[RecordedFile]) -> tuple[RecordedFile, ...]:
    """Return each path once, though it was written in two ways (`model.pkl`, `./model.pkl`)."""
    return tuple({each.path: each for each in files}.values())


def _data(path: Path) -> RecordedData:
    listing = placed(str(path), lambda: list_model(path))
    if listing.single:
        return RecordedData(name=listing.name, kind=DataKind.FILE, digest=listing.files[0].sha256)
    if not listing.files:
        raise UsageError(f"--data: {path} holds no file", fix="name the file or folder that the model was trained on")
    return RecordedData(name=listing.name, kind=DataKind.FOLDER, digest=dir_hash(listing))


def _python(installed: Lock, python: str) -> str:
    version = installed.runtime.python if installed.runtime else None
    if version is None:
        raise Unreadable(f"{python} does not say its version", fix="name a CPython of 3.8 or newer: --python PATH")
    return version


def _packages(installed: Lock, python: str) -> dict[str, str]:
    packages: dict[str, str] = {}
    for row in installed.rows:
        if row.version is None or packages.setdefault(row.name, row.version) != row.version:
            what = f"{python} has {row.name} {row.version or 'in no version'} and {packages.get(row.name, 'no other')}"
            raise Unreadable(what, fix=f"install one version: {python} -m pip install --force-reinstall {row.name}")
    return packages
