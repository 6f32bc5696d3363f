"""The small grammars inside instructions: flags, assignments, the exec form, paths."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from gatekeeper.environment.dockerfile.instructions import words_of

_FLAG = re.compile(r"\s*--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?(?=\s|$)")


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of an instruction without its flags."""
    return tuple(word for word in words_of(text) if not word.startswith("--"))


def flags_of(text: str) -> tuple[dict[str, list[str]], int]:
    """Return the `--name=value` words in front, and the offset of what follows them."""
    flags: dict[str, list[str]] = {}
    offset = 0
    while found := _FLAG.match(text, offset):
        flags.setdefault(found["name"], []).append(found["value"] or "")
        offset = found.end()
    return flags, offset


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield what ENV sets: `A=1 B=2`, or the older `A any text`."""
    words = words_of(text)
    if words and "=" not in words[0]:
        name, _, value = text.strip().partition(" ")
        yield name, value.strip()
        return
    for word in words:
        name, _, value = word.partition("=")
        yield name, value


def json_words(text: str) -> list[str]:
    """Return the words of the exec form; Docker takes for shell form whatever is no JSON list of strings."""
    if not text.lstrip().startswith("["):
        return []
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def target_path(workdir: str, written: str, *, is_folder: bool) -> str:
    """Return the absolute path; a folder's ends in `/`."""
    path = posixpath.normpath(posixpath.join(workdir, written))
    folder = is_folder or written.endswith("/") or written in {".", ".."}
    return f"{path.rstrip('/')}/" if folder else path
