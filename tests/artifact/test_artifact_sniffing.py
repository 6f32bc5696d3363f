"""Model files are recognised by content, whatever they are called; what is no model is not."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.artifact import HEAD_BYTES, Format, read_artifact, sniff
from gatekeeper.errors import Unreadable

OTHER_FORMATS = {
    "model.safetensors": Format.SAFETENSORS,
    "model.npy": Format.NPY,
    "model.npz": Format.NPZ,
    "deflated.npz": Format.NPZ,
    "model.skops": Format.SKOPS,
    "model.h5": Format.HDF5,
    "model.7z": Format.SEVEN_ZIP,
    "model.onnx": Format.ONNX,
    "without_producer.onnx": Format.ONNX,
    "model.gguf": Format.GGUF,
}

REFUSED = frozenset({Format.SEVEN_ZIP, Format.HDF5})


def zip_of(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return target.getvalue()


def test_every_model_of_the_corpus_is_recognised_as_a_pickle(model_file: Path, truth: dict[str, Any]) -> None:
    assert truth["format"] in {"pickle", "joblib"}
    assert sniff(model_file.read_bytes()[:HEAD_BYTES]) is Format.PICKLE


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_other_formats_are_recognised(corpus: Path, name: str) -> None:
    path = corpus / "other-formats" / name

    assert sniff(path.read_bytes()[:HEAD_BYTES]) is OTHER_FORMATS[name]


@pytest.mark.parametrize("name", [name for name, found in OTHER_FORMATS.items() if found not in REFUSED])
def test_other_formats_are_read_whole(corpus: Path, name: str) -> None:
    with (corpus / "other-formats" / name).open("rb") as stream:
        artifact = read_artifact(stream)

    assert (artifact.format, artifact.flaws) == (OTHER_FORMATS[name], ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (zip_of("archive/data.pkl", "archive/version"), Format.TORCH),
        (zip_of("metadata.json", "config.json", "model.weights.h5"), Format.KERAS),
        (zip_of("notes.txt"), Format.ZIP),
        (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2), Format.TORCH_LEGACY),
        (b"ZF0x1f                ", Format.ZFILE),
        (b"\x28\xb5\x2f\xfd\x04\x00", Format.ZSTD),
    ],
)
def test_formats_told_by_their_layout(content: bytes, expected: Format) -> None:
    assert sniff(content) is expected


@pytest.mark.parametrize(
    "content", [b"ZF0x1f                ", b"\x28\xb5\x2f\xfd\x04\x00", b"7z\xbc\xaf\x27\x1c\x00\x04"]
)
def test_a_format_that_is_not_read_is_refused_by_its_name(content: bytes) -> None:
    with pytest.raises(Unreadable, match=f"format {sniff(content)}, which is not read yet"):
        read_artifact(io.BytesIO(content))


@pytest.mark.parametrize(
    "content",
    [
        b"config: yes\nfoo: bar\n",
        b"cat\ndog\nbird\n",
        b"(a, b)\n",
        b"N.",
        b"I1\n.",
        b"x^2 + y^2\n",
        b"]\n",
        b'{"a": 1}',
        b"1,2,3\n4,5,6\n",
        b"\x80\x02",
        gzip.compress(b"a,b\n1,2\n", mtime=0),
        zlib.compress(b"a,b\n1,2\n"),
    ],
)
def test_text_and_tables_are_no_models_even_where_they_begin_like_an_opcode(content: bytes) -> None:
    assert sniff(content) is None


def test_an_unmarked_pickle_is_recognised_by_the_object_that_it_makes() -> None:
    assert sniff(b"cposix\nsystem\n(S'echo'\ntR.") is Format.PICKLE
    assert sniff(b"(S'echo'\niposix\nsystem\n.") is Format.PICKLE


def test_an_unmarked_pickle_is_recognised_by_its_head_alone(corpus: Path) -> None:
    content = (corpus / "sklearn-1.9.1" / "arrays.proto0.joblib").read_bytes()

    assert sniff(content[:2000]) is Format.PICKLE


def test_a_compressed_stream_that_shows_nothing_yet_may_be_a_model(corpus: Path) -> None:
    content = (corpus / "sklearn-1.9.1" / "logistic.bz2.joblib").read_bytes()

    assert sniff(content[:100]) is Format.COMPRESSED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "a Git LFS pointer, not the model",
        ),
        (b"\n<!DOCTYPE html>\n<html><body>404</body></html>", "an HTML page, not a model"),
        (b"<HTML>", "an HTML page, not a model"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG image, not a model"),
        (b"import os\n", "text, not a model; it begins 'import os'"),
        ("régression".encode(), "text, not a model; it begins 'régression'"),
        (b"\x00\x01\x02\x03\xff", "no known model format; it begins with the bytes 00 01 02 03 ff"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "text, not a model; it begins 'a,b'"),
    ],
)
def test_what_is_no_model_is_called_what_it_is(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_artifact(io.BytesIO(content))

    assert message in refusal.value.what
    assert refusal.value.fix


def test_the_fix_for_a_git_lfs_pointer_is_the_command_to_type() -> None:
    with pytest.raises(Unreadable) as refusal:
        read_artifact(io.BytesIO(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"))

    assert "git lfs pull" in refusal.value.fix
