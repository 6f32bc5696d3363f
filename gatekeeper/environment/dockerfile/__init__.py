"""Dockerfiles as facts, as BuildKit reads them: stages, images, copied files, commands that install. Nothing is judged.

`parse_dockerfile` gives the stages, `production.needed_stages` those that end up in the image that is shipped, and
`context.context_paths` the files of the build context that a command installs.
"""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.dockerfile.facts import Dockerfile
from gatekeeper.environment.dockerfile.instructions import Script, parse_instructions
from gatekeeper.environment.dockerfile.stages import build_stages
from gatekeeper.errors import Unreadable

__all__ = ["LARGEST", "build_stages", "parse_dockerfile", "read_instructions", "read_script"]

LARGEST = 1024 * 1024
"""Bytes; BuildKit's own limit for a Dockerfile is of this size."""


def parse_dockerfile(text: str, platform: str | None = None) -> Dockerfile:
    """Return the stages of a Dockerfile whose lines end in LF, as a build without `--build-arg` makes them.

    Args:
        text: The whole file.
        platform: What is built for, such as `linux/amd64`; without it `$TARGETARCH` in a FROM is undecided.

    Raises:
        Unreadable: The file is no Dockerfile that BuildKit would take.
    """
    return build_stages(parse_instructions(text), platform)


def read_instructions(stream: BinaryIO) -> Script:
    """Return the instructions of a Dockerfile; `build_stages` makes stages of them.

    Raises:
        Unreadable: The file is larger than 1 MiB or can't be read whole.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(
            f"got more than {LARGEST} bytes; no Dockerfile is that large", fix="name the Dockerfile itself"
        )
    return parse_instructions(decode(data))


def read_script(stream: BinaryIO) -> str:
    """Return the text of a script of the build context, its lines ending in LF; `""` for a program, which is no text.

    Raises:
        Unreadable: The script is larger than 1 MiB or can't be read whole.
    """
    data = stream.read(LARGEST + 1)
    if b"\0" in data:
        return ""
    if len(data) > LARGEST:
        raise Unreadable(f"got more than {LARGEST} bytes; no script is that large", fix="run a shorter one")
    return decode(data)
