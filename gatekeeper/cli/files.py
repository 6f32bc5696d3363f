"""Files that the gate writes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gatekeeper.errors import UsageError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, also when the process is stopped in between.

    Raises:
        UsageError: it can't be written.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe, such as /dev/null: it is written to. Replacing it would break the whole machine.
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        what = f"{path} can't be written: {error.strerror or error}"
        raise UsageError(what, fix="check the folder, its mode and the free space") from error


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
