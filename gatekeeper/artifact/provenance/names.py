"""Names of files as records and bundles have them: relative, with `/`, of one line, in one form."""

from __future__ import annotations

import posixpath
import unicodedata

_HIDING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format and surrogate characters, line and paragraph separators: they move, hide or reorder what is shown."""

_SHOWN = 100


def flaw_of(name: str) -> str:
    """Return what keeps `name` from being the name of a file below a folder; nothing if it is one."""
    parts = name.split("/")
    if name.startswith("/"):
        return "is absolute"
    if ".." in parts:
        return "leaves the folder"
    if "" in parts or "." in parts:
        return "is not in its shortest form"
    return "" if is_plain(name) else "holds a character that can't be seen"


def is_plain(text: str) -> bool:
    """Return whether each character of a text can be seen, so that what is printed of it is what it is."""
    return (text.isascii() and text.isprintable()) or not any(unicodedata.category(each) in _HIDING for each in text)


def quoted(text: str) -> str:
    """Return `text` in quotes for a message, at most 100 characters of it, what can't be seen as an escape."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def order(name: str) -> tuple[str, ...]:
    """Return the key by which names are sorted: folder by folder, so that `sub/z` comes before `sub.txt`.

    It is how model-signing sorts, since it sorts paths and not text.
    """
    return tuple(name.split("/"))


def beside(document: str, path: str) -> str:
    """Return how a record or bundle at `document` names the file at `path`, both relative to one folder.

    A file that does not lie below the document's folder gets a name with `..`, which no document holds.
    """
    return posixpath.relpath(path, posixpath.dirname(document) or ".")
