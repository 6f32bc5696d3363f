"""Reads a whole model file and returns its facts; nothing in the file is executed or imported."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from gatekeeper.artifact.compression import Compression, Inflated, detect
from gatekeeper.artifact.facts import Artifact, Incomplete
from gatekeeper.artifact.formats import HEAD_BYTES, Format, zip_format
from gatekeeper.artifact.pickles.interpreter import interpret
from gatekeeper.artifact.pickles.joblib_arrays import ArrayCrossing
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Plain, Source
from gatekeeper.artifact.sniffing import format_of
from gatekeeper.artifact.strangers import no_model
from gatekeeper.artifact.tensors.scan import Scan, prepare
from gatekeeper.errors import Unreadable

_SAVE_AS_JOBLIB = "save the model in a format that is read: joblib, torch.save, safetensors, skops, npz or ONNX"

_FIXES = {
    Format.ZSTD: "save it with another compression: joblib.dump(model, path, compress=('zlib', 3))",
    Format.ZFILE: "load it where it was trained and save it again with a current joblib.dump",
}

_READERS = {
    Format.TORCH: "gatekeeper.artifact.torch_files:read_torch",
    Format.TORCH_LEGACY: "gatekeeper.artifact.torch_files:read_legacy_torch",
    Format.TORCH_EXPORT: "gatekeeper.artifact.torch_exports:read_torch_export",
    Format.NPY: "gatekeeper.artifact.containers.numpy_files:read_npy",
    Format.NPZ: "gatekeeper.artifact.containers.numpy_files:read_npz",
    Format.SAFETENSORS: "gatekeeper.artifact.containers.safetensors:read_safetensors",
    Format.SAFETENSORS_INDEX: "gatekeeper.artifact.containers.safetensors:read_safetensors_index",
    Format.SKOPS: "gatekeeper.artifact.containers.skops:read_skops",
    Format.ONNX: "gatekeeper.artifact.containers.onnx:read_onnx",
    Format.GGUF: "gatekeeper.artifact.containers.gguf:read_gguf",
    Format.KERAS: "gatekeeper.artifact.containers.keras:read_keras",
    Format.HDF5: "gatekeeper.artifact.containers.keras:read_hdf5",
    Format.ZIP: "gatekeeper.artifact.containers.zip_files:read_zip",
}
"""Where the reader of each format is: imported when a file asks for it."""

_ZIPS = frozenset({Format.TORCH, Format.TORCH_EXPORT, Format.NPZ, Format.SKOPS, Format.KERAS, Format.ZIP})


def examine(stream: BinaryIO) -> Artifact:
    """Read a model file as far as it can be read, in constant memory, and return what is in it.

    Container and compression are told by content alone. Nothing is unpickled and nothing that the file names is
    imported. Where a file can't be read to its last byte, the facts are those of what lies before (a loader would have
    executed that part), and `incomplete` says why.

    Args:
        stream: a seekable stream that stands at its start.

    Raises:
        Unreadable: the file is no model, or of a format that is not read: there are no facts.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    compression = detect(head)
    source = _source(stream, compression)
    content = source.peek()
    found = format_of(content)
    if found is None:
        raise no_model(content)
    prepare(_size(stream))
    if found is Format.PICKLE:
        return _read_pickle(source, compression, lambda: _source(stream, compression))
    if found in _ZIPS and compression is None:
        found = _by_directory(stream)
    reader = _READERS.get(found)
    if reader is None or compression is not None:
        packed = "" if compression is None else f" inside {compression}"
        raise Unreadable(
            f"the file is in the format {found}{packed}, which is not read yet", fix=_FIXES.get(found, _SAVE_AS_JOBLIB)
        )
    stream.seek(0)
    return _imported(reader)(stream)


def read_artifact(stream: BinaryIO) -> Artifact:
    """Read a whole model file and return what is in it; see `examine`.

    Raises:
        Unreadable: the file can't be read to its last byte.
    """
    return whole(examine(stream))


def whole(artifact: Artifact) -> Artifact:
    """Return the facts of a file that was read from its first byte to its last.

    Raises:
        Unreadable: it was not.
    """
    if artifact.incomplete is not None:
        raise Unreadable(artifact.incomplete.what, fix=artifact.incomplete.fix)
    return artifact


def _source(stream: BinaryIO, compression: Compression | None) -> Source:
    stream.seek(0)
    return Source(Plain(stream) if compression is None else Inflated(stream, compression))


def _read_pickle(source: Source, compression: Compression | None, again: Callable[[], Source]) -> Artifact:
    ledger = Ledger()
    try:
        interpret(source, ledger, ArrayCrossing(source, ledger).cross)
        source.expect_end()
        _count_the_rest(ledger, again)
    except Unreadable as error:
        return ledger.artifact(compression, source.offset, Incomplete(what=error.what, fix=error.fix))
    return ledger.artifact(compression, source.offset)


def _count_the_rest(ledger: Ledger, again: Callable[[], Source]) -> None:
    """Count the tensors whose type the stream told only after their bytes, as protocol 5 does, in a second pass."""
    left = sorted((held for held in ledger.tensors if held.statistics is None), key=lambda held: held.offset)
    if not left:
        return
    source = again()
    for held in left:
        element = held.array.element
        if element is not None and held.offset >= source.offset:
            source.skip(held.offset - source.offset)
            scan = Scan(element, held.size)
            source.feed(held.size, scan.feed)
            held.statistics = scan.statistics()


def _size(stream: BinaryIO) -> int:
    at = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(at)
    return size


def _by_directory(stream: BinaryIO) -> Format:
    """Return which kind of zip a file is: its directory knows better than its first bytes."""
    from gatekeeper.artifact.containers.archive import Archive

    return zip_format([member.name for member in Archive.read(stream).members])


def _imported(reader: str) -> Callable[[BinaryIO], Artifact]:
    module, _, name = reader.partition(":")
    found: Callable[[BinaryIO], Artifact] = getattr(import_module(module), name)
    return found
