"""Names in a container that become paths when something is unpacked or another file is opened."""

from __future__ import annotations

import re

_LEAVES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")


def leaves_folder(name: str) -> bool:
    """Whether a name is no relative path that stays inside its folder, on any system, or can't be shown as it is."""
    return not name or not name.isprintable() or _LEAVES.search(name) is not None
