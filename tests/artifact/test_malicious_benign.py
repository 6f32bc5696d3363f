"""The harmless counterparts of the stand-ins: the same opcodes, codecs and containers raise no alarm."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import lz4.frame
import pytest

from gatekeeper.artifact import examine
from gatekeeper.model import Finding
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.content import judge_content

HEAD = b"\x80\x04"
NAME = b"ccollections\nOrderedDict\n"
CALL = NAME + b")R"
CONTENT = HEAD + b"]" + CALL + b"a" + CALL + b"a."
HALF = len(CONTENT) // 2

SHAPES = {
    **{f"reduce.proto{protocol}": pickle.dumps([{1, 2}, 1j, bytearray(b"x")], protocol) for protocol in range(6)},
    "inst": b"(icollections\nOrderedDict\n.",
    "obj": b"(" + NAME + b"o.",
    "newobj": HEAD + NAME + b")\x81.",
    "newobj_ex": HEAD + NAME + b")}\x92.",
    "stack_global.memo": HEAD + b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x93)Rh\x00\x86.",
    "build": HEAD + CALL + b"}\x8c\x01xK\x01sb.",
    "build.slots": HEAD + CALL + b"N}\x8c\x01xK\x01s\x86b.",
    "popped": HEAD + CALL + b"0" + CALL + b".",
    "pop_mark": HEAD + b"(" + CALL + b"1" + CALL + b".",
    "key": HEAD + b"}N" + CALL + b"s.",
    "zlib": zlib.compress(CONTENT),
    "gzip": gzip.compress(CONTENT),
    "gzip.members": gzip.compress(CONTENT[:HALF]) + gzip.compress(CONTENT[HALF:]),
    "bz2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "lzma": lzma.compress(CONTENT, lzma.FORMAT_ALONE),
    "lz4": lz4.frame.compress(CONTENT),
}

PARTS: tuple[object, ...] = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
LEGACY = b"".join(pickle.dumps(part, 2) for part in PARTS)
MODULE = (
    b"\x80\x02(U\x06modulectorch.nn.modules.activation\nReLU\nU\x08model.pyU\x10class ReLU: passtQ)\x81}U\x01xI01\nsb."
)
"""A whole module as torch wrote it before 1.6: its class by a persistent id, with the source beside it."""

HOSTILE = ("command_after_array", "decoys")
"""Files of the other corpora with a name in them that no model has."""

NOT_READ = (".h5", ".keras", ".7z", ".json", "weights.bin")
"""Those that can run code, and those that are no models by themselves."""

NOT_FINITE = "artifact-integrity/not-finite"
"""Some have a NaN in them, so that it is found."""


def against(content: bytes) -> Sequence[Finding]:
    """Return what blocks a file that was read whole."""
    artifact = examine(io.BytesIO(content))
    assert artifact.incomplete is None
    return [each for each in judge_content(artifact, "model", Allowed()) if each.severity.blocks]


@pytest.mark.parametrize("name", SHAPES)
def test_the_shape_of_a_stand_in_is_not_what_fails(name: str) -> None:
    assert against(SHAPES[name]) == []


def test_a_module_that_old_torch_saved_whole_is_no_alarm() -> None:
    assert against(LEGACY + MODULE + pickle.dumps([], 2)) == []


def test_no_file_that_real_libraries_wrote_is_an_alarm(corpus_files: list[Path]) -> None:
    ordinary = [
        path
        for path in corpus_files
        if path.parent.name != "malicious" and not path.name.startswith(HOSTILE) and not path.name.endswith(NOT_READ)
    ]

    codes = {str(path): {each.code for each in against(path.read_bytes())} - {NOT_FINITE} for path in ordinary}
    assert len(ordinary) > 80
    assert {path: found for path, found in codes.items() if found} == {}


STACKS = {
    "old": ("scikit-learn==1.4.2", "numpy==1.26.4", "pandas==2.2.1", "joblib==1.4.2"),
    "new": ("scikit-learn==1.9.1", "numpy==2.4.6", "pandas==3.1.1", "joblib==1.6.0"),
}


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
def test_ordinary_models_of_real_libraries_pass_inspection(tmp_path: Path, stack: str) -> None:
    python, models = tmp_path / "venv" / "bin" / "python", tmp_path / "models"
    models.mkdir()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *STACKS[stack]], check=True, timeout=600)
    subprocess.run([python, Path(__file__).with_name("make_ordinary.py"), models], check=True)
    paths = sorted(models.iterdir())

    command = [sys.executable, "-I", "-m", "gatekeeper", "inspect", "--format", "json", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert len(paths) > 30
    blocking = {
        each["path"]: each["findings"] for each in json.loads(done.stdout)["files"] if each["verdict"] != "PASS"
    }
    assert blocking == {}
    assert done.returncode == 0
