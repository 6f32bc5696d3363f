"""Standard input, output and error that are closed, full or read by nobody: no traceback, and no verdict by accident.

Only what the interpreter has loaded already is used: `--version` comes through here.
"""

import io
import os
import sys

LOST = 3
"""The exit code for an answer that could not be delivered: who asked does not have it."""


class OutputLost(Exception):
    """Standard output takes no more: it is closed, the disk is full, or its reader has gone.

    No OSError: click makes exit code 1, "the candidate failed", of an OSError for a closed pipe.
    """


class _Output(io.FileIO):
    """Standard output; its failure is told from that of any other file."""

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]  # the caller is a BufferedWriter
        except OSError as error:
            raise OutputLost(error.strerror) from error


class _Messages(io.FileIO):
    """Standard error; where it fails there is nobody left to tell, and the exit code must stay what it is."""

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]  # the caller is a BufferedWriter
        except OSError:
            return len(data)  # type: ignore[arg-type]


def guard() -> None:
    """Replace the standard streams by ones whose failures are known as such.

    A stream that the caller closed gets the null device in its place. Else the next file to be opened would take its
    number: what is printed would end up in that file, and a child, which redirects these numbers, would cut its own
    line to its parent. It is opened for reading, so that a write to a closed output fails instead of getting lost.
    """
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def _text(raw: io.FileIO, like: object) -> io.TextIOWrapper:
    """Return a text stream on `raw` in the encoding of the one that it replaces; what that can't show is escaped."""
    encoding = like.encoding if isinstance(like, io.TextIOWrapper) else "utf-8"
    lines = isinstance(like, io.TextIOWrapper) and like.line_buffering
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=lines)


def lost(error: OutputLost) -> int:
    """Say that the answer was not delivered and return the exit code."""
    sys.stderr.write(
        f"gatekeeper: standard output takes no more: {error} (exit code {LOST}).\n"
        "  fix: send it to a file, or to /dev/null beside --report json=PATH\n"
    )
    # What waits in the buffer would fail again when Python flushes at exit, and change the exit code.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return LOST
