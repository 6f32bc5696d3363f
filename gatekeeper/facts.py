"""What one check read is there for the next: a store of facts that the processes of one run share.

Each check runs in a process of its own. A fact is computed by whichever check asks first; the others wait for it on a
file lock. Facts are stored as msgpack and decoded by type: nothing that could execute anything is ever read back.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FactStore:
    """A folder that lives as long as one run."""

    folder: Path

    def get(self, key: str, compute: Callable[[], bytes]) -> bytes:
        """Return the stored bytes of `key`; compute and store them if nobody has.

        What `compute` raises is raised here, and nothing is stored. The kernel frees the lock of a killed process.
        """
        home = self._home(key)
        with home.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not home.exists():
                self.put(key, compute())
            return home.read_bytes()

    def put(self, key: str, data: bytes) -> None:
        """Store `data` under `key`; whoever reads at the same time sees the old or the new, whole."""
        home = self._home(key)
        part = home.with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(home)

    def apart(self, name: str) -> FactStore:
        """Return a store of its own for a check that may neither use nor change what the others share."""
        folder = self.folder / f"apart-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        folder.mkdir(exist_ok=True)
        return FactStore(folder)

    def _home(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
