"""Whether a file is a lock with hashes, told by its first bytes, for whoever walks a folder."""

from __future__ import annotations

import codecs
import re

from gatekeeper.environment.formats import Format, recognise

_NOTHING = re.compile(rb"[ \t]*(?:#.*|-.*|\\)?")
_PINNED = re.compile(rb"[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\])?[ \t]*(?:={2,3}|@)[ \t]*[^ \t]")
_HASH = re.compile(rb"(?:^|[ \t])--hash[= ](?:sha256|sha384|sha512|sha224|sha1|md5):[0-9A-Fa-f]{32}", re.MULTILINE)
# Those that no file but a lock looks like, so that their header is enough.
_BY_HEADER = frozenset({Format.UV, Format.POETRY, Format.PYLOCK, Format.CONDA_LOCK, Format.PIXI})


def looks_like_lock(head: bytes) -> bool:
    """Return whether `head` begins a lock: one of a project, or a requirements file with hashes.

    The latter if its first line that is neither blank nor a comment nor an option pins a package, and a `--hash`
    follows.

    Args:
        head: The first bytes of a file; 4 KiB are enough for any header that pip-compile, uv, poetry or pdm writes.
    """
    lines = head.removeprefix(codecs.BOM_UTF8).splitlines()
    first = next((line for line in lines if _NOTHING.fullmatch(line) is None), b"")
    if _PINNED.match(first) is not None and _HASH.search(head) is not None:
        return True
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").replace("\r\n", "\n")
    return recognise(text) in _BY_HEADER
