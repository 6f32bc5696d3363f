"""A target as options of pip, which takes no such word as "or older" for a platform: each is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.environment.target import Target
from gatekeeper.errors import UsageError

_LINUX = re.compile(r"(?P<family>manylinux|musllinux)_(?P<major>[0-9]+)_(?P<minor>[0-9]+)_(?P<machine>.+)")
_MACOS = re.compile(r"macosx_(?P<major>[0-9]+)_(?P<minor>[0-9]+)_(?P<machine>.+)")
# PEP 600: the names of three glibc profiles before it.
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def pip_options(target: Target) -> tuple[str, ...]:
    """Return the options by which `pip download` takes the wheels of a target.

    Raises:
        UsageError: The target says no Python, or no version of the C library: pip can't be told "any".
    """
    if target.python is None:
        raise UsageError(f"the target {target} says no Python", fix="name one such as cp312-manylinux_2_28_x86_64")
    python = target.full_python or target.python
    abi = f"cp{target.python.replace('.', '')}{'t' if target.free_threaded else ''}"
    platforms = (f"--platform={each}" for each in _platforms(target))
    return ("--implementation=cp", f"--python-version={python}", f"--abi={abi}", *platforms)


def _platforms(target: Target) -> Iterator[str]:
    """Yield the platform tags that the target takes, the best first."""
    linux, macos = _LINUX.fullmatch(target.platform), _MACOS.fullmatch(target.platform)
    if linux is not None:
        for minor in range(int(linux["minor"]), -1, -1):
            yield f"{linux['family']}_{linux['major']}_{minor}_{linux['machine']}"
            if linux["family"] == "manylinux" and minor in _LEGACY:
                yield f"{_LEGACY[minor]}_{linux['machine']}"
    elif macos is not None:
        from packaging.tags import mac_platforms

        yield from mac_platforms((int(macos["major"]), int(macos["minor"])), macos["machine"])
    elif target.platform.startswith("linux"):
        what = f"the target {target} says no C library, on which the choice of a wheel hangs"
        raise UsageError(what, fix=f"name it, as in {str(target).replace('linux', 'manylinux_2_28')}")
    else:
        yield target.platform
