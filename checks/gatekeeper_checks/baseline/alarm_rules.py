"""The rules of `baseline` about the alarm: silent where nothing has happened, and firing where something has."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _baseline_samples as samples
from gatekeeper_checks.baseline.binding_rules import PASSING


class AlarmNoisy(Rule):
    """The alarm fires on the training data's own blocks.

    What it checks:
        That of the blocks of the training data, each held against all the others, no more are an alarm than one in
        twenty explains.

    Why it matters:
        The drift alert of incident 4092-X had been switched off because it fired every week.

    What it can't see:
        Noise that is slower than the training data is long.

    How to fix:
        Build the baseline again: `--time COL` holds it against itself week by week. A feature that follows the calendar
        or grows for ever is named with `--range-only COL`.
    """

    code: ClassVar[str] = "baseline/alarm-noisy"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.noisy(), notes=samples.NOTES)


class AlarmDead(Rule):
    """A fault in a feature does not raise the alarm.

    What it checks:
        For each feature, that data with a fault in it is called drift: 30 % NaN, a sentinel of -1 in 20 %, a shift by
        half a standard deviation, the unit times 100, a category renamed. The data is made from the counts, a thousand
        rows or one block.

    Why it matters:
        An alarm that stays silent is read as a good week. A feature whose weeks differ as much as the fault can't be
        watched by its distribution.

    What it can't see:
        Faults of two columns that cancel each other in each of them alone.

    How to fix:
        For a feature that follows the calendar or grows: `gatekeeper baseline build --range-only COL`. Else take longer
        blocks, more data, or a feature that says the same and holds still.
    """

    code: ClassVar[str] = "baseline/alarm-dead"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.dead(), notes=samples.NOTES)
