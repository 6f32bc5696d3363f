"""URLs of direct references and of options: credentials out, hash fragments apart, kind of source told."""

from __future__ import annotations

import hashlib
import re

from gatekeeper.environment.facts import Source

_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<userinfo>[^/?#]*)@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_VCS = ("git+", "hg+", "svn+", "bzr+")
# The sha256 of pip's built-in `--index-url`, without the last slash. Files that name it and files that name none mean
# the same index; as a digest it is recognised without this project naming any registry.
_DEFAULT_INDEX = "5a06749b2297be54ac5699f6f2761716adc5001a2d5f8b915ab2172922dd5706"
_ADDRESS = re.compile(r"(?P<place>[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)(?P<path>.*)", re.DOTALL)
# As pip splits it, what follows the last `@` of the path; one further up, or behind the path, is no revision.
_COMMIT = re.compile(r"[^?#]*@[0-9a-f]{40}(?:[?#].*)?", re.DOTALL)
# What names or hashes the artifact is a fact of its own; `subdirectory` alone changes what is built.
_KEPT_FRAGMENTS = ("subdirectory",)


def is_url(text: str) -> bool:
    """Return whether `text` begins with a scheme; a Windows drive (`C:`) is none."""
    found = _SCHEME.match(text)
    return found is not None and found.end() > len("C:")


def source_of(url: str) -> Source:
    """Return the kind of source that a direct reference points to."""
    lowered = url.lower()
    if lowered.startswith(_VCS):
        return Source.VCS
    return Source.URL if is_url(url) and not lowered.startswith("file:") else Source.PATH


def without_credentials(url: str) -> str:
    """Return `url` without user and password; with SSH the user (`git@`) stays, for it is part of the address."""
    found = _USERINFO.match(url)
    if found is None:
        return url
    user = found["userinfo"].partition(":")[0] if found["scheme"].lower().endswith("ssh") else ""
    return f"{found['scheme']}://{user}{'@' if user else ''}{url[found.end() :]}"


def names_commit(url: str) -> bool:
    """Return whether the reference to a repository names a full commit, and no branch or tag, which can move."""
    return _COMMIT.fullmatch(url) is not None


def split_fragment(url: str) -> tuple[str, dict[str, str]]:
    """Return the URL with only the part of its fragment that changes what is built, and the whole fragment by key."""
    address, _, fragment = url.partition("#")
    fields = dict(part.partition("=")[::2] for part in fragment.split("&") if part)
    kept = "&".join(f"{key}={fields[key]}" for key in _KEPT_FRAGMENTS if key in fields)
    return (f"{address}#{kept}" if kept else address), fields


def canonical_index(url: str) -> str | None:
    """Return the index without credentials and last slashes, scheme and host in lower case; None for pip's default."""
    address = without_credentials(url.strip()).rstrip("/")
    found = _ADDRESS.fullmatch(address)
    if found is not None:
        address = f"{found['place'].lower()}{found['path']}"
    return None if hashlib.sha256(address.encode()).hexdigest() == _DEFAULT_INDEX else address
