"""What a worker prints, what it is told to have tried, and what it read: as bounded as if an enemy wrote them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

_TAIL = 4000
_MAX_ATTEMPTS = 100
_MAX_LINE = 2000
_MAX_TEXT = 300
_MAX_READ = 2000

READ = "gatekeeper.taken"
"""The audit event, in the gate's own process, by which it is known that an answer depends on a file."""

UNSEEN = "gatekeeper.unseen"
"""The audit event for what it depends on, too, and that nobody can look at again."""


@dataclass(slots=True)
class Tail:
    """The end of what was printed."""

    _kept: bytes = b""

    def take(self, block: bytes) -> None:
        """Take what was printed next."""
        self._kept = (self._kept + block)[-_TAIL:]

    def text(self) -> str:
        """Return it; what is no text is replaced."""
        return self._kept.decode("utf-8", "replace").strip()


@dataclass(slots=True)
class Attempts:
    """What the candidate tried to do, a JSON text a line; and which files of the machine it read, `{"read": PATH}`.

    It may write there itself: what is no such line is left out, and characters that do not show are replaced. What it
    read is passed on as an audit event; who remembers answers hears it.
    """

    _pending: bytes = b""
    _found: list[str] = field(default_factory=list)
    _reads: int = 0

    def take(self, block: bytes) -> None:
        """Take what was written next."""
        *lines, self._pending = (self._pending + block).split(b"\n")
        self._pending = self._pending[-_MAX_LINE:]
        for line in lines:
            said = _said(line)
            if isinstance(said, dict):
                self._pass_on(said.get("read"))
                continue
            text = _text(said)
            if text is not None and text not in self._found and len(self._found) < _MAX_ATTEMPTS:
                self._found.append(text)

    def _pass_on(self, path: object) -> None:
        self._reads += 1
        if isinstance(path, str) and path.startswith("/") and "\0" not in path and self._reads <= _MAX_READ:
            sys.audit(READ, path)
        elif self._reads <= _MAX_READ + 1:
            sys.audit(UNSEEN, "the candidate read more than can be told")

    def since(self, count: int) -> tuple[str, ...]:
        """Return what was tried after the first `count` attempts."""
        return tuple(self._found[count:])

    def __len__(self) -> int:
        return len(self._found)


def _said(line: bytes) -> object:
    if len(line) > _MAX_LINE:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _text(found: object) -> str | None:
    if not isinstance(found, str):
        return None
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in found[:_MAX_TEXT])
