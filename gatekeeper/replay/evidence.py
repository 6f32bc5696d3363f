"""What a worker prints, and what it is told to have tried: both as bounded as if an enemy wrote them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

_TAIL = 4000
_MAX_ATTEMPTS = 100
_MAX_LINE = 2000
_MAX_TEXT = 300


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
    """What the candidate tried to do, a JSON text a line.

    It may write there itself: what is no such line is left out, and characters that do not show are replaced.
    """

    _pending: bytes = b""
    _found: list[str] = field(default_factory=list)

    def take(self, block: bytes) -> None:
        """Take what was written next."""
        *lines, self._pending = (self._pending + block).split(b"\n")
        self._pending = self._pending[-_MAX_LINE:]
        for line in lines:
            text = _text(line)
            if text is not None and text not in self._found and len(self._found) < _MAX_ATTEMPTS:
                self._found.append(text)

    def since(self, count: int) -> tuple[str, ...]:
        """Return what was tried after the first `count` attempts."""
        return tuple(self._found[count:])

    def __len__(self) -> int:
        return len(self._found)


def _text(line: bytes) -> str | None:
    if len(line) > _MAX_LINE:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, str):
        return None
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in found[:_MAX_TEXT])
