"""A new folder, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.errors import Undelivered, UsageError


def expect_new(target: Path) -> None:
    """Raise where a folder can't be written: it is asked before the run, which takes minutes.

    Raises:
        UsageError: something lies there already, or its parent is no folder that may be written to.
    """
    if target.is_symlink():
        raise UsageError(f"{target} is a symbolic link; nothing is written through it", fix="name the folder itself")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(
            f"{target} is there already, and a sign-off replaces nothing", fix="name a new folder: -o FOLDER"
        )
    parent = target.absolute().parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        what = f"{target} can't be written: {parent} is no folder that may be written to"
        raise UsageError(what, fix="name a folder in one that exists: -o FOLDER")


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder; whoever looks sees all of them or no folder.

    Raises:
        Undelivered: it can't be written; then nothing is left.
    """
    part: Path | None = None
    try:
        part = Path(tempfile.mkdtemp(dir=target.absolute().parent, prefix=f".{target.name}."))
        for name, data in files.items():
            with (part / name).open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        part.chmod(0o755)
        part.rename(target)  # takes the place of an empty folder, and of nothing else
    except OSError as error:
        fix = "check the folder, its mode and the free space, and run it again"
        raise Undelivered(f"{target} can't be written: {error.strerror or error}", fix=fix) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
