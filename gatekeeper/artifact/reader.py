"""Reads a whole model file and returns its facts; nothing in the file is executed or imported."""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.artifact.compression import Inflated, detect
from gatekeeper.artifact.facts import Artifact
from gatekeeper.artifact.formats import HEAD_BYTES, Format
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.joblib_arrays import ArrayCrossing
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Plain, Source
from gatekeeper.artifact.sniffing import format_of
from gatekeeper.artifact.strangers import no_model
from gatekeeper.errors import Unreadable

_SAVE_AS_JOBLIB = "save the model with joblib.dump or pickle.dump; these two are read"

_FIXES = {
    Format.LZ4: "save it with a compression of the standard library: joblib.dump(model, path, compress=('zlib', 3))",
    Format.ZSTD: "save it with a compression of the standard library: joblib.dump(model, path, compress=('zlib', 3))",
    Format.ZFILE: "load it where it was trained and save it again with a current joblib.dump",
}


def read_artifact(stream: BinaryIO) -> Artifact:
    """Read a pickle or joblib file from its first byte to its last, in constant memory, and return what is in it.

    Container and compression are told by content alone. The file is never unpickled and nothing that it names is
    imported.

    Args:
        stream: a seekable stream that stands at its start.

    Raises:
        Unreadable: the file is no model, or of a format that is not read; it is truncated, damaged or followed by
            other bytes; it is beyond a limit of `gatekeeper.artifact.limits`; or it does what can't be followed
            without executing it. No fact of such a file is returned.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    compression = detect(head)
    source = Source(Plain(stream) if compression is None else Inflated(stream, compression))
    _require_pickle(source.peek())
    ledger = Ledger()
    interpret(source, ledger, ArrayCrossing(source, ledger).cross)
    source.expect_end()
    return ledger.artifact(compression, source.offset)


def _require_pickle(head: bytes) -> None:
    found = format_of(head)
    if found is None:
        raise no_model(head)
    if found is not Format.PICKLE:
        raise Unreadable(
            f"the file is in the format {found}, which is not read yet", fix=_FIXES.get(found, _SAVE_AS_JOBLIB)
        )
