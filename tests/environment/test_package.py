"""The package as a whole: its facts travel between processes, and it starts fast."""

import io
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.comparison.compare import Comparison, compare
from gatekeeper.environment.target import Target, parse_target

CORPUS = Path(__file__).parent / "corpus"
TARGET = parse_target("cp311-linux_x86_64")


@pytest.mark.parametrize("name", ["training.txt", "editable.txt", "export.txt"])
def test_a_lock_survives_the_way_through_msgpack(name: str) -> None:
    lock = read_lock(io.BytesIO((CORPUS / name).read_bytes()))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(lock), type=Lock) == lock


def test_differences_and_targets_survive_the_way_through_msgpack() -> None:
    training, production = (
        read_lock(io.BytesIO((CORPUS / name).read_bytes())) for name in ("training.txt", "large.txt")
    )
    found = compare(training, production, TARGET)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Comparison) == found
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(TARGET), type=Target) == TARGET


def test_a_lock_of_pip_compile_is_read_without_packaging() -> None:
    script = (
        "import sys, gatekeeper.environment as e\n"
        "with open(sys.argv[1], 'rb') as stream: lock = e.read_lock(stream)\n"
        "print(len(lock.rows), sorted({'packaging', 'unicodedata', 'numpy'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", script, str(CORPUS / "training.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "9 []\n"
