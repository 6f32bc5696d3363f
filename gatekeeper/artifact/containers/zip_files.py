"""A zip file of no format of its own: whatever in it is a model is read, and text may lie beside it."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import BinaryIO

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.member_reading import read_members
from gatekeeper.artifact.containers.pickled import read_pickle
from gatekeeper.artifact.errors import Damaged
from gatekeeper.artifact.facts import Artifact
from gatekeeper.artifact.formats import Format

_PIECE = 2**16


def read_zip(stream: BinaryIO) -> Artifact:
    """Read every member of a zip file that is a model by its bytes."""
    inventory = Inventory(Format.ZIP)
    archive = Archive.read(stream)
    read_members(archive, inventory, expected=_anything, unknown=_read_unknown)
    return inventory.artifact(archive.size)


def _anything(_name: str, _found: Format | None) -> bool:
    return True


def _read_unknown(stream: BinaryIO) -> Artifact:
    """Read a member whose start shows no format: a pickle that names nothing for long, or text, or it is not known."""
    pickled = read_pickle(stream)
    if pickled.globals:
        return pickled
    inventory = Inventory(Format.ZIP)
    with inventory.reading():
        stream.seek(0)
        _require_text(stream)
    return inventory.artifact(0)


def _require_text(stream: BinaryIO) -> None:
    decoder = getincrementaldecoder("utf-8")()
    try:
        while piece := stream.read(_PIECE):
            if "\0" in decoder.decode(piece):
                raise Damaged("it is of no format that is known, and no text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Damaged("it is of no format that is known, and no text") from error
