"""The answers of earlier runs: where they lie, how many there are, and whether each is as it was written."""

from __future__ import annotations

import os
from pathlib import Path

from gatekeeper.cache.entries import Damaged, opened, read
from gatekeeper.cli.caching import _own
from gatekeeper.errors import UsageError
from gatekeeper.profiles import Profile
from gatekeeper.report.doctor import Row, Status

_ENDING = ".answer"


def cache_row(profile: Profile) -> Row:
    """Return how the user's own folder of answers is; nothing is made in it. No run needs it."""
    folder = _own()
    why = _unused(profile, folder)
    if why or folder is None:
        return Row(part="cache", status=Status.NOT_ASKED, said=why, needed=False)
    try:
        if opened(folder, read_only=True) is None:
            said = f"{folder} is not there yet: the first run makes it"
            return Row(part="cache", status=Status.OK, said=said, needed=False)
        keys = sorted(each.name.removesuffix(_ENDING) for each in folder.iterdir() if each.name.endswith(_ENDING))
    except UsageError as error:
        return Row(part="cache", status=Status.BROKEN, said=error.what, fix=error.fix, needed=False)
    except OSError as error:
        said = f"{folder} can't be read: {error.strerror}"
        return Row(part="cache", status=Status.BROKEN, said=said, fix="check its mode", needed=False)
    return _state(folder, keys)


def _unused(profile: Profile, folder: Path | None) -> str:
    if profile.strict:
        return f"profile {profile.name} looks at everything: no answer of an earlier run is taken"
    if os.environ.get("CI"):
        return "in a CI no answer of an earlier run is taken, unless --cache names a folder"
    return "this user has no folder of their own, so that each check runs" if folder is None else ""


def _state(folder: Path, keys: list[str]) -> Row:
    damaged = []
    for key in keys:
        try:
            read(folder, key)
        except Damaged as error:
            damaged.append(f"{folder / key}{_ENDING}: {error}")
    said = f"{folder}: {len(keys)} answer{'' if len(keys) == 1 else 's'} of earlier runs"
    if not damaged:
        return Row(part="cache", status=Status.OK, said=said, needed=False)
    return Row(
        part="cache",
        status=Status.BROKEN,
        said=f"{said}, {len(damaged)} of them damaged: they are not used",
        fix="delete what is damaged, and find out what writes there",
        needed=False,
        details=tuple(damaged),
    )
