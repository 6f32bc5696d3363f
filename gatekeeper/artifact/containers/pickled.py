"""Pickles inside containers: they are read by the symbolic machine of `gatekeeper.artifact.pickles`, never loaded."""

from __future__ import annotations

from typing import BinaryIO

from gatekeeper.artifact.facts import Artifact, Incomplete
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.joblib_arrays import ArrayCrossing
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Plain, Source
from gatekeeper.errors import Unreadable


def read_pickle(stream: BinaryIO, start: int = 0) -> Artifact:
    """Read the pickle that begins at byte `start` and should end where the stream does.

    joblib's arrays are crossed where there are any: which loader will be used is not known.

    Returns:
        The facts; up to where it can be followed, if not to its end.
    """
    ledger = Ledger()
    stream.seek(0)
    source = Source(Plain(stream))
    incomplete: Incomplete | None = None
    try:
        source.skip(start)
        interpret(source, ledger, ArrayCrossing(source, ledger).cross)
        source.expect_end()
    except Unreadable as reason:
        incomplete = Incomplete(what=reason.what, fix=reason.fix)
    return ledger.artifact(None, source.offset, incomplete)
