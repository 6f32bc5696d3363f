"""Where a finding is shown beside code: a path from the repository's root, and a line that a viewer can open.

Services such as code scanning show a place in a text file that the repository has, and nothing else. A model has no
line; a folder, and a file that is not there or can't be read, is no text to be opened. What is found there is shown
where the policy names it, and the file itself is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from gatekeeper.model import Location
from gatekeeper.report import FileDigest, Subject

_TEXT = frozenset("cfg csv html in ini ipynb j2 json jsonl lock md prom py rst toml tsv txt yaml yml".split())
"""Suffixes of what is read as text. Anything else that the policy declares has no lines for anybody to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place that can be opened.

    Attributes:
        path: from the repository's root, with `/`.
        of: the path (from the same root) of what the finding is about, where that is not what is opened; else None.
    """

    path: str
    line: int = 1
    column: int | None = None
    of: str | None = None

    def __str__(self) -> str:
        """Return `path:line:column`, as far as known."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class Anchors:
    """The places of one report."""

    def __init__(self, subject: Subject) -> None:
        self._base = subject.base.strip("/")
        self._policy = subject.policy.path if subject.policy else None
        self._declared = dict(_declared(subject.files))

    def of(self, at: Location | None) -> Anchor:
        """Return where something at `at` is shown; what is about no place is shown at the head of the policy."""
        if at is None or not at.path.strip("./"):
            return Anchor(path=self.path(self._policy or "gatekeeper.yaml"))
        path = self.path(at.path)
        if at.line is not None:
            return Anchor(path=path, line=max(at.line, 1), column=at.column and max(at.column, 1))
        declared = self._declaring(at.path)
        if declared is not None:
            return Anchor(path=self.path(declared.path), line=declared.line or 1, column=declared.column, of=path)
        if at.path.startswith("/") or path.startswith("../"):  # outside of the repository nothing can be opened
            return Anchor(path=self.path(self._policy or "gatekeeper.yaml"), of=path)
        return Anchor(path=path)

    def path(self, path: str) -> str:
        """Return a path of the candidate as one from the repository's root; an absolute one stays as it is."""
        if path.startswith("/"):
            return path
        return "/".join(_resolved(f"{self._base}/{path}".split("/")))

    def _declaring(self, path: str) -> Location | None:
        """Return where the policy names a file that has no lines, or the folder around it."""
        for name in (path, *_folders(path)):
            found = self._declared.get(name)
            if found is not None:
                file, at = found
                return at if name != path or not _is_text(file) else None
        return None


def uri(path: str) -> str:
    """Return a path as a relative URI reference, percent-encoded: bytes that are no text keep their values."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return quote(path.encode("utf-8", "backslashreplace"))


def _declared(files: Iterable[FileDigest]) -> Iterator[tuple[str, tuple[FileDigest, Location]]]:
    # Backwards: what is declared twice is shown where it is named first.
    for file in reversed(tuple(files)):
        if file.at is not None:
            yield file.path.rstrip("/"), (file, file.at)


def _is_text(file: FileDigest) -> bool:
    if file.role.startswith("artifacts[") or file.sha256 is None:
        return False
    return file.path.rpartition(".")[2].lower() in _TEXT


def _folders(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _resolved(parts: Iterable[str]) -> list[str]:
    """Return the parts without `.` and `..`, but for those that leave the root."""
    kept: list[str] = []
    for part in parts:
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in {"", "."}:
            kept.append(part)
    return kept
