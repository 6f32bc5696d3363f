"""The one way into a lock: bytes in, facts out, whatever the format."""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Lock
from gatekeeper.environment.formats import Format, recognise
from gatekeeper.environment.requirements import parse_requirements
from gatekeeper.errors import Unreadable

# A lock of 1,000 packages with 100 hashes each has 9 MB; what is far beyond that is no lock.
LARGEST_LOCK = 32 * 1024 * 1024

_EXPORTS = {
    Format.UV: "uv export --format requirements.txt --no-emit-project -o requirements.lock",
    Format.POETRY: "poetry export --format requirements.txt -o requirements.lock",
    Format.PDM: "pdm export --format requirements -o requirements.lock",
    Format.PYLOCK: "uv pip compile --generate-hashes -o requirements.lock requirements.in",
}
_COMPILE = "pip-compile --generate-hashes -o requirements.lock requirements.in"


def read_lock(stream: BinaryIO) -> Lock:
    """Return the facts of one lock file.

    Args:
        stream: The whole file, from its first byte.

    Returns:
        Rows and options in the order of the file; a file of comments gives a lock without rows.

    Raises:
        Unreadable: The file can't be read whole, is over 32 MiB, or is in a format that is not read yet.
    """
    data = stream.read(LARGEST_LOCK + 1)
    if len(data) > LARGEST_LOCK:
        what = f"got more than {LARGEST_LOCK} bytes; no lock is that large"
        raise Unreadable(what, fix=f"name the lock itself, or compile it: {_COMPILE}")
    text = decode(data)
    found = recognise(text)
    if found is not Format.REQUIREMENTS:
        what = f"got {found.value}, a format that is not read yet; expected a requirements file with hashes"
        raise Unreadable(what, fix=f"write one: {_EXPORTS.get(found, _COMPILE)}", line=1, column=1)
    return parse_requirements(text)
