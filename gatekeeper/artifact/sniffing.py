"""Tells by the first bytes of a file whether it is a model, and in which format."""

from __future__ import annotations

import io

from gatekeeper.artifact.compression import detect, peek
from gatekeeper.artifact.formats import Format, marked_format
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.joblib_arrays import ArrayCrossing
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Plain, Source
from gatekeeper.errors import Unreadable


def sniff(head: bytes) -> Format | None:
    """Return the format of the model file that begins with `head`, or None for what is no model.

    Compression is looked through: a compressed table is no model. joblib and pickle begin alike, and both are
    `Format.PICKLE` here. Where the head does not show what is inside a compressed stream (a large block of bzip2) the
    answer is `Format.COMPRESSED`: it may be a model, and only reading it can tell.

    Args:
        head: the first `HEAD_BYTES` bytes of the file, or all of it.
    """
    kind = detect(head)
    if kind is None:
        return format_of(head)
    content = peek(head, kind)
    return format_of(content) if content else Format.COMPRESSED


def format_of(head: bytes) -> Format | None:
    """Return the format of what begins with `head` and is not compressed."""
    found = marked_format(head)
    if found is None and _is_unmarked_pickle(head):
        return Format.PICKLE
    return found


def _is_unmarked_pickle(head: bytes) -> bool:
    """Whether this is a pickle of protocol 0 or 1, which bear no mark: does it run until it has made an object?

    Text that starts with an opcode's letter soon asks for a value that is not on the stack. A pickle of plain data is
    no model either: no object is made in it. That the run ends early does not matter, for the head is only a beginning.
    """
    ledger = Ledger()
    source = Source(Plain(io.BytesIO(head)))
    try:
        interpret(source, ledger, ArrayCrossing(source, ledger).cross)
    except Unreadable:
        return ledger.objects > 0
    return ledger.objects > 0
