"""sha256 of a stream of blocks, in a thread of its own where that is worth it.

hashlib lets other threads run while it hashes a block, as zlib and numpy do while they work: on two cores the digest of
a large file costs hardly any time beside reading what is in it.
"""

from __future__ import annotations

import hashlib
import threading
from queue import Queue

WORTH_A_THREAD = 1 << 23
"""Bytes of a file from which on a thread saves more than starting it costs."""

_STEP = 1 << 18
"""Bytes that are copied and handed over at a time."""

_AHEAD = 3
"""Such pieces that may wait: less than a mebibyte of memory."""


class Sha256:
    """The digest of the bytes that `update` is given, in their order."""

    def __init__(self, size: int = 0) -> None:
        """Take how many bytes will come, if that is known."""
        self._sha256 = hashlib.sha256()
        self._blocks: Queue[bytes] | None = None
        self._thread: threading.Thread | None = None
        if size >= WORTH_A_THREAD:
            self._blocks = Queue(_AHEAD)
            self._thread = threading.Thread(target=self._hash, args=(self._blocks,), daemon=True)
            self._thread.start()

    def update(self, data: memoryview) -> None:
        """Add bytes; they may change as soon as this returns."""
        if self._blocks is None:
            self._sha256.update(data)
        else:
            for start in range(0, len(data), _STEP):
                self._blocks.put(bytes(data[start : start + _STEP]))

    def hexdigest(self) -> str:
        """Return the digest of all that was added."""
        self.close()
        return self._sha256.hexdigest()

    def close(self) -> None:
        """End the thread, once it has hashed what it was given; what is added later is hashed at once."""
        if self._blocks is not None and self._thread is not None:
            self._blocks.put(b"")
            self._thread.join()
            self._blocks = self._thread = None

    def _hash(self, blocks: Queue[bytes]) -> None:
        while block := blocks.get():
            self._sha256.update(block)
