"""The one way into a lock: bytes in, facts out, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Lock
from gatekeeper.environment.formats import Format, recognise
from gatekeeper.errors import Unreadable

# A lock of 1,000 packages with 100 hashes each has 9 MB; what is far beyond that is no lock.
LARGEST_LOCK = 32 * 1024 * 1024

_COMPILE = "pip-compile --generate-hashes -o requirements.lock requirements.in"
_FIXES = {
    Format.PDM: "write one: pdm export --format pylock -o pylock.toml",
    Format.DOCKERFILE: "name the lock that it installs; declare the file itself as environment.dockerfile",
}


def read_lock(stream: BinaryIO) -> Lock:
    """Return the facts of one lock file.

    Args:
        stream: The whole file, from its first byte.

    Returns:
        Rows and options in the order of the file; a requirements file of comments gives a lock without rows.

    Raises:
        Unreadable: The file can't be read whole, is over 32 MiB, or is in a format that is not read.
    """
    data = stream.read(LARGEST_LOCK + 1)
    if len(data) > LARGEST_LOCK:
        what = f"got more than {LARGEST_LOCK} bytes; no lock is that large"
        raise Unreadable(what, fix=f"name the lock itself, or compile it: {_COMPILE}")
    text = decode(data)
    found = recognise(text)
    reader = _READERS.get(found)
    if reader is None:
        what = f"got {found.value}, a format that is not read; expected one of {', '.join(_READERS)}"
        raise Unreadable(what, fix=_FIXES.get(found, f"write one: {_COMPILE}"), line=1, column=1)
    return reader(text)


# Each format's parser is imported when a lock is in it: a requirements file needs neither TOML nor YAML nor JSON.
def _requirements(text: str) -> Lock:
    from gatekeeper.environment.requirements.parser import parse_requirements

    return parse_requirements(text)


def _uv(text: str) -> Lock:
    from gatekeeper.environment.project_locks.uv import parse_uv_lock

    return parse_uv_lock(text)


def _poetry(text: str) -> Lock:
    from gatekeeper.environment.project_locks.poetry import parse_poetry_lock

    return parse_poetry_lock(text)


def _pylock(text: str) -> Lock:
    from gatekeeper.environment.project_locks.pylock import parse_pylock

    return parse_pylock(text)


def _conda_lock(text: str) -> Lock:
    from gatekeeper.environment.conda.conda_lock import parse_conda_lock

    return parse_conda_lock(text)


def _pixi(text: str) -> Lock:
    from gatekeeper.environment.conda.pixi import parse_pixi

    return parse_pixi(text)


def _inventory(text: str) -> Lock:
    from gatekeeper.environment.inventories import parse_inventory

    return parse_inventory(text)


def _cyclonedx(text: str) -> Lock:
    from gatekeeper.environment.sboms.cyclonedx import parse_cyclonedx

    return parse_cyclonedx(text)


def _spdx(text: str) -> Lock:
    from gatekeeper.environment.sboms.spdx import parse_spdx

    return parse_spdx(text)


_READERS: Mapping[Format, Callable[[str], Lock]] = MappingProxyType(
    {
        Format.REQUIREMENTS: _requirements,
        Format.UV: _uv,
        Format.POETRY: _poetry,
        Format.PYLOCK: _pylock,
        Format.CONDA_LOCK: _conda_lock,
        Format.PIXI: _pixi,
        Format.JSON: _inventory,
        Format.CYCLONEDX: _cyclonedx,
        Format.SPDX: _spdx,
    }
)
