"""Times and days as statements write them, in UTC: `2026-12-31T10:00:00Z` and `2026-12-31`, and no other form."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from gatekeeper.errors import UsageError

AHEAD = timedelta(minutes=5)
"""How far a clock that signed may be ahead of the one that verifies."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AGE = re.compile(r"([0-9]{1,4})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def written(moment: datetime) -> str:
    """Return a moment as statements write it; what is below a second is left out."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text names; None where there is no such moment."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """Return the day that a text names; None where it names none, which counts as one that is over."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def age_of(text: str) -> timedelta:
    """Return the age that `7d` means: minutes, hours, days or weeks.

    Raises:
        UsageError: it means none.
    """
    match = _AGE.fullmatch(text)
    if match is None:
        raise UsageError(f"--max-age: {text!r} is no age", fix="a number and m, h, d or w: --max-age 7d")
    return int(match[1]) * _UNITS[match[2]]


def shown(age: timedelta) -> str:
    """Return an age for people, in its two largest units."""
    minutes = int(age.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
