"""The sandbox: every layer that the machine has, put on before any byte of the candidate is read, and reported.

It is put on when the interpreter has run nothing but itself: with `-S`, not even what an environment's `.pth` files
start. One thread runs then; the kernel's layers cover it, and all threads that it will start.
"""

# `os.mkdir`, where ruff likes `pathlib`: pathlib is not loaded yet when this runs.
# ruff: noqa: PTH102

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from gatekeeper.replay.inside import landlock, limits, namespaces, seccomp
from gatekeeper.replay.inside.evidence import Recorder
from gatekeeper.replay.inside.machine import Kernel, Unavailable

_PRIVATE = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR")
_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS, _SIGKILL = 1, 4, 38, 9


class Sandbox:
    """Puts on one layer after the other, and keeps the report."""

    def __init__(self, wanted: Mapping[str, Any], recorder_target: int) -> None:
        self._wanted = wanted
        self._writable: list[str] = []
        self._target = recorder_target
        self._kernel: Kernel | None = None
        self._skipped = frozenset(wanted["skip"])
        self._programs = bool(wanted.get("programs"))
        self.layers: list[tuple[str, bool, str]] = []

    def put_on(self) -> Recorder:
        """Put on all layers and return what hears the candidate's attempts."""
        limits.first_to_go()
        self._layer("namespaces", lambda: namespaces.leave(self._needed()))
        alone = self._has("namespaces")
        self._layer("mounts", self._mounts if alone else _without("mounts of its own need the namespaces"))
        self._settle()
        self._layer("capabilities", lambda: namespaces.drop_capabilities(self._needed()))
        self._layer("end with the gate", self._end_with_gate)
        self._layer("no new privileges", self._no_new_privileges)
        self._layer("landlock", self._landlock)
        recorder = Recorder(self._target, self._writable, self._wanted["root"])
        self._layer("audit", _without("programs have no audit events") if self._programs else recorder.install)
        self._layer("limits", self._limits)
        self._layer("seccomp", lambda: self._seccomp(empty_network=alone))
        return recorder

    def report(self) -> list[dict[str, Any]]:
        """Return each layer: its name, whether it holds, and how or why not."""
        return [{"name": name, "applied": applied, "detail": detail} for name, applied, detail in self.layers]

    def protections(self) -> list[str]:
        """Return what is kept out, by the layers that hold: net, fs, processes.

        An empty network alone leaves the sockets of the machine's services, which are files. Read-only mounts alone
        leave devices and pipes, and Landlock alone leaves modes, owners and times, and before version 3 a file's end.
        """
        found = [] if not self._has("seccomp") else ["net"] if self._programs else ["net", "processes"]
        whole = self._has("mounts") or (self._has("seccomp") and self._landlock_version >= landlock.WHOLE)
        return [*found, "fs"] if self._has("landlock") and whole else found

    _landlock_version = 0

    def _has(self, name: str) -> bool:
        return any(each == name and applied for each, applied, _ in self.layers)

    def _layer(self, name: str, put_on: Callable[[], str]) -> None:
        if name in self._skipped:
            self.layers.append((name, False, "not wanted"))
            return
        try:
            self.layers.append((name, True, put_on()))
        except Unavailable as error:
            self.layers.append((name, False, str(error)))
        except OSError as error:
            self.layers.append((name, False, f"refused: {error.strerror}"))

    def _needed(self) -> Kernel:
        if self._kernel is None:
            self._kernel = Kernel()
        return self._kernel

    def _mounts(self) -> str:
        wanted = self._wanted
        return namespaces.seal_mounts(self._needed(), wanted["root"], wanted["disk"], gpu=wanted["gpu"])

    def _settle(self) -> None:
        """Make the worker's own folder: gone with its file system, or else by the gate."""
        shut = self._has("mounts")
        folder = namespaces.SHARED + "/own" if shut else self._wanted["folder"]
        os.mkdir(folder, 0o700)
        self._writable = [namespaces.SHARED if shut else folder]
        os.environ.update(dict.fromkeys(_PRIVATE, folder))

    def _end_with_gate(self) -> str:
        kernel = self._needed()
        # Whoever gives up capabilities is not dumpable, and then can't read its own /proc.
        kernel.prctl(_DUMPABLE, 1)
        kernel.prctl(_PDEATHSIG, _SIGKILL)
        if os.getppid() != self._wanted["parent"]:
            os._exit(0)
        return "killed when the gate ends"

    def _no_new_privileges(self) -> str:
        self._needed().prctl(_NO_NEW_PRIVS, 1)
        return "set"

    def _landlock(self) -> str:
        self._landlock_version, words = landlock.apply(
            self._needed(), self._writable, gpu=self._wanted["gpu"], programs=self._programs
        )
        return words

    def _seccomp(self, *, empty_network: bool) -> str:
        scoped = self._landlock_version >= landlock.SCOPING
        return seccomp.apply(self._needed(), empty_network=empty_network, programs=self._programs, scoped=scoped)

    def _limits(self) -> str:
        return ", ".join(limits.apply(self._wanted))


def _without(why: str) -> Callable[[], str]:
    def refuse() -> str:
        raise Unavailable(why)

    return refuse
