"""One tree of errors. Each says what happened and what to do; the CLI maps it to an exit code.

GatekeeperError
├── UsageError     2  the command line asks for what there is not
├── PolicyError    2  gatekeeper.yaml (or a document like it) is wrong; carries every problem at once
├── PluginError    2  a plug-in that the policy names can't be used
├── Unreadable     3  a file of the candidate can't be read whole
│   └── BrokenPin  1  a lock can't be read because a line of it can't be a pin
├── Undelivered    3  a report could not be written where it was wanted: who asked does not have it
└── Interrupted  130  the run was stopped by a signal
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gatekeeper.model import Location


class GatekeeperError(Exception):
    """What happened (`what`), what the reader does now (`fix`), and where, if that is known."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, fix: str, at: Location | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.at = at


class UsageError(GatekeeperError):
    """The command line asks for something that there is not."""


class PluginError(GatekeeperError):
    """A plug-in that the policy names is not installed, does not import or is no check."""


class Unreadable(GatekeeperError):
    """A file of the candidate can't be read whole: absent, truncated, of no known format.

    A reader that knows no path gives `line` and `column` alone; the candidate adds the path.
    """

    exit_code = 3

    def __init__(
        self, what: str, *, fix: str, at: Location | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(what, fix=fix, at=at)
        self.line = line
        self.column = column

    def in_file(self, path: str, what: str | None = None) -> Unreadable:
        """Return the error with the file that it is about, and other words if given; a broken pin stays one."""
        kind = BrokenPin if isinstance(self, BrokenPin) else Unreadable
        at = Location(path=path, line=self.line, column=self.column)
        return kind(what or self.what, fix=self.fix, at=at)


class BrokenPin(Unreadable):
    """A line of a lock can't be a pin: a hash that no file has, a character that no name or version has.

    It is Unreadable wherever facts are asked for; whoever judges pins may call it what it is, a broken rule.
    """

    exit_code = 1


class Undelivered(GatekeeperError):
    """A report could not be written when the run was over. Whatever the verdict is, it did not reach who asked."""

    exit_code = 3


class Interrupted(GatekeeperError):
    """SIGINT or SIGTERM ended the run before it had a verdict."""

    exit_code = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error in a document: where, what, and how to mend it."""

    at: Location
    what: str
    fix: str


class PolicyError(GatekeeperError):
    """A document is wrong; `problems` holds every error in it, in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        ordered = sorted(problems, key=lambda each: (each.at.line or 0, each.at.column or 0))
        super().__init__(ordered[0].what, fix=ordered[0].fix, at=ordered[0].at)
        self.problems = tuple(ordered)
