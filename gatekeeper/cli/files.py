"""Files that the gate writes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from gatekeeper.errors import UsageError


class NamedPath(click.Path):
    """A path that is not empty: a variable that is not set gives an empty one, and that would be the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; an empty one is a wrong command line."""
        if os.fspath(value) == "":
            self.fail("the value is empty; name a path", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, also when the process is stopped in between.

    A device or a pipe, such as /dev/stdout, is written to. A symbolic link to anything else is refused: whoever can
    put one into a folder would choose which file of yours is replaced.

    Raises:
        UsageError: it can't be written.
    """
    try:
        if is_stream(path):
            path.write_bytes(data)  # replacing it would break the whole machine
        elif path.is_symlink():
            raise UsageError(f"{path} is a symbolic link; nothing is written through it", fix="name the file itself")
        else:
            _replace(path, data)
    except OSError as error:
        what = f"{path} can't be written: {error.strerror or error}"
        raise UsageError(what, fix="check the folder, its mode and the free space") from error


def is_stream(path: Path) -> bool:
    """Return whether a path leads to something that is there and is neither a file nor a folder: a device, a pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _replace(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        try:
            part.write(data)
            part.flush()
            os.fchmod(part.fileno(), 0o644)
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
