"""What the checks of serving code share: places, the files that were read, and comments that suppress a code."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.inference.facts import Place, SourceFile, Suppression
from gatekeeper.model import Evidence, Finding, Location, Rule

MAX_FILES: Final = 20
"""Files that the evidence names one by one. Of more it has one line a declared path, with a digest over them."""


def location(at: Place) -> Location:
    """Return a place as a location; of a notebook the cell is its key."""
    key = None if at.cell is None else f"cell {at.cell}"
    return Location(path=at.path, line=at.line, column=at.column, key=key)


def files_read(files: Sequence[SourceFile], paths: Sequence[str]) -> Iterator[Evidence]:
    """Yield the evidence of the files that were read below the declared paths."""
    if len(files) <= MAX_FILES:
        for each in files:
            yield Evidence(what=each.path, sha256=each.sha256, measured={"lines": each.lines})
        return
    for path in paths:
        inside = [each for each in files if f"{each.path}/".startswith(f"{path.rstrip('/')}/")]
        if inside:
            measured = {"files": len(inside), "lines": sum(each.lines for each in inside)}
            yield Evidence(what=f"{path} (digest of its files' digests)", sha256=_digest(inside), measured=measured)


def _digest(files: Sequence[SourceFile]) -> str:
    """Return the sha256 of what `sha256sum` prints for the files, in the order of their paths."""
    listed = "".join(f"{each.sha256}  {each.path}\n" for each in sorted(files, key=lambda each: each.path))
    return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()


def suppressed(finding: Finding, reason: str) -> Evidence:
    """Return the evidence that a finding is suppressed by a comment, and why."""
    return Evidence(what=f"suppressed: {finding.code} at {finding.at}", measured={"reason": reason})


def covers(suppression: Suppression, at: Place) -> bool:
    """Return whether a place lies in the statement that a comment is about."""
    same = suppression.at.path == at.path and suppression.at.cell == at.cell
    return same and suppression.first <= at.line <= suppression.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressing:
    """The codes of one check that a comment may suppress, and what it makes of a comment that is wrong."""

    codes: frozenset[str]
    without_reason: type[Rule]
    unused: type[Rule]

    def wrong(
        self, suppression: Suppression, codes: Sequence[str], used: Collection[tuple[Suppression, str]]
    ) -> Iterator[Finding]:
        """Yield what is wrong with a comment: no reason, a code that there is not, or nothing to suppress.

        Args:
            suppression: the comment.
            codes: those of its codes that are this check's to judge.
            used: the comments and codes under which something was found.
        """
        if not codes:
            return
        at = location(suppression.at)
        if not suppression.reason:
            listed = ", ".join(codes)
            yield self.without_reason.finding(
                f"the suppression of {listed} gives no reason, so it suppresses nothing",
                fix=f"write: # noqa: {listed} -- why this is meant",
                at=at,
            )
            return
        yield from (self._unused(code, at) for code in codes if (suppression, code) not in used)

    def _unused(self, code: str, at: Location) -> Finding:
        if code in self.codes:
            return self.unused.finding(
                f"{code} is suppressed, and nothing here is reported under it", fix="delete it from the comment", at=at
            )
        meant = difflib.get_close_matches(code, sorted(self.codes), n=1)
        hint = f"did you mean {meant[0]}?" if meant else "see: gatekeeper list"
        return self.unused.finding(f"there is no code {code} to be suppressed", fix=hint, at=at)
