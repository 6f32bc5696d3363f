"""The rules of `baseline` about the data behind it: how much, how old, and from which part of the year."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks import _baseline_samples as samples
from gatekeeper_checks.baseline.binding_rules import PASSING


class TooFewRows(Rule):
    """The training data has too few rows.

    What it checks:
        That the baseline counts at least `min_rows` rows (500).

    Why it matters:
        Beside a baseline of a hundred rows no drift can be told that is smaller than half a standard deviation.

    What it can't see:
        Whether the rows are independent; the blocks of the baseline say that.

    How to fix:
        Build it from all of the training data. Where there is no more, say so with the option `min_rows`.
    """

    code: ClassVar[str] = "baseline/too-few-rows"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(samples.POLICY.replace("{max", "{min_rows: 2000, max")),
        notes=samples.NOTES,
    )


class EmptyColumn(Rule):
    """A feature has no value at all in the training data.

    What it checks:
        That each feature has at least one value.

    Why it matters:
        The model can't have learned from it, and nothing can be compared with it.

    What it can't see:
        Whether a column that is constant is meant to be; `gatekeeper baseline show` marks it.

    How to fix:
        Take the feature out of the model, or mend what should have filled it.
    """

    code: ClassVar[str] = "baseline/empty-column"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(features=[samples.feature([], missing=1200, zero=None, negative=None)]), notes=samples.NOTES
    )


class Stale(Rule):
    """The training data is too old.

    What it checks:
        That its last row is at most `max_age_days` days old (400).

    Why it matters:
        What people buy, ask and pay moves on. The alarm tells drift from the training data, and after a year all of it.

    What it can't see:
        Whether older data is still right; only the comparison with live data tells.

    How to fix:
        Train on newer data, or say with the option `max_age_days` how long this kind of data lives.
    """

    code: ClassVar[str] = "baseline/stale"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(samples.POLICY.replace("36500", "1")), notes=samples.NOTES)


class NoTime(Rule):
    """The baseline does not say when its rows are from.

    What it checks:
        That it was built with `--time COL`.

    Why it matters:
        The model of incident 4092-X had been trained on one holiday quarter, and nothing said so.

    What it can't see:
        Whether the column holds the time of the event or that of its export.

    How to fix:
        Build it with `--time COL`. Where the data has no time, say why with the option `timeless`.
    """

    code: ClassVar[str] = "baseline/no-time"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(time=None), notes=samples.NOTES)


class SeasonMissing(Rule):
    """Months of the year are missing from the training data.

    What it checks:
        That at least `months` months of the calendar (12) have rows.

    Why it matters:
        A model that was trained from October to December prices the holidays. In May it meets other customers: bots.

    What it can't see:
        Whether every kind of day within a month is there; the longest gap and the weekdays stand in the evidence.

    How to fix:
        Train on a whole year. Until there is one, the option `season_waiver: {reason, by, until}` for at most 90 days:
        the finding is told then and does not block. Or the option `months`, for what has no season.
    """

    code: ClassVar[str] = "baseline/season-missing"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(time=samples.quarter()), notes=samples.NOTES)


class GoldenOutside(Rule):
    """A golden record lies outside the training data.

    What it checks:
        That each input of each golden record (`golden`, as JSON lines with `inputs`) lies between the smallest and the
        largest value of its feature, or among its categories. A record with `"outside": true` is meant to lie outside.

    Why it matters:
        A golden record stands for what production asks. One that the training never saw proves how the model guesses.

    What it can't see:
        Whether the answer is right; the replay tells.

    How to fix:
        Choose records of the training data, or mark the one that is meant with `"outside": true`.
    """

    code: ClassVar[str] = "baseline/golden-outside"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.with_golden('{"inputs": {"units": 40}}\n'), notes=samples.NOTES)
