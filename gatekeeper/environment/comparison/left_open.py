"""How it is said what a lock leaves open, and what to type so that it leaves nothing open."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.environment.comparison.wording import pin
from gatekeeper.environment.formats import Format
from gatekeeper.environment.pins import LoosePin, Slack

_SHOWN_FILES = 3
_AGAIN = {
    Format.REQUIREMENTS: "pip-compile --generate-hashes",
    Format.UV: "uv lock",
    Format.POETRY: "poetry lock",
    Format.CONDA_LOCK: "conda-lock lock",
    Format.PIXI: "pixi lock",
}


def left_open(each: LoosePin) -> str:
    """Return which package a lock leaves open, and in what: `torch 2.2.0+cu121 has no hash (FILE, from INDEX)`."""
    row = each.row
    # What has no name is called by its place, which is its version too.
    said = f"{' '.join(dict.fromkeys((row.written, pin(row))))} {each.slack.value}"
    if each.slack is not Slack.UNHASHED or not row.unhashed:
        return said
    more = f" and {len(row.unhashed) - _SHOWN_FILES} more" if len(row.unhashed) > _SHOWN_FILES else ""
    place = f", from {row.index}" if row.index else ""
    return f"{said} ({', '.join(row.unhashed[:_SHOWN_FILES])}{more}{place})"


def closed_by(path: str, format_: Format, pins: Sequence[LoosePin]) -> str:
    """Return what to type so that a lock leaves nothing open."""
    if all(each.slack is Slack.CHANGEABLE for each in pins):
        return f"pin a wheel with its hash or a full commit in the place of each, then compile {path} again"
    again = _AGAIN.get(format_, "the tool that made it")
    # The tool did what it could: it is the index that does not say them.
    unpublished = any(each.slack is Slack.UNHASHED and each.row.unhashed for each in pins)
    return f"compile {path} again{' from an index that publishes hashes' if unpublished else ''}: {again}"
