"""The day of a run, asked once: what depends on a date says the same in every check, and again in a rebuild."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from gatekeeper.errors import UsageError

VARIABLE = "SOURCE_DATE_EPOCH"


def today() -> date:
    """Return the day in UTC: that of `SOURCE_DATE_EPOCH` (seconds since 1970) if it is set, else the clock's.

    Raises:
        UsageError: The variable is no number of seconds, or one beyond the calendar.
    """
    seconds = os.environ.get(VARIABLE)
    if seconds is None:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        what = f"{VARIABLE} is {seconds[:40]!r}, expected seconds since 1970-01-01"
        raise UsageError(what, fix=f"unset it, or: export {VARIABLE}=$(git log -1 --format=%ct)") from error
