"""Answers that are the same at every call: `--help`, `list` and `explain` are recorded, and read from a file.

To work them out takes the import of click and of the checks, four to six times as long as the interpreter's own start;
to read them takes a fraction of it (and the import of pathlib would double that). `python -m tests.record` writes the
file from what the commands really print, and a test compares the two. What is not recorded, the command line answers.
"""

import os
import sys
from collections.abc import Sequence

FILE_NAME = "recorded.txt"
SEPARATOR = "\f"
"""Stands before the words of each command; the next line begins its answer. No answer holds one."""


def recorded(args: Sequence[str]) -> str | None:
    """Return the answer to a command line, or None where it is not recorded."""
    if not args or args[0] not in {"-h", "--help", "list", "explain"}:
        return None
    words = "--help" if list(args) == ["-h"] else " ".join(args)
    for folder in sys.path:  # as an import would look for the checks, without importing them
        path = os.path.join(folder, "gatekeeper_checks", FILE_NAME)  # noqa: PTH118 - see above
        if os.path.isfile(path):  # noqa: PTH113 - see above
            return _find(path, words)
    return None


def _find(path: str, words: str) -> str | None:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - see above
        answers = file.read().split(SEPARATOR)
    heading = f"{words}\n"
    return next((each.removeprefix(heading) for each in answers if each.startswith(heading)), None)
