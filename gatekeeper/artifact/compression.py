"""Checked streaming decompression: every checksum is verified, and nothing may follow the compressed stream."""

from __future__ import annotations

import enum
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.limits import FREE_INFLATED, LZMA_MEMORY, MAX_INFLATED, MAX_RATIO
from gatekeeper.errors import Unreadable

_CHUNK = 65536
_LARGE = 1 << 19
"""Bytes that are asked for at a time where an array is crossed."""
_STEP = 64
"""Bytes that a look into a stream asks for at a time, so that damage further on hides nothing before it."""


class Compression(enum.StrEnum):
    """The compressions that joblib writes; the value is joblib's own name for it."""

    ZLIB = "zlib"
    GZIP = "gzip"
    BZ2 = "bz2"
    XZ = "xz"
    LZMA = "lzma"
    LZ4 = "lz4"


_MAGIC = (
    (b"\x1f\x8b\x08", Compression.GZIP),
    (b"BZh", Compression.BZ2),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"\x5d\x00\x00", Compression.LZMA),
    (b"\x04\x22\x4d\x18", Compression.LZ4),
    (b"\x78\x01", Compression.ZLIB),
    (b"\x78\x5e", Compression.ZLIB),
    (b"\x78\x9c", Compression.ZLIB),
    (b"\x78\xda", Compression.ZLIB),
)

_IN_MEMBERS = frozenset({Compression.GZIP, Compression.BZ2, Compression.XZ})
"""What parallel compressors write in several members, one after the other, and readers join again."""

_WEAKLY_MARKED = frozenset({Compression.ZLIB, Compression.LZMA})
"""Two or three bytes mark these, which text may start with too ("x^2"): they count if the first bytes come out."""


class _Decoder(Protocol):
    """What the decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Deflate:
    """zlib's decompressor with the interface of the other two: it keeps the input that it was not ready for."""

    def __init__(self, window_bits: int) -> None:
        self._inflater = zlib.decompressobj(window_bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
        self.needs_input = len(out) < max_length and not self._inflater.unconsumed_tail
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codec:
    """A decoder at the start of a stream, and what it raises for bytes that it can't decode."""

    kind: Compression
    decoder: _Decoder
    errors: tuple[type[Exception], ...]

    def decode(self, data: bytes, max_length: int) -> bytes:
        try:
            return self.decoder.decompress(data, max_length)
        except self.errors as error:
            raise Damaged(f"the {self.kind} stream does not decompress ({error})") from error


def _open(kind: Compression) -> _Codec:
    """Make a codec. The modules are imported here: only the files that need them pay, and some Pythons lack them."""
    if kind is Compression.ZLIB:
        return _Codec(kind=kind, decoder=_Deflate(zlib.MAX_WBITS), errors=(zlib.error,))
    if kind is Compression.GZIP:
        # 16 on top: expect gzip's header and verify its trailer.
        return _Codec(kind=kind, decoder=_Deflate(zlib.MAX_WBITS | 16), errors=(zlib.error,))
    if kind is Compression.BZ2:
        import bz2

        return _Codec(kind=kind, decoder=bz2.BZ2Decompressor(), errors=(OSError,))
    if kind is Compression.LZ4:
        # Not in the standard library: the package that joblib uses too.
        from lz4.frame import LZ4FrameDecompressor

        return _Codec(kind=kind, decoder=LZ4FrameDecompressor(), errors=(RuntimeError, EOFError))
    import lzma

    container = lzma.FORMAT_XZ if kind is Compression.XZ else lzma.FORMAT_ALONE
    return _Codec(
        kind=kind, decoder=lzma.LZMADecompressor(container, memlimit=LZMA_MEMORY), errors=(lzma.LZMAError, MemoryError)
    )


def detect(head: bytes) -> Compression | None:
    """Return the compression whose mark `head` bears."""
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind in _WEAKLY_MARKED and not peek(head, kind, _STEP):
        return None
    return kind


def peek(head: bytes, kind: Compression, count: int = _CHUNK) -> bytes:
    """Return up to `count` of the bytes that `head` decompresses to: those before the damage, if it is damaged.

    bzip2 gives nothing before its first block (900 kB) is whole: then nothing is returned.
    """
    codec, given, out = _open(kind), head, b""
    try:
        while len(out) < count and not codec.decoder.eof:
            step = codec.decode(given, min(_STEP, count - len(out)))
            if not step:
                break
            given, out = b"", out + step
    except Damaged:
        return out
    return out


class Inflated:
    """The decompressed bytes of a stream, read once from start to end in constant memory."""

    def __init__(self, raw: BinaryIO, kind: Compression, *, again: bool = False) -> None:
        """Take the compressed stream; `again` where it is inflated a second time, to come close to its damage."""
        self._raw = raw
        self._start = raw.tell()
        self._kind = kind
        self._again = again
        self._failure: Damaged | None = None
        self._codec = _open(kind)
        self._ahead = b""
        self._consumed = 0
        self._produced = 0

    @property
    def consumed(self) -> int:
        """How many bytes of the file were taken so far."""
        return self._consumed

    def read(self, count: int) -> bytes:
        """Return some bytes, at most `count`; none once the stream has ended and its checksum was right.

        Raises:
            Unreadable: the stream is damaged, ends early, is followed by something else, or inflates beyond the limits.
        """
        if self._failure is not None:
            raise self._failure
        while not self._codec.decoder.eof or self._enter_next_member():
            data = self._input()
            try:
                out = self._codec.decode(data, count)
            except Damaged as reason:
                out = self._before(reason, count)
            if out:
                self._produced += len(out)
                self._check_size()
                return out
        return b""

    def _before(self, reason: Damaged, count: int) -> bytes:
        """Return what comes out before the damage, at most `count` bytes: a loader was given them, and executed them.

        A decoder gives nothing of the piece in which it meets damage. So the file is inflated again up to that piece,
        and the piece byte by byte.

        Raises:
            Damaged: nothing comes out before it, or what does was returned already.
        """
        if self._again:
            raise reason
        self._raw.seek(self._start)
        again = Inflated(self._raw, self._kind, again=True)
        again.skip(self._produced)
        out = bytearray()
        with suppress(Damaged):  # the same damage, which the next read meets
            while len(out) < min(count, _CHUNK) and (byte := again.read(1)):
                out += byte
        self._failure = reason
        if not out:
            raise reason
        return bytes(out)

    def skip(self, count: int) -> None:
        """Cross `count` bytes.

        Raises:
            EndOfFile: the stream ends before.
        """
        while count:
            crossed = len(self.read(min(count, _CHUNK)))
            if not crossed:
                raise EndOfFile(self._produced, f"{count} bytes more")
            count -= crossed

    def pieces(self, count: int) -> Iterator[bytes]:
        """Yield the next `count` bytes.

        Raises:
            EndOfFile: the stream ends before.
        """
        while count:
            piece = self.read(min(count, _LARGE))
            if not piece:
                raise EndOfFile(self._produced, f"{count} bytes more")
            count -= len(piece)
            yield piece

    def _input(self) -> bytes:
        if not self._codec.decoder.needs_input:
            return b""
        data = self._ahead or self._raw.read(_CHUNK)
        self._ahead = b""
        if not data:
            raise EndOfFile(self._consumed, f"the rest of the {self._kind} stream")
        self._consumed += len(data)
        return data

    def _enter_next_member(self) -> bool:
        rest = self._codec.decoder.unused_data or self._raw.read(_CHUNK)
        if not rest:
            return False
        if self._kind not in _IN_MEMBERS or detect(rest) is not self._kind:
            raise Damaged(f"the {self._kind} stream is followed by other bytes, expected the end of the file")
        self._consumed -= len(self._codec.decoder.unused_data)
        self._ahead = rest
        self._codec = _open(self._kind)
        return True

    def _check_size(self) -> None:
        if self._produced > MAX_INFLATED:
            raise _inflates_too_far(f"more than {MAX_INFLATED} bytes come out of it")
        if self._produced > FREE_INFLATED and self._produced > MAX_RATIO * self._consumed:
            raise _inflates_too_far(f"{self._produced} bytes came out of the first {self._consumed}")


def _inflates_too_far(what: str) -> Unreadable:
    return TooLarge(
        what, fix="if the model really is so large, save it without compression: joblib.dump(..., compress=0)"
    )
