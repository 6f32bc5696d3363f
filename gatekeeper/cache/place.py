"""Where answers are kept, and what may be done there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder for answers, as the command line chose it.

    Attributes:
        folder: where they lie.
        read_only: whether answers are only taken from there. What a pull request has run may not answer for others.
        tell: is given one line about what is wrong with the folder, or with something in it.
        written: files that this run writes itself, its reports: what is in them differs from run to run.
    """

    folder: Path
    tell: Callable[[str], None]
    read_only: bool = False
    written: tuple[Path, ...] = ()
