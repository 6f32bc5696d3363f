"""What the sandbox leaves open where a graphics card may be used: what its driver needs to start, and no more."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.replay.outcomes import Loaded, Refused
from gatekeeper.replay.worker import Bounds, Worker, start

# As the driver does it, below Python: one thread opens the file of another one's name, and writes.
WRITES = """
import ctypes, os, threading
waiting = threading.Event()
thread = threading.Thread(target=waiting.wait)
thread.start()
path = {path!r}.format(pid=os.getpid(), tid=thread.native_id)
libc = ctypes.CDLL(None, use_errno=True)
opened = libc.open(path.encode(), os.O_WRONLY)
error = os.strerror(ctypes.get_errno())
written = opened >= 0 and libc.write(opened, b"cuda", 4) == 4
waiting.set()
thread.join()
assert written, error
"""
NAMES = ("/proc/self/task/{tid}/comm", "/proc/{pid}/task/{tid}/comm")


def loaded(folder: Path, path: str, bounds: Bounds) -> Loaded | Refused:
    """Return what becomes of a model whose loading writes to a file."""

    class Code:
        def __reduce__(self) -> Any:
            return exec, (WRITES.format(path=path), {})

    model = folder / "model.pkl"
    model.write_bytes(pickle.dumps(Code()))
    with start(sys.executable, folder, bounds=bounds) as worker:
        assert isinstance(worker, Worker), worker
        return worker.load(model)


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize("skip", [(), ("landlock",), ("mounts",), ("namespaces",)], ids=str)
def test_with_a_card_threads_can_be_named(path: str, skip: tuple[str, ...], tmp_path: Path) -> None:
    found = loaded(tmp_path, path, Bounds(gpu=True, timeout=20.0, skip=frozenset(skip)))
    assert isinstance(found, Loaded), found


@pytest.mark.parametrize("path", NAMES)
def test_without_one_they_can_not(path: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, path, Bounds(timeout=20.0))
    assert isinstance(found, Refused)
    assert found.fault is not None
    assert found.fault.type == "AssertionError"


@pytest.mark.parametrize("path", ["/proc/sys/kernel/core_pattern", "/proc/{pid}/oom_score_adj", "/etc/hostname"])
def test_with_a_card_nothing_else_can_be_written(path: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, path, Bounds(gpu=True, timeout=20.0))
    assert isinstance(found, Refused)
    assert found.fault is not None
    assert found.fault.type == "AssertionError"


def test_a_card_weakens_no_layer(tmp_path: Path) -> None:
    kept: list[tuple[frozenset[str], list[str]]] = []
    for gpu in (False, True):
        with start(sys.executable, tmp_path, bounds=Bounds(gpu=gpu, timeout=20.0)) as worker:
            assert isinstance(worker, Worker), worker
            facts = worker.facts
            kept.append((frozenset(facts.protections), [each.name for each in facts.layers if each.applied]))
    assert kept[0] == kept[1]
