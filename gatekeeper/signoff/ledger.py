"""What a verification found, one line a check it made, and the answer of all of them together."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Found(enum.StrEnum):
    """What a check found. `TOLD` changes nothing."""

    OK = "ok"
    FAILED = "failed"
    UNDECIDED = "undecided"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Line:
    """One check of a verification, what it found, and that in words."""

    check: str
    found: Found
    text: str


@dataclass(slots=True)
class Ledger:
    """The lines, in the order in which they were written."""

    lines: list[Line] = field(default_factory=list)

    def ok(self, check: str, text: str) -> None:
        """Write that something is as it should be."""
        self.lines.append(Line(check, Found.OK, text))

    def failed(self, check: str, text: str) -> None:
        """Write that something is not as it should be."""
        self.lines.append(Line(check, Found.FAILED, text))

    def undecided(self, check: str, text: str) -> None:
        """Write what could not be decided, and what to do about it."""
        self.lines.append(Line(check, Found.UNDECIDED, text))

    def told(self, check: str, text: str) -> None:
        """Write what is worth knowing and changes nothing."""
        self.lines.append(Line(check, Found.TOLD, text))

    def judge(self, check: str, problems: list[str], text: str) -> bool:
        """Write each problem, or that there is none; return whether there is none."""
        for problem in problems:
            self.failed(check, problem)
        if not problems:
            self.ok(check, text)
        return not problems

    @property
    def failures(self) -> tuple[Line, ...]:
        """The lines that say no."""
        return tuple(each for each in self.lines if each.found is Found.FAILED)

    @property
    def exit_code(self) -> int:
        """0 where all is well, 1 where anything failed, 3 where nothing failed and something could not be decided."""
        if self.failures:
            return 1
        return 0 if self.lines and all(each.found is not Found.UNDECIDED for each in self.lines) else 3
